// The error codes and their std::error_category.
#ifndef KV_ERRC_HPP
#define KV_ERRC_HPP

#include <kv.h>

#include <string>
#include <system_error>
#include <type_traits>

// One category and one exception for all shared libraries of a program, also where everything
// else is hidden.
#if defined(__GNUC__)
#define KV_SHARED __attribute__((visibility("default")))
#else
#define KV_SHARED
#endif

namespace kv {

/// The errors of the library; the numbers are those of kv.h. An outcome, such as a key that is
/// absent, is no error and has no number here.
enum class errc : kv_status {
    argument = KV_ERR_ARGUMENT,        ///< an argument or option is not acceptable
    handle = KV_ERR_HANDLE,            ///< closed, moved from, or never opened
    closed = KV_ERR_CLOSED,            ///< its store was closed
    busy = KV_ERR_BUSY,                ///< a lock past the time-out, or an object in use
    quota = KV_ERR_QUOTA,              ///< a namespace would exceed its quota
    full = KV_ERR_FULL,                ///< the disk or the store's own limit is full
    too_large = KV_ERR_TOO_LARGE,      ///< a group, key, value or buffer exceeds its limit
    not_integer = KV_ERR_NOT_INTEGER,  ///< not a 64-bit integer, or the sum would not be one
    not_json = KV_ERR_NOT_JSON,        ///< a value is not JSON
    io = KV_ERR_IO,                    ///< reading or writing failed; see os_error()
    read_only = KV_ERR_READ_ONLY,      ///< opened, or can only be opened, for reading
    permission = KV_ERR_PERMISSION,    ///< the operating system denies access
    corrupt = KV_ERR_CORRUPT,          ///< the file is damaged
    format = KV_ERR_FORMAT,            ///< not a store, or of a format that is not known
    unsupported = KV_ERR_UNSUPPORTED,  ///< this engine cannot keep a rule that the call needs
    unavailable = KV_ERR_UNAVAILABLE,  ///< a server cannot be reached in time
    config = KV_ERR_CONFIG,            ///< a configuration file is wrong
    compacted = KV_ERR_COMPACTED,      ///< the change log, or a snapshot, is no longer kept
    poisoned = KV_ERR_POISONED,        ///< durability is unknown; close and open again
    forked = KV_ERR_FORKED,            ///< this process was forked while a store was open
    panic = KV_ERR_PANIC,              ///< a bug in the library was caught at its boundary
    memory = KV_ERR_MEMORY,            ///< memory, or one more handle, could not be had
    cancelled = KV_ERR_CANCELLED,      ///< the call was cancelled; nothing was written
    deadline = KV_ERR_DEADLINE,        ///< the deadline of the call has passed; nothing was written
};

/// The errors of a typed store, beside those of the library.
enum class typed_errc {
    decode = 1,   ///< the bytes under the key are not a value of this type
    encode = 2,   ///< the value cannot be turned into bytes; nothing was written
    refused = 3,  ///< a hook has refused; a save or delete did not happen
};

/// The error of store::update, beside those of the library. To every other call a conflict is an
/// outcome.
enum class update_errc {
    conflict = 1,  ///< other writers committed first at every try; nothing was written
};

/// The category of errc. Its messages are kv_strerror's. Compares with std::errc where one means
/// the same: `error.code() == std::errc::no_space_on_device`.
KV_SHARED const std::error_category &category() noexcept;

/// The category of typed_errc.
KV_SHARED const std::error_category &typed_category() noexcept;

/// The category of update_errc. A conflict compares with
/// std::errc::resource_unavailable_try_again.
KV_SHARED const std::error_category &update_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

inline std::error_code make_error_code(typed_errc code) noexcept {
    return {static_cast<int>(code), typed_category()};
}

inline std::error_code make_error_code(update_errc code) noexcept {
    return {static_cast<int>(code), update_category()};
}

}  // namespace kv

template <>
struct std::is_error_code_enum<kv::errc> : std::true_type {};
template <>
struct std::is_error_code_enum<kv::typed_errc> : std::true_type {};
template <>
struct std::is_error_code_enum<kv::update_errc> : std::true_type {};

namespace kv {

namespace detail {

class KV_SHARED status_category final : public std::error_category {
public:
    const char *name() const noexcept override { return "kv"; }

    std::string message(int code) const override { return kv_strerror(code); }

    std::error_condition default_error_condition(int code) const noexcept override {
        switch (static_cast<errc>(code)) {
            case errc::argument: return std::errc::invalid_argument;
            case errc::handle: return std::errc::bad_file_descriptor;
            case errc::busy: return std::errc::device_or_resource_busy;
            case errc::full: return std::errc::no_space_on_device;
            case errc::too_large: return std::errc::value_too_large;
            case errc::io: return std::errc::io_error;
            case errc::read_only: return std::errc::read_only_file_system;
            case errc::permission: return std::errc::permission_denied;
            case errc::unsupported: return std::errc::not_supported;
            case errc::unavailable: return std::errc::host_unreachable;
            case errc::memory: return std::errc::not_enough_memory;
            case errc::cancelled: return std::errc::operation_canceled;
            case errc::deadline: return std::errc::timed_out;
            default: return {code, *this};
        }
    }
};

class KV_SHARED typed_status_category final : public std::error_category {
public:
    const char *name() const noexcept override { return "kv typed"; }

    std::string message(int code) const override {
        switch (static_cast<typed_errc>(code)) {
            case typed_errc::decode: return "a stored value is not of the type asked for";
            case typed_errc::encode: return "a value cannot be turned into bytes";
            case typed_errc::refused: return "a hook has refused";
        }
        return "no error of a typed store";
    }
};

class KV_SHARED update_status_category final : public std::error_category {
public:
    const char *name() const noexcept override { return "kv update"; }

    std::string message(int code) const override {
        if (static_cast<update_errc>(code) == update_errc::conflict)
            return "other writers committed first at every try";
        return "no error of an update";
    }

    std::error_condition default_error_condition(int code) const noexcept override {
        if (static_cast<update_errc>(code) == update_errc::conflict)
            return std::errc::resource_unavailable_try_again;
        return {code, *this};
    }
};

}  // namespace detail

inline const std::error_category &category() noexcept {
    static const detail::status_category category;
    return category;
}

inline const std::error_category &typed_category() noexcept {
    static const detail::typed_status_category category;
    return category;
}

inline const std::error_category &update_category() noexcept {
    static const detail::update_status_category category;
    return category;
}

}  // namespace kv

#endif
