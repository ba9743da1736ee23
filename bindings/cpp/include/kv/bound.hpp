// Deadlines for calls, and their cancelling.
#ifndef KV_BOUND_HPP
#define KV_BOUND_HPP

#include <kv/store.hpp>

#include <chrono>
#include <cstdint>
#include <utility>

namespace kv {

/// A handle of a store whose calls can have a deadline and be cancelled from another thread. It takes
/// every call of a store, one at a time; see kv_bind for what ends and how.
///
///     kv::bound_store bound(store);
///     bound.arm(200ms);
///     bound.get("config", "colour");      // errc::deadline after 200 ms
///
/// Moves, and closes itself, which cancels a call that runs through it and waits for it. Moved from it
/// is empty: every call fails with errc::handle.
template <class Errors>
class basic_bound_store : public basic_operations<Errors> {
    using base = basic_operations<Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Binds any store, a scope or a bound one; errc::memory when 65,536 are open.
    template <class AnyErrors>
    static returned<basic_bound_store> bind(const basic_operations<AnyErrors> &store) {
        kv_store handle{};
        return Errors::call(
            [&](kv_error *error) { return kv_bind(store.native(), &handle, error); },
            [&](kv_status) { return basic_bound_store(handle); });
    }

    /// The same, where errors are thrown.
    template <class AnyErrors, class E = Errors, std::enable_if_t<E::is_throwing::value, int> = 0>
    explicit basic_bound_store(const basic_operations<AnyErrors> &store)
        : basic_bound_store(bind(store)) {}

    /// Takes over what kv_bind has given.
    explicit basic_bound_store(kv_store handle) noexcept : base(handle) {}

    basic_bound_store(basic_bound_store &&other) noexcept
        : base(std::exchange(other.handle_, {})) {}
    basic_bound_store &operator=(basic_bound_store &&other) noexcept {
        basic_bound_store taken(std::move(other));
        std::swap(this->handle_, taken.handle_);
        return *this;
    }
    ~basic_bound_store() {
        if (this->handle_.id != 0) kv_close(this->handle_, nullptr);
    }

    /// Gives the calls from now on so much time together, for ever by default, and undoes a cancel.
    /// Gives the number of this arming, for cancel().
    returned<std::uint64_t> arm(std::chrono::milliseconds deadline = forever) const {
        const std::int64_t ms = deadline == forever ? -1 : deadline.count() < 0 ? 0 : deadline.count();
        std::uint64_t arming = 0;
        return Errors::call(
            [&](kv_error *error) { return kv_arm(this->handle_, ms, &arming, error); },
            [&](kv_status) { return arming; });
    }

    /// Cancels the calls of an arming, which end with errc::cancelled; of the newest one with 0. One
    /// that comes late, when the handle was armed again, does nothing. From any thread, and from a
    /// signal handler.
    returned<void> cancel(std::uint64_t arming = 0) const {
        return Errors::call(
            [&](kv_error *error) { return kv_cancel(this->handle_, arming, error); },
            detail::nothing);
    }

    /// Has `poll(user_data)` called about every 10 ms while a call waits or works; anything but 0
    /// cancels the call. Null ends that. It must not call the store, and must not throw.
    returned<void> arm_poll(kv_poll_fn poll, void *user_data = nullptr) const {
        return Errors::call(
            [&](kv_error *error) { return kv_arm_poll(this->handle_, poll, user_data, error); },
            detail::nothing);
    }
};

}  // namespace kv

#endif
