// A value that is written as a std::ostream.
#ifndef KV_WRITE_STREAM_HPP
#define KV_WRITE_STREAM_HPP

#include <kv/stream_buffer.hpp>
#include <kv/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string_view>
#include <utility>

namespace kv {

/// A std::streambuf over a kv::writer, for a std::ostream or a std::ostreambuf_iterator. It
/// collects 64 KiB; sync() passes them on, and a block that is as large passes it by. It can tell
/// its position and cannot seek.
///
/// A call of std::streambuf that fails throws kv::error, of which a std::ostream makes its badbit.
/// From then on all calls fail in the same way, because the value would have a gap. Nothing is
/// committed but by commit(). Threads and moving are as with kv::writer.
class write_buffer : public detail::stream_buffer {
public:
    explicit write_buffer(kv::writer writer) noexcept : writer_(std::move(writer)) {}
    write_buffer(write_buffer &&other) noexcept : writer_(kv_writer{}) { swap(other); }
    write_buffer &operator=(write_buffer &&other) noexcept {
        write_buffer taken(std::move(other));
        swap(taken);
        return *this;
    }

    /// Passes on what is collected, and commits as writer::commit does. After a failed write it
    /// fails in the same way.
    KV_THROWS put_result commit() { return detail::value_of(try_commit()); }
    /// commit(), with a failure returned.
    result<put_result> try_commit() {
        if (!pass_collected()) return *last_failure();
        const result<put_result> committed = writer_.try_commit();
        if (committed) {
            setp(nullptr, nullptr);
        } else {
            remember(committed.error());
        }
        return committed;
    }

    /// Discards what was written. Not needed; the destructor does it.
    KV_THROWS void abort() { detail::value_of(try_abort()); }
    /// abort(), with a failure returned.
    result<void> try_abort() {
        setp(nullptr, nullptr);
        return writer_.try_abort();
    }

protected:
    int_type overflow(int_type next = end_of_file) override {
        if (!reported(pass(collected()))) return end_of_file;
        setp(memory(), memory() + capacity);
        if (!traits_type::eq_int_type(next, end_of_file)) {
            *pptr() = traits_type::to_char_type(next);
            pbump(1);
        }
        return traits_type::not_eof(next);
    }

    std::streamsize xsputn(const char *from, std::streamsize count) override {
        const std::size_t len = count < 0 ? 0 : static_cast<std::size_t>(count);
        if (len < capacity) return std::streambuf::xsputn(from, count);
        return reported(pass_collected() && pass({from, len})) ? count : 0;
    }

    int sync() override { return reported(pass_collected()) ? 0 : -1; }

    pos_type seekoff(off_type offset, std::ios_base::seekdir direction,
                     std::ios_base::openmode which) override {
        const bool tells = offset == 0 && direction == std::ios_base::cur;
        if (!tells || (which & std::ios_base::out) == 0) return off_type(-1);
        const result<std::uint64_t> size = writer_.try_size();
        if (!size) return off_type(-1);
        return static_cast<off_type>(*size + collected().size());
    }

private:
    std::string_view collected() const {
        return {pbase(), static_cast<std::size_t>(pptr() - pbase())};
    }

    /// Passes bytes to the writer, and says whether it has taken them and all before them.
    bool pass(std::string_view bytes) {
        if (is_broken_) return false;
        const result<void> written = writer_.try_write(bytes);
        if (!written) {
            remember(written.error());
            is_broken_ = true;
            setp(nullptr, nullptr);
        }
        return !is_broken_;
    }

    bool pass_collected() {
        if (collected().empty()) return !is_broken_;
        if (!pass(collected())) return false;
        setp(pbase(), epptr());
        return true;
    }

    /// Reports a failure, if that is what happened.
    bool reported(bool succeeded) {
        if (!succeeded) report();
        return succeeded;
    }

    void swap(write_buffer &other) {
        stream_buffer::swap(other);
        std::swap(writer_, other.writer_);
        std::swap(is_broken_, other.is_broken_);
    }

    kv::writer writer_;
    bool is_broken_ = false;
};

/// A std::ostream that writes the value of a key: `kv::write_stream out(store.writer(...))`.
///
///     kv::write_stream out(store.writer("reports", "2024"));
///     out << "12 orders\n" << file.rdbuf();
///     if (!out.commit()) ...   // the condition does not hold
///
/// A write that fails sets badbit; last_failure() says why, and commit() fails in the same way.
/// With `out.exceptions(std::ios::badbit)` the write throws the kv::error.
///
/// The destructor aborts, unlike that of a std::ofstream; kv::writer says why.
class write_stream : public std::ostream {
public:
    explicit write_stream(kv::writer writer) : std::ostream(nullptr), buffer_(std::move(writer)) {
        std::ostream::rdbuf(&buffer_);
        buffer_.set_stream(this);
    }
    write_stream(write_stream &&other)
        : std::ostream(std::move(other)), buffer_(std::move(other.buffer_)) {
        set_rdbuf(&buffer_);
        buffer_.set_stream(this);
    }
    write_stream &operator=(write_stream &&other) {
        std::ostream::operator=(std::move(other));
        buffer_ = std::move(other.buffer_);
        return *this;
    }

    /// Writes what is collected and makes all of it the value, as writer::commit does. errc::io if
    /// the stream has its badbit of something else.
    KV_THROWS put_result commit() { return detail::value_of(try_commit()); }
    /// commit(), with a failure returned.
    result<put_result> try_commit() {
        if (bad() && !last_failure())
            return kv::failure(errc::io, "commit: the stream is bad, so the value may have a gap");
        return buffer_.try_commit();
    }

    /// Discards what was written. Not needed; the destructor does it.
    KV_THROWS void abort() { detail::value_of(try_abort()); }
    /// abort(), with a failure returned.
    result<void> try_abort() { return buffer_.try_abort(); }

    /// Why the last call that failed has failed; none if none has.
    const std::optional<kv::failure> &last_failure() const noexcept {
        return buffer_.last_failure();
    }

    /// The buffer, which stays this object's.
    write_buffer *rdbuf() noexcept { return &buffer_; }

private:
    write_buffer buffer_;
};

}  // namespace kv

#endif
