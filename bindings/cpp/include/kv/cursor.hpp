// Walks over one snapshot: entries of a group, names of groups.
#ifndef KV_CURSOR_HPP
#define KV_CURSOR_HPP

#include <kv/call.hpp>
#include <kv/page.hpp>
#include <kv/range.hpp>
#include <kv/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace kv {

/// A walk in key order over the snapshot of the store from when it began. Writers do not wait for
/// it, and writing meanwhile is safe and not seen. Over a Redis it may be live; see is_snapshot.
///
///     for (auto [key, value] : store.scan("config")) ...
///
/// Moves, and closes itself, before its store or after it. One thread uses it at a time, it may
/// move between threads, and a call that meets another fails with errc::busy. Moved from or closed,
/// it fails with errc::handle; once its store was closed, with errc::closed.
class cursor : public detail::range<cursor, entry> {
    using base = detail::range<cursor, entry>;

public:
    /// Takes over a cursor of kv.h.
    explicit cursor(kv_cursor handle) noexcept : handle_(handle) {}
    cursor(cursor &&other) noexcept
        : base(std::move(other)), handle_(std::exchange(other.handle_, {})) {}
    cursor &operator=(cursor &&other) noexcept {
        cursor taken(std::move(other));
        std::swap(handle_, taken.handle_);
        base::operator=(std::move(taken));
        return *this;
    }
    ~cursor() {
        if (handle_.id != 0) kv_cursor_close(handle_, nullptr);
    }

    /// Returns the next entry; none at the end, again and again. Its bytes stay until the next
    /// call.
    KV_THROWS std::optional<entry> next() { return detail::value_of(try_next()); }
    /// next(), with a failure returned.
    result<std::optional<entry>> try_next() {
        kv_entry found;
        return detail::call(
            [&](kv_error *error) { return kv_cursor_next(handle_, &found, error); },
            [&](kv_status status) -> std::optional<entry> {
                if (status == KV_DONE) return std::nullopt;
                entry next;
                next.key = detail::bytes(found.key, found.key_len);
                next.value = detail::bytes(found.value, found.value_len);
                next.group = detail::bytes(found.group, found.group_len);
                next.value_size = found.value_size;
                next.version = found.version;
                next.expires_at = detail::expiry_from(found.expires_at_ms);
                return next;
            });
    }

    /// Copies as many of the next entries into `buffer` as fit. Returns an empty page at the end;
    /// also if not even one fits: then page::needed() is how much it takes, and the cursor stays.
    KV_THROWS page fill(void *buffer, std::size_t capacity) {
        return detail::value_of(try_fill(buffer, capacity));
    }
    /// fill(), with a failure returned.
    result<page> try_fill(void *buffer, std::size_t capacity) {
        std::size_t used = 0, count = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_cursor_fill(handle_, buffer, capacity, &used, &count, error);
            },
            [&](kv_status status) { return page(status, buffer, used, count); });
    }

    /// Returns whether the walk is of one moment; one over a Redis may be live.
    KV_THROWS bool is_snapshot() { return detail::value_of(try_is_snapshot()); }
    /// is_snapshot(), with a failure returned.
    result<bool> try_is_snapshot() {
        std::int32_t is_snapshot = 0;
        return detail::call(
            [&](kv_error *error) { return kv_cursor_is_snapshot(handle_, &is_snapshot, error); },
            [&](kv_status) { return is_snapshot != 0; });
    }

    /// Ends the walk and frees its snapshot. Not needed; the destructor does it.
    KV_THROWS void close() { detail::value_of(try_close()); }
    /// close(), with a failure returned.
    result<void> try_close() {
        return detail::call([&](kv_error *error) { return kv_cursor_close(handle_, error); },
                            detail::nothing);
    }

    /// The handle, which stays this object's.
    kv_cursor native() const noexcept { return handle_; }

private:
    kv_cursor handle_;
};

/// A walk, in byte order, over the names of groups: `for (std::string_view name : store.groups())`.
/// A name stays until the walk goes on. Otherwise as cursor.
class group_names : public detail::range<group_names, std::string_view> {
public:
    /// Takes over a cursor of kv.h.
    explicit group_names(kv_cursor handle) noexcept : cursor_(handle) {}

    /// Returns the next name; none at the end, again and again.
    KV_THROWS std::optional<std::string_view> next() { return detail::value_of(try_next()); }
    /// next(), with a failure returned.
    result<std::optional<std::string_view>> try_next() {
        kv_entry found;
        return detail::call(
            [&](kv_error *error) { return kv_cursor_next(cursor_.native(), &found, error); },
            [&](kv_status status) -> std::optional<std::string_view> {
                if (status == KV_DONE) return std::nullopt;
                return detail::bytes(found.group, found.group_len);
            });
    }

    /// Ends the walk. Not needed; the destructor does it.
    KV_THROWS void close() { detail::value_of(try_close()); }
    /// close(), with a failure returned.
    result<void> try_close() { return cursor_.try_close(); }

    /// The handle, which stays this object's.
    kv_cursor native() const noexcept { return cursor_.native(); }

private:
    cursor cursor_;
};

}  // namespace kv

#endif
