// How a store reads and writes one key.
#ifndef KV_STORE_ENTRIES_HPP
#define KV_STORE_ENTRIES_HPP

#include <kv/store_class.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kv {

template <class As>
result<std::optional<As>> store::try_get(std::string_view group, std::string_view key) const {
    kv_value found{};
    return detail::call(
        [&](kv_error *error) {
            return kv_get(handle_, group.data(), group.size(), key.data(), key.size(), &found, error);
        },
        [&](kv_status status) { return detail::maybe<As>(status, found); });
}

inline result<std::optional<std::size_t>> store::try_get_into(std::string_view group,
                                                              std::string_view key, void *buffer,
                                                              std::size_t capacity) const {
    std::size_t len = 0;
    return detail::call(
        [&](kv_error *error) {
            return kv_get_into(handle_, group.data(), group.size(), key.data(), key.size(), buffer,
                               capacity, &len, error);
        },
        [&](kv_status status) -> std::optional<std::size_t> {
            if (status == KV_NOT_FOUND) return std::nullopt;
            return len;
        });
}

inline result<std::optional<entry_info>> store::try_info(std::string_view group,
                                                         std::string_view key) const {
    kv_value found{};
    return detail::call(
        [&](kv_error *error) {
            return kv_get_info(handle_, group.data(), group.size(), key.data(), key.size(), &found,
                               error);
        },
        [&](kv_status status) -> std::optional<entry_info> {
            if (status == KV_NOT_FOUND) return std::nullopt;
            return entry_info{found.value_size, found.version,
                              detail::expiry_from(found.expires_at_ms)};
        });
}

inline result<bool> store::try_exists(std::string_view group, std::string_view key) const {
    return detail::call(
        [&](kv_error *error) {
            return kv_exists(handle_, group.data(), group.size(), key.data(), key.size(), error);
        },
        detail::is_ok);
}

inline result<void> store::try_set(std::string_view group, std::string_view key,
                                   std::string_view value, kv::ttl ttl) const {
    return detail::call(
        [&](kv_error *error) {
            // kv_set is kv_set_ttl without a number to look at.
            if (ttl.is_default())
                return kv_set(handle_, group.data(), group.size(), key.data(), key.size(),
                              value.data(), value.size(), error);
            return kv_set_ttl(handle_, group.data(), group.size(), key.data(), key.size(),
                              value.data(), value.size(), ttl.native(), error);
        },
        detail::nothing);
}

inline result<put_result> store::try_put(std::string_view group, std::string_view key,
                                         std::string_view value, const put_options &options) const {
    const kv_put_options native = options.native();
    std::uint64_t version = 0;
    return detail::call(
        [&](kv_error *error) {
            return kv_put(handle_, group.data(), group.size(), key.data(), key.size(), value.data(),
                          value.size(), &native, &version, error);
        },
        [&](kv_status status) { return put_result{status == KV_OK, version}; });
}

inline result<bool> store::try_erase(std::string_view group, std::string_view key) const {
    return detail::call(
        [&](kv_error *error) {
            return kv_delete(handle_, group.data(), group.size(), key.data(), key.size(), error);
        },
        detail::is_ok);
}

inline result<outcome> store::try_erase_version(std::string_view group, std::string_view key,
                                                std::uint64_t version) const {
    return detail::call(
        [&](kv_error *error) {
            return kv_delete_version(handle_, group.data(), group.size(), key.data(), key.size(),
                                     version, error);
        },
        detail::as_outcome);
}

template <class As>
result<std::optional<As>> store::try_take(std::string_view group, std::string_view key) const {
    kv_value found{};
    return detail::call(
        [&](kv_error *error) {
            return kv_take(handle_, group.data(), group.size(), key.data(), key.size(), &found,
                           error);
        },
        [&](kv_status status) { return detail::maybe<As>(status, found); });
}

inline result<std::int64_t> store::try_increment(std::string_view group, std::string_view key,
                                                 std::int64_t delta, kv::ttl ttl_if_created) const {
    std::int64_t sum = 0;
    return detail::call(
        [&](kv_error *error) {
            return kv_increment(handle_, group.data(), group.size(), key.data(), key.size(), delta,
                                ttl_if_created.native(), &sum, error);
        },
        [&](kv_status) { return sum; });
}

inline result<std::size_t> store::try_append(std::string_view group, std::string_view key,
                                             std::string_view value, kv::ttl ttl_if_created) const {
    std::size_t len = 0;
    return detail::call(
        [&](kv_error *error) {
            return kv_append(handle_, group.data(), group.size(), key.data(), key.size(),
                             value.data(), value.size(), ttl_if_created.native(), &len, error);
        },
        [&](kv_status) { return len; });
}

inline result<std::optional<kv::ttl>> store::try_ttl(std::string_view group,
                                                     std::string_view key) const {
    std::int64_t left = 0;
    return detail::call(
        [&](kv_error *error) {
            return kv_ttl(handle_, group.data(), group.size(), key.data(), key.size(), &left, error);
        },
        [&](kv_status status) -> std::optional<kv::ttl> {
            if (status == KV_NOT_FOUND) return std::nullopt;
            return detail::ttl_from(left);
        });
}

inline result<outcome> store::try_expire(std::string_view group, std::string_view key, kv::ttl ttl,
                                         expire_if rule) const {
    return detail::call(
        [&](kv_error *error) {
            return kv_expire(handle_, group.data(), group.size(), key.data(), key.size(),
                             ttl.native(), static_cast<std::uint32_t>(rule), error);
        },
        detail::as_outcome);
}

inline result<bool> store::try_persist(std::string_view group, std::string_view key) const {
    return detail::call(
        [&](kv_error *error) {
            return kv_persist(handle_, group.data(), group.size(), key.data(), key.size(), error);
        },
        detail::is_ok);
}

}  // namespace kv

#endif
