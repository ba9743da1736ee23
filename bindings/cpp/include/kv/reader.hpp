// A value that is read in pieces.
#ifndef KV_READER_HPP
#define KV_READER_HPP

#include <kv/call.hpp>
#include <kv/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace kv {

/// Reads the value under a key in pieces, by store::reader. It sees the value that was there when
/// it was opened, to its end, whatever is written meanwhile. A kv::read_stream is the same as a
/// std::istream.
///
///     if (std::optional<kv::reader> reader = store.reader("files", "video"))
///         for (std::uint64_t at = 0; std::size_t len = reader->read(at, buffer, sizeof buffer);
///              at += len) ...
///
/// Moves, and closes itself, before its store or after it. One thread uses it at a time, it may
/// move between threads, and a call that meets another fails with errc::busy. Moved from or closed,
/// it fails with errc::handle; once its store was closed, with errc::closed. try_ before a name is
/// the same with a failure returned.
class reader {
public:
    /// Takes over a reader of kv.h.
    explicit reader(kv_reader handle) noexcept : handle_(handle) {}
    reader(reader &&other) noexcept : handle_(other.release()) {}
    reader &operator=(reader &&other) noexcept {
        reader taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~reader() {
        if (handle_.id != 0) kv_reader_close(handle_, nullptr);
    }

    /// Copies bytes from `offset` on into `buffer` and returns how many: fewer than `capacity` only
    /// at the end of the value, and 0 at its end and behind it. Any offsets, in any order.
    /// errc::compacted if the value was overwritten and is no longer kept; see kv_reader_read.
    KV_THROWS std::size_t read(std::uint64_t offset, void *buffer, std::size_t capacity) {
        return detail::value_of(try_read(offset, buffer, capacity));
    }
    result<std::size_t> try_read(std::uint64_t offset, void *buffer, std::size_t capacity) {
        std::size_t len = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_reader_read(handle_, offset, buffer, capacity, &len, error);
            },
            [&](kv_status) { return len; });
    }

    /// Returns size, version and expiry of the entry, as of the opening.
    KV_THROWS entry_info info() { return detail::value_of(try_info()); }
    result<entry_info> try_info() {
        kv_value found{};
        return detail::call(
            [&](kv_error *error) { return kv_reader_info(handle_, &found, error); },
            [&](kv_status) {
                return entry_info{found.value_size, found.version,
                                  detail::expiry_from(found.expires_at_ms)};
            });
    }

    /// The size of the value in bytes.
    KV_THROWS std::uint64_t size() { return detail::value_of(try_size()); }
    result<std::uint64_t> try_size() {
        return try_info().transform([](const entry_info &info) { return info.size; });
    }

    /// The version of the entry, to be required by a later write.
    KV_THROWS std::uint64_t version() { return detail::value_of(try_version()); }
    result<std::uint64_t> try_version() {
        return try_info().transform([](const entry_info &info) { return info.version; });
    }

    /// When the entry expires, as of the opening; none if it never does.
    KV_THROWS std::optional<time_point> expires_at() { return detail::value_of(try_expires_at()); }
    result<std::optional<time_point>> try_expires_at() {
        return try_info().transform([](const entry_info &info) { return info.expires_at; });
    }

    /// Ends the reader. Not needed; the destructor does it.
    KV_THROWS void close() { detail::value_of(try_close()); }
    result<void> try_close() {
        return detail::call([&](kv_error *error) { return kv_reader_close(handle_, error); },
                            [&](kv_status) { handle_ = {}; });
    }

    /// Gives up the handle; the caller closes it. This object is then as moved from.
    kv_reader release() noexcept { return std::exchange(handle_, {}); }

    /// The handle, which stays this object's.
    kv_reader native() const noexcept { return handle_; }

private:
    kv_reader handle_;
};

}  // namespace kv

#endif
