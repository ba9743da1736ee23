// Pinned values and entries.
#ifndef KV_VALUE_HPP
#define KV_VALUE_HPP

#include <kv/ttl.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kv {

namespace detail {

inline std::string_view bytes(const std::uint8_t *data, std::size_t len) {
    return {reinterpret_cast<const char *>(data), data == nullptr ? 0 : len};
}

}  // namespace detail

/// A pinned value: the library keeps its bytes in place, so that a read makes no copy. Later writes
/// do not change it, and it outlives the store.
///
/// Moved from it is empty, with version 0. Const use from several threads at once is safe.
class value {
public:
    value() = default;
    /// Takes over a value that a function of kv.h has filled.
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

    /// The version of the entry, to be required by a later write; 0 if there is no entry, and for a
    /// write that is not committed yet.
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

/// The bytes as an As: pinned, or copied into any type made from two pointers.
template <class As>
As value_as(kv::value &&pinned) {
    if constexpr (std::is_same_v<As, kv::value>) {
        return std::move(pinned);
    } else {
        return As(pinned.begin(), pinned.end());
    }
}

/// The value that a read has found, as an As; none if it has found nothing.
template <class As>
std::optional<As> maybe(kv_status status, const kv_value &found) {
    if (status == KV_NOT_FOUND) return std::nullopt;
    return value_as<As>(value(found));
}

}  // namespace detail

/// An entry without its value.
struct entry_info {
    std::uint64_t size = 0;  ///< of the value in bytes
    std::uint64_t version = 0;
    std::optional<time_point> expires_at;  ///< none if it never expires
};

/// An entry of a scan. Its bytes stay until the walk goes on. Unpacks as key and value:
/// `for (auto [key, value] : store.scan("config"))`.
struct entry {
    std::string_view key;
    std::string_view value;  ///< empty if only keys were asked for
    std::string_view group;
    std::uint64_t value_size = 0;  ///< of the whole value in bytes, also of a scan of sizes
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
