// The std::error_category of each kind of error, and their comparison with std::errc.
#ifndef KV_ERROR_CATEGORY_HPP
#define KV_ERROR_CATEGORY_HPP

#include <kv/errc.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

// One category and one exception for all shared libraries of a program, also where everything
// else is hidden.
#if defined(__GNUC__)
#define KV_SHARED __attribute__((visibility("default")))
#else
#define KV_SHARED
#endif

namespace kv {

/// The category of errc. Its messages are kv_strerror's. A code compares with std::errc where the
/// error means the same: `error.code() == std::errc::no_space_on_device`.
KV_SHARED const std::error_category &category() noexcept;

/// The category of errc for errors in which the operating system's error number has a part. Its
/// codes compare with errc as those of category(), and with std::errc as the number does too:
/// errc::io with ENOENT is std::errc::no_such_file_or_directory. It is category() itself for 0 and
/// for numbers that Linux does not have.
KV_SHARED const std::error_category &category(int os_error) noexcept;

/// The category of typed_errc.
KV_SHARED const std::error_category &typed_category() noexcept;

/// The category of update_errc. A conflict compares with
/// std::errc::resource_unavailable_try_again.
KV_SHARED const std::error_category &update_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

/// The code of an error in which the operating system's error number has a part.
inline std::error_code make_error_code(errc code, int os_error) noexcept {
    return {static_cast<int>(code), category(os_error)};
}

/// Says whether a code is this error, whatever the operating system's error number.
inline bool operator==(const std::error_code &code, errc expected) noexcept {
    return code == std::error_condition(static_cast<int>(expected), category());
}
inline bool operator==(errc expected, const std::error_code &code) noexcept {
    return code == expected;
}
inline bool operator!=(const std::error_code &code, errc expected) noexcept {
    return !(code == expected);
}
inline bool operator!=(errc expected, const std::error_code &code) noexcept {
    return !(code == expected);
}

inline std::error_code make_error_code(typed_errc code) noexcept {
    return {static_cast<int>(code), typed_category()};
}

inline std::error_code make_error_code(update_errc code) noexcept {
    return {static_cast<int>(code), update_category()};
}

namespace detail {

/// The one condition of std::errc for a status; the status itself if there is none.
inline std::error_condition condition_of(int code) noexcept {
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
        default: return {code, category()};
    }
}

/// A std::error_code has room for the status and a category, so the category carries the operating
/// system's error number. 0 is none.
class KV_SHARED status_category final : public std::error_category {
public:
    constexpr explicit status_category(int os_error = 0) noexcept : os_error_(os_error) {}

    const char *name() const noexcept override { return "kv"; }

    std::string message(int code) const override { return kv_strerror(code); }

    std::error_condition default_error_condition(int code) const noexcept override {
        if (os_error_ == 0) return condition_of(code);
        return std::system_category().default_error_condition(os_error_);
    }

    /// Both the status and the number of the operating system count.
    bool equivalent(int code, const std::error_condition &condition) const noexcept override {
        if (condition.category() == category()) return condition.value() == code;
        return condition == condition_of(code) || condition == default_error_condition(code);
    }
    using std::error_category::equivalent;

private:
    int os_error_;
};

/// The categories of all numbers that Linux has, of which the last is EHWPOISON, by their number.
class status_categories {
public:
    static constexpr int os_error_max = 133;

    status_categories()
        : status_categories(std::make_integer_sequence<int, os_error_max + 1>{}) {}

    const status_category &of(int os_error) const noexcept {
        const bool is_known = os_error > 0 && os_error <= os_error_max;
        return all_[static_cast<std::size_t>(is_known ? os_error : 0)];
    }

private:
    template <int... Number>
    explicit status_categories(std::integer_sequence<int, Number...>)
        : all_{status_category(Number)...} {}

    std::array<status_category, os_error_max + 1> all_;
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
    return category(0);
}

inline const std::error_category &category(int os_error) noexcept {
    static const detail::status_categories categories;
    return categories.of(os_error);
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
