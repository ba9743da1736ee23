// The limits of a namespace, and their usage.
#ifndef KV_QUOTA_HPP
#define KV_QUOTA_HPP

#include <kv.h>

#include <cstdint>

namespace kv {

/// The limits of a namespace; 0 is no limit. In C++17 and in C++20:
///
///     store.set_quota("acme", kv::quota().with_max_keys(1000).with_max_bytes(1 << 20));
///     store.set_quota("acme", {.max_keys = 1000, .max_bytes = 1 << 20});
struct quota {
    std::int64_t max_keys = 0;    ///< live keys
    std::int64_t max_groups = 0;  ///< groups with a live key
    std::int64_t max_bytes = 0;   ///< bytes of groups, keys and values

    constexpr quota with_max_keys(std::int64_t keys) const { return {keys, max_groups, max_bytes}; }
    constexpr quota with_max_groups(std::int64_t groups) const {
        return {max_keys, groups, max_bytes};
    }
    constexpr quota with_max_bytes(std::int64_t bytes) const {
        return {max_keys, max_groups, bytes};
    }
};

/// A quota and its usage, expired keys that were not purged yet included. All is 0 if nothing is
/// limited.
struct quota_usage {
    kv::quota quota;
    std::uint64_t keys = 0;
    std::uint64_t groups = 0;
    std::uint64_t bytes = 0;  ///< of each entry the group's name as the store has it, key and value
};

namespace detail {

inline quota_usage usage_from(const kv_quota &native) {
    quota_usage usage;
    usage.quota.max_keys = static_cast<std::int64_t>(native.max_keys);
    usage.quota.max_groups = static_cast<std::int64_t>(native.max_groups);
    usage.quota.max_bytes = static_cast<std::int64_t>(native.max_bytes);
    usage.keys = native.keys;
    usage.groups = native.groups;
    usage.bytes = native.bytes;
    return usage;
}

}  // namespace detail
}  // namespace kv

#endif
