// What the operations of a store have in common: its handle, and how its answers are turned.
#ifndef KV_CALLS_HPP
#define KV_CALLS_HPP

#include <kv/result.hpp>
#include <kv/value.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace kv::detail {

/// What a read has found, as the caller wants it; none if it has found nothing.
template <class As>
std::optional<As> maybe(kv_status status, const kv_value &found) {
    if (status == KV_NOT_FOUND) return std::nullopt;
    return value_as<As>(value(found));
}

/// Base of the operations, which are told by noun in files of their own.
template <class Errors>
class calls {
public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// The handle, for functions of kv.h. It stays this object's.
    kv_store native() const noexcept { return handle_; }

protected:
    explicit calls(kv_store handle) noexcept : handle_(handle) {}
    calls(const calls &) = default;
    calls &operator=(const calls &) = default;
    ~calls() = default;

    template <class Call>
    returned<std::uint64_t> number(Call &&call) const {
        std::uint64_t number = 0;
        return Errors::call([&](kv_error *error) { return call(&number, error); },
                            [&](kv_status) { return number; });
    }

    template <class Call>
    returned<void> done(Call &&call) const {
        return Errors::call(call, nothing);
    }

    kv_store handle_;
};

}  // namespace kv::detail

#endif
