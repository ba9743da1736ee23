// How a write is made and what a scan visits.
#ifndef KV_OPTIONS_HPP
#define KV_OPTIONS_HPP

#include <kv/value.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace kv {

/// What a conditional call came to. None of these is an error.
enum class outcome : kv_status {
    ok = KV_OK,                ///< done
    not_found = KV_NOT_FOUND,  ///< there is no live entry under the key
    conflict = KV_CONFLICT,    ///< a condition does not hold; nothing was written
};

namespace detail {

inline outcome as_outcome(kv_status status) {
    return static_cast<outcome>(status);
}

}  // namespace detail

/// What a write requires: if_absent, if_present, if_version(...); by default nothing.
class condition {
public:
    constexpr condition() = default;
    constexpr condition(std::uint32_t kind, std::uint64_t version)
        : kind_(kind), version_(version) {}
    constexpr std::uint32_t kind() const { return kind_; }
    constexpr std::uint64_t version() const { return version_; }

private:
    std::uint32_t kind_ = KV_IF_ANY;
    std::uint64_t version_ = 0;
};

/// The key must have no live entry.
inline constexpr condition if_absent{KV_IF_ABSENT, 0};

/// The key must have a live entry.
inline constexpr condition if_present{KV_IF_PRESENT, 0};

/// The entry must be at this version; 0: there must be none.
constexpr condition if_version(std::uint64_t version) {
    return {KV_IF_VERSION, version};
}

/// When what is written expires: expires_after(...), expires_at(...), keep_expiry; by default after the
/// default_ttl of the store, without one never.
class expiry {
public:
    constexpr expiry() = default;
    constexpr expiry(std::uint32_t kind, std::int64_t time_ms) : kind_(kind), time_ms_(time_ms) {}
    constexpr std::uint32_t kind() const { return kind_; }
    constexpr std::int64_t time_ms() const { return time_ms_; }

private:
    std::uint32_t kind_ = KV_EXPIRY_DEFAULT;
    std::int64_t time_ms_ = 0;
};

/// This long after the write; 0 and forever mean never, default_ttl as if no expiry were given; any
/// other negative time is errc::argument.
constexpr expiry expires_after(std::chrono::milliseconds ttl) {
    return {KV_EXPIRY_AFTER, detail::ttl_ms(ttl)};
}

/// At this time of the wall clock.
constexpr expiry expires_at(time_point time) {
    const std::int64_t ms = time.time_since_epoch().count();
    // The number of "never" is a moment of 1969, as long past as the one before it.
    return {KV_EXPIRY_AT, ms == KV_TTL_NEVER ? ms - 1 : ms};
}

/// At this time, or never: what was read as value::expires_at() means the same when it is given back.
constexpr expiry expires_at(std::optional<time_point> time) {
    return time ? expires_at(*time) : expiry{KV_EXPIRY_AT, KV_TTL_NEVER};
}

/// A live entry keeps its expiry; a new one gets that of no expiry given.
inline constexpr expiry keep_expiry{KV_EXPIRY_KEEP, 0};

/// How safe a write is when the call returns. Other than the store's it is errc::unsupported so far;
/// flush() after the write does the same as `full`.
enum class durability : std::uint32_t {
    store = KV_DURABILITY_DEFAULT,   ///< that of the store
    normal = KV_DURABILITY_NORMAL,   ///< survives the end of the process
    full = KV_DURABILITY_FULL,       ///< survives a loss of power
};

/// A condition, an expiry, both as `{if_absent, expires_after(5s)}`, or neither.
class put_options {
public:
    constexpr put_options() = default;
    constexpr put_options(kv::condition condition, kv::expiry expiry = {})
        : condition_(condition), expiry_(expiry) {}
    constexpr put_options(kv::expiry expiry) : expiry_(expiry) {}
    constexpr put_options(kv::condition condition, kv::expiry expiry, kv::durability durability)
        : condition_(condition), expiry_(expiry), durability_(durability) {}

    constexpr const kv::condition &condition() const { return condition_; }
    constexpr const kv::expiry &expiry() const { return expiry_; }

    kv_put_options native() const {
        kv_put_options options = KV_PUT_OPTIONS_INIT;
        options.condition = condition_.kind();
        options.version = condition_.version();
        options.expiry = expiry_.kind();
        options.durability = static_cast<std::uint32_t>(durability_);
        options.time_ms = expiry_.time_ms();
        return options;
    }

private:
    kv::condition condition_;
    kv::expiry expiry_;
    kv::durability durability_ = durability::store;
};

