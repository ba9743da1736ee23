// Operations that must not run twice, such as a payment under the key that its client made up.
#ifndef KV_IDEMPOTENCY_HPP
#define KV_IDEMPOTENCY_HPP

#include <kv/options.hpp>
#include <kv/result.hpp>
#include <kv/value.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kv {

/// What is to be done about an operation.
enum class attempt_state : std::int32_t {
    started = KV_IDEMPOTENCY_STARTED,          ///< run it, then complete it
    in_progress = KV_IDEMPOTENCY_IN_PROGRESS,  ///< somebody else is running it; ask again later
    completed = KV_IDEMPOTENCY_COMPLETED,      ///< it was run; here is its response
    mismatch = KV_IDEMPOTENCY_MISMATCH,        ///< the key is in use for another request
};

/// What is known of an operation: in_progress, or completed with its response.
struct attempt_record {
    attempt_state state = attempt_state::in_progress;
    kv::value response;
};

namespace detail {

inline kv_status complete(kv_store store, std::string_view key, std::uint64_t token,
                          std::string_view response, kv_error *error) {
    return kv_idempotency_complete(store, key.data(), key.size(), token, response.data(),
                                   response.size(), error);
}

inline kv_status forget(kv_store store, std::string_view key, std::uint64_t token,
                        kv_error *error) {
    return kv_idempotency_forget(store, key.data(), key.size(), token, error);
}

}  // namespace detail

/// One caller's try at an operation.
///
/// Its destructor leaves the record as it is: an operation that threw may have happened, and nobody
/// else may run it until the record's ttl ends. Who knows that it did not happen gives it up.
///
/// Moves. Borrows the store; once that is closed, or this was moved from, its calls fail with
/// errc::handle. One thread uses it at a time.
template <class Errors>
class basic_attempt {
public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Made of what kv_idempotency_begin has given; borrows the store and takes over the response.
    basic_attempt(kv_store store, std::string_view key, attempt_state state, std::uint64_t token,
                  const kv_value &response)
        : store_(store), key_(key), state_(state), token_(token), response_(response) {}
    basic_attempt(basic_attempt &&other) noexcept
        : store_(std::exchange(other.store_, {})),
          key_(std::move(other.key_)),
          state_(other.state_),
          token_(std::exchange(other.token_, 0)),
          response_(std::move(other.response_)) {}
    basic_attempt &operator=(basic_attempt &&other) noexcept {
        store_ = std::exchange(other.store_, {});
        key_ = std::move(other.key_);
        state_ = other.state_;
        token_ = std::exchange(other.token_, 0);
        response_ = std::move(other.response_);
        return *this;
    }

    /// What was so when it began.
    attempt_state state() const noexcept { return state_; }

    /// What completes it, in this or another process; 0 but for attempt_state::started.
    std::uint64_t token() const noexcept { return token_; }

    /// The response of attempt_state::completed; otherwise empty.
    const value &response() const noexcept { return response_; }

    /// Stores the response, which others are given from then on: ok; conflict if the operation is
    /// completed already, or another caller has taken over after the ttl; not_found if that has
    /// ended. errc::argument if this caller has not started it.
    [[nodiscard]] returned<outcome> complete(std::string_view response) const {
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status = check("complete", error);
                return status < 0 ? status
                                  : detail::complete(store_, key_, token_, response, error);
            },
            detail::as_outcome);
    }

    /// Removes the record, so that the operation can be started anew: ok, conflict or not_found as
    /// complete(). errc::argument if this caller has not started it.
    returned<outcome> give_up() const {
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status = check("give up", error);
                return status < 0 ? status : detail::forget(store_, key_, token_, error);
            },
            detail::as_outcome);
    }

private:
    // Without a token, to forget would be to forget another's operation.
    kv_status check(const char *verb, kv_error *error) const {
        if (token_ != 0 || store_.id == 0) return KV_OK;
        error->code = KV_ERR_ARGUMENT;
        error->os_error = 0;
        std::snprintf(error->message, sizeof error->message,
                      "%s: this attempt has not started the operation", verb);
        return KV_ERR_ARGUMENT;
    }

    kv_store store_;
    std::string key_;
    attempt_state state_;
    std::uint64_t token_;
    value response_;
};

/// The records of a store about operations that must not run twice; they are the entries of the
/// group "kv.idempotency". Borrows the store as a store_ref does, and may be copied. Any thread may
/// use it at any time.
///
///     const auto payment = store.idempotency().begin("pay 4711", hash_of_request, 24h);
///     if (payment.state() == kv::attempt_state::started) (void)payment.complete(charge());
template <class Errors>
class basic_idempotency {
public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Borrows from kv.h.
    explicit basic_idempotency(kv_store store) noexcept : store_(store) {}

    /// Asks what to do. Of any number of callers, in any number of processes, exactly one is told
    /// `started`. `request` identifies what is asked for, usually a hash, at most 1,024 bytes; the
    /// same key with another one is a `mismatch`. The record is kept for `ttl`, completed or not,
    /// which must be longer than the operation can take. errc::corrupt if somebody has written
    /// something else into the group.
    returned<basic_attempt<Errors>> begin(std::string_view key, std::string_view request,
                                          std::chrono::milliseconds ttl) const {
        std::int32_t state = 0;
        std::uint64_t token = 0;
        kv_value response{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_idempotency_begin(store_, key.data(), key.size(), request.data(),
                                            request.size(), detail::ttl_ms(ttl), &state, &token,
                                            &response, error);
            },
            [&](kv_status) {
                return basic_attempt<Errors>(store_, key, static_cast<attempt_state>(state), token,
                                             response);
            });
    }

    /// Stores a response with the token of an attempt that has gone; see basic_attempt::complete.
    [[nodiscard]] returned<outcome> complete(std::string_view key, std::uint64_t token,
                                             std::string_view response) const {
        return Errors::call(
            [&](kv_error *error) { return detail::complete(store_, key, token, response, error); },
            detail::as_outcome);
    }

    /// Gives what is known of an operation; none if there is no record or it has expired.
    returned<std::optional<attempt_record>> get(std::string_view key) const {
        std::int32_t state = 0;
        kv_value response{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_idempotency_get(store_, key.data(), key.size(), &state, &response, error);
            },
            [&](kv_status status) -> std::optional<attempt_record> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return attempt_record{static_cast<attempt_state>(state), value(response)};
            });
    }

    /// Removes a record whatever its state: ok or not_found. If it is in progress, another caller
    /// can start while the first still runs.
    returned<outcome> forget(std::string_view key) const { return forget(key, 0); }

    /// Removes the record of an attempt that has gone, if it is still in progress under its token:
    /// ok, conflict or not_found. The token 0 is any.
    returned<outcome> forget(std::string_view key, std::uint64_t token) const {
        return Errors::call(
            [&](kv_error *error) { return detail::forget(store_, key, token, error); },
            detail::as_outcome);
    }

private:
    kv_store store_;
};

}  // namespace kv

#endif
