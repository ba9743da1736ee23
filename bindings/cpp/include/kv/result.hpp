// How a call answers: by throwing what went wrong, or by returning it. Every operation is written
// once, with one of these two as its template argument.
#ifndef KV_RESULT_HPP
#define KV_RESULT_HPP

#include <kv/error.hpp>

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace kv {

/// What a call gives, or why it failed. It must be looked at.
///
/// To convert it to bool asks whether the call succeeded, not what it answered: with
/// `result<bool>`, the answer is `*result`. To use the value of a failed call ends the program
/// with the call's message.
template <class T>
class [[nodiscard]] result {
public:
    using value_type = T;

    result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    result(const kv::failure &failure) : state_(std::in_place_index<1>, failure) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// The value. From a temporary it is moved out, so that it outlives the temporary.
    T &operator*() & { return *checked(*this); }
    const T &operator*() const & { return *checked(*this); }
    T operator*() && { return std::move(*checked(*this)); }
    T *operator->() { return checked(*this); }
    const T *operator->() const { return checked(*this); }

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

private:
    template <class Self>
    static auto checked(Self &self) noexcept -> decltype(std::get_if<0>(&self.state_)) {
        if (!self.has_value()) detail::misused(self.error().message());
        return std::get_if<0>(&self.state_);
    }

    std::variant<T, kv::failure> state_;
};

/// Of a call that gives nothing but success.
template <>
class [[nodiscard]] result<void> {
public:
    using value_type = void;

    result() = default;
    result(const kv::failure &failure) : failure_(failure) {}

    bool has_value() const noexcept { return !failure_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }

    /// Ends the program with the call's message if it failed.
    void operator*() const noexcept {
        if (failure_) detail::misused(failure_->message());
    }

    /// Why the call failed; only if it did.
    const kv::failure &error() const noexcept {
        if (!failure_) detail::misused("it has not failed");
        return *failure_;
    }

private:
    std::optional<kv::failure> failure_;
};

/// Answers with a result. Nothing of the library throws then; what else may is memory that is at
/// its end, and the callbacks, codecs and hooks of the program.
struct returning {
    template <class T>
    using returned = result<T>;
    using is_throwing = std::false_type;

    /// Calls into the library; on success or an outcome gives what `give` makes of the status.
    template <class Call, class Give>
    static auto call(Call &&call, Give &&give) -> result<std::invoke_result_t<Give &, kv_status>> {
        kv_error error;
        const kv_status status = call(&error);
        if (status < 0) return kv::failure(error);
        if constexpr (std::is_void_v<std::invoke_result_t<Give &, kv_status>>) {
            give(status);
            return {};
        } else {
            return give(status);
        }
    }

    template <class T>
    static result<T> deliver(result<T> &&result) {
        return std::move(result);
    }

    /// The next element of a walk, itself a result; none at the end.
    template <class T>
    static std::optional<result<T>> element(result<std::optional<T>> &&next) {
        if (!next) return result<T>(next.error());
        if (!next->has_value()) return std::nullopt;
        return result<T>(*std::move(*next));
    }

    /// Answers whether a walk ends with this element.
    template <class T>
    static bool is_last(const result<T> &element) {
        return !element.has_value();
    }
};

#if KV_HAS_EXCEPTIONS

namespace detail {

// Out of the way of what succeeds.
[[noreturn]] inline void raise(const kv::failure &failure) {
    throw kv::error(failure);
}

}  // namespace detail

/// Answers with the value itself, and throws kv::error.
struct throwing {
    template <class T>
    using returned = T;
    using is_throwing = std::true_type;

    template <class Call, class Give>
    static auto call(Call &&call, Give &&give) -> std::invoke_result_t<Give &, kv_status> {
        kv_error error;
        const kv_status status = call(&error);
        if (status < 0) detail::raise(kv::failure(error));
        return give(status);
    }

    template <class T>
    static T deliver(result<T> &&result) {
        if (!result) detail::raise(result.error());
        return *std::move(result);
    }

    template <class T>
    static std::optional<T> element(std::optional<T> &&next) {
        return std::move(next);
    }

    template <class T>
    static bool is_last(const T &) {
        return false;
    }
};

#endif

namespace detail {

/// A C string from text that may hold a NUL: that is refused, not cut.
inline kv_status without_nul(std::string_view text, const char *what, kv_error *error) {
    if (text.find('\0') == std::string_view::npos) return KV_OK;
    error->code = KV_ERR_ARGUMENT;
    error->os_error = 0;
    std::snprintf(error->message, sizeof error->message, "%s holds a NUL", what);
    return KV_ERR_ARGUMENT;
}

/// For calls that only succeed or fail.
inline void nothing(kv_status) {}

/// For calls whose two outcomes are yes and no.
inline bool is_ok(kv_status status) {
    return status == KV_OK;
}

}  // namespace detail
}  // namespace kv

#endif
