// How a store reads one key.
#ifndef KV_STORE_READS_HPP
#define KV_STORE_READS_HPP

#include <kv/store_handle.hpp>
#include <kv/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kv {

/// The part of a store that reads one key; see kv::store.
class store_reads : public store_handle {
public:
    /// Returns the value under a key; none if it is absent or expired.
    template <class As = std::string>
    KV_THROWS std::optional<As> get(std::string_view group, std::string_view key) const {
        return detail::value_of(try_get<As>(group, key));
    }
    template <class As = std::string>
    result<std::optional<As>> try_get(std::string_view group, std::string_view key) const {
        kv_value found{};
        return detail::call(
            [&](kv_error *error) {
                return kv_get(handle_, group.data(), group.size(), key.data(), key.size(),
                              &found, error);
            },
            [&](kv_status status) { return detail::maybe<As>(status, found); });
    }

    /// Copies the value under a key into `buffer` and returns its length; none if it is absent or
    /// expired. If the length is more than `capacity`, nothing was copied.
    KV_THROWS std::optional<std::size_t> get_into(std::string_view group, std::string_view key,
                                                  void *buffer, std::size_t capacity) const {
        return detail::value_of(try_get_into(group, key, buffer, capacity));
    }
    result<std::optional<std::size_t>> try_get_into(std::string_view group, std::string_view key,
                                                    void *buffer, std::size_t capacity) const {
        std::size_t len = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_get_into(handle_, group.data(), group.size(), key.data(), key.size(),
                                   buffer, capacity, &len, error);
            },
            [&](kv_status status) -> std::optional<std::size_t> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return len;
            });
    }

    /// Returns size, version and expiry of an entry without its value; none if it is absent.
    KV_THROWS std::optional<entry_info> info(std::string_view group, std::string_view key) const {
        return detail::value_of(try_info(group, key));
    }
    result<std::optional<entry_info>> try_info(std::string_view group, std::string_view key) const {
        kv_value found{};
        return detail::call(
            [&](kv_error *error) {
                return kv_get_info(handle_, group.data(), group.size(), key.data(), key.size(),
                                   &found, error);
            },
            [&](kv_status status) -> std::optional<entry_info> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return entry_info{found.value_size, found.version,
                                  detail::expiry_from(found.expires_at_ms)};
            });
    }

    /// Says whether a live entry is under a key.
    KV_THROWS bool exists(std::string_view group, std::string_view key) const {
        return detail::value_of(try_exists(group, key));
    }
    result<bool> try_exists(std::string_view group, std::string_view key) const {
        return detail::call(
            [&](kv_error *error) {
                return kv_exists(handle_, group.data(), group.size(), key.data(), key.size(),
                                 error);
            },
            detail::is_ok);
    }

    /// Returns how long a key has to live, at least 1 ms, or kv::never; none if it is absent.
    KV_THROWS std::optional<kv::ttl> ttl(std::string_view group, std::string_view key) const {
        return detail::value_of(try_ttl(group, key));
    }
    result<std::optional<kv::ttl>> try_ttl(std::string_view group, std::string_view key) const {
        std::int64_t left = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_ttl(handle_, group.data(), group.size(), key.data(), key.size(),
                              &left, error);
            },
            [&](kv_status status) -> std::optional<kv::ttl> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return detail::ttl_from(left);
            });
    }

protected:
    using store_handle::store_handle;
};

}  // namespace kv

#endif
