// A callback that is registered for changes.
#ifndef KV_SUBSCRIPTION_HPP
#define KV_SUBSCRIPTION_HPP

#include <kv/call.hpp>
#include <kv/event.hpp>

#include <cstdio>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace kv {

/// A callback that is registered; closed with this object. Moves. Any thread may close it at any
/// time. Another thread that is publishing a change at this moment may still call it.
class subscription {
public:
    /// Takes over a subscription of kv.h.
    explicit subscription(kv_subscription handle) noexcept : handle_(handle) {}
    subscription(subscription &&other) noexcept : handle_(other.release()) {}
    subscription &operator=(subscription &&other) noexcept {
        subscription taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~subscription() {
        if (handle_.id != 0) kv_subscription_close(handle_, nullptr);
    }

    /// Ends the calls. errc::handle if it was closed already, or was moved from.
    KV_THROWS void close() { detail::value_of(try_close()); }
    /// close(), with a failure returned.
    result<void> try_close() {
        return detail::call([&](kv_error *error) { return kv_subscription_close(handle_, error); },
                            detail::nothing);
    }

    /// Leaves the callback registered for as long as the store is open.
    kv_subscription release() noexcept { return std::exchange(handle_, {}); }

private:
    kv_subscription handle_;
};

/// The default handler of an exception that a callback throws: it prints a line on standard error.
/// The change is committed already, and the other callbacks run.
struct print_thrown {
    void operator()(std::exception_ptr thrown) const noexcept {
#if KV_HAS_EXCEPTIONS
        try {
            std::rethrow_exception(std::move(thrown));
        } catch (const std::exception &error) {
            std::fprintf(stderr, "kv: a callback of on_change has thrown: %s\n", error.what());
        } catch (...) {
            std::fputs("kv: a callback of on_change has thrown what is no std::exception\n", stderr);
        }
#else
        static_cast<void>(thrown);
#endif
    }
};

namespace detail {

/// Carries a callable through kv_on_change. An exception must not pass the library, so it goes to
/// the handler; one that leaves the handler ends the program by std::terminate.
template <class Callback, class OnThrow>
class change_bridge {
public:
    template <class Function, class Handler>
    change_bridge(Function &&callback, Handler &&on_throw)
        : callback_(std::forward<Function>(callback)), on_throw_(std::forward<Handler>(on_throw)) {}

    static void call(void *self, const kv_event *native) noexcept {
        auto &bridge = *static_cast<change_bridge *>(self);
#if KV_HAS_EXCEPTIONS
        try {
            bridge.callback_(event_from(*native));
        } catch (...) {
            bridge.on_throw_(std::current_exception());
        }
#else
        bridge.callback_(event_from(*native));
#endif
    }

    static void destroy(void *self) noexcept { delete static_cast<change_bridge *>(self); }

private:
    Callback callback_;
    OnThrow on_throw_;
};

template <class Callback, class OnThrow>
result<subscription> on_change(kv_store store, Callback &&callback, OnThrow &&on_throw) {
    using bridge = change_bridge<std::decay_t<Callback>, std::decay_t<OnThrow>>;
    auto carried = std::make_unique<bridge>(std::forward<Callback>(callback),
                                            std::forward<OnThrow>(on_throw));
    kv_subscription subscribed{};
    return call(
        [&](kv_error *error) {
            const kv_status status = kv_on_change(store, &bridge::call, carried.get(),
                                                  &bridge::destroy, &subscribed, error);
            if (status == KV_OK) static_cast<void>(carried.release());
            return status;
        },
        [&](kv_status) { return subscription(subscribed); });
}

}  // namespace detail
}  // namespace kv

#endif
