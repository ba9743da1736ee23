// How a store cuts, renders and reads values that are text.
#ifndef KV_STORE_TEXT_HPP
#define KV_STORE_TEXT_HPP

#include <kv/store_class.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kv {

inline result<parts> store::try_get_split(std::string_view group, std::string_view key,
                                          std::string_view separator) const {
    kv_cursor cursor{};
    return detail::call(
        [&](kv_error *error) {
            return kv_get_split(handle_, group.data(), group.size(), key.data(), key.size(),
                                separator.data(), separator.size(), &cursor, error);
        },
        [&](kv_status status) { return parts(status, cursor); });
}

inline result<parts> store::try_get_fields(std::string_view group, std::string_view key) const {
    kv_cursor cursor{};
    return detail::call(
        [&](kv_error *error) {
            return kv_get_fields(handle_, group.data(), group.size(), key.data(), key.size(),
                                 &cursor, error);
        },
        [&](kv_status status) { return parts(status, cursor); });
}

template <class As>
result<As> store::try_render(std::string_view group, std::string_view text) const {
    const std::string terminated(text);
    kv_value rendered{};
    return detail::call(
        [&](kv_error *error) {
            const kv_status status = detail::without_nul(terminated, "render: the template", error);
            return status < 0 ? status
                              : kv_render(handle_, group.data(), group.size(), terminated.c_str(),
                                          &rendered, error);
        },
        [&](kv_status) { return detail::value_as<As>(value(rendered)); });
}

inline result<void> store::try_set_json(std::string_view group, std::string_view key,
                                        std::string_view value) const {
    return detail::call(
        [&](kv_error *error) {
            return kv_set_json(handle_, group.data(), group.size(), key.data(), key.size(),
                               value.data(), value.size(), error);
        },
        detail::nothing);
}

template <class As>
result<std::optional<As>> store::try_get_json(std::string_view group, std::string_view key,
                                              std::string_view pointer) const {
    const std::string path(pointer);
    kv_value found{};
    return detail::call(
        [&](kv_error *error) {
            const kv_status status = detail::without_nul(path, "get JSON: the pointer", error);
            return status < 0 ? status
                              : kv_get_json(handle_, group.data(), group.size(), key.data(),
                                            key.size(), path.c_str(), &found, error);
        },
        [&](kv_status status) { return detail::maybe<As>(status, found); });
}

}  // namespace kv

#endif
