// The parts that the buffers of both kinds of streams have in common.
#ifndef KV_STREAM_BUFFER_HPP
#define KV_STREAM_BUFFER_HPP

#include <kv/call.hpp>

#include <cstddef>
#include <ios>
#include <memory>
#include <optional>
#include <streambuf>
#include <string_view>
#include <utility>

namespace kv::detail {

/// The memory of a buffer, and the way of a failure to the stream.
class stream_buffer : public std::streambuf {
public:
    /// The bytes that the buffer collects. Larger blocks pass it by.
    static constexpr std::size_t capacity = 64 * 1024;

    /// Why the last call that failed has failed; none if none has.
    const std::optional<kv::failure> &last_failure() const noexcept { return last_failure_; }

    /// Names the stream of which a failure sets badbit in a program without exceptions; null: none.
    /// With exceptions a failure is thrown as a kv::error, of which every stream makes its badbit.
    void set_stream(std::ios *stream) noexcept { stream_ = stream; }

protected:
    static constexpr int_type end_of_file = traits_type::eof();

    stream_buffer() = default;
    stream_buffer(stream_buffer &&) = delete;

    /// The memory, which is there from the first use on.
    char *memory() {
        if (!memory_) memory_.reset(new char[capacity]);
        return memory_.get();
    }

    void remember(const kv::failure &failure) { last_failure_ = failure; }

    /// Passes the last failure on. A function of std::streambuf that only returned it would read
    /// like the end of the value, to a std::istream and to a std::istreambuf_iterator.
    void report() {
        if constexpr (KV_HAS_EXCEPTIONS) {
            raise(*last_failure_);
        } else if (stream_ != nullptr) {
            stream_->setstate(std::ios_base::badbit);
        }
    }

    /// Swaps all but the stream.
    void swap(stream_buffer &other) {
        std::streambuf::swap(other);
        std::swap(memory_, other.memory_);
        std::swap(last_failure_, other.last_failure_);
    }

private:
    std::unique_ptr<char[]> memory_;
    std::optional<kv::failure> last_failure_;
    std::ios *stream_ = nullptr;
};

}  // namespace kv::detail

#endif
