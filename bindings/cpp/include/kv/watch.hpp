// A queue of changes that a program polls.
#ifndef KV_WATCH_HPP
#define KV_WATCH_HPP

#include <kv/call.hpp>
#include <kv/event.hpp>
#include <kv/page.hpp>
#include <kv/range.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace kv {

class queued_events;

/// A queue of changes in commit order. Writers never wait for it: when it is full, the newest
/// changes are dropped and an event_type::lagged counts them.
///
///     for (const kv::event &event : store.watch("config")) ...   // until the store is closed
///
/// Moves, and closes itself. One thread polls it at a time, another meets errc::busy; close() may
/// come from any thread and wakes the one that waits, with errc::closed, as closing the store does.
/// Closed or moved from, it fails with errc::handle.
class watch : public detail::range<watch, event> {
    using base = detail::range<watch, event>;

public:
    /// Takes over a watch of kv.h.
    explicit watch(kv_watch handle) noexcept : handle_(handle) {}
    watch(watch &&other) noexcept
        : base(std::move(other)), handle_(std::exchange(other.handle_, {})) {}
    watch &operator=(watch &&other) noexcept {
        watch taken(std::move(other));
        std::swap(handle_, taken.handle_);
        base::operator=(std::move(taken));
        return *this;
    }
    ~watch() {
        if (handle_.id != 0) kv_watch_close(handle_, nullptr);
    }

    /// Waits for the next event without end. errc::closed if watch or store are closed meanwhile.
    KV_THROWS std::optional<event> poll() { return detail::value_of(try_poll()); }
    /// Returns the next event, waiting for it this long; none when that time has passed. A negative
    /// time has passed already. errc::closed if watch or store are closed meanwhile.
    KV_THROWS std::optional<event> poll(std::chrono::milliseconds timeout) {
        return detail::value_of(try_poll(timeout));
    }
    /// poll(), with a failure returned.
    result<std::optional<event>> try_poll() { return wait(no_timeout); }
    result<std::optional<event>> try_poll(std::chrono::milliseconds timeout) {
        return wait(timeout.count() < 0 ? 0 : timeout.count());
    }

    /// Waits for the next event; none once the watch or its store is closed.
    KV_THROWS std::optional<event> next() { return detail::value_of(try_next()); }
    /// next(), with a failure returned.
    result<std::optional<event>> try_next() {
        result<std::optional<event>> found = wait(no_timeout);
        if (found) return found;
        // Closed by another thread before this one came back is an end as well.
        const std::error_code code = found.error().code();
        const bool is_end = code == errc::closed || (code == errc::handle && handle_.id != 0);
        if (is_end) return std::optional<event>();
        return found;
    }

    /// The events that are queued, as a range that ends where the queue is empty, and never waits:
    /// `for (const kv::event &event : watch.queued())`. It fails as poll() does, and refers to this
    /// object, which must have a name.
    queued_events queued() &;

    /// Copies as many of the waiting events into `buffer` as fit, without waiting. Returns an empty
    /// page if there is none; also if not even one fits: then page.needed() is how much it takes.
    KV_THROWS event_page fill(void *buffer, std::size_t capacity) {
        return detail::value_of(try_fill(buffer, capacity));
    }
    /// fill(), with a failure returned.
    result<event_page> try_fill(void *buffer, std::size_t capacity) {
        std::size_t used = 0, count = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_watch_fill(handle_, buffer, capacity, &used, &count, error);
            },
            [&](kv_status status) { return event_page(status, buffer, used, count); });
    }

    /// Returns a descriptor that is readable while there is something to poll, the end included.
    /// For poll, epoll and event loops; it stays the watch's. Read nothing from it.
    KV_THROWS int fd() const { return detail::value_of(try_fd()); }
    /// fd(), with a failure returned.
    result<int> try_fd() const {
        std::int32_t fd = -1;
        return detail::call([&](kv_error *error) { return kv_watch_fd(handle_, &fd, error); },
                            [&](kv_status) { return int{fd}; });
    }

    /// Ends the watch and wakes the thread that waits in it. Any thread may call it. Not needed;
    /// the destructor does it.
    KV_THROWS void close() { detail::value_of(try_close()); }
    /// close(), with a failure returned.
    result<void> try_close() {
        return detail::call([&](kv_error *error) { return kv_watch_close(handle_, error); },
                            detail::nothing);
    }

    /// The handle, which stays this object's.
    kv_watch native() const noexcept { return handle_; }

private:
    static constexpr std::int64_t no_timeout = -1;

    result<std::optional<event>> wait(std::int64_t timeout_ms) {
        kv_event found = KV_EVENT_INIT;
        return detail::call(
            [&](kv_error *error) { return kv_watch_poll(handle_, timeout_ms, &found, error); },
            [&](kv_status status) -> std::optional<event> {
                if (status == KV_TIMEOUT) return std::nullopt;
                return detail::event_from(found);
            });
    }

    kv_watch handle_;
};

/// A walk over the events that a watch has queued; see watch::queued. An event stays until the walk
/// goes on.
class queued_events : public detail::range<queued_events, event> {
public:
    explicit queued_events(watch &of) noexcept : watch_(&of) {}

    /// Returns the next event; none when none is queued, and later ones when there are.
    KV_THROWS std::optional<event> next() { return detail::value_of(try_next()); }
    /// next(), with a failure returned.
    result<std::optional<event>> try_next() { return watch_->try_poll(std::chrono::milliseconds(0)); }

private:
    watch *watch_;
};

inline queued_events watch::queued() & {
    return queued_events(*this);
}

}  // namespace kv

#endif
