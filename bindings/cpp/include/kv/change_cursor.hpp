// A walk through the change log.
#ifndef KV_CHANGE_CURSOR_HPP
#define KV_CHANGE_CURSOR_HPP

#include <kv/call.hpp>
#include <kv/event.hpp>
#include <kv/page.hpp>
#include <kv/range.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace kv {

/// A walk, in commit order, through the change log. At the last change it ends, and goes on when
/// there are others. errc::compacted: the next changes were trimmed, and the call after that goes
/// on with those that are left. Otherwise as cursor.
class change_cursor : public detail::range<change_cursor, event> {
    using base = detail::range<change_cursor, event>;

public:
    /// Takes over a change cursor of kv.h.
    explicit change_cursor(kv_change_cursor handle) noexcept : handle_(handle) {}
    change_cursor(change_cursor &&other) noexcept
        : base(std::move(other)), handle_(std::exchange(other.handle_, {})) {}
    change_cursor &operator=(change_cursor &&other) noexcept {
        change_cursor taken(std::move(other));
        std::swap(handle_, taken.handle_);
        base::operator=(std::move(taken));
        return *this;
    }
    ~change_cursor() {
        if (handle_.id != 0) kv_changes_close(handle_, nullptr);
    }

    /// Returns the next change; none when there is none yet. Its bytes stay until the next call.
    KV_THROWS std::optional<event> next() { return detail::value_of(try_next()); }
    /// next(), with a failure returned.
    result<std::optional<event>> try_next() {
        kv_event found = KV_EVENT_INIT;
        return detail::call(
            [&](kv_error *error) { return kv_changes_next(handle_, &found, error); },
            [&](kv_status status) -> std::optional<event> {
                if (status == KV_DONE) return std::nullopt;
                return detail::event_from(found);
            });
    }

    /// Copies as many of the next changes into `buffer` as fit. Returns an empty page if there is
    /// none yet; also if not even one fits: then page.needed() is how much it takes.
    KV_THROWS event_page fill(void *buffer, std::size_t capacity) {
        return detail::value_of(try_fill(buffer, capacity));
    }
    /// fill(), with a failure returned.
    result<event_page> try_fill(void *buffer, std::size_t capacity) {
        std::size_t used = 0, count = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_changes_fill(handle_, buffer, capacity, &used, &count, error);
            },
            [&](kv_status status) { return event_page(status, buffer, used, count); });
    }

    /// Ends the walk. Not needed; the destructor does it.
    KV_THROWS void close() { detail::value_of(try_close()); }
    /// close(), with a failure returned.
    result<void> try_close() {
        return detail::call([&](kv_error *error) { return kv_changes_close(handle_, error); },
                            detail::nothing);
    }

    /// The handle, which stays this object's.
    kv_change_cursor native() const noexcept { return handle_; }

private:
    kv_change_cursor handle_;
};

}  // namespace kv

#endif
