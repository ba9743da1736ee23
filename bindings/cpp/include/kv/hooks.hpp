// Functions that a typed store calls around its operations.
#ifndef KV_HOOKS_HPP
#define KV_HOOKS_HPP

#include <kv/result.hpp>

#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kv {

/// A function that a typed store calls; by default none. Any callable will do: one that returns
/// nothing, or one that returns result<void>, whose failure ends the operation and reaches its
/// caller. An exception goes through to the caller as well.
template <class... Arguments>
class hook {
public:
    hook() = default;
    template <class Function,
              std::enable_if_t<!std::is_same_v<std::decay_t<Function>, hook> &&
                                   std::is_invocable_v<std::decay_t<Function> &, Arguments...>,
                               int> = 0>
    hook(Function &&function) {
        using callable = std::decay_t<Function>;
        if constexpr (std::is_void_v<std::invoke_result_t<callable &, Arguments...>>) {
            function_ = [function = callable(std::forward<Function>(function))](
                            Arguments... arguments) mutable {
                function(std::forward<Arguments>(arguments)...);
                return result<void>();
            };
        } else {
            function_ = std::forward<Function>(function);
        }
    }

    result<void> operator()(Arguments... arguments) const {
        return function_ ? function_(std::forward<Arguments>(arguments)...) : result<void>();
    }

private:
    std::function<result<void>(Arguments...)> function_;
};

/// The hooks of a typed store, which takes them when it is made. In C++17 and in C++20:
///
///     kv::typed<user> users(store, "users", kv::hooks<user>().with_before_save(check));
///     kv::typed<user> users(store, "users", {.before_save = check});
template <class T>
struct hooks {
    /// May change the value, or refuse: then nothing is written.
    hook<std::string_view, T &> before_save = {};
    /// After a write that was made; its failure does not undo it.
    hook<std::string_view, const T &> after_save = {};
    /// May change what the caller gets, or refuse it.
    hook<std::string_view, T &> after_load = {};
    /// May refuse: then nothing is deleted.
    hook<std::string_view> before_delete = {};
    /// After a delete that found an entry; its failure does not undo it.
    hook<std::string_view> after_delete = {};

    hooks with_before_save(hook<std::string_view, T &> function) const {
        return changed(&hooks::before_save, std::move(function));
    }
    hooks with_after_save(hook<std::string_view, const T &> function) const {
        return changed(&hooks::after_save, std::move(function));
    }
    hooks with_after_load(hook<std::string_view, T &> function) const {
        return changed(&hooks::after_load, std::move(function));
    }
    hooks with_before_delete(hook<std::string_view> function) const {
        return changed(&hooks::before_delete, std::move(function));
    }
    hooks with_after_delete(hook<std::string_view> function) const {
        return changed(&hooks::after_delete, std::move(function));
    }

private:
    template <class Hook>
    hooks changed(Hook hooks::*member, Hook &&function) const {
        hooks copy = *this;
        copy.*member = std::move(function);
        return copy;
    }
};

}  // namespace kv

#endif
