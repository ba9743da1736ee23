// Operations of a store on its entries, one or many at a time.
#ifndef KV_ENTRY_OPERATIONS_HPP
#define KV_ENTRY_OPERATIONS_HPP

#include <kv/batch.hpp>
#include <kv/calls.hpp>
#include <kv/cursor.hpp>
#include <kv/options.hpp>
#include <kv/result.hpp>
#include <kv/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kv {

/// Reading, writing and walking; see basic_operations.
template <class Errors>
class basic_entry_operations : public detail::calls<Errors> {
    using base = detail::calls<Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    // One key

    /// Gives the value under a key; none if it is absent or expired.
    template <class As = std::string>
    returned<std::optional<As>> get(std::string_view group, std::string_view key) const {
        kv_value found{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_get(handle_, group.data(), group.size(), key.data(), key.size(), &found,
                              error);
            },
            [&](kv_status status) { return detail::maybe<As>(status, found); });
    }

    /// Copies the value under a key into `buffer` and gives its length; none if it is absent or
    /// expired. If the length is more than `capacity`, nothing was copied.
    returned<std::optional<std::size_t>> get_into(std::string_view group, std::string_view key,
                                                  void *buffer, std::size_t capacity) const {
        std::size_t len = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_get_into(handle_, group.data(), group.size(), key.data(), key.size(),
                                   buffer, capacity, &len, error);
            },
            [&](kv_status status) -> std::optional<std::size_t> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return len;
            });
    }

    /// Answers whether a live entry is under a key.
    returned<bool> exists(std::string_view group, std::string_view key) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_exists(handle_, group.data(), group.size(), key.data(), key.size(),
                                 error);
            },
            detail::is_ok);
    }

    /// Writes a value that never expires; an earlier expiry is cleared.
    returned<void> set(std::string_view group, std::string_view key, std::string_view value) const {
        return done([&](kv_error *error) {
            return kv_set(handle_, group.data(), group.size(), key.data(), key.size(), value.data(),
                          value.size(), error);
        });
    }

    /// Writes a value that lives for `ttl`.
    returned<void> set(std::string_view group, std::string_view key, std::string_view value,
                       std::chrono::milliseconds ttl) const {
        return done([&](kv_error *error) {
            return kv_set_ttl(handle_, group.data(), group.size(), key.data(), key.size(),
                              value.data(), value.size(), detail::ttl_ms(ttl), error);
        });
    }

    /// Writes a value if a condition holds: `store.put(group, key, value, kv::if_absent)`. A
    /// condition that does not hold is an answer, not an error.
    returned<put_result> put(std::string_view group, std::string_view key, std::string_view value,
                             const put_options &options = {}) const {
        const kv_put_options native = options.native();
        std::uint64_t version = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_put(handle_, group.data(), group.size(), key.data(), key.size(),
                              value.data(), value.size(), &native, &version, error);
            },
            [&](kv_status status) { return put_result{status == KV_OK, version}; });
    }

    /// Deletes a key and answers whether a live entry was there.
    returned<bool> erase(std::string_view group, std::string_view key) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_delete(handle_, group.data(), group.size(), key.data(), key.size(),
                                 error);
            },
            detail::is_ok);
    }

    /// Deletes a key if it is at `version`: ok, not_found, or conflict if it is at another.
    returned<outcome> erase_version(std::string_view group, std::string_view key,
                                    std::uint64_t version) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_delete_version(handle_, group.data(), group.size(), key.data(),
                                         key.size(), version, error);
            },
            detail::as_outcome);
    }

    /// Deletes a key and gives the value it had. Of any number of callers exactly one gets it.
    template <class As = std::string>
    returned<std::optional<As>> take(std::string_view group, std::string_view key) const {
        kv_value found{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_take(handle_, group.data(), group.size(), key.data(), key.size(), &found,
                               error);
            },
            [&](kv_status status) { return detail::maybe<As>(status, found); });
    }

    /// Adds to the integer under a key and gives the sum. A missing key counts as 0 and lives for
    /// `ttl_if_created`; a live one keeps its expiry. errc::not_integer if there is none.
    returned<std::int64_t> increment(std::string_view group, std::string_view key,
                                     std::int64_t delta = 1,
                                     std::chrono::milliseconds ttl_if_created = default_ttl) const {
        std::int64_t sum = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_increment(handle_, group.data(), group.size(), key.data(), key.size(),
                                    delta, detail::ttl_ms(ttl_if_created), &sum, error);
            },
            [&](kv_status) { return sum; });
    }

    /// Appends to the value under a key and gives the new length. A missing key counts as empty and
    /// lives for `ttl_if_created`; a live one keeps its expiry.
    returned<std::size_t> append(std::string_view group, std::string_view key,
                                 std::string_view value,
                                 std::chrono::milliseconds ttl_if_created = default_ttl) const {
        std::size_t len = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_append(handle_, group.data(), group.size(), key.data(), key.size(),
                                 value.data(), value.size(), detail::ttl_ms(ttl_if_created), &len,
                                 error);
            },
            [&](kv_status) { return len; });
    }

    /// Gives how long a key has to live: at least 1 ms, or `forever`; none if it is absent.
    returned<std::optional<std::chrono::milliseconds>> ttl(std::string_view group,
                                                           std::string_view key) const {
        std::int64_t left = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_ttl(handle_, group.data(), group.size(), key.data(), key.size(), &left,
                              error);
            },
            [&](kv_status status) -> std::optional<std::chrono::milliseconds> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return left == KV_TTL_NEVER ? forever : std::chrono::milliseconds(left);
            });
    }

    /// Lets a key live for `ttl` from now; value and version stay. ok, not_found, or conflict if
    /// `rule` does not allow it; errc::argument for rules that contradict.
    returned<outcome> expire(std::string_view group, std::string_view key,
                             std::chrono::milliseconds ttl,
                             expire_if rule = expire_if::always) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_expire(handle_, group.data(), group.size(), key.data(), key.size(),
                                 detail::ttl_ms(ttl), static_cast<std::uint32_t>(rule), error);
            },
            detail::as_outcome);
    }

    /// Lets a key live for ever and answers whether it is there.
    returned<bool> persist(std::string_view group, std::string_view key) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_persist(handle_, group.data(), group.size(), key.data(), key.size(),
                                  error);
            },
            detail::is_ok);
    }

    // Many keys

    /// Begins a walk over the entries of a group: `for (auto [key, value] : store.scan("config"))`.
    returned<basic_cursor<Errors>> scan(std::string_view group,
                                        const scan_options &options = {}) const {
        const kv_scan_options native = options.native();
        kv_cursor cursor{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_scan(handle_, group.data(), group.size(), &native, &cursor, error);
            },
            [&](kv_status) { return basic_cursor<Errors>(cursor); });
    }

    /// Begins a walk over the names of groups that begin with `prefix` and hold a live entry.
    returned<basic_group_names<Errors>> groups(std::string_view prefix = {}) const {
        kv_cursor cursor{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_groups(handle_, prefix.data(), prefix.size(), &cursor, error);
            },
            [&](kv_status) { return basic_group_names<Errors>(cursor); });
    }

    /// Gives the number of live entries in a group.
    returned<std::uint64_t> count(std::string_view group) const {
        return number([&](std::uint64_t *count, kv_error *error) {
            return kv_count(handle_, group.data(), group.size(), count, error);
        });
    }

    /// Gives the number of live entries in all groups whose names begin with `prefix`.
    returned<std::uint64_t> count_all(std::string_view prefix = {}) const {
        return number([&](std::uint64_t *count, kv_error *error) {
            return kv_count_all(handle_, prefix.data(), prefix.size(), count, error);
        });
    }

    /// Deletes all keys of a group and gives how many live entries it held.
    returned<std::uint64_t> erase_group(std::string_view group) const {
        return number([&](std::uint64_t *removed, kv_error *error) {
            return kv_delete_group(handle_, group.data(), group.size(), removed, error);
        });
    }

    /// Deletes all keys of a group that begin with `prefix` and gives how many were live.
    returned<std::uint64_t> erase_prefix(std::string_view group, std::string_view prefix) const {
        return number([&](std::uint64_t *removed, kv_error *error) {
            return kv_delete_prefix(handle_, group.data(), group.size(), prefix.data(),
                                    prefix.size(), removed, error);
        });
    }

    /// Removes expired entries, which nobody sees any more, now; gives how many there were.
    returned<std::uint64_t> purge_expired() const {
        return number([&](std::uint64_t *removed, kv_error *error) {
            return kv_purge_expired(handle_, removed, error);
        });
    }

    /// Applies a batch and answers whether its conditions held; if one did not, nothing is written
    /// and batch.result() tells which. The batch keeps its steps.
    template <class AnyErrors>
    returned<bool> commit(const basic_batch<AnyErrors> &batch) const {
        return Errors::call(
            [&](kv_error *error) { return kv_batch_commit(handle_, batch.native(), error); },
            detail::is_ok);
    }

protected:
    using base::base;
    using base::done;
    using base::handle_;
    using base::number;
};

}  // namespace kv

#endif
