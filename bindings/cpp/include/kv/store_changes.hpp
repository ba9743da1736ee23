// How a store publishes its changes.
#ifndef KV_STORE_CHANGES_HPP
#define KV_STORE_CHANGES_HPP

#include <kv/store_class.hpp>

#include <cstdint>
#include <string_view>

namespace kv {

inline result<kv::watch> store::try_watch(std::string_view group, std::string_view key,
                                          const watch_options &options) const {
    const kv_watch_options native = options.native();
    kv_watch handle{};
    // A key that is empty is a key; NULL is none.
    if (key.data() == nullptr) key = "";
    return detail::call(
        [&](kv_error *error) {
            return kv_watch_open(handle_, group.data(), group.size(), key.data(), key.size(),
                                 &native, &handle, error);
        },
        [&](kv_status) { return kv::watch(handle); });
}

inline result<kv::watch> store::try_watch(std::string_view group) const {
    return try_watch(group, {}, watch_options().with_keys(watched::any));
}

inline result<kv::watch> store::try_watch() const {
    return try_watch({}, {}, watch_options().with_groups(watched::any).with_keys(watched::any));
}

inline result<change_cursor> store::try_changes(std::uint64_t since) const {
    kv_change_cursor handle{};
    return detail::call(
        [&](kv_error *error) { return kv_changes(handle_, since, &handle, error); },
        [&](kv_status) { return change_cursor(handle); });
}

inline result<std::uint64_t> store::try_changes_oldest() const {
    std::uint64_t since = 0;
    return detail::call([&](kv_error *error) { return kv_changes_oldest(handle_, &since, error); },
                        [&](kv_status) { return since; });
}

}  // namespace kv

#endif