/// What a put came to. As a bool: whether it was made.
struct put_result {
    bool is_written = false;
    /// The version written; if nothing was, the one the key is at, 0 if it is absent.
    std::uint64_t version = 0;

    explicit operator bool() const { return is_written; }
};

/// When an entry's expiry may be replaced. `has_expiry | later` and `has_expiry | earlier` go
/// together.
enum class expire_if : std::uint32_t {
    always = 0,
    no_expiry = KV_EXPIRE_NX,   ///< it has none; goes alone
    has_expiry = KV_EXPIRE_XX,  ///< it has one
    later = KV_EXPIRE_GT,       ///< the new one is later; no expiry is the latest
    earlier = KV_EXPIRE_LT,     ///< the new one is earlier; no expiry is the latest
};

constexpr expire_if operator|(expire_if left, expire_if right) {
    return static_cast<expire_if>(static_cast<std::uint32_t>(left) |
                                  static_cast<std::uint32_t>(right));
}

/// How a scan's pattern is read.
enum class match : std::uint32_t {
    prefix = 0,                       ///< byte for byte; empty matches all keys
    glob = KV_SCAN_GLOB,              ///< as SQLite's GLOB: * ? [a-z] [^x], no escape
    redis_glob = KV_SCAN_GLOB_REDIS,  ///< as Redis' KEYS: ? is a byte, \ escapes
};

/// What a scan visits; by default all entries of the group, in key order. In C++20:
/// `store.scan("users", {.pattern = "ada", .limit = 10})`. The text it names must live until the
/// scan has begun.
struct scan_options {
    std::string_view pattern = {};
    kv::match match = kv::match::prefix;
    /// From this key on and below that one, in byte order, whatever the direction.
    std::optional<std::string_view> lower = std::nullopt;
    std::optional<std::string_view> upper = std::nullopt;
    bool lower_exclusive = false;  ///< leave out the key `lower` itself
    bool upper_inclusive = false;  ///< visit the key `upper` itself
    /// Begin after this key, in the direction of the walk: the last one of the page before. Takes the
    /// place of the bound on that side.
    std::optional<std::string_view> after = std::nullopt;
    std::uint64_t limit = 0;  ///< at most this many entries; 0 for all
    bool reverse = false;     ///< from the last key to the first
    bool keys_only = false;   ///< leave the values out
    bool sizes = false;       ///< leave the values out, but give their sizes
    bool snapshot = false;    ///< one snapshot, or errc::unsupported where a Redis cannot give one

    kv_scan_options native() const {
        kv_scan_options options = KV_SCAN_OPTIONS_INIT;
        const auto from = after && !reverse ? after : lower;
        const auto to = after && reverse ? after : upper;
        const bool from_exclusive = (after && !reverse) || lower_exclusive;
        const bool to_inclusive = !(after && reverse) && upper_inclusive;
        options.flags = static_cast<std::uint32_t>(match) | flag(reverse, KV_SCAN_REVERSE) |
                        flag(keys_only, KV_SCAN_KEYS_ONLY) | flag(sizes, KV_SCAN_SIZES) |
                        flag(snapshot, KV_SCAN_SNAPSHOT) |
                        flag(from_exclusive, KV_SCAN_LOWER_EXCLUSIVE) |
                        flag(to_inclusive, KV_SCAN_UPPER_INCLUSIVE);
        set(pattern, options.pattern, options.pattern_len);
        if (from) set(*from, options.lower, options.lower_len);
        if (to) set(*to, options.upper, options.upper_len);
        options.limit = limit;
        return options;
    }

private:
    static constexpr std::uint32_t flag(bool on, std::uint32_t bit) { return on ? bit : 0; }

    // NULL would mean that there is no bound; an empty key is one.
    static void set(std::string_view bytes, const void *&data, std::size_t &len) {
        data = bytes.data() == nullptr ? "" : bytes.data();
        len = bytes.size();
    }
};

/// Keys that begin with these bytes.
inline scan_options prefix(std::string_view bytes) {
    scan_options options;
    options.pattern = bytes;
    return options;
}

/// Keys that match a glob; the dialect is SQLite's, or Redis'.
inline scan_options glob(std::string_view pattern, match dialect = match::glob) {
    scan_options options;
    options.pattern = pattern;
    options.match = dialect;
    return options;
}

}  // namespace kv

#endif
