// Operations that must run once, such as a payment under a key that its client has chosen.
#ifndef KV_IDEMPOTENCY_HPP
#define KV_IDEMPOTENCY_HPP

#include <kv/call.hpp>
#include <kv/put_options.hpp>
#include <kv/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kv {

/// The state of an operation, which says what its caller is to do.
enum class idempotency_state : std::int32_t {
    started = KV_IDEMPOTENCY_STARTED,          ///< run it, then complete it
    in_progress = KV_IDEMPOTENCY_IN_PROGRESS,  ///< another caller is running it; ask again later
    completed = KV_IDEMPOTENCY_COMPLETED,      ///< it was run; here is its response
    mismatch = KV_IDEMPOTENCY_MISMATCH,        ///< the key is in use for another request
};

/// An idempotency record: in_progress, or completed with its response.
struct idempotency_record {
    idempotency_state state = idempotency_state::in_progress;
    kv::value response;
};

namespace detail {

inline result<outcome> complete(kv_store store, std::string_view key, std::uint64_t token,
                                std::string_view response) {
    return call(
        [&](kv_error *error) {
            return kv_idempotency_complete(store, key.data(), key.size(), token, response.data(),
                                           response.size(), error);
        },
        as_outcome);
}

inline result<outcome> forget(kv_store store, std::string_view key, std::uint64_t token) {
    return call(
        [&](kv_error *error) {
            return kv_idempotency_forget(store, key.data(), key.size(), token, error);
        },
        as_outcome);
}

}  // namespace detail

/// One caller's try at an operation.
///
/// Its destructor leaves the record as it is: an operation that threw may have happened, and no
/// other caller may run it until the record's ttl ends. A caller that knows that it did not happen
/// forgets it.
///
/// Moves. Borrows the store; once that is closed, or this was moved from, its calls fail with
/// errc::handle. Its const functions may be called by several threads at once. try_ before a name
/// is the same with a failure returned.
class attempt {
public:
    /// Made of what kv_idempotency_begin has written; borrows the store and takes over the
    /// response.
    attempt(kv_store store, std::string_view key, idempotency_state state, std::uint64_t token,
            const kv_value &response)
        : store_(store), key_(key), state_(state), token_(token), response_(response) {}
    attempt(attempt &&other) noexcept
        : store_(std::exchange(other.store_, {})),
          key_(std::move(other.key_)),
          state_(other.state_),
          token_(std::exchange(other.token_, 0)),
          response_(std::move(other.response_)) {}
    attempt &operator=(attempt &&other) noexcept {
        store_ = std::exchange(other.store_, {});
        key_ = std::move(other.key_);
        state_ = other.state_;
        token_ = std::exchange(other.token_, 0);
        response_ = std::move(other.response_);
        return *this;
    }

    /// The state of the record when this attempt began.
    idempotency_state state() const noexcept { return state_; }

    /// The token that completes it, in this or another process; 0 but for idempotency_state::started.
    std::uint64_t token() const noexcept { return token_; }

    /// The response of idempotency_state::completed; otherwise empty.
    const value &response() const noexcept { return response_; }

    /// Stores the response, which later callers receive: ok; conflict if the operation is completed
    /// already, or another caller has taken over after the ttl; not_found if that has ended.
    /// errc::argument if this caller has not started it.
    [[nodiscard]] KV_THROWS outcome complete(std::string_view response) const {
        return detail::value_of(try_complete(response));
    }
    result<outcome> try_complete(std::string_view response) const {
        if (!may_end()) return not_started("complete");
        return detail::complete(store_, key_, token_, response);
    }

    /// Removes the record, so that the operation can be started again: ok, conflict or not_found as
    /// complete(). errc::argument if this caller has not started it.
    KV_THROWS outcome forget() const { return detail::value_of(try_forget()); }
    result<outcome> try_forget() const {
        if (!may_end()) return not_started("forget");
        return detail::forget(store_, key_, token_);
    }

private:
    // Without a token, to forget would be to forget another's operation.
    bool may_end() const { return token_ != 0 || store_.id == 0; }

