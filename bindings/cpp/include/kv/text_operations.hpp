// Operations of a store on values that are text: parts, templates, JSON.
#ifndef KV_TEXT_OPERATIONS_HPP
#define KV_TEXT_OPERATIONS_HPP

#include <kv/change_operations.hpp>
#include <kv/parts.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kv {

/// Text and JSON; see basic_operations.
template <class Errors>
class basic_text_operations : public basic_change_operations<Errors> {
    using base = basic_change_operations<Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Begins a walk over the parts of a value between occurrences of `separator`. A value without
    /// one is itself the one part, also if it is empty. An empty separator cuts after each UTF-8
    /// character; then an empty value has no part.
    returned<basic_parts<Errors>> get_split(std::string_view group, std::string_view key,
                                            std::string_view separator) const {
        kv_cursor cursor{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_get_split(handle_, group.data(), group.size(), key.data(), key.size(),
                                    separator.data(), separator.size(), &cursor, error);
            },
            [&](kv_status status) { return basic_parts<Errors>(status, cursor); });
    }

    /// Begins a walk over the parts of a value between white space, as Unicode defines it. No part
    /// is empty, so an empty or blank value has none.
    returned<basic_parts<Errors>> get_fields(std::string_view group, std::string_view key) const {
        kv_cursor cursor{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_get_fields(handle_, group.data(), group.size(), key.data(), key.size(),
                                     &cursor, error);
            },
            [&](kv_status status) { return basic_parts<Errors>(status, cursor); });
    }

    /// Gives a template with the values of a group, all of one snapshot, filled in; the language is
    /// a part of Jinja's, see kv_render. errc::argument with the line for a template that is not
    /// understood, a key that is absent and has no default, and a value that is not UTF-8;
    /// errc::too_large past a limit, which makes templates from strangers safe.
    template <class As = std::string>
    returned<As> render(std::string_view group, std::string_view text) const {
        const std::string terminated(text);
        kv_value rendered{};
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status =
                    detail::without_nul(terminated, "render: the template", error);
                return status < 0 ? status
                                  : kv_render(handle_, group.data(), group.size(),
                                              terminated.c_str(), &rendered, error);
            },
            [&](kv_status) { return detail::value_as<As>(value(rendered)); });
    }

    /// Writes a value, which has to be JSON, that never expires. The bytes are stored as they are.
    /// errc::not_json with line and column if it is not, errc::too_large if it is nested deeper than
    /// 512; then nothing is written.
    returned<void> set_json(std::string_view group, std::string_view key,
                            std::string_view value) const {
        return done([&](kv_error *error) {
            return kv_set_json(handle_, group.data(), group.size(), key.data(), key.size(),
                               value.data(), value.size(), error);
        });
    }

    /// Gives the part of a JSON value that a JSON pointer (RFC 6901) leads to, byte for byte as it
    /// was stored, so numbers are exact; "" is the whole. None if the key is absent or expired, or
    /// the pointer leads to nothing. errc::argument for a pointer of another form, errc::not_json
    /// if the value is not JSON.
    template <class As = std::string>
    returned<std::optional<As>> get_json(std::string_view group, std::string_view key,
                                         std::string_view pointer = {}) const {
        const std::string path(pointer);
        kv_value found{};
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status = detail::without_nul(path, "get JSON: the pointer", error);
                return status < 0 ? status
                                  : kv_get_json(handle_, group.data(), group.size(), key.data(),
                                                key.size(), path.c_str(), &found, error);
            },
            [&](kv_status status) { return detail::maybe<As>(status, found); });
    }

protected:
    using base::base;
    using base::done;
    using base::handle_;
    using base::number;
};

}  // namespace kv

#endif
