// How a store writes one key.
#ifndef KV_STORE_WRITES_HPP
#define KV_STORE_WRITES_HPP

#include <kv/put_options.hpp>
#include <kv/store_reads.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kv {

/// The part of a store that writes one key; see kv::store.
class store_writes : public store_reads {
public:
    /// Writes a value that lives for `ttl`, by default for the default_ttl of the store. An earlier
    /// expiry is replaced.
    KV_THROWS void set(std::string_view group, std::string_view key, std::string_view value,
                       kv::ttl ttl = {}) const {
        detail::value_of(try_set(group, key, value, ttl));
    }
    result<void> try_set(std::string_view group, std::string_view key, std::string_view value,
                         kv::ttl ttl = {}) const {
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

    /// Writes a value if a condition holds: `store.put(group, key, value, {kv::if_absent})`. A
    /// condition that does not hold is an outcome, not an error.
    KV_THROWS put_result put(std::string_view group, std::string_view key, std::string_view value,
                             const put_options &options = {}) const {
        return detail::value_of(try_put(group, key, value, options));
    }
    result<put_result> try_put(std::string_view group, std::string_view key, std::string_view value,
                               const put_options &options = {}) const {
        const kv_put_options native = options.native();
        std::uint64_t version = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_put(handle_, group.data(), group.size(), key.data(), key.size(),
                              value.data(), value.size(), &native, &version, error);
            },
            [&](kv_status status) { return put_result{status == KV_OK, version}; });
    }

    /// Deletes a key and says whether a live entry was there.
    KV_THROWS bool erase(std::string_view group, std::string_view key) const {
        return detail::value_of(try_erase(group, key));
    }
    result<bool> try_erase(std::string_view group, std::string_view key) const {
        return detail::call(
            [&](kv_error *error) {
                return kv_delete(handle_, group.data(), group.size(), key.data(), key.size(),
                                 error);
            },
            detail::is_ok);
    }

    /// Deletes a key if it is at `version`: ok, not_found, or conflict if it is at another.
    KV_THROWS outcome erase_version(std::string_view group, std::string_view key,
                                    std::uint64_t version) const {
        return detail::value_of(try_erase_version(group, key, version));
    }
    result<outcome> try_erase_version(std::string_view group, std::string_view key,
                                      std::uint64_t version) const {
        return detail::call(
            [&](kv_error *error) {
                return kv_delete_version(handle_, group.data(), group.size(), key.data(), key.size(),
                                         version, error);
            },
            detail::as_outcome);
    }

    /// Deletes a key and returns the value it had. Of any number of callers exactly one gets it.
    template <class As = std::string>
    KV_THROWS std::optional<As> take(std::string_view group, std::string_view key) const {
        return detail::value_of(try_take<As>(group, key));
    }
    template <class As = std::string>
    result<std::optional<As>> try_take(std::string_view group, std::string_view key) const {
        kv_value found{};
        return detail::call(
            [&](kv_error *error) {
                return kv_take(handle_, group.data(), group.size(), key.data(), key.size(), &found,
                               error);
            },
            [&](kv_status status) { return detail::maybe<As>(status, found); });
    }

    /// Adds to the integer under a key and returns the sum. A missing key counts as 0 and lives for
    /// `ttl_if_created`; a live one keeps its expiry. errc::not_integer if there is none.
    KV_THROWS std::int64_t increment(std::string_view group, std::string_view key,
                                     std::int64_t delta = 1, kv::ttl ttl_if_created = {}) const {
        return detail::value_of(try_increment(group, key, delta, ttl_if_created));
    }
    result<std::int64_t> try_increment(std::string_view group, std::string_view key,
                                       std::int64_t delta = 1, kv::ttl ttl_if_created = {}) const {
        std::int64_t sum = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_increment(handle_, group.data(), group.size(), key.data(), key.size(),
                                    delta, ttl_if_created.native(), &sum, error);
            },
            [&](kv_status) { return sum; });
    }

    /// Appends to the value under a key and returns the new length. A missing key counts as empty
    /// and lives for `ttl_if_created`; a live one keeps its expiry.
    KV_THROWS std::size_t append(std::string_view group, std::string_view key,
                                 std::string_view value, kv::ttl ttl_if_created = {}) const {
        return detail::value_of(try_append(group, key, value, ttl_if_created));
    }
    result<std::size_t> try_append(std::string_view group, std::string_view key,
                                   std::string_view value, kv::ttl ttl_if_created = {}) const {
        std::size_t len = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_append(handle_, group.data(), group.size(), key.data(), key.size(),
                                 value.data(), value.size(), ttl_if_created.native(), &len, error);
            },
            [&](kv_status) { return len; });
    }

    /// Lets a key live for `ttl` from now; value and version stay. ok, not_found, or conflict if
    /// `rule` does not allow it; errc::argument for rules that contradict.
    KV_THROWS outcome expire(std::string_view group, std::string_view key, kv::ttl ttl,
                             expire_if rule = expire_if::always) const {
        return detail::value_of(try_expire(group, key, ttl, rule));
    }
    result<outcome> try_expire(std::string_view group, std::string_view key, kv::ttl ttl,
                               expire_if rule = expire_if::always) const {
        return detail::call(
            [&](kv_error *error) {
                return kv_expire(handle_, group.data(), group.size(), key.data(), key.size(),
                                 ttl.native(), static_cast<std::uint32_t>(rule), error);
            },
            detail::as_outcome);
    }

    /// Removes the expiry of a key and says whether it is there.
    KV_THROWS bool persist(std::string_view group, std::string_view key) const {
        return detail::value_of(try_persist(group, key));
    }
    result<bool> try_persist(std::string_view group, std::string_view key) const {
        return detail::call(
            [&](kv_error *error) {
                return kv_persist(handle_, group.data(), group.size(), key.data(), key.size(),
                                  error);
            },
            detail::is_ok);
    }

protected:
    using store_reads::store_reads;
};

}  // namespace kv

#endif
