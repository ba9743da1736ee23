// A lock that has one owner at a time, in all threads and processes with the same store.
#ifndef KV_LOCK_HPP
#define KV_LOCK_HPP

#include <kv/store_handle.hpp>
#include <kv/ttl.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kv {

/// How a lock is acquired. In C++17 and in C++20:
///
///     store.lock("report", 30s, kv::lock_options().with_wait(1min).with_owner("worker 7"));
///     store.lock("report", 30s, {.wait = 1min, .owner = "worker 7"});
struct lock_options {
    /// How long to wait for another owner at most; 0 does not wait.
    std::chrono::milliseconds wait{0};
    /// Describes the caller to others, in up to 1,024 bytes; see store::lock_holder.
    std::string_view owner = {};

    constexpr lock_options with_wait(std::chrono::milliseconds at_most) const {
        return {at_most, owner};
    }
    constexpr lock_options with_owner(std::string_view description) const {
        return {wait, description};
    }
};

/// The owner of a lock, as others see it.
struct lock_holder {
    std::string owner;  ///< the description that it gave; empty if it gave none
    std::optional<time_point> expires_at;  ///< the end of its lease
};

namespace detail {

/// A handle that an object of another class owns.
class owned_handle : public store_handle {
public:
    explicit owned_handle(kv_store handle) noexcept : store_handle(handle) {}
};

}  // namespace detail

/// A lock that was acquired, by store::lock. The destructor releases it; it never throws, and if
/// the store cannot be reached the lease ends by itself.
///
///     if (std::optional<kv::lock> lock = store.lock("report", 30s, {.wait = 1min})) ...
///
/// No other caller has the lock until it is released or the lease has ended. The owner cannot know
/// that the lease has just ended, so writes that need the lock go into a batch with
/// batch::check_lock, and a system outside of the store is given token().
///
/// Moves. It has a handle of the store of its own, without a deadline: it may outlive the object
/// that it was acquired through, also a kv::bound_store. Once the store was closed its calls fail
/// with errc::closed, and the lease ends by itself; moved from they fail with errc::handle. Its
/// const functions may be called by several threads at once, so that one renews the lease while
/// another works. try_ before a name is the same with a failure returned.
class [[nodiscard]] lock {
public:
    lock(lock &&other) noexcept
        : store_(std::move(other.store_)),
          name_(std::move(other.name_)),
          native_(std::exchange(other.native_, {})),
          is_held_(std::exchange(other.is_held_, false)) {}
    lock &operator=(lock &&other) noexcept {
        lock taken(std::move(other));
        std::swap(store_, taken.store_);
        std::swap(name_, taken.name_);
        std::swap(native_, taken.native_);
        std::swap(is_held_, taken.is_held_);
        return *this;
    }
    ~lock() {
        if (is_held_)
            kv_lock_release(store_.native(), name_.data(), name_.size(), native_, nullptr);
    }

    /// The name that it was acquired by.
    const std::string &name() const noexcept { return name_; }

    /// The fencing token: higher than those of all locks that were acquired in this store before. A
    /// resource outside of the store refuses a token that is lower than the highest it has seen.
    std::uint64_t token() const noexcept { return native_.token; }

    /// Gives the lock another lease, which ends `lease` from now; false if the lease has ended
    /// before, so that the lock is free or another owner's. errc::argument for a lease below 1 ms.
    [[nodiscard]] KV_THROWS bool renew(std::chrono::milliseconds lease) const {
        return detail::value_of(try_renew(lease));
    }
    result<bool> try_renew(std::chrono::milliseconds lease) const {
        return detail::call(
            [&](kv_error *error) {
                return kv_lock_renew(store_.native(), name_.data(), name_.size(), native_,
                                     lease.count(), error);
            },
            detail::is_ok);
    }

    /// Releases the lock and wakes those that wait for it; false if it is no longer this object's,
    /// and then nothing has changed. Not needed; the destructor does it.
    KV_THROWS bool release() { return detail::value_of(try_release()); }
    result<bool> try_release() {
        return detail::call(
            [&](kv_error *error) {
                return kv_lock_release(store_.native(), name_.data(), name_.size(), native_, error);
            },
            [&](kv_status status) {
                is_held_ = false;
                return status == KV_OK;
            });
    }

    /// Gives up the lock without releasing it: it stays held until its lease ends, or until this or
    /// another process passes the result to store::adopt_lock. This object is then as moved from.
    kv_lock detach() noexcept {
        is_held_ = false;
        detail::owned_handle closed(std::move(store_));
        return std::exchange(native_, {});
    }

    /// The lock, for functions of kv.h. It stays this object's; all zero if this was moved from.
    kv_lock native() const noexcept { return native_; }

private:
    friend class store_locks;

    lock(kv_store own, std::string_view name, kv_lock native)
        : store_(own), name_(name), native_(native), is_held_(native.version != 0) {}

    detail::owned_handle store_;
    std::string name_;
    kv_lock native_;
    bool is_held_;
};

}  // namespace kv

#endif