    static failure not_started(const char *verb) {
        return failure(errc::argument,
                       std::string(verb) + ": this attempt has not started the operation");
    }

    kv_store store_;
    std::string key_;
    idempotency_state state_;
    std::uint64_t token_;
    value response_;
};

/// The idempotency records of a store; they are the entries of the group "kv.idempotency". Borrows
/// the store as a store_ref does, and may be copied. Any thread may use it at any time.
///
///     const auto payment = store.idempotency().begin("pay 4711", hash_of_request, 24h);
///     if (payment.state() == kv::idempotency_state::started) (void)payment.complete(charge());
///
/// try_ before a name is the same with a failure returned.
class idempotency {
public:
    /// Borrows a store of kv.h.
    explicit idempotency(kv_store store) noexcept : store_(store) {}

    /// Begins an attempt. Of any number of callers, in any number of processes, exactly one gets
    /// `started`. `request` identifies what is asked for, usually a hash, at most 1,024 bytes; the
    /// same key with another one is a `mismatch`. The record is kept for `ttl`, completed or not,
    /// which must be longer than the operation can take. errc::corrupt if the group has an entry
    /// that is no record.
    KV_THROWS attempt begin(std::string_view key, std::string_view request, kv::ttl ttl) const {
        return detail::value_of(try_begin(key, request, ttl));
    }
    result<attempt> try_begin(std::string_view key, std::string_view request, kv::ttl ttl) const {
        std::int32_t state = 0;
        std::uint64_t token = 0;
        kv_value response{};
        return detail::call(
            [&](kv_error *error) {
                return kv_idempotency_begin(store_, key.data(), key.size(), request.data(),
                                            request.size(), ttl.native(), &state, &token, &response,
                                            error);
            },
            [&](kv_status) {
                return attempt(store_, key, static_cast<idempotency_state>(state), token, response);
            });
    }

    /// Stores a response with the token of an attempt that is gone; see attempt::complete.
    [[nodiscard]] KV_THROWS outcome complete(std::string_view key, std::uint64_t token,
                                             std::string_view response) const {
        return detail::value_of(try_complete(key, token, response));
    }
    result<outcome> try_complete(std::string_view key, std::uint64_t token,
                                 std::string_view response) const {
        return detail::complete(store_, key, token, response);
    }

    /// Returns what is known of an operation; none if there is no record or it has expired.
    KV_THROWS std::optional<idempotency_record> get(std::string_view key) const {
        return detail::value_of(try_get(key));
    }
    result<std::optional<idempotency_record>> try_get(std::string_view key) const {
        std::int32_t state = 0;
        kv_value response{};
        return detail::call(
            [&](kv_error *error) {
                return kv_idempotency_get(store_, key.data(), key.size(), &state, &response, error);
            },
            [&](kv_status status) -> std::optional<idempotency_record> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return idempotency_record{static_cast<idempotency_state>(state), value(response)};
            });
    }

    /// Removes a record whatever its state: ok or not_found. If it is in progress, another caller
    /// can start while the first still runs.
    KV_THROWS outcome forget(std::string_view key) const {
        return detail::value_of(try_forget(key));
    }
    result<outcome> try_forget(std::string_view key) const { return try_forget(key, 0); }

    /// Removes the record of an attempt that is gone, if it is still in progress under its token:
    /// ok, conflict or not_found. The token 0 is any.
    KV_THROWS outcome forget(std::string_view key, std::uint64_t token) const {
        return detail::value_of(try_forget(key, token));
    }
    result<outcome> try_forget(std::string_view key, std::uint64_t token) const {
        return detail::forget(store_, key, token);
    }

private:
    kv_store store_;
};

}  // namespace kv

#endif
