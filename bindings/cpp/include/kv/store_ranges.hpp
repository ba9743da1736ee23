// How a store reads, counts and deletes many keys.
#ifndef KV_STORE_RANGES_HPP
#define KV_STORE_RANGES_HPP

#include <kv/cursor.hpp>
#include <kv/many.hpp>
#include <kv/scan_options.hpp>
#include <kv/store_batches.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv {

namespace detail {

/// For calls that write one number.
template <class Call>
result<std::uint64_t> number(Call &&written) {
    std::uint64_t number = 0;
    return call([&](kv_error *error) { return written(&number, error); },
                [&](kv_status) { return number; });
}

/// Says whether the elements of a range, not its characters, are strings.
template <class Keys>
inline constexpr bool is_range_of_keys =
    std::is_convertible_v<decltype(*std::begin(std::declval<Keys &>())), std::string_view>;

}  // namespace detail

/// The part of a store that reads, counts and deletes many keys; see kv::store.
class store_ranges : public store_batches {
public:
    /// Returns the values under keys of a group, in their order and of one snapshot; none for those
    /// that are absent. Keys are any range of strings, also a pipeline of std::views, or a list in
    /// braces.
    template <class Keys>
    KV_THROWS std::vector<std::optional<std::string>> get_many(std::string_view group,
                                                               Keys &&keys) const {
        return detail::value_of(try_get_many(group, keys));
    }
    template <class Keys>
    result<std::vector<std::optional<std::string>>> try_get_many(std::string_view group,
                                                                 Keys &&keys) const {
        static_assert(detail::is_range_of_keys<Keys>, "get_many takes a range of strings as keys");
        const std::string wanted = detail::flat_keys(group, keys);
        std::vector<unsigned char> flat(4096);
        std::size_t used = 0;
        return detail::call(
            [&](kv_error *error) { return detail::get_many(handle_, wanted, flat, used, error); },
            [&](kv_status) { return detail::values_from(flat, used); });
    }
    KV_THROWS std::vector<std::optional<std::string>> get_many(
        std::string_view group, std::initializer_list<std::string_view> keys) const {
        return detail::value_of(try_get_many(group, keys));
    }
    result<std::vector<std::optional<std::string>>> try_get_many(
        std::string_view group, std::initializer_list<std::string_view> keys) const {
        return try_get_many<>(group, keys);
    }

    /// Deletes keys of a group in one batch; says of each whether a live entry was there. Keys are
    /// those of get_many().
    template <class Keys>
    KV_THROWS std::vector<bool> erase_many(std::string_view group, Keys &&keys) const {
        return detail::value_of(try_erase_many(group, keys));
    }
    template <class Keys>
    result<std::vector<bool>> try_erase_many(std::string_view group, Keys &&keys) const {
        static_assert(detail::is_range_of_keys<Keys>, "erase_many takes a range of strings as keys");
        result<batch> steps = batch::try_create();
        if (!steps) return steps.error();
        for (auto &&key : keys) {
            const result<std::size_t> added = steps->try_erase(group, key);
            if (!added) return added.error();
        }
        const result<bool> committed = try_commit(*steps);
        if (!committed) return committed.error();
        std::vector<bool> were_there;
        for (std::size_t step = 0; step < steps->size(); ++step) {
            const result<step_result> erased = steps->try_result(step);
            if (!erased) return erased.error();
            were_there.push_back(bool(*erased));
        }
        return were_there;
    }
    KV_THROWS std::vector<bool> erase_many(std::string_view group,
                                           std::initializer_list<std::string_view> keys) const {
        return detail::value_of(try_erase_many(group, keys));
    }
    result<std::vector<bool>> try_erase_many(std::string_view group,
                                             std::initializer_list<std::string_view> keys) const {
        return try_erase_many<>(group, keys);
    }

