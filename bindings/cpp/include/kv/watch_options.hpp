// The selection of a watch, its queue and its start.
#ifndef KV_WATCH_OPTIONS_HPP
#define KV_WATCH_OPTIONS_HPP

#include <kv.h>

#include <cstdint>
#include <optional>

namespace kv {

/// The meaning of a name given to a watch.
enum class watched : std::uint32_t {
    exact,   ///< itself; "*" is a name like any other
    prefix,  ///< all that begin with it
    any,     ///< all, whatever it is
};

/// The selection of a watch, its queue and its start. In C++17 and in C++20:
///
///     store.watch("users", "a", kv::watch_options().with_keys(kv::watched::prefix));
///     store.watch("users", "a", {.keys = kv::watched::prefix});
struct watch_options {
    watched groups = watched::exact;
    watched keys = watched::exact;
    bool existing = false;       ///< begin with the existing entries, then event_type::synced
    std::uint32_t capacity = 0;  ///< changes the queue has room for: 16 to 16,777,216; 0 for 1024
    /// Begin with the changes after this version, which the change log must have.
    std::optional<std::uint64_t> since = std::nullopt;

    watch_options with_groups(watched selected) const {
        return {selected, keys, existing, capacity, since};
    }
    watch_options with_keys(watched selected) const {
        return {groups, selected, existing, capacity, since};
    }
    watch_options with_existing(bool on = true) const {
        return {groups, keys, on, capacity, since};
    }
    watch_options with_capacity(std::uint32_t changes) const {
        return {groups, keys, existing, changes, since};
    }
    watch_options with_since(std::uint64_t version) const {
        return {groups, keys, existing, capacity, version};
    }

    kv_watch_options native() const {
        kv_watch_options options = KV_WATCH_OPTIONS_INIT;
        const auto add = [&](bool holds, int flag) {
            if (holds) options.flags |= static_cast<std::uint32_t>(flag);
        };
        add(groups == watched::prefix, KV_WATCH_GROUP_PREFIX);
        add(groups == watched::any, KV_WATCH_ANY_GROUP);
        add(keys == watched::prefix, KV_WATCH_KEY_PREFIX);
        add(keys == watched::any, KV_WATCH_ANY_KEY);
        add(existing, KV_WATCH_EXISTING);
        add(since.has_value(), KV_WATCH_SINCE);
        options.capacity = capacity;
        options.since = since.value_or(0);
        return options;
    }
};

}  // namespace kv

#endif
