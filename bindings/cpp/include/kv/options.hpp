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

/// When what is written expires: expires_after(...), expires_at(...), keep_expiry; by default never.
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

/// This long after the write; 0 and forever mean never, a negative time is errc::argument.
constexpr expiry expires_after(std::chrono::milliseconds ttl) {
    return ttl == forever ? expiry{KV_EXPIRY_DEFAULT, 0} : expiry{KV_EXPIRY_AFTER, ttl.count()};
}

/// At this time of the wall clock.
constexpr expiry expires_at(time_point time) {
    return {KV_EXPIRY_AT, time.time_since_epoch().count()};
}

/// A live entry keeps its expiry; a new one never expires.
inline constexpr expiry keep_expiry{KV_EXPIRY_KEEP, 0};

/// A condition, an expiry, both as `{if_absent, expires_after(5s)}`, or neither.
class put_options {
public:
    constexpr put_options() = default;
    constexpr put_options(kv::condition condition, kv::expiry expiry = {})
        : condition_(condition), expiry_(expiry) {}
    constexpr put_options(kv::expiry expiry) : expiry_(expiry) {}

    constexpr const kv::condition &condition() const { return condition_; }
    constexpr const kv::expiry &expiry() const { return expiry_; }

    kv_put_options native() const {
        kv_put_options options = KV_PUT_OPTIONS_INIT;
        options.condition = condition_.kind();
        options.version = condition_.version();
        options.expiry = expiry_.kind();
        options.time_ms = expiry_.time_ms();
        return options;
    }

private:
    kv::condition condition_;
    kv::expiry expiry_;
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
    /// Begin after this key, in the order of the walk: how pages are turned.
    std::optional<std::string_view> start_after = std::nullopt;
    /// End before this key, in the order of the walk.
    std::optional<std::string_view> end = std::nullopt;
    std::uint64_t limit = 0;  ///< at most this many entries; 0 for all
    bool reverse = false;     ///< from the last key to the first
    bool keys_only = false;   ///< leave the values out

    kv_scan_options native() const {
        kv_scan_options options = KV_SCAN_OPTIONS_INIT;
        options.flags = static_cast<std::uint32_t>(match) |
                        static_cast<std::uint32_t>(reverse ? KV_SCAN_REVERSE : 0) |
                        static_cast<std::uint32_t>(keys_only ? KV_SCAN_KEYS_ONLY : 0);
        set(pattern, options.pattern, options.pattern_len);
        if (start_after) set(*start_after, options.start_after, options.start_after_len);
        if (end) set(*end, options.end, options.end_len);
        options.limit = limit;
        return options;
    }

private:
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
