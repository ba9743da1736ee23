// Entries and events in flat form, which the library has copied into one buffer.
#ifndef KV_PAGE_HPP
#define KV_PAGE_HPP

#include <kv/event.hpp>
#include <kv/value.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace kv {

namespace detail {

inline std::uint64_t number_at(const unsigned char *at, std::size_t bytes) {
    std::uint64_t sum = 0;
    for (std::size_t i = bytes; i-- > 0;) sum = sum << 8 | at[i];
    return sum;
}

/// How an entry lies in the buffer: the header, then group, key and value.
struct entry_form {
    using item = entry;
    static constexpr std::size_t header_len = 28, lens_at = 16;

    static void read_header(const unsigned char *at, entry &entry) {
        entry.version = number_at(at, 8);
        entry.expires_at = expiry_from(static_cast<std::int64_t>(number_at(at + 8, 8)));
    }
};

/// How an event lies in the buffer.
struct event_form {
    using item = event;
    static constexpr std::size_t header_len = 40, lens_at = 4;

    static void read_header(const unsigned char *at, event &event) {
        event.type = static_cast<event_type>(static_cast<std::int32_t>(number_at(at, 4)));
        event.version = number_at(at + 16, 8);
        event.time = time_from(static_cast<std::int64_t>(number_at(at + 24, 8)));
        const std::uint64_t number = number_at(at + 32, 8);
        if (event.type == event_type::set_large) {
            event.value_size = number;
        } else {
            event.lost = number;
        }
    }
};

}  // namespace detail

/// The entries or events that fill() has written into memory of the caller's. A range that may be
/// walked any number of times, as long as that memory stays.
template <class Form>
class basic_page {
public:
    using item = typename Form::item;

    class iterator {
    public:
        // Of C++17 for want of a reference; C++20 asks for none.
        using iterator_category = std::input_iterator_tag;
        using iterator_concept = std::forward_iterator_tag;
        using value_type = item;
        using difference_type = std::ptrdiff_t;
        using reference = item;

        /// The item for the time of one `it->member`.
        class pointer {
        public:
            explicit pointer(const item &found) : item_(found) {}
            const item *operator->() const { return &item_; }

        private:
            item item_;
        };

        iterator() = default;
        iterator(const unsigned char *at, std::size_t left) : at_(at), left_(left) {}

        item operator*() const {
            const char *text = reinterpret_cast<const char *>(at_) + Form::header_len;
            item found;
            found.group = {text, len(0)};
            found.key = {text + len(0), len(1)};
            found.value = {text + len(0) + len(1), len(2)};
            found.value_size = found.value.size();
            Form::read_header(at_, found);
            return found;
        }
        pointer operator->() const { return pointer(**this); }
        iterator &operator++() {
            at_ += Form::header_len + len(0) + len(1) + len(2);
            left_ -= 1;
            return *this;
        }
        iterator operator++(int) {
            const iterator left = *this;
            ++*this;
            return left;
        }
        friend bool operator==(const iterator &left, const iterator &right) {
            return left.left_ == right.left_;
        }
        friend bool operator!=(const iterator &left, const iterator &right) {
            return left.left_ != right.left_;
        }

    private:
        std::size_t len(std::size_t part) const {
            return static_cast<std::size_t>(detail::number_at(at_ + Form::lens_at + 4 * part, 4));
        }

        const unsigned char *at_ = nullptr;
        std::size_t left_ = 0;
    };

    /// A page of what a function of kv.h has written; empty for an outcome.
    basic_page(kv_status status, const void *buffer, std::size_t used, std::size_t count)
        : buffer_(static_cast<const unsigned char *>(buffer)),
          used_(status == KV_OK ? used : 0),
          count_(status == KV_OK ? count : 0),
          needed_(status == KV_TOO_SMALL ? used : 0) {}

    iterator begin() const { return {buffer_, count_}; }
    iterator end() const { return {}; }
    std::size_t size() const { return count_; }

    /// Says whether nothing was written: there is nothing more, or the buffer is too small.
    bool empty() const { return count_ == 0; }

    /// Bytes of the buffer that were written.
    std::size_t used() const { return used_; }

    /// Bytes that the next one needs, if the buffer is too small for it; 0 otherwise.
    std::size_t needed() const { return needed_; }

private:
    const unsigned char *buffer_;
    std::size_t used_, count_, needed_;
};

using page = basic_page<detail::entry_form>;
using event_page = basic_page<detail::event_form>;

}  // namespace kv

#endif
