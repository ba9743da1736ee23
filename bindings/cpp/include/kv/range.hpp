// What range-for needs, made from a `next()` that gives an optional.
#ifndef KV_RANGE_HPP
#define KV_RANGE_HPP

#include <kv/result.hpp>

#include <cstddef>
#include <iterator>
#include <optional>

namespace kv::detail {

/// Base of whatever is walked once, from front to back.
///
/// Where errors are thrown an element is an Item. Where they are returned it is a result<Item>: a
/// walk that fails gives the failure as its last element.
template <class Derived, class Item, class Errors>
class range {
public:
    using element = typename Errors::template returned<Item>;

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = element;
        using difference_type = std::ptrdiff_t;
        using pointer = element *;
        using reference = element &;

        iterator() = default;
        explicit iterator(range *walked) : walked_(walked) {}

        element &operator*() const { return *walked_->current_; }
        element *operator->() const { return &*walked_->current_; }
        iterator &operator++() {
            if (!walked_->advance()) walked_ = nullptr;
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator &left, const iterator &right) {
            return left.walked_ == right.walked_;
        }
        friend bool operator!=(const iterator &left, const iterator &right) {
            return left.walked_ != right.walked_;
        }

    private:
        range *walked_ = nullptr;
    };

    /// Goes to the next element: a walk that was left goes on where it was.
    iterator begin() { return advance() ? iterator(this) : iterator(); }
    iterator end() { return {}; }

protected:
    range() = default;
    // The walk goes on where it was; the element it was at stays behind.
    range(range &&) noexcept {}
    range &operator=(range &&) noexcept {
        current_.reset();
        return *this;
    }
    // Not inline, or g++ -O2 takes an element that is not there for one that is not initialised.
    [[gnu::noinline]] ~range() {}

private:
    bool advance() {
        if (current_ && Errors::is_last(*current_)) {
            current_.reset();
            return false;
        }
        current_ = Errors::element(static_cast<Derived *>(this)->next());
        return current_.has_value();
    }

    std::optional<element> current_;
};

}  // namespace kv::detail

#endif
