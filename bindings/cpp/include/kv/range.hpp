// Ranges and input iterators, made from a try_next() that returns a result<optional>.
#ifndef KV_RANGE_HPP
#define KV_RANGE_HPP

#include <kv/result.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace kv::detail {

template <class Derived, class Element>
class walk;

/// An input iterator of C++17 and C++20. All iterators of a walk are at its one element, so what
/// has been copied from `*it` is all that stays of it after `++it`.
template <class Derived, class Element>
class walk_iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    using pointer = Element *;
    using reference = Element &;

    /// The element that `it++` has left: `*it++` is that element.
    class left {
    public:
        explicit left(Element &&element) : element_(std::move(element)) {}
        Element &operator*() { return element_; }

    private:
        Element element_;
    };

    walk_iterator() = default;
    explicit walk_iterator(walk<Derived, Element> *of) : walk_(of) {}

    reference operator*() const { return walk_->at(); }
    pointer operator->() const { return &walk_->at(); }
    walk_iterator &operator++() {
        walk_->leave();
        return *this;
    }
    left operator++(int) {
        left element(std::move(walk_->at()));
        walk_->leave();
        return element;
    }
    friend bool operator==(const walk_iterator &one, const walk_iterator &other) {
        return one.is_end() == other.is_end();
    }
    friend bool operator!=(const walk_iterator &one, const walk_iterator &other) {
        return !(one == other);
    }

private:
    bool is_end() const { return walk_ == nullptr || walk_->is_over(); }

    walk<Derived, Element> *walk_ = nullptr;
};

/// A walk from front to back, once. Derived has `std::optional<Element> step()`, which goes to the
/// next element.
///
/// `++it` only leaves the element; the next look at an iterator takes the step. So the bytes to
/// which `*it++` refers stay until then.
template <class Derived, class Element>
class walk {
public:
    using iterator = walk_iterator<Derived, Element>;

protected:
    walk() = default;
    // The walk goes on where it was; the element it was at stays behind.
    walk(walk &&) noexcept {}
    walk &operator=(walk &&) noexcept {
        current_.reset();
        is_left_ = false;
        return *this;
    }
    // Not inline, or g++ -O2 takes an element that is not there for one that is not initialised.
    [[gnu::noinline]] ~walk() {}

    /// Goes to the next element: a walk that a loop has left goes on where it was.
    iterator first() {
        is_left_ = true;
        return is_over() ? iterator() : iterator(this);
    }

private:
    friend iterator;

    Element &at() {
        take_step();
        return *current_;
    }
    void leave() {
        take_step();
        is_left_ = true;
    }
    bool is_over() {
        take_step();
        return !current_.has_value();
    }
    void take_step() {
        if (!std::exchange(is_left_, false)) return;
        current_.reset();
        current_ = static_cast<Derived *>(this)->step();
    }

    std::optional<Element> current_;
    bool is_left_ = false;
};

/// The same walk with results for elements; a failure is the last one. It may be moved, into an
/// adaptor of std::views too.
template <class Range, class Item>
class results : public walk<results<Range, Item>, result<Item>> {
    friend walk<results, result<Item>>;

public:
    explicit results(Range &range) : range_(&range) {}

    walk_iterator<results, result<Item>> begin() { return this->first(); }
    walk_iterator<results, result<Item>> end() { return {}; }

private:
    std::optional<result<Item>> step() {
        if (std::exchange(has_failed_, false)) return std::nullopt;
        result<std::optional<Item>> next = range_->try_next();
        has_failed_ = !next;
        if (!next) return result<Item>(next.error());
        if (!*next) return std::nullopt;
        return result<Item>(*std::move(*next));
    }

    Range *range_;
    bool has_failed_ = false;
};

/// Base of the walks: `for (Item &item : derived)` throws kv::error when the walk fails, and
/// `for (kv::result<Item> &item : derived.results())` ends with the failure. Both are input ranges
/// for std::ranges, and move into adaptors of std::views.
///
/// The look at an iterator that takes a step throws its failure: begin(), `==`, `*` or `->`, and
/// never `++`. Iterators are then at the end, and the next begin() or next() tries again.
template <class Derived, class Item>
class range : public walk<Derived, Item> {
    friend walk<Derived, Item>;

public:
    KV_THROWS walk_iterator<Derived, Item> begin() { return this->first(); }
    walk_iterator<Derived, Item> end() { return {}; }

    /// The same walk with results for elements. Refers to this object, which must have a name.
    detail::results<Derived, Item> results() & {
        return detail::results<Derived, Item>(static_cast<Derived &>(*this));
    }

protected:
    range() = default;
    range(range &&) noexcept = default;
    range &operator=(range &&) noexcept = default;
    ~range() = default;

private:
    std::optional<Item> step() { return value_of(static_cast<Derived *>(this)->try_next()); }
};

}  // namespace kv::detail

#endif
