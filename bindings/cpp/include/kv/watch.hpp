// Those who want to hear of changes: watches, callbacks, and walks through the log of changes.
#ifndef KV_WATCH_HPP
#define KV_WATCH_HPP

#include <kv/event.hpp>
#include <kv/page.hpp>
#include <kv/range.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace kv {

/// What a name given to a watch stands for.
enum class watched : std::uint32_t {
    exact,   ///< itself; "*" is a name like any other
    prefix,  ///< all that begin with it
    any,     ///< all, whatever it is
};

/// What a watch hears of. In C++20: `store.watch("users", "a", {.keys = kv::watched::prefix})`.
struct watch_options {
    watched groups = watched::exact;
    watched keys = watched::exact;
    bool existing = false;       ///< begin with the entries that are there, then event_type::synced
    std::uint32_t capacity = 0;  ///< changes the queue has room for: 16 to 16,777,216; 0 for 1024
    /// Begin with the changes after this version, which the log of changes must have.
    std::optional<std::uint64_t> since = std::nullopt;

    kv_watch_options native() const {
        kv_watch_options options = KV_WATCH_OPTIONS_INIT;
        const auto add = [&](bool holds, int flag) {
            if (holds) options.flags |= static_cast<std::uint32_t>(flag);
        };
        add(groups == watched::prefix, KV_WATCH_GROUP_PREFIX);
        add(groups == watched::any, KV_WATCH_ANY_GROUP);
        add(keys == watched::prefix, KV_WATCH_KEY_PREFIX);
        add(keys == watched::any, KV_WATCH_ANY_KEY);
        add(existing, KV_WATCH_EXISTING);
        add(since.has_value(), KV_WATCH_SINCE);
        options.capacity = capacity;
        options.since = since.value_or(0);
        return options;
    }
};

/// A queue of changes in commit order. Writers never wait for it: when it is full, what is newest is
/// dropped and an event_type::lagged says so.
///
///     for (const kv::event &event : store.watch("config")) ...   // until the store is closed
///
/// Moves, and ends itself. One thread polls it at a time, another meets errc::busy; close() may come
/// from any thread and wakes the one that waits, with errc::closed, as closing the store does. Closed
/// or moved from, it fails with errc::handle.
template <class Errors>
class basic_watch : public detail::range<basic_watch<Errors>, event, Errors> {
    using base = detail::range<basic_watch, event, Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Takes over what a function of kv.h has given.
    explicit basic_watch(kv_watch handle) noexcept : handle_(handle) {}
    basic_watch(basic_watch &&other) noexcept
        : base(std::move(other)), handle_(std::exchange(other.handle_, {})) {}
    basic_watch &operator=(basic_watch &&other) noexcept {
        basic_watch taken(std::move(other));
        std::swap(handle_, taken.handle_);
        base::operator=(std::move(taken));
        return *this;
    }
    ~basic_watch() {
        if (handle_.id != 0) kv_watch_close(handle_, nullptr);
    }

    /// Gives the next event, waiting for it this long, by default for ever; none when that time has
    /// passed. A negative time has passed already. errc::closed if watch or store are closed
    /// meanwhile.
    returned<std::optional<event>> poll(std::chrono::milliseconds timeout = forever) {
        kv_event found = KV_EVENT_INIT;
        return Errors::call([&](kv_error *error) { return wait(timeout, found, error); },
                            [&](kv_status status) { return maybe(status, found); });
    }

    /// Waits for the next event; none once the watch or its store is closed.
    returned<std::optional<event>> next() {
        kv_event found = KV_EVENT_INIT;
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status = wait(forever, found, error);
                // Closed by another thread before this one came back is an end as well.
                const bool is_closed = status == KV_ERR_CLOSED ||
                                       (status == KV_ERR_HANDLE && handle_.id != 0);
                return is_closed ? kv_status{KV_DONE} : status;
            },
            [&](kv_status status) { return maybe(status, found); });
    }

    /// Copies as many of the waiting events into `buffer` as fit, without waiting. Gives an empty
    /// page if there is none; also if not even one fits: then page.needed() is how much it takes.
    returned<event_page> fill(void *buffer, std::size_t capacity) {
        std::size_t used = 0, count = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_watch_fill(handle_, buffer, capacity, &used, &count, error);
            },
            [&](kv_status status) { return event_page(status, buffer, used, count); });
    }

    /// Gives a descriptor that is readable while there is something to poll, the end included. For
    /// poll, epoll and event loops; it stays the watch's. Read nothing from it.
    returned<int> fd() const {
        std::int32_t fd = -1;
        return Errors::call([&](kv_error *error) { return kv_watch_fd(handle_, &fd, error); },
                            [&](kv_status) { return int{fd}; });
    }

    /// Ends the watch and wakes who waits in it. Not needed; the destructor does it.
    returned<void> close() const {
        return Errors::call([&](kv_error *error) { return kv_watch_close(handle_, error); },
                            detail::nothing);
    }

    /// The handle, which stays this object's.
    kv_watch native() const noexcept { return handle_; }

