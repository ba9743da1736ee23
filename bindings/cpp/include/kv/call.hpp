// One call into the library, turned into a result.
#ifndef KV_CALL_HPP
#define KV_CALL_HPP

#include <kv/result.hpp>

#include <cstdio>
#include <string_view>
#include <type_traits>

namespace kv::detail {

/// Runs `call(kv_error *)`. On success or an outcome returns what `make(status)` makes of it.
/// Nothing of the library throws here; what else may is the allocation of the value.
template <class Call, class Make>
auto call(Call &&call, Make &&make) -> result<std::invoke_result_t<Make &, kv_status>> {
    kv_error error;
    const kv_status status = call(&error);
    if (status < 0) return failure(error);
    if constexpr (std::is_void_v<std::invoke_result_t<Make &, kv_status>>) {
        make(status);
        return {};
    } else {
        return make(status);
    }
}

/// For calls that only succeed or fail.
inline void nothing(kv_status) {}

/// For calls whose two outcomes are yes and no.
inline bool is_ok(kv_status status) {
    return status == KV_OK;
}

/// Refuses text for a C string that holds a NUL, where it would be cut.
inline kv_status without_nul(std::string_view text, const char *what, kv_error *error) {
    if (text.find('\0') == std::string_view::npos) return KV_OK;
    error->code = KV_ERR_ARGUMENT;
    error->os_error = 0;
    std::snprintf(error->message, sizeof error->message, "%s holds a NUL", what);
    return KV_ERR_ARGUMENT;
}

/// Refuses a library whose interface is not that of the header; called before a store is opened.
inline kv_status fits(std::uint32_t loaded, kv_error *error) {
    if (loaded == KV_ABI_VERSION) return KV_OK;
    error->code = KV_ERR_UNSUPPORTED;
    error->os_error = 0;
    std::snprintf(error->message, sizeof error->message,
                  "the kv library that was loaded, %s, has interface %u; this program was compiled for "
                  "interface %u",
                  kv_version(), static_cast<unsigned>(loaded), static_cast<unsigned>(KV_ABI_VERSION));
    return KV_ERR_UNSUPPORTED;
}

}  // namespace kv::detail

#endif