    /// Begins a walk over the entries of a group: `for (auto [key, value] : store.scan("config"))`.
    KV_THROWS cursor scan(std::string_view group, const scan_options &options = {}) const {
        return detail::value_of(try_scan(group, options));
    }
    result<cursor> try_scan(std::string_view group, const scan_options &options = {}) const {
        const result<kv_scan_options> native = options.native();
        if (!native) return native.error();
        kv_cursor handle{};
        return detail::call(
            [&](kv_error *error) {
                return kv_scan(handle_, group.data(), group.size(), &*native, &handle, error);
            },
            [&](kv_status) { return cursor(handle); });
    }

    /// Begins a walk over the names of groups that begin with `prefix` and hold a live entry.
    KV_THROWS group_names groups(std::string_view prefix = {}) const {
        return detail::value_of(try_groups(prefix));
    }
    result<group_names> try_groups(std::string_view prefix = {}) const {
        kv_cursor handle{};
        return detail::call(
            [&](kv_error *error) {
                return kv_groups(handle_, prefix.data(), prefix.size(), &handle, error);
            },
            [&](kv_status) { return group_names(handle); });
    }

    /// Returns the number of live entries in a group.
    KV_THROWS std::uint64_t count(std::string_view group) const {
        return detail::value_of(try_count(group));
    }
    result<std::uint64_t> try_count(std::string_view group) const {
        return detail::number([&](std::uint64_t *count, kv_error *error) {
            return kv_count(handle_, group.data(), group.size(), count, error);
        });
    }

    /// Returns the number of live entries in all groups whose names begin with `prefix`.
    KV_THROWS std::uint64_t count_all(std::string_view prefix = {}) const {
        return detail::value_of(try_count_all(prefix));
    }
    result<std::uint64_t> try_count_all(std::string_view prefix = {}) const {
        return detail::number([&](std::uint64_t *count, kv_error *error) {
            return kv_count_all(handle_, prefix.data(), prefix.size(), count, error);
        });
    }

    /// Deletes all keys of a group and returns how many live entries it held.
    KV_THROWS std::uint64_t erase_group(std::string_view group) const {
        return detail::value_of(try_erase_group(group));
    }
    result<std::uint64_t> try_erase_group(std::string_view group) const {
        return detail::number([&](std::uint64_t *removed, kv_error *error) {
            return kv_delete_group(handle_, group.data(), group.size(), removed, error);
        });
    }

    /// Deletes all keys of a group that begin with `prefix` and returns how many were live.
    KV_THROWS std::uint64_t erase_prefix(std::string_view group, std::string_view prefix) const {
        return detail::value_of(try_erase_prefix(group, prefix));
    }
    result<std::uint64_t> try_erase_prefix(std::string_view group, std::string_view prefix) const {
        return detail::number([&](std::uint64_t *removed, kv_error *error) {
            return kv_delete_prefix(handle_, group.data(), group.size(), prefix.data(),
                                    prefix.size(), removed, error);
        });
    }

    /// Deletes all groups whose names begin with `prefix`, by default all of the store or scope, and
    /// returns how many live entries they held. It is one step, on a Redis one for each group.
    KV_THROWS std::uint64_t erase_all(std::string_view prefix = {}) const {
        return detail::value_of(try_erase_all(prefix));
    }
    result<std::uint64_t> try_erase_all(std::string_view prefix = {}) const {
        return detail::number([&](std::uint64_t *removed, kv_error *error) {
            return kv_delete_all(handle_, prefix.data(), prefix.size(), removed, error);
        });
    }

    /// Removes expired entries, which no read returns any more, now; returns how many there were.
    KV_THROWS std::uint64_t purge_expired() const { return detail::value_of(try_purge_expired()); }
    result<std::uint64_t> try_purge_expired() const {
        return detail::number([&](std::uint64_t *removed, kv_error *error) {
            return kv_purge_expired(handle_, removed, error);
        });
    }

protected:
    using store_batches::store_batches;
};

}  // namespace kv

#endif
