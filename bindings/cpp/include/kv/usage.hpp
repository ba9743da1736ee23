// The contents of a store, counted.
#ifndef KV_USAGE_HPP
#define KV_USAGE_HPP

#include <kv.h>

#include <cstdint>

namespace kv {

/// The contents of a store, or of the namespace that it is narrowed to.
struct usage {
    std::uint64_t entries = 0;          ///< live entries
    std::uint64_t bytes = 0;            ///< of their groups, keys and values
    std::uint64_t expired_entries = 0;  ///< expired entries that await the purge
};

namespace detail {

inline usage usage_from(const kv_usage &native) {
    kv::usage usage;
    usage.entries = native.entries;
    usage.bytes = native.bytes;
    usage.expired_entries = native.expired_entries;
    return usage;
}

}  // namespace detail
}  // namespace kv

#endif
