// The entries that a scan visits.
#ifndef KV_SCAN_OPTIONS_HPP
#define KV_SCAN_OPTIONS_HPP

#include <kv/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kv {

/// The entries that a scan visits; by default all entries of the group, in key order. In C++17 and
/// in C++20:
///
///     store.scan("users", kv::prefix("ada").with_limit(10).with_reverse());
///     store.scan("users", {.prefix = "ada", .limit = 10, .reverse = true});
///
/// The text that the options refer to must live until the scan has begun.
struct scan_options {
    /// Keys that begin with these bytes; empty for all. It excludes the two globs, and they each
    /// other (errc::argument).
    std::string_view prefix = {};
    /// Keys that match a glob as SQLite's GLOB: `*`, `?` for one character, `[a-z]`, `[^x]`, no
    /// escape. The empty one matches the empty key alone.
    std::optional<std::string_view> glob = std::nullopt;
    /// Keys that match a glob as Redis' KEYS: `*`, `?` for one byte, `[a-z]`, `[^x]`, a backslash
    /// escapes.
    std::optional<std::string_view> redis_glob = std::nullopt;
    /// From this key on and below that one, in byte order, whatever the direction.
    std::optional<std::string_view> lower = std::nullopt;
    std::optional<std::string_view> upper = std::nullopt;
    bool lower_exclusive = false;  ///< leave out the key `lower` itself
    bool upper_inclusive = false;  ///< visit the key `upper` itself
    /// Begin after this key, in the direction of the walk: the last one of the page before. Takes
    /// the place of the bound on that side.
    std::optional<std::string_view> after = std::nullopt;
    std::uint64_t limit = 0;  ///< at most this many entries; 0 for all
    /// Leave out this many entries before the first one. Each is read, so `after` is the better way
    /// to the next page.
    std::uint64_t offset = 0;
    bool reverse = false;     ///< from the last key to the first
    bool keys_only = false;   ///< leave the values out
    bool sizes = false;       ///< leave the values out, but return their sizes
    bool snapshot = false;    ///< one snapshot, or errc::unsupported where a Redis has none

    scan_options with_prefix(std::string_view bytes) const {
        return changed([&](scan_options &options) { options.prefix = bytes; });
    }
    scan_options with_glob(std::string_view pattern) const {
        return changed([&](scan_options &options) { options.glob = pattern; });
    }
    scan_options with_redis_glob(std::string_view pattern) const {
        return changed([&](scan_options &options) { options.redis_glob = pattern; });
    }
    scan_options with_lower(std::string_view key, bool exclusive = false) const {
        return changed([&](scan_options &options) {
            options.lower = key;
            options.lower_exclusive = exclusive;
        });
    }
    scan_options with_upper(std::string_view key, bool inclusive = false) const {
        return changed([&](scan_options &options) {
            options.upper = key;
            options.upper_inclusive = inclusive;
        });
    }
    scan_options with_after(std::string_view key) const {
        return changed([&](scan_options &options) { options.after = key; });
    }
    scan_options with_limit(std::uint64_t entries) const {
        return changed([&](scan_options &options) { options.limit = entries; });
    }
    scan_options with_offset(std::uint64_t entries) const {
        return changed([&](scan_options &options) { options.offset = entries; });
    }
    scan_options with_reverse(bool on = true) const {
        return changed([&](scan_options &options) { options.reverse = on; });
    }
    scan_options with_keys_only(bool on = true) const {
        return changed([&](scan_options &options) { options.keys_only = on; });
    }
    scan_options with_sizes(bool on = true) const {
        return changed([&](scan_options &options) { options.sizes = on; });
    }
    scan_options with_snapshot(bool on = true) const {
        return changed([&](scan_options &options) { options.snapshot = on; });
    }

    /// The structure of kv.h; errc::argument for two patterns.
    result<kv_scan_options> native() const {
        if ((prefix.empty() ? 0 : 1) + (glob ? 1 : 0) + (redis_glob ? 1 : 0) > 1)
            return failure(errc::argument,
                           "scan: prefix, glob and redis_glob exclude each other; set one of them");
        kv_scan_options options = KV_SCAN_OPTIONS_INIT;
        const auto from = after && !reverse ? after : lower;
        const auto to = after && reverse ? after : upper;
        const bool from_exclusive = (after && !reverse) || lower_exclusive;
        const bool to_inclusive = !(after && reverse) && upper_inclusive;
        options.flags = flag(glob.has_value(), KV_SCAN_GLOB) |
                        flag(redis_glob.has_value(), KV_SCAN_GLOB_REDIS) |
                        flag(reverse, KV_SCAN_REVERSE) |
                        flag(keys_only, KV_SCAN_KEYS_ONLY) | flag(sizes, KV_SCAN_SIZES) |
                        flag(snapshot, KV_SCAN_SNAPSHOT) |
                        flag(from_exclusive, KV_SCAN_LOWER_EXCLUSIVE) |
                        flag(to_inclusive, KV_SCAN_UPPER_INCLUSIVE);
        set(glob ? *glob : redis_glob.value_or(prefix), options.pattern, options.pattern_len);
        if (from) set(*from, options.lower, options.lower_len);
        if (to) set(*to, options.upper, options.upper_len);
        options.limit = limit;
        options.offset = offset;
        return options;
    }

private:
    template <class Change>
    scan_options changed(Change &&change) const {
        scan_options copy = *this;
        change(copy);
        return copy;
    }

    static constexpr std::uint32_t flag(bool on, std::uint32_t bit) { return on ? bit : 0; }

    // NULL would mean that there is no bound; an empty key is one.
    static void set(std::string_view bytes, const void *&data, std::size_t &len) {
        data = bytes.data() == nullptr ? "" : bytes.data();
        len = bytes.size();
    }
};

/// The options of a scan of the keys that begin with these bytes.
inline scan_options prefix(std::string_view bytes) {
    return scan_options().with_prefix(bytes);
}

/// The options of a scan of the keys that match a glob, as SQLite's GLOB.
inline scan_options glob(std::string_view pattern) {
    return scan_options().with_glob(pattern);
}

/// The options of a scan of the keys that match a glob, as Redis' KEYS.
inline scan_options redis_glob(std::string_view pattern) {
    return scan_options().with_redis_glob(pattern);
}

}  // namespace kv

#endif
