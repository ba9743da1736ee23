// What is read: times, pinned values, entries.
#ifndef KV_VALUE_HPP
#define KV_VALUE_HPP

#include <kv/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kv {

/// A wall-clock time, exact to the millisecond, as expiries are.
using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// As a ttl, read or written: the entry never expires.
inline constexpr std::chrono::milliseconds forever = std::chrono::milliseconds::max();

/// As a ttl to be written: none is given, so the default_ttl of the store counts, without one
/// forever.
inline constexpr std::chrono::milliseconds default_ttl = std::chrono::milliseconds::min();

namespace detail {

/// The library's ttl. Of the negative numbers two are words of its own, so any other becomes one that
/// is none.
constexpr std::int64_t ttl_ms(std::chrono::milliseconds ttl) {
    if (ttl == forever) return KV_TTL_NEVER;
    if (ttl == default_ttl) return KV_TTL_DEFAULT;
    return ttl.count() < 0 ? KV_TTL_NEVER - 1 : ttl.count();
}

inline std::optional<time_point> expiry_from(std::int64_t expires_at_ms) {
    if (expires_at_ms == KV_TTL_NEVER) return std::nullopt;
    return time_point(std::chrono::milliseconds(expires_at_ms));
}

inline std::string_view bytes(const std::uint8_t *data, std::size_t len) {
    return {reinterpret_cast<const char *>(data), data == nullptr ? 0 : len};
}

}  // namespace detail

/// A value that the library keeps in place: no copy was made, and none is needed to keep it. Later
/// writes do not change it, and it outlives the store.
///
/// Moved from it is empty, with version 0. Const use from several threads at once is safe.
class value {
public:
    value() = default;
    /// Takes over what a function of kv.h has given.
    explicit value(const kv_value &pinned) noexcept : pinned_(pinned) {}
    value(value &&other) noexcept : pinned_(std::exchange(other.pinned_, kv_value{})) {}
    value &operator=(value &&other) noexcept {
        value taken(std::move(other));
        std::swap(pinned_, taken.pinned_);
        return *this;
    }
    ~value() { kv_value_free(&pinned_); }

    std::string_view view() const noexcept { return detail::bytes(pinned_.data, pinned_.len); }
    operator std::string_view() const noexcept { return view(); }
    std::string str() const { return std::string(view()); }

    const char *data() const noexcept { return view().data(); }
    std::size_t size() const noexcept { return view().size(); }
    bool empty() const noexcept { return size() == 0; }
    const char *begin() const noexcept { return data(); }
    const char *end() const noexcept { return data() + size(); }

    /// The version of the entry, to be required by a later write; 0 if there was none, and of what
    /// is not stored yet.
    std::uint64_t version() const noexcept { return pinned_.version; }

    /// When the entry expires; none if it never does.
    std::optional<time_point> expires_at() const {
        if (pinned_.data == nullptr) return std::nullopt;
        return detail::expiry_from(pinned_.expires_at_ms);
    }

    friend bool operator==(const value &left, std::string_view right) noexcept {
        return left.view() == right;
    }
    friend bool operator!=(const value &left, std::string_view right) noexcept {
        return left.view() != right;
    }

private:
    kv_value pinned_{};
};

namespace detail {

/// The bytes as the caller wants them: pinned, or copied into anything made from two pointers.
template <class As>
As value_as(kv::value &&pinned) {
    if constexpr (std::is_same_v<As, kv::value>) {
        return std::move(pinned);
    } else {
        return As(pinned.begin(), pinned.end());
    }
}

}  // namespace detail

/// What a walk is at. Its bytes stay until the walk goes on. Unpacks as key and value:
/// `for (auto [key, value] : store.scan("config"))`.
struct entry {
    std::string_view key;
    std::string_view value;  ///< empty if only keys were asked for
    std::string_view group;
    std::uint64_t value_size = 0;  ///< of the whole value in bytes, also if only sizes were asked for
    std::uint64_t version = 0;
    std::optional<time_point> expires_at;  ///< none if it never expires
};

template <std::size_t Index>
std::string_view get(const entry &entry) noexcept {
    static_assert(Index < 2, "an entry unpacks as key and value");
    return Index == 0 ? entry.key : entry.value;
}

}  // namespace kv

template <>
struct std::tuple_size<kv::entry> : std::integral_constant<std::size_t, 2> {};
template <std::size_t Index>
struct std::tuple_element<Index, kv::entry> {
    using type = std::string_view;
};

#endif
