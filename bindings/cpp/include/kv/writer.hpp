// A value that is written in pieces.
#ifndef KV_WRITER_HPP
#define KV_WRITER_HPP

#include <kv/call.hpp>
#include <kv/put_options.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace kv {

/// Writes the value of a key in pieces, by store::writer. Nothing of it is seen, and an earlier
/// value stays, until commit() makes it the value of the key in one step.
///
///     kv::writer writer = store.writer("files", "video", {kv::if_absent});
///     while (const std::size_t len = receive(buffer)) writer.write({buffer, len});
///     if (!writer.commit()) ...   // another writer was faster
///
/// The destructor aborts and never commits: it also runs when an exception leaves the block in the
/// middle of a value, and it could report neither a conflict nor a failure. A kv::write_stream is
/// the same as a std::ostream.
///
/// Moves. One thread uses it at a time, it may move between threads, and a call that meets another
/// fails with errc::busy. Ended or moved from, it fails with errc::handle; once its store was
/// closed, with errc::closed. try_ before a name is the same with a failure returned.
class writer {
public:
    /// The longest value in bytes: 1 TiB. An engine may have a lower limit.
    static constexpr std::uint64_t size_max = KV_STREAM_LEN_MAX;

    /// The bytes of the pieces in which a longer value is stored. Writes of whole pieces are the
    /// fastest.
    static constexpr std::size_t piece_size = KV_PIECE_LEN;

    /// Takes over a writer of kv.h.
    explicit writer(kv_writer handle) noexcept : handle_(handle) {}
    writer(writer &&other) noexcept : handle_(other.release()) {}
    writer &operator=(writer &&other) noexcept {
        writer taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~writer() {
        if (handle_.id != 0) kv_writer_abort(handle_, nullptr);
    }

    /// Appends bytes to the value. errc::quota, errc::full and errc::too_large as soon as there is
    /// no room for it. After a failure it is of no further use but for abort(): the other calls
    /// fail in the same way.
    KV_THROWS void write(std::string_view bytes) { detail::value_of(try_write(bytes)); }
    result<void> try_write(std::string_view bytes) {
        return detail::call(
            [&](kv_error *error) {
                return kv_writer_write(handle_, bytes.data(), bytes.size(), error);
            },
            detail::nothing);
    }

    /// Returns how many bytes were written so far.
    KV_THROWS std::uint64_t size() { return detail::value_of(try_size()); }
    result<std::uint64_t> try_size() {
        std::uint64_t size = 0;
        return detail::call(
            [&](kv_error *error) { return kv_writer_size(handle_, &size, error); },
            [&](kv_status) { return size; });
    }

    /// Makes the bytes the value of the key if the condition holds, and says whether it did, with
    /// the version. Either ends the writer; after an error nothing was changed and it goes on, so
    /// that it can be committed again unless a write has failed.
    KV_THROWS put_result commit() { return detail::value_of(try_commit()); }
    result<put_result> try_commit() {
        std::uint64_t version = 0;
        return detail::call(
            [&](kv_error *error) { return kv_writer_commit(handle_, &version, error); },
            [&](kv_status status) {
                handle_ = {};
                return put_result{status == KV_OK, version};
            });
    }

    /// Discards what was written and ends the writer. Not needed; the destructor does it.
    KV_THROWS void abort() { detail::value_of(try_abort()); }
    result<void> try_abort() {
        return detail::call([&](kv_error *error) { return kv_writer_abort(handle_, error); },
                            [&](kv_status) { handle_ = {}; });
    }

    /// Says whether it has neither been committed nor aborted nor moved from.
    bool is_open() const noexcept { return handle_.id != 0; }

    /// Gives up the handle; the caller ends it. This object is then as moved from.
    kv_writer release() noexcept { return std::exchange(handle_, {}); }

    /// The handle, which stays this object's.
    kv_writer native() const noexcept { return handle_; }

private:
    kv_writer handle_;
};

}  // namespace kv

#endif
