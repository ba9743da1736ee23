// The trace of all calls of the process.
#ifndef KV_TRACE_HPP
#define KV_TRACE_HPP

#include <kv/call_metrics.hpp>
#include <kv/observer.hpp>
#include <kv/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace kv {

enum class trace_phase : std::int32_t {
    begin = KV_TRACE_BEGIN,  ///< the call begins
    end = KV_TRACE_END,      ///< the call has ended
};

/// How calls are traced. In C++17 and in C++20:
///
///     kv::set_trace(print, kv::trace_options().with_keys());
///     kv::set_trace(print, {.keys = true});
struct trace_options {
    bool keys = false;  ///< whether a trace_call has the key of a call that names one

    trace_options with_keys(bool shown = true) const { return {shown}; }
};

/// A call as a trace shows it. Its bytes stay until the callback returns.
struct trace_call {
    trace_phase phase = trace_phase::begin;
    call_kind kind = call_kind::get;        ///< call_name() has its name
    kv_status status = KV_OK;               ///< at the end: an outcome of kv.h, or an error below 0
    std::optional<std::string_view> group;  ///< none if the call names none, or an invalid one
    std::optional<std::string_view> key;    ///< with trace_options::keys; none in the same way
    std::chrono::nanoseconds duration{};    ///< at the end
    std::uint64_t context = 0;              ///< at the end: what the callback has returned at the begin

    /// The error that the call returns; none for an outcome.
    std::error_code code() const noexcept {
        return status < 0 ? make_error_code(static_cast<errc>(status)) : std::error_code();
    }
};

namespace detail {

inline std::optional<std::string_view> bytes_or_none(const std::uint8_t *data, std::size_t len) {
    if (data == nullptr) return std::nullopt;
    return bytes(data, len);
}

inline trace_call trace_call_from(const kv_trace_call &native) {
    trace_call call;
    call.phase = static_cast<trace_phase>(native.phase);
    call.kind = static_cast<call_kind>(native.kind);
    call.status = native.status;
    call.group = bytes_or_none(native.group, native.group_len);
    call.key = bytes_or_none(native.key, native.key_len);
    call.duration = std::chrono::nanoseconds(native.duration_ns);
    call.context = native.context;
    return call;
}

}  // namespace detail

/// Calls `callback(const trace_call &)` at the begin and the end of each call on a store, in place
/// of the one before. It returns nothing, or a number that is `context` at the end.
///
/// The callback runs in the thread of the call, and may be called by several threads at once. It
/// makes each call slower by its own time. It may call stores, whose calls are traced as well, but
/// not close the store of the call. An exception of the callback is dropped. It is destroyed after
/// its last call, in the thread that ends that.
template <class Callback>
result<void> try_set_trace(Callback &&callback, const trace_options &options = {}) {
    using observer = detail::observer<std::decay_t<Callback>>;
    const auto pass = [](void *self, const kv_trace_call *native) {
        return static_cast<observer *>(self)->template ask<std::uint64_t>(
            detail::trace_call_from(*native));
    };
    const std::uint32_t flags = options.keys ? KV_TRACE_KEYS : 0;
    return detail::hand_over(
        std::make_unique<observer>(std::forward<Callback>(callback)),
        [&](observer *data, kv_error *error) {
            return kv_set_trace(flags, pass, data, &observer::destroy, error);
        });
}
template <class Callback>
KV_THROWS void set_trace(Callback &&callback, const trace_options &options = {}) {
    detail::value_of(try_set_trace(std::forward<Callback>(callback), options));
}

/// Ends the trace. A call that has begun ends with it.
inline result<void> try_end_trace() {
    return detail::call(
        [](kv_error *error) { return kv_set_trace(0, nullptr, nullptr, nullptr, error); },
        detail::nothing);
}
inline KV_THROWS void end_trace() {
    detail::value_of(try_end_trace());
}

}  // namespace kv

#endif
