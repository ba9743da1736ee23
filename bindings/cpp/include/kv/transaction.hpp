// Reads and writes that are committed together.
#ifndef KV_TRANSACTION_HPP
#define KV_TRANSACTION_HPP

#include <kv/calls.hpp>
#include <kv/options.hpp>
#include <kv/result.hpp>
#include <kv/value.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kv {

/// Remembers what it reads, keeps what it writes to itself, and commits all of it if what was read
/// is still so. It holds no lock, so nobody waits for it. `store.update()` does the whole again when
/// somebody else was first.
///
/// Two keys may be read on either side of somebody's commit; then its own is refused. It holds 1 GiB
/// at most (errc::too_large).
///
/// Moves, and aborts itself. One thread uses it at a time, it may move between threads, and a call
/// that meets another fails with errc::busy. Ended or moved from, it fails with errc::handle; once
/// its store was closed, with errc::closed.
template <class Errors>
class basic_transaction {
public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    /// Takes over what a function of kv.h has given.
    explicit basic_transaction(kv_txn handle) noexcept : handle_(handle) {}
    basic_transaction(basic_transaction &&other) noexcept : handle_(other.release()) {}
    basic_transaction &operator=(basic_transaction &&other) noexcept {
        basic_transaction taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~basic_transaction() {
        if (handle_.id != 0) kv_txn_abort(handle_, nullptr);
    }

    /// Gives the value under a key as this transaction sees it: what it has written itself, else
    /// what is stored; asked again, what it was told before. None if it is absent or expired, which
    /// is remembered like a value. The version of what it has written itself is 0.
    template <class As = std::string>
    returned<std::optional<As>> get(std::string_view group, std::string_view key) const {
        kv_value found{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_txn_get(handle_, group.data(), group.size(), key.data(), key.size(),
                                  &found, error);
            },
            [&](kv_status status) { return detail::maybe<As>(status, found); });
    }

    /// Keeps a write for the commit, of a value that never expires.
    returned<void> set(std::string_view group, std::string_view key, std::string_view value) const {
        return write(group, key, value, {}, detail::nothing);
    }

    /// Keeps a write of a value that lives for `ttl` from the commit on.
    returned<void> set(std::string_view group, std::string_view key, std::string_view value,
                       std::chrono::milliseconds ttl) const {
        return write(group, key, value, expires_after(ttl), detail::nothing);
    }

    /// Keeps a write if a condition holds, and answers whether it does. It is looked at now, in the
    /// key as this transaction sees it; if it does not hold this write is left out, and the
    /// transaction goes on. A condition and keep_expiry count as reading the key; what the
    /// transaction has written itself is at no version.
    returned<bool> put(std::string_view group, std::string_view key, std::string_view value,
                       const put_options &options = {}) const {
        return write(group, key, value, options, detail::is_ok);
    }

    /// Keeps a delete for the commit, and answers whether a live entry is there as this transaction
    /// sees it. Counts as reading the key.
    returned<bool> erase(std::string_view group, std::string_view key) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_txn_delete(handle_, group.data(), group.size(), key.data(), key.size(),
                                     error);
            },
            detail::is_ok);
    }

    /// Applies all writes, in their order, if every key that was read is as it was then; answers
    /// whether it did. Without writes, whether all was so at one moment. Either answer ends the
    /// transaction; after an error nothing was written and it goes on.
    [[nodiscard]] returned<bool> commit() {
        return Errors::call([&](kv_error *error) { return kv_txn_commit(handle_, error); },
                            [&](kv_status status) {
                                handle_ = {};
                                return status == KV_OK;
                            });
    }

    /// Forgets what was written and ends the transaction. Not needed; the destructor does it.
    returned<void> abort() {
        return Errors::call([&](kv_error *error) { return kv_txn_abort(handle_, error); },
                            [&](kv_status) { handle_ = {}; });
    }

    /// Answers whether it has neither been committed nor aborted nor moved from.
    bool is_open() const noexcept { return handle_.id != 0; }

    /// Gives the handle away; whoever gets it ends it. This object is then as moved from.
    kv_txn release() noexcept { return std::exchange(handle_, {}); }

    /// The handle, which stays this object's.
    kv_txn native() const noexcept { return handle_; }

private:
    template <class Give>
    auto write(std::string_view group, std::string_view key, std::string_view value,
               const put_options &options, Give &&give) const {
        const kv_put_options native = options.native();
        return Errors::call(
            [&](kv_error *error) {
                return kv_txn_set(handle_, group.data(), group.size(), key.data(), key.size(),
                                  value.data(), value.size(), &native, error);
            },
            give);
    }

    kv_txn handle_;
};

}  // namespace kv

#endif
