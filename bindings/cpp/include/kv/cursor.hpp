// Walks over one snapshot: entries of a group, names of groups.
#ifndef KV_CURSOR_HPP
#define KV_CURSOR_HPP

#include <kv/page.hpp>
#include <kv/range.hpp>
#include <kv/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace kv {

/// A walk in key order over the store as it was when the walk began. Nobody waits for it, and
/// writing meanwhile is safe and not seen.
///
///     for (auto [key, value] : store.scan("config")) ...
///
/// Moves, and ends itself; before its store or after it. One thread uses it at a time, it may move
/// between threads, and a call that meets another fails with errc::busy. Moved from or closed, it
/// fails with errc::handle; once its store was closed, with errc::closed.
template <class Errors>
class basic_cursor : public detail::range<basic_cursor<Errors>, entry, Errors> {
    using base = detail::range<basic_cursor, entry, Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Takes over what a function of kv.h has given.
    explicit basic_cursor(kv_cursor handle) noexcept : handle_(handle) {}
    basic_cursor(basic_cursor &&other) noexcept
        : base(std::move(other)), handle_(std::exchange(other.handle_, {})) {}
    basic_cursor &operator=(basic_cursor &&other) noexcept {
        basic_cursor taken(std::move(other));
        std::swap(handle_, taken.handle_);
        base::operator=(std::move(taken));
        return *this;
    }
    ~basic_cursor() {
        if (handle_.id != 0) kv_cursor_close(handle_, nullptr);
    }

    /// Gives the next entry; none at the end, again and again. Its bytes stay until the next call.
    returned<std::optional<entry>> next() {
        kv_entry found;
        return Errors::call(
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

    /// Copies as many of the next entries into `buffer` as fit. Gives an empty page at the end; also
    /// if not even one fits: then page::needed() is how much it takes, and the cursor stays.
    returned<page> fill(void *buffer, std::size_t capacity) {
        std::size_t used = 0, count = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_cursor_fill(handle_, buffer, capacity, &used, &count, error);
            },
            [&](kv_status status) { return page(status, buffer, used, count); });
    }

    /// Ends the walk and lets go of its snapshot. Not needed; the destructor does it.
    returned<void> close() {
        return Errors::call([&](kv_error *error) { return kv_cursor_close(handle_, error); },
                            detail::nothing);
    }

    /// The handle, which stays this object's.
    kv_cursor native() const noexcept { return handle_; }

private:
    kv_cursor handle_;
};

/// A walk, in byte order, over the names of groups: `for (std::string_view name : store.groups())`.
/// A name stays until the walk goes on. Otherwise as basic_cursor.
template <class Errors>
class basic_group_names
    : public detail::range<basic_group_names<Errors>, std::string_view, Errors> {
public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    explicit basic_group_names(kv_cursor handle) noexcept : cursor_(handle) {}

    /// Gives the next name; none at the end, again and again.
    returned<std::optional<std::string_view>> next() {
        kv_entry found;
        return Errors::call(
            [&](kv_error *error) { return kv_cursor_next(cursor_.native(), &found, error); },
            [&](kv_status status) -> std::optional<std::string_view> {
                if (status == KV_DONE) return std::nullopt;
                return detail::bytes(found.group, found.group_len);
            });
    }

    /// Ends the walk. Not needed; the destructor does it.
    returned<void> close() { return cursor_.close(); }

    /// The handle, which stays this object's.
    kv_cursor native() const noexcept { return cursor_.native(); }

private:
    basic_cursor<Errors> cursor_;
};

}  // namespace kv

#endif
