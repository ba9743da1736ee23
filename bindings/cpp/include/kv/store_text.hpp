// How a store cuts, renders and reads values that are text.
#ifndef KV_STORE_TEXT_HPP
#define KV_STORE_TEXT_HPP

#include <kv/parts.hpp>
#include <kv/store_locks.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kv {

/// The part of a store that cuts, renders and reads values that are text; see kv::store.
class store_text : public store_locks {
public:
    /// Begins a walk over the parts of a value between occurrences of `separator`. A value without
    /// one is itself the one part, also if it is empty. An empty separator cuts after each UTF-8
    /// character; then an empty value has no part.
    KV_THROWS parts get_split(std::string_view group, std::string_view key,
                              std::string_view separator) const {
        return detail::value_of(try_get_split(group, key, separator));
    }
    result<parts> try_get_split(std::string_view group, std::string_view key,
                                std::string_view separator) const {
        kv_cursor cursor{};
        return detail::call(
            [&](kv_error *error) {
                return kv_get_split(handle_, group.data(), group.size(), key.data(), key.size(),
                                    separator.data(), separator.size(), &cursor, error);
            },
            [&](kv_status status) { return parts(status, cursor); });
    }

    /// Begins a walk over the parts of a value between white space, as Unicode defines it. No part
    /// is empty, so an empty or blank value has none.
    KV_THROWS parts get_fields(std::string_view group, std::string_view key) const {
        return detail::value_of(try_get_fields(group, key));
    }
    result<parts> try_get_fields(std::string_view group, std::string_view key) const {
        kv_cursor cursor{};
        return detail::call(
            [&](kv_error *error) {
                return kv_get_fields(handle_, group.data(), group.size(), key.data(), key.size(),
                                     &cursor, error);
            },
            [&](kv_status status) { return parts(status, cursor); });
    }

    /// Returns a template filled in with the values of a group, all of one snapshot; the language
    /// is a part of Jinja's, see kv_render. errc::argument with the line for a template that is not
    /// understood, a key that is absent and has no default, and a value that is not UTF-8;
    /// errc::too_large past a limit, which makes templates from strangers safe.
    template <class As = std::string>
    KV_THROWS As render(std::string_view group, std::string_view text) const {
        return detail::value_of(try_render<As>(group, text));
    }
    template <class As = std::string>
    result<As> try_render(std::string_view group, std::string_view text) const {
        const std::string terminated(text);
        kv_value rendered{};
        return detail::call(
            [&](kv_error *error) {
                const kv_status status =
                    detail::without_nul(terminated, "render: the template", error);
                return status < 0 ? status
                                  : kv_render(handle_, group.data(), group.size(),
                                              terminated.c_str(), &rendered, error);
            },
            [&](kv_status) { return detail::value_as<As>(value(rendered)); });
    }

    /// Writes a value, which has to be JSON and is stored byte for byte, for the default_ttl of the
    /// store. errc::not_json with line and column if it is not, errc::too_large if it is nested
    /// deeper than 512; then nothing is written.
    KV_THROWS void set_json(std::string_view group, std::string_view key,
                            std::string_view value) const {
        detail::value_of(try_set_json(group, key, value));
    }
    result<void> try_set_json(std::string_view group, std::string_view key,
                              std::string_view value) const {
        return detail::call(
            [&](kv_error *error) {
                return kv_set_json(handle_, group.data(), group.size(), key.data(), key.size(),
                                   value.data(), value.size(), error);
            },
            detail::nothing);
    }

    /// Returns the part of a JSON value that a JSON pointer (RFC 6901) leads to, byte for byte as
    /// it was stored, so numbers are exact; "" is the whole. None if the key is absent or expired,
    /// or the pointer leads to nothing. errc::argument for a pointer of another form,
    /// errc::not_json if the value is not JSON.
    template <class As = std::string>
    KV_THROWS std::optional<As> get_json(std::string_view group, std::string_view key,
                                         std::string_view pointer = {}) const {
        return detail::value_of(try_get_json<As>(group, key, pointer));
    }
    template <class As = std::string>
    result<std::optional<As>> try_get_json(std::string_view group, std::string_view key,
                                           std::string_view pointer = {}) const {
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

protected:
    using store_locks::store_locks;
};

}  // namespace kv

#endif