private:
    kv_status wait(std::chrono::milliseconds timeout, kv_event &found, kv_error *error) const {
        const std::int64_t left = timeout.count() < 0 ? 0 : timeout.count();
        return kv_watch_poll(handle_, timeout == forever ? -1 : left, &found, error);
    }

    static std::optional<event> maybe(kv_status status, const kv_event &found) {
        if (status == KV_TIMEOUT || status == KV_DONE) return std::nullopt;
        return detail::event_from(found);
    }

    kv_watch handle_;
};

/// A callback that is registered; ended with this object. Moves. Any thread may end it at any time.
/// Another thread that tells a change at this moment may still call it.
template <class Errors>
class basic_subscription {
public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Takes over what a function of kv.h has given.
    explicit basic_subscription(kv_subscription handle) noexcept : handle_(handle) {}
    basic_subscription(basic_subscription &&other) noexcept : handle_(other.release()) {}
    basic_subscription &operator=(basic_subscription &&other) noexcept {
        basic_subscription taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~basic_subscription() {
        if (handle_.id != 0) kv_subscription_close(handle_, nullptr);
    }

    /// Ends it. errc::handle if it has ended already, or was moved from.
    returned<void> off() const {
        return Errors::call([&](kv_error *error) { return kv_subscription_close(handle_, error); },
                            detail::nothing);
    }

    /// Leaves the callback registered for as long as the store is open.
    kv_subscription release() noexcept { return std::exchange(handle_, {}); }

private:
    kv_subscription handle_;
};

/// A walk, in commit order, through the log of changes. At the present it ends, and goes on later.
/// errc::compacted: the next changes were trimmed, and the call after that goes on with those that
/// are left. Otherwise as a cursor.
template <class Errors>
class basic_change_cursor : public detail::range<basic_change_cursor<Errors>, event, Errors> {
    using base = detail::range<basic_change_cursor, event, Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Takes over what a function of kv.h has given.
    explicit basic_change_cursor(kv_change_cursor handle) noexcept : handle_(handle) {}
    basic_change_cursor(basic_change_cursor &&other) noexcept
        : base(std::move(other)), handle_(std::exchange(other.handle_, {})) {}
    basic_change_cursor &operator=(basic_change_cursor &&other) noexcept {
        basic_change_cursor taken(std::move(other));
        std::swap(handle_, taken.handle_);
        base::operator=(std::move(taken));
        return *this;
    }
    ~basic_change_cursor() {
        if (handle_.id != 0) kv_changes_close(handle_, nullptr);
    }

    /// Gives the next change; none when there is none yet. Its bytes stay until the next call.
    returned<std::optional<event>> next() {
        kv_event found = KV_EVENT_INIT;
        return Errors::call(
            [&](kv_error *error) { return kv_changes_next(handle_, &found, error); },
            [&](kv_status status) -> std::optional<event> {
                if (status == KV_DONE) return std::nullopt;
                return detail::event_from(found);
            });
    }

    /// Copies as many of the next changes into `buffer` as fit. Gives an empty page if there is none
    /// yet; also if not even one fits: then page.needed() is how much it takes.
    returned<event_page> fill(void *buffer, std::size_t capacity) {
        std::size_t used = 0, count = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_changes_fill(handle_, buffer, capacity, &used, &count, error);
            },
            [&](kv_status status) { return event_page(status, buffer, used, count); });
    }

    /// Ends the walk. Not needed; the destructor does it.
    returned<void> close() {
        return Errors::call([&](kv_error *error) { return kv_changes_close(handle_, error); },
                            detail::nothing);
    }

    /// The handle, which stays this object's.
    kv_change_cursor native() const noexcept { return handle_; }

private:
    kv_change_cursor handle_;
};

namespace detail {

/// Carries a callable through kv_on_change. What it throws would have to pass the library, so it
/// ends here.
template <class Callback>
class change_bridge {
public:
    template <class Function>
    explicit change_bridge(Function &&callback) : callback_(std::forward<Function>(callback)) {}

    static void call(void *self, const kv_event *native) noexcept {
        auto &bridge = *static_cast<change_bridge *>(self);
#if KV_HAS_EXCEPTIONS
        try {
            bridge.callback_(event_from(*native));
        } catch (...) {
        }
#else
        bridge.callback_(event_from(*native));
#endif
    }

    static void destroy(void *self) noexcept { delete static_cast<change_bridge *>(self); }

private:
    Callback callback_;
};

}  // namespace detail
}  // namespace kv

#endif
