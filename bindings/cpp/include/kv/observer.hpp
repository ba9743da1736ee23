// A function of the program on its way through kv_set_log and kv_set_trace.
#ifndef KV_OBSERVER_HPP
#define KV_OBSERVER_HPP

#include <kv/call.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace kv::detail {

/// Holds a callable until the library needs it no more.
template <class Callback>
class observer {
public:
    template <class Function>
    explicit observer(Function &&callback) : callback_(std::forward<Function>(callback)) {}

    /// Calls it. Its exception must not pass the library, and is dropped.
    template <class Subject>
    void operator()(const Subject &subject) noexcept {
#if KV_HAS_EXCEPTIONS
        try {
            callback_(subject);
        } catch (...) {
        }
#else
        callback_(subject);
#endif
    }

    /// Calls one that may return a number, and returns the number, otherwise 0.
    template <class Number, class Subject>
    Number ask(const Subject &subject) noexcept {
        Number number{};
        const auto call = [&](const Subject &it) {
            if constexpr (std::is_void_v<std::invoke_result_t<Callback &, const Subject &>>)
                callback_(it);
            else
                number = static_cast<Number>(callback_(it));
        };
        observer<decltype(call)> guarded(call);
        guarded(subject);
        return number;
    }

    static void destroy(void *self) noexcept { delete static_cast<observer *>(self); }

private:
    Callback callback_;
};

/// Calls `set(user_data, error)`, which takes over the observer if it succeeds.
template <class Observer, class Set>
result<void> hand_over(std::unique_ptr<Observer> observer, Set &&set) {
    return call(
        [&](kv_error *error) {
            const kv_status status = set(observer.get(), error);
            if (status == KV_OK) static_cast<void>(observer.release());
            return status;
        },
        nothing);
}

}  // namespace kv::detail

#endif
