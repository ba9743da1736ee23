// How a store acquires locks.
#ifndef KV_STORE_LOCKS_HPP
#define KV_STORE_LOCKS_HPP

#include <kv/lock.hpp>
#include <kv/store_ranges.hpp>
#include <kv/value.hpp>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace kv {

/// The part of a store that acquires locks; see kv::store.
class store_locks : public store_ranges {
public:
    /// Acquires a lock by its name, which has 1 to 65,535 bytes, for a lease of at least 1 ms; none
    /// if another owner holds it, also after `options.wait`. The lock is not recursive: its owner
    /// waits like any other caller.
    ///
    /// The wait ends when the lock is released or its lease ends, in no particular order of those
    /// that wait; with errc::closed if the store is closed; and through a kv::bound_store with its
    /// deadline or cancel. errc::argument for an empty name, a lease below 1 ms and a negative
    /// wait; errc::too_large for an owner of more than 1,024 bytes; errc::unsupported on a store
    /// with evict=lru, which could evict a lock. try_lock() waits just as lock() does.
    [[nodiscard]] KV_THROWS std::optional<kv::lock> lock(std::string_view name,
                                                         std::chrono::milliseconds lease,
                                                         const lock_options &options = {}) const {
        return detail::value_of(try_lock(name, lease, options));
    }
    result<std::optional<kv::lock>> try_lock(std::string_view name, std::chrono::milliseconds lease,
                                             const lock_options &options = {}) const {
        const result<kv_store> own = detail::bind(handle_);
        if (!own) return own.error();
        kv::lock acquired(*own, name, {});
        return detail::call(
            [&](kv_error *error) {
                return kv_lock_acquire(handle_, name.data(), name.size(), options.owner.data(),
                                       options.owner.size(), lease.count(), options.wait.count(),
                                       &acquired.native_, error);
            },
            [&](kv_status status) -> std::optional<kv::lock> {
                if (status == KV_CONFLICT) return std::nullopt;
                acquired.is_held_ = true;
                return std::move(acquired);
            });
    }

    /// Takes over a lock that lock::detach has given up, in this or another process, or that
    /// kv_lock_acquire has written. The store is not asked: if the lease has ended meanwhile,
    /// renew() and release() say so. errc::argument for an empty name and a lock that is all zero.
    [[nodiscard]] KV_THROWS kv::lock adopt_lock(std::string_view name, kv_lock acquired) const {
        return detail::value_of(try_adopt_lock(name, acquired));
    }
    result<kv::lock> try_adopt_lock(std::string_view name, kv_lock acquired) const {
        if (name.empty())
            return failure(errc::argument, "adopt lock: the name of a lock is not empty");
        if (acquired.version == 0)
            return failure(errc::argument, "adopt lock: it was not acquired: it is all zero");
        const result<kv_store> own = detail::bind(handle_);
        if (!own) return own.error();
        return kv::lock(*own, name, acquired);
    }

    /// Returns the owner of a lock; none if it is free. errc::corrupt if another program has
    /// written to the group of the locks.
    KV_THROWS std::optional<kv::lock_holder> lock_holder(std::string_view name) const {
        return detail::value_of(try_lock_holder(name));
    }
    result<std::optional<kv::lock_holder>> try_lock_holder(std::string_view name) const {
        kv_value found{};
        return detail::call(
            [&](kv_error *error) {
                return kv_lock_get(handle_, name.data(), name.size(), &found, error);
            },
            [&](kv_status status) -> std::optional<kv::lock_holder> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                const value owner(found);
                return kv::lock_holder{owner.str(), owner.expires_at()};
            });
    }

protected:
    using store_ranges::store_ranges;
};

}  // namespace kv

#endif
