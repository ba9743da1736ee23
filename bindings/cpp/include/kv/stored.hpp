// A value of a typed store with its key, version and expiry.
#ifndef KV_STORED_HPP
#define KV_STORED_HPP

#include <kv/ttl.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kv {

/// A value with its key and version. Unpacks as key and value.
template <class T>
struct stored {
    std::string key;
    T value;
    std::uint64_t version = 0;
    std::optional<time_point> expires_at;  ///< none if it never expires
};

template <std::size_t Index, class T>
auto &get(stored<T> &stored) noexcept {
    if constexpr (Index == 0) {
        return stored.key;
    } else {
        return stored.value;
    }
}
template <std::size_t Index, class T>
auto &get(const stored<T> &stored) noexcept {
    if constexpr (Index == 0) {
        return stored.key;
    } else {
        return stored.value;
    }
}
template <std::size_t Index, class T>
auto &&get(stored<T> &&stored) noexcept {
    return std::move(kv::get<Index>(stored));
}

}  // namespace kv

template <class T>
struct std::tuple_size<kv::stored<T>> : std::integral_constant<std::size_t, 2> {};
template <class T>
struct std::tuple_element<0, kv::stored<T>> {
    using type = std::string;
};
template <class T>
struct std::tuple_element<1, kv::stored<T>> {
    using type = T;
};

#endif
