// How a write is made: its condition, its expiry, its durability.
#ifndef KV_PUT_OPTIONS_HPP
#define KV_PUT_OPTIONS_HPP

#include <kv/ttl.hpp>

#include <cstdint>
#include <optional>

namespace kv {

/// The outcome of a conditional call. None of these is an error.
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

/// The condition of a write: if_absent, if_present, if_version(...); by default nothing.
class condition {
public:
    constexpr condition() = default;
    /// A condition by its number in kv.h.
    explicit constexpr condition(std::uint32_t kind, std::uint64_t version)
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
    return condition(KV_IF_VERSION, version);
}

/// When a written entry expires: expires_after(...), expires_at(...), keep_expiry; by default after
/// the default_ttl of the store, without one never.
class expiry {
public:
    constexpr expiry() = default;
    /// An expiry by its number in kv.h.
    explicit constexpr expiry(std::uint32_t kind, std::int64_t time_ms)
        : kind_(kind), time_ms_(time_ms) {}
    constexpr std::uint32_t kind() const { return kind_; }
    constexpr std::int64_t time_ms() const { return time_ms_; }

private:
    std::uint32_t kind_ = KV_EXPIRY_DEFAULT;
    std::int64_t time_ms_ = 0;
};

/// This long after the write.
constexpr expiry expires_after(kv::ttl ttl) {
    return expiry(KV_EXPIRY_AFTER, ttl.native());
}

/// At this instant of the wall clock.
constexpr expiry expires_at(time_point time) {
    const std::int64_t ms = time.time_since_epoch().count();
    // The number of "never" is an instant of 1969, as long past as the one before it.
    return expiry(KV_EXPIRY_AT, ms == KV_TTL_NEVER ? ms - 1 : ms);
}

/// At this instant, or never. The result of value::expires_at() means the same when it is passed to
/// a write.
constexpr expiry expires_at(std::optional<time_point> time) {
    return time ? expires_at(*time) : expiry(KV_EXPIRY_AT, KV_TTL_NEVER);
}

/// A live entry keeps its expiry; a new one gets the default_ttl of the store.
inline constexpr expiry keep_expiry{KV_EXPIRY_KEEP, 0};

/// How safe a write is when the call returns. A batch and a transaction have the strictest
/// durability of their writes. On a Redis, whose server decides it, `full` is errc::unsupported.
enum class durability : std::uint32_t {
    store = KV_DURABILITY_DEFAULT,  ///< that of the store
    normal = KV_DURABILITY_NORMAL,  ///< survives the end of the process
    full = KV_DURABILITY_FULL,      ///< survives a loss of power, with all writes before it
};

/// How a write is made. In C++17 and in C++20:
///
///     store.put(group, key, value, {kv::if_absent, kv::expires_after(5s)});
///     store.put(group, key, value, kv::put_options().with_expiry(kv::keep_expiry));
///     store.put(group, key, value, {.expiry = kv::keep_expiry});
struct put_options {
    kv::condition condition = {};
    kv::expiry expiry = {};
    kv::durability durability = kv::durability::store;

    constexpr put_options with_condition(kv::condition required) const {
        return {required, expiry, durability};
    }
    constexpr put_options with_expiry(kv::expiry chosen) const {
        return {condition, chosen, durability};
    }
    constexpr put_options with_durability(kv::durability chosen) const {
        return {condition, expiry, chosen};
    }

    kv_put_options native() const {
        kv_put_options options = KV_PUT_OPTIONS_INIT;
        options.condition = condition.kind();
        options.version = condition.version();
        options.expiry = expiry.kind();
        options.durability = static_cast<std::uint32_t>(durability);
        options.time_ms = expiry.time_ms();
        return options;
    }
};

/// The outcome of a put. As a bool: whether the value was written.
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

}  // namespace kv

#endif
