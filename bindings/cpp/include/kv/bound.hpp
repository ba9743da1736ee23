// Deadlines for calls, and their cancelling.
#ifndef KV_BOUND_HPP
#define KV_BOUND_HPP

#include <kv/store.hpp>

#include <chrono>
#include <cstdint>
#if __cplusplus >= 202002L && __has_include(<stop_token>)
#include <stop_token>
#include <utility>
#endif

namespace kv {

#if defined(__cpp_lib_jthread)
namespace detail {

struct canceller {
    kv_store bound;
    std::uint64_t arming;

    void operator()() const noexcept { kv_cancel(bound, arming, nullptr); }
};

}  // namespace detail
#endif

/// A handle of a store whose calls can have a deadline and be cancelled from another thread. It is
/// a store with every call, one at a time; see kv_bind for what ends and how.
///
///     kv::bound_store bound(store);
///     bound.arm(200ms);
///     bound.get("config", "colour");      // errc::deadline after 200 ms
///
/// Closing or destroying it cancels a call that runs through it and waits for it. try_ before a
/// name is the same with a failure returned.
class bound_store : public store {
public:
    /// Binds any store, a scope or a bound one; errc::memory when 65,536 are open.
    KV_THROWS explicit bound_store(const store &origin)
        : bound_store(detail::value_of(try_bind(origin))) {}
    KV_THROWS static bound_store bind(const store &origin) {
        return detail::value_of(try_bind(origin));
    }
    static result<bound_store> try_bind(const store &origin) {
        return detail::bind(origin.native()).transform([](kv_store handle) {
            return bound_store(handle);
        });
    }

    /// Takes over a bound store of kv.h.
    explicit bound_store(kv_store handle) noexcept : store(handle) {}

    /// Lets the calls from now on take as long as they do, and undoes a cancel. Returns the number
    /// of this arming, for cancel().
    KV_THROWS std::uint64_t arm() { return detail::value_of(try_arm()); }
    result<std::uint64_t> try_arm() { return arm_for(no_deadline); }

    /// Limits the calls from now on to so much time together, and undoes a cancel. Returns the
    /// number of this arming, for cancel(). A negative time has passed already.
    KV_THROWS std::uint64_t arm(std::chrono::milliseconds deadline) {
        return detail::value_of(try_arm(deadline));
    }
    result<std::uint64_t> try_arm(std::chrono::milliseconds deadline) {
        return arm_for(deadline.count() < 0 ? 0 : deadline.count());
    }

    /// Cancels the calls of an arming, which end with errc::cancelled; of the newest one with 0.
    /// One that comes late, when the handle was armed again, does nothing. From any thread, and
    /// from a signal handler.
    KV_THROWS void cancel(std::uint64_t arming = 0) const { detail::value_of(try_cancel(arming)); }
    result<void> try_cancel(std::uint64_t arming = 0) const {
        return detail::call([&](kv_error *error) { return kv_cancel(native(), arming, error); },
                            detail::nothing);
    }

#if defined(__cpp_lib_jthread)
    /// Cancels the calls of an arming, of the newest one with 0, when a stop is requested, for as
    /// long as the result exists. A thread of std::jthread has such a token.
    ///
    ///     const auto stopping = bound.cancel_on(token, bound.arm(200ms));
    [[nodiscard]] std::stop_callback<detail::canceller> cancel_on(std::stop_token token,
                                                                  std::uint64_t arming = 0) const {
        return std::stop_callback<detail::canceller>(std::move(token),
                                                     detail::canceller{native(), arming});
    }
#endif

    /// Has `poll(user_data)` called about every 10 ms while a call waits or works; anything but 0
    /// cancels the call. Null ends that. It must not call the store, and must not throw.
    KV_THROWS void arm_poll(kv_poll_fn poll, void *user_data = nullptr) {
        detail::value_of(try_arm_poll(poll, user_data));
    }
    result<void> try_arm_poll(kv_poll_fn poll, void *user_data = nullptr) {
        return detail::call(
            [&](kv_error *error) { return kv_arm_poll(native(), poll, user_data, error); },
            detail::nothing);
    }

private:
    static constexpr std::int64_t no_deadline = -1;

    result<std::uint64_t> arm_for(std::int64_t deadline_ms) {
        std::uint64_t arming = 0;
        return detail::call(
            [&](kv_error *error) { return kv_arm(native(), deadline_ms, &arming, error); },
            [&](kv_status) { return arming; });
    }
};

}  // namespace kv

#endif
