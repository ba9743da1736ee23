// How a store is opened, closed, narrowed, limited, copied and maintained.
#ifndef KV_STORE_ADMIN_HPP
#define KV_STORE_ADMIN_HPP

#include <kv/store_class.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace kv {

inline result<store> store::try_open(std::string_view location) {
    const std::string text(location);
    kv_store handle{};
    return detail::call(
        [&](kv_error *error) {
            kv_status status = detail::fits(kv_abi_version(), error);
            if (status < 0) return status;
            status = detail::without_nul(text, "open: the location", error);
            return status < 0 ? status : kv_open(text.c_str(), &handle, error);
        },
        [&](kv_status) { return store(handle); });
}

inline result<store> store::try_open_config(std::string_view path, std::string_view service) {
    const std::string file(path), name(service);
    kv_store handle{};
    return detail::call(
        [&](kv_error *error) {
            kv_status status = detail::fits(kv_abi_version(), error);
            if (status < 0) return status;
            status = detail::without_nul(file, "open config: the path", error);
            if (status < 0) return status;
            status = detail::without_nul(name, "open config: the service", error);
            if (status < 0) return status;
            return kv_open_config(file.c_str(), name.c_str(), &handle, error);
        },
        [&](kv_status) { return store(handle); });
}

inline result<void> store::try_close() {
    // The handle stays as it is: other threads may be reading it, and it is never used again.
    return detail::call([&](kv_error *error) { return kv_close(handle_, error); }, detail::nothing);
}

inline result<store> store::try_scope(std::string_view name) const {
    const std::string text(name);
    kv_store scoped{};
    return detail::call(
        [&](kv_error *error) {
            const kv_status status = detail::without_nul(text, "scope: the namespace", error);
            return status < 0 ? status : kv_scope(handle_, text.c_str(), &scoped, error);
        },
        [&](kv_status) { return store(scoped); });
}

inline result<void> store::try_set_quota(std::string_view name, const kv::quota &quota) const {
    const std::string text(name);
    return detail::call(
        [&](kv_error *error) {
            const kv_status status = detail::without_nul(text, "quota: the namespace", error);
            return status < 0 ? status
                              : kv_quota_set(handle_, text.c_str(), quota.max_keys,
                                             quota.max_groups, quota.max_bytes, error);
        },
        detail::nothing);
}

inline result<quota_usage> store::try_quota(std::string_view name) const {
    const std::string text(name);
    kv_quota found = KV_QUOTA_INIT;
    return detail::call(
        [&](kv_error *error) {
            const kv_status status = detail::without_nul(text, "quota: the namespace", error);
            return status < 0 ? status : kv_quota_get(handle_, text.c_str(), &found, error);
        },
        [&](kv_status) { return detail::usage_from(found); });
}

inline result<kv::statistics> store::try_statistics() const {
    kv_stats figures = KV_STATS_INIT;
    return detail::call([&](kv_error *error) { return kv_stats_get(handle_, &figures, error); },
                        [&](kv_status) { return detail::statistics_from(figures); });
}

namespace detail {

/// Calls kv_backup or kv_restore with a progress of the program.
template <class Call, class Progress>
result<void> with_pages(Call call, kv_store handle, std::string_view path, const char *argument,
                        Progress &progress) {
    using bridge = progress_bridge<Progress, std::uint64_t, std::uint64_t>;
    bridge carried(progress);
    const std::string text(path);
    result<void> done = detail::call(
        [&](kv_error *error) {
            const kv_status status = without_nul(text, argument, error);
            return status < 0 ? status
                              : call(handle, text.c_str(), &bridge::call, &carried, error);
        },
        nothing);
    carried.rethrow();
    return done;
}

}  // namespace detail

template <class Progress>
result<void> store::try_backup(std::string_view path, Progress &&progress) const {
    const auto call = [](auto... all) { return kv_backup(all...); };
    return detail::with_pages(call, handle_, path, "backup: the path", progress);
}

template <class Progress>
result<void> store::try_restore(std::string_view path, Progress &&progress) const {
    const auto call = [](auto... all) { return kv_restore(all...); };
    return detail::with_pages(call, handle_, path, "restore: the path", progress);
}

template <class Progress>
result<copy_state> store::try_copy(const store &to, const copy_options &options,
                                   Progress &&progress) const {
    auto report = [&](const kv_copy_state *native) { return progress(detail::state_from(*native)); };
    using bridge = detail::progress_bridge<decltype(report), const kv_copy_state *>;
    bridge carried(report);
    const kv_copy_options native = detail::native_options(options);
    detail::owned_copy_state state;
    result<copy_state> copied = detail::call(
        [&](kv_error *error) {
            return kv_copy(handle_, to.native(), &native, &bridge::call, &carried, &state.native,
                           error);
        },
        [&](kv_status) { return detail::state_from(state.native); });
    carried.rethrow();
    return copied;
}

inline result<void> store::try_compact() const {
    return detail::call([&](kv_error *error) { return kv_compact(handle_, error); },
                        detail::nothing);
}

inline result<void> store::try_check() const {
    return detail::call([&](kv_error *error) { return kv_check(handle_, error); }, detail::nothing);
}

inline result<void> store::try_flush() const {
    return detail::call([&](kv_error *error) { return kv_flush(handle_, error); }, detail::nothing);
}

}  // namespace kv

#endif
