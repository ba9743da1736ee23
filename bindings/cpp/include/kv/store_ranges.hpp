// How a store reads, counts and deletes many keys, and applies many steps.
#ifndef KV_STORE_RANGES_HPP
#define KV_STORE_RANGES_HPP

#include <kv/many.hpp>
#include <kv/store_class.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

}  // namespace detail

template <class Keys>
result<std::vector<std::optional<std::string>>> store::try_get_many(std::string_view group,
                                                                    const Keys &keys) const {
    const std::string wanted = detail::flat_keys(group, keys);
    std::vector<unsigned char> flat(4096);
    std::size_t used = 0;
    return detail::call(
        [&](kv_error *error) { return detail::get_many(handle_, wanted, flat, used, error); },
        [&](kv_status) { return detail::values_from(flat, used); });
}

template <class Keys>
result<std::vector<bool>> store::try_erase_many(std::string_view group, const Keys &keys) const {
    result<batch> steps = batch::try_create();
    if (!steps) return steps.error();
    for (std::string_view key : keys) {
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

inline result<cursor> store::try_scan(std::string_view group, const scan_options &options) const {
    const kv_scan_options native = options.native();
    kv_cursor handle{};
    return detail::call(
        [&](kv_error *error) {
            return kv_scan(handle_, group.data(), group.size(), &native, &handle, error);
        },
        [&](kv_status) { return cursor(handle); });
}

inline result<group_names> store::try_groups(std::string_view prefix) const {
    kv_cursor handle{};
    return detail::call(
        [&](kv_error *error) {
            return kv_groups(handle_, prefix.data(), prefix.size(), &handle, error);
        },
        [&](kv_status) { return group_names(handle); });
}

inline result<std::uint64_t> store::try_count(std::string_view group) const {
    return detail::number([&](std::uint64_t *count, kv_error *error) {
        return kv_count(handle_, group.data(), group.size(), count, error);
    });
}

inline result<std::uint64_t> store::try_count_all(std::string_view prefix) const {
    return detail::number([&](std::uint64_t *count, kv_error *error) {
        return kv_count_all(handle_, prefix.data(), prefix.size(), count, error);
    });
}

inline result<std::uint64_t> store::try_erase_group(std::string_view group) const {
    return detail::number([&](std::uint64_t *removed, kv_error *error) {
        return kv_delete_group(handle_, group.data(), group.size(), removed, error);
    });
}

inline result<std::uint64_t> store::try_erase_prefix(std::string_view group,
                                                     std::string_view prefix) const {
    return detail::number([&](std::uint64_t *removed, kv_error *error) {
        return kv_delete_prefix(handle_, group.data(), group.size(), prefix.data(), prefix.size(),
                                removed, error);
    });
}

inline result<std::uint64_t> store::try_erase_all(std::string_view prefix) const {
    return detail::number([&](std::uint64_t *removed, kv_error *error) {
        return kv_delete_all(handle_, prefix.data(), prefix.size(), removed, error);
    });
}

inline result<std::uint64_t> store::try_purge_expired() const {
    return detail::number([&](std::uint64_t *removed, kv_error *error) {
        return kv_purge_expired(handle_, removed, error);
    });
}

inline result<bool> store::try_commit(const batch &batch) const {
    return detail::call(
        [&](kv_error *error) { return kv_batch_commit(handle_, batch.native(), error); },
        detail::is_ok);
}

inline result<kv::transaction> store::try_transaction() const {
    kv_txn handle{};
    return detail::call([&](kv_error *error) { return kv_txn_begin(handle_, &handle, error); },
                        [&](kv_status) { return kv::transaction(handle); });
}

}  // namespace kv

#endif
