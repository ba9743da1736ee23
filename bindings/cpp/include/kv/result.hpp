// The value of a call that does not throw, or why it failed.
#ifndef KV_RESULT_HPP
#define KV_RESULT_HPP

#include <kv/error.hpp>

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace kv {

template <class T>
class result;

namespace detail {

template <class T>
using plain = std::remove_cv_t<std::remove_reference_t<T>>;

/// The type that a function of a value returns, without reference: a result for and_then.
template <class Function, class... Value>
using returned_t = plain<std::invoke_result_t<Function, Value...>>;

template <class Made, class Function, class... Value>
result<Made> transformed(Function &&function, Value &&...value) {
    if constexpr (std::is_void_v<Made>) {
        std::invoke(std::forward<Function>(function), std::forward<Value>(value)...);
        return {};
    } else {
        return std::invoke(std::forward<Function>(function), std::forward<Value>(value)...);
    }
}

/// The value of a call, or its failure as an exception.
template <class T>
T value_of(result<T> &&result) {
    if (!result.has_value()) raise(result.error());
    return *std::move(result);
}

}  // namespace detail

/// The value of a call, or why it failed, as std::expected<T, kv::failure>. It must be looked at.
///
/// Converted to bool it says whether the call succeeded; the value of a result<bool> is `*result`.
/// It differs from std::expected in this:
///  - value() of a failed call throws kv::error.
///  - `*` and `->` of a failed call, and error() of another, end the program with the message;
///    there is no undefined behaviour.
///  - `*` and value() of a temporary return the value itself, which outlives the temporary.
///  - A kv::failure converts to a failed result; there is no `unexpected`, comparison or emplace().
template <class T>
class [[nodiscard]] result {
public:
    using value_type = T;
    using error_type = kv::failure;

    result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    result(const kv::failure &failure) : state_(std::in_place_index<1>, failure) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T &operator*() & { return *checked(*this); }
    const T &operator*() const & { return *checked(*this); }
    T operator*() && { return std::move(*checked(*this)); }
    T *operator->() { return checked(*this); }
    const T *operator->() const { return checked(*this); }

    /// The value; throws kv::error if the call failed.
    KV_THROWS T &value() & { return raised(*this), **this; }
    KV_THROWS const T &value() const & { return raised(*this), **this; }
    KV_THROWS T value() && { return raised(*this), *std::move(*this); }

    /// The value, or `other` if the call failed.
    template <class U>
    T value_or(U &&other) const & {
        return has_value() ? **this : static_cast<T>(std::forward<U>(other));
    }
    template <class U>
    T value_or(U &&other) && {
        return has_value() ? *std::move(*this) : static_cast<T>(std::forward<U>(other));
    }

    /// Why the call failed; only if it did.
    const kv::failure &error() const noexcept {
        if (has_value()) detail::misused("it has not failed");
        return *std::get_if<1>(&state_);
    }

    /// The result that `function(value)` returns, or this failure.
    template <class Function>
    auto and_then(Function &&function) & { return chained(*this, function); }
    template <class Function>
    auto and_then(Function &&function) const & { return chained(*this, function); }
    template <class Function>
    auto and_then(Function &&function) && { return chained(std::move(*this), function); }

    /// `function(value)` as a result, or this failure.
    template <class Function>
    auto transform(Function &&function) & { return mapped(*this, function); }
    template <class Function>
    auto transform(Function &&function) const & { return mapped(*this, function); }
    template <class Function>
    auto transform(Function &&function) && { return mapped(std::move(*this), function); }

    /// This value, or the result<T> that `function(failure)` returns.
    template <class Function>
    result or_else(Function &&function) const & {
        return has_value() ? *this : result(std::invoke(function, error()));
    }
    template <class Function>
    result or_else(Function &&function) && {
        return has_value() ? std::move(*this) : result(std::invoke(function, error()));
    }

private:
    template <class Self>
    static auto checked(Self &self) noexcept -> decltype(std::get_if<0>(&self.state_)) {
        if (!self.has_value()) detail::misused(self.error().message());
        return std::get_if<0>(&self.state_);
    }

    static void raised(const result &self) {
        if (!self.has_value()) detail::raise(self.error());
    }

    template <class Self, class Function>
    static auto chained(Self &&self, Function &function)
        -> detail::returned_t<Function &, decltype(*std::forward<Self>(self))> {
        if (!self.has_value()) return self.error();
        return std::invoke(function, *std::forward<Self>(self));
    }

    template <class Self, class Function>
    static auto mapped(Self &&self, Function &function)
        -> result<detail::returned_t<Function &, decltype(*std::forward<Self>(self))>> {
        using made = detail::returned_t<Function &, decltype(*std::forward<Self>(self))>;
        if (!self.has_value()) return self.error();
        return detail::transformed<made>(function, *std::forward<Self>(self));
    }

    std::variant<T, kv::failure> state_;
};

/// Success, or why the call failed.
template <>
class [[nodiscard]] result<void> {
public:
    using value_type = void;
    using error_type = kv::failure;

    result() = default;
    result(const kv::failure &failure) : failure_(failure) {}

    bool has_value() const noexcept { return !failure_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }

    /// Ends the program with the message if the call failed.
    void operator*() const noexcept {
        if (failure_) detail::misused(failure_->message());
    }

    /// Throws kv::error if the call failed.
    KV_THROWS void value() const {
        if (failure_) detail::raise(*failure_);
    }

    /// Why the call failed; only if it did.
    const kv::failure &error() const noexcept {
        if (!failure_) detail::misused("it has not failed");
        return *failure_;
    }

    /// The result that `function()` returns, or this failure.
    template <class Function>
    auto and_then(Function &&function) const -> detail::returned_t<Function &> {
        if (failure_) return *failure_;
        return std::invoke(function);
    }

    /// `function()` as a result, or this failure.
    template <class Function>
    auto transform(Function &&function) const -> result<detail::returned_t<Function &>> {
        if (failure_) return *failure_;
        return detail::transformed<detail::returned_t<Function &>>(function);
    }

    /// Success, or the result<void> that `function(failure)` returns.
    template <class Function>
    result or_else(Function &&function) const {
        return failure_ ? result(std::invoke(function, *failure_)) : *this;
    }

private:
    std::optional<kv::failure> failure_;
};

}  // namespace kv

#endif
