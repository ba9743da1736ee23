// The codec for JSON, by nlohmann::json. A program that uses it includes this header, which has
// kv.hpp too.
#ifndef KV_JSON_HPP
#define KV_JSON_HPP

#include <kv.hpp>

#if __has_include(<nlohmann/json.hpp>)

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#if KV_HAS_EXCEPTIONS
#include <exception>
#endif

namespace kv {

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
        // Text that is not UTF-8 differs between the two, where dump() would end the program.
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

}  // namespace kv

#else
#error "<kv/json.hpp> needs nlohmann's <nlohmann/json.hpp>, which is not among the headers: \
install it (nlohmann-json3-dev), add its folder with -I, or give kv::typed a codec of your own, \
which needs kv.hpp alone"
#endif

#endif
