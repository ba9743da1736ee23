// How values become bytes and bytes values.
#ifndef KV_CODEC_HPP
#define KV_CODEC_HPP

#include <kv/result.hpp>

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

// KV_NO_JSON leaves it out though it is installed.
#if !defined(KV_NO_JSON) && defined(__has_include)
#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#define KV_HAS_JSON 1
#endif
#endif
#ifndef KV_HAS_JSON
#define KV_HAS_JSON 0
#endif

#if KV_HAS_EXCEPTIONS
#include <exception>
#endif

// A codec is a type with two static functions:
//
//     static kv::result<std::string> encode(const T &value);
//     static kv::result<T> decode(std::string_view bytes);
//
// What went wrong is a kv::failure of typed_errc::encode or typed_errc::decode; the typed store puts
// the key before its message. They may be called by several threads at once.

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

#if KV_HAS_JSON

/// JSON by nlohmann::json, with the to_json and from_json of T. Integers of 64 bits stay exact.
/// Text must be UTF-8. Without exceptions a from_json that finds another shape ends the program, so
/// there use T = nlohmann::json, or a codec of your own.
template <class T>
struct json {
    static result<std::string> encode(const T &value) {
#if KV_HAS_EXCEPTIONS
        try {
            return nlohmann::json(value).dump();
        } catch (const std::exception &error) {
            return failure(typed_errc::encode, error.what());
        }
#else
        // What is not UTF-8 comes out differently here, where dump() would end the program.
        using handler = nlohmann::json::error_handler_t;
        const nlohmann::json tree(value);
        std::string text = tree.dump(-1, ' ', false, handler::ignore);
        if (text != tree.dump(-1, ' ', false, handler::replace))
            return failure(typed_errc::encode, "a string is not UTF-8");
        return text;
#endif
    }

    static result<T> decode(std::string_view stored) {
#if KV_HAS_EXCEPTIONS
        try {
            return nlohmann::json::parse(stored.begin(), stored.end()).template get<T>();
        } catch (const std::exception &error) {
            return failure(typed_errc::decode, error.what());
        }
#else
        const nlohmann::json parsed =
            nlohmann::json::parse(stored.begin(), stored.end(), nullptr, false);
        if (parsed.is_discarded()) return failure(typed_errc::decode, "not JSON");
        return parsed.get<T>();
#endif
    }
};

#else

/// JSON needs nlohmann/json.hpp, which is not installed, or KV_NO_JSON is set.
template <class T>
struct json {
    static_assert(sizeof(T) == 0,
                  "kv::typed<T> needs nlohmann/json.hpp, or a codec: kv::typed<T, Codec>");
};

#endif

}  // namespace kv

#endif
