// How long an entry lives, and instants of the wall clock.
#ifndef KV_TTL_HPP
#define KV_TTL_HPP

#include <kv.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace kv {

/// An instant of the wall clock, exact to the millisecond, as expiries are.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// The type of kv::never.
struct never_t {
    explicit constexpr never_t(int) {}
};

/// As a ttl: the entry never expires, whatever the store's default_ttl.
inline constexpr never_t never{0};

/// How long an entry lives: a duration from now, kv::never, or by default the default_ttl that the
/// store was opened with, without one for ever. It means the same in every call.
///
///     store.set("codes", "ada", "4711", 5min);
///     store.set("config", "colour", "blue", kv::never);
///     store.set("config", "colour", "blue");
///
/// A duration of 0 is kv::never. A negative one is refused by the call, with errc::argument. A
/// duration that is not whole milliseconds does not convert.
class ttl {
public:
    /// The default_ttl of the store.
    constexpr ttl() = default;
    constexpr ttl(never_t) : kind_(kind::unlimited) {}
    template <class Rep, class Period,
              std::enable_if_t<std::is_convertible_v<std::chrono::duration<Rep, Period>,
                                                     std::chrono::milliseconds>,
                               int> = 0>
    constexpr ttl(std::chrono::duration<Rep, Period> duration)
        : ttl(std::chrono::milliseconds(duration).count()) {}

    /// Says whether it is the default_ttl of the store.
    constexpr bool is_default() const { return kind_ == kind::by_default; }

    /// Says whether it is kv::never.
    constexpr bool is_never() const { return kind_ == kind::unlimited; }

    /// The duration; none for kv::never and the default_ttl of the store.
    constexpr std::optional<std::chrono::milliseconds> duration() const {
        if (kind_ != kind::limited) return std::nullopt;
        return std::chrono::milliseconds(ms_);
    }

    /// The number that kv.h has for it. Of the negative numbers two are words of kv.h, so any other
    /// becomes one that is none, and is refused.
    constexpr std::int64_t native() const {
        if (kind_ == kind::by_default) return KV_TTL_DEFAULT;
        if (kind_ == kind::unlimited) return KV_TTL_NEVER;
        return ms_ < 0 ? KV_TTL_NEVER - 1 : ms_;
    }

    friend constexpr bool operator==(const ttl &left, const ttl &right) {
        return left.kind_ == right.kind_ && left.ms_ == right.ms_;
    }
    friend constexpr bool operator!=(const ttl &left, const ttl &right) { return !(left == right); }

private:
    enum class kind : unsigned char { by_default, unlimited, limited };

    explicit constexpr ttl(std::int64_t ms) : kind_(ms == 0 ? kind::unlimited : kind::limited), ms_(ms) {}

    kind kind_ = kind::by_default;
    std::int64_t ms_ = 0;
};

namespace detail {

/// The ttl that kv_ttl has written.
inline ttl ttl_from(std::int64_t ms) {
    return ms == KV_TTL_NEVER ? ttl(never) : ttl(std::chrono::milliseconds(ms));
}

/// The expiry of an entry; none if it never expires.
inline std::optional<time_point> expiry_from(std::int64_t expires_at_ms) {
    if (expires_at_ms == KV_TTL_NEVER) return std::nullopt;
    return time_point(std::chrono::milliseconds(expires_at_ms));
}

}  // namespace detail
}  // namespace kv

#endif
