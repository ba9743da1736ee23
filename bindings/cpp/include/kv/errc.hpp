// The numbers of errors.
#ifndef KV_ERRC_HPP
#define KV_ERRC_HPP

#include <kv.h>

#include <system_error>
#include <type_traits>

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

}  // namespace kv

template <>
struct std::is_error_code_enum<kv::errc> : std::true_type {};
template <>
struct std::is_error_code_enum<kv::typed_errc> : std::true_type {};
template <>
struct std::is_error_code_enum<kv::update_errc> : std::true_type {};

#endif
