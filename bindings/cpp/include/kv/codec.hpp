// How values become bytes and bytes values.
#ifndef KV_CODEC_HPP
#define KV_CODEC_HPP

#include <kv/result.hpp>

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

// A codec is a type with two static functions:
//
//     static kv::result<std::string> encode(const T &value);
//     static kv::result<T> decode(std::string_view bytes);
//
// They fail with typed_errc::encode and typed_errc::decode; the typed store puts the key before the
// message. They may be called by several threads at once.

namespace kv {

/// As it is: `kv::typed<std::string, kv::bytes>`.
struct bytes {
    static result<std::string> encode(std::string_view value) { return std::string(value); }
    static result<std::string> decode(std::string_view stored) { return std::string(stored); }
};

/// Integers as decimal text, as increment keeps them: `kv::typed<std::int64_t, kv::decimal<>>`.
template <class T = long long>
struct decimal {
    static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>, "decimal is for integers");

    static result<std::string> encode(T value) { return std::to_string(value); }

    /// The whole text must be one integer, and within the range of T.
    static result<T> decode(std::string_view stored) {
        T value{};
        const char *end = stored.data() + stored.size();
        const auto [last, error] = std::from_chars(stored.data(), end, value);
        if (error == std::errc::result_out_of_range)
            return failure(typed_errc::decode, "the integer is out of range");
        if (error != std::errc() || last != end)
            return failure(typed_errc::decode, "not a decimal integer");
        return value;
    }
};

/// JSON: the default codec, in a header of its own, <kv/json.hpp>.
template <class T>
struct json;

namespace detail {

template <class Codec, class = void>
struct is_defined : std::false_type {};
template <class Codec>
struct is_defined<Codec, std::void_t<decltype(sizeof(Codec))>> : std::true_type {};

}  // namespace detail
}  // namespace kv

#endif
