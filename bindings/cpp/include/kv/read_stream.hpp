// A value that is read as a std::istream.
#ifndef KV_READ_STREAM_HPP
#define KV_READ_STREAM_HPP

#include <kv/reader.hpp>
#include <kv/stream_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <istream>
#include <limits>
#include <utility>

namespace kv {

/// A std::streambuf over a kv::reader, for a std::istream or a std::istreambuf_iterator. It reads
/// 64 KiB ahead; a block that is as large passes it by. It can seek to each place of the value, its
/// end included, and not behind it.
///
/// A call of std::streambuf that fails throws kv::error, of which a std::istream makes its badbit;
/// so a std::istreambuf_iterator never takes a failure for the end. Threads and moving are as with
/// kv::reader.
class read_buffer : public detail::stream_buffer {
public:
    explicit read_buffer(kv::reader reader) noexcept : reader_(std::move(reader)) {}
    read_buffer(read_buffer &&other) noexcept : reader_(kv_reader{}) { swap(other); }
    read_buffer &operator=(read_buffer &&other) noexcept {
        read_buffer taken(std::move(other));
        swap(taken);
        return *this;
    }

    /// The reader. Reading through it does not move the place of the buffer.
    kv::reader &reader() noexcept { return reader_; }

protected:
    int_type underflow() override {
        if (gptr() == egptr() && !load(place())) return end_of_file;
        return traits_type::to_int_type(*gptr());
    }

    std::streamsize xsgetn(char *to, std::streamsize count) override {
        const std::size_t len = count < 0 ? 0 : static_cast<std::size_t>(count);
        if (len < capacity) return std::streambuf::xsgetn(to, count);
        const std::size_t held = std::min(len, static_cast<std::size_t>(egptr() - gptr()));
        if (held != 0) std::memcpy(to, gptr(), held);
        go_to(place() + held);
        return static_cast<std::streamsize>(held + read_into(to + held, len - held));
    }

    std::streamsize showmanyc() override {
        const result<std::uint64_t> size = reader_.try_size();
        if (!size) return 0;
        const std::uint64_t left = *size - place();
        const auto most = std::numeric_limits<std::streamsize>::max();
        return left == 0 ? -1
                         : static_cast<std::streamsize>(
                               std::min(left, static_cast<std::uint64_t>(most)));
    }

    int_type pbackfail(int_type wanted = end_of_file) override {
        const std::uint64_t at = place();
        if (at == 0 || !load(at - 1)) return end_of_file;
        const int_type found = traits_type::to_int_type(*gptr());
        if (traits_type::eq_int_type(wanted, end_of_file) ||
            traits_type::eq_int_type(wanted, found))
            return found;
        gbump(1);
        return end_of_file;
    }

    pos_type seekoff(off_type offset, std::ios_base::seekdir direction,
                     std::ios_base::openmode which) override {
        if ((which & std::ios_base::in) == 0) return off_type(-1);
        const result<std::uint64_t> size = reader_.try_size();
        if (!size) return failed(size.error()), off_type(-1);
        const auto end = static_cast<off_type>(*size);
        off_type from = 0;
        if (direction == std::ios_base::cur) from = static_cast<off_type>(place());
        if (direction == std::ios_base::end) from = end;
        if (offset < -from || offset > end - from) return off_type(-1);
        go_to(static_cast<std::uint64_t>(from + offset));
        return from + offset;
    }

    pos_type seekpos(pos_type place, std::ios_base::openmode which) override {
        return seekoff(off_type(place), std::ios_base::beg, which);
    }

private:
    /// The offset of the next byte in the value.
    std::uint64_t place() const { return end_ - static_cast<std::uint64_t>(egptr() - gptr()); }

    /// Makes the byte at `offset` the next one, of those in memory if it is among them.
    void go_to(std::uint64_t offset) {
        const std::uint64_t begin = end_ - static_cast<std::uint64_t>(egptr() - eback());
        if (offset >= begin && offset <= end_) {
            setg(eback(), eback() + (offset - begin), egptr());
        } else {
            setg(nullptr, nullptr, nullptr);
            end_ = offset;
        }
    }

    /// Reads from `offset` on into the memory, and says whether there is a byte.
    bool load(std::uint64_t offset) {
        setg(nullptr, nullptr, nullptr);
        end_ = offset;
        const std::size_t len = read_into(memory(), capacity);
        setg(memory(), memory(), memory() + len);
        return len != 0;
    }

    /// Reads what follows the bytes in memory, which are done with, into `to`.
    std::size_t read_into(char *to, std::size_t len) {
        if (len == 0) return 0;
        const result<std::size_t> read = reader_.try_read(end_, to, len);
        if (!read) return failed(read.error()), 0;
        setg(nullptr, nullptr, nullptr);
        end_ += *read;
        return *read;
    }

    void failed(const kv::failure &failure) {
        remember(failure);
        report();
    }

    void swap(read_buffer &other) {
        stream_buffer::swap(other);
        std::swap(reader_, other.reader_);
        std::swap(end_, other.end_);
    }

    kv::reader reader_;
    /// The offset behind the bytes in memory.
    std::uint64_t end_ = 0;
};

/// A std::istream that reads a value: `kv::read_stream in(*store.reader(...))`. It can seek, as
/// kv::read_buffer says.
///
/// A read that fails sets badbit, and last_failure() says why; with
/// `in.exceptions(std::ios::badbit)` it throws the kv::error. In a program without exceptions a
/// std::istreambuf_iterator ends at a failure, which sets badbit too.
class read_stream : public std::istream {
public:
    explicit read_stream(kv::reader reader) : std::istream(nullptr), buffer_(std::move(reader)) {
        std::istream::rdbuf(&buffer_);
        buffer_.set_stream(this);
    }
    read_stream(read_stream &&other)
        : std::istream(std::move(other)), buffer_(std::move(other.buffer_)) {
        set_rdbuf(&buffer_);
        buffer_.set_stream(this);
    }
    read_stream &operator=(read_stream &&other) {
        std::istream::operator=(std::move(other));
        buffer_ = std::move(other.buffer_);
        return *this;
    }

    /// The reader, with the size, version and expiry. Reading through it does not move the place of
    /// the stream.
    kv::reader &reader() noexcept { return buffer_.reader(); }

    /// Why the last call that failed has failed; none if none has.
    const std::optional<kv::failure> &last_failure() const noexcept {
        return buffer_.last_failure();
    }

    /// The buffer, which stays this object's.
    read_buffer *rdbuf() noexcept { return &buffer_; }

private:
    read_buffer buffer_;
};

}  // namespace kv

#endif
