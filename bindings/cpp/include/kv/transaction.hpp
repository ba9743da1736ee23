// Reads and writes that are committed together.
#ifndef KV_TRANSACTION_HPP
#define KV_TRANSACTION_HPP

#include <kv/call.hpp>
#include <kv/cursor.hpp>
#include <kv/put_options.hpp>
#include <kv/scan_options.hpp>
#include <kv/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kv {

/// Remembers the versions that it reads, buffers its writes, and commits all of them if what was
/// read is unchanged. It holds no lock, so no other thread waits for it. `store.update()` runs the
/// whole again after a conflict.
///
/// Two keys may be read on either side of another's commit; then its own is refused. It holds 1 GiB
/// at most (errc::too_large).
///
/// Moves, and aborts itself. One thread uses it at a time, it may move between threads, and a call
/// that meets another fails with errc::busy. Ended or moved from, it fails with errc::handle; once
/// its store was closed, with errc::closed. try_ before a name is the same with a failure returned.
class transaction {
public:
    /// Takes over a transaction of kv.h.
    explicit transaction(kv_txn handle) noexcept : handle_(handle) {}
    transaction(transaction &&other) noexcept : handle_(other.release()) {}
    transaction &operator=(transaction &&other) noexcept {
        transaction taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~transaction() {
        if (handle_.id != 0) kv_txn_abort(handle_, nullptr);
    }

    /// Returns the value under a key as this transaction sees it: its own write, else what is
    /// stored; the second read of a key returns the same as the first. None if it is absent or
    /// expired, which is remembered like a value. The version of its own write is 0.
    template <class As = std::string>
    KV_THROWS std::optional<As> get(std::string_view group, std::string_view key) {
        return detail::value_of(try_get<As>(group, key));
    }
    template <class As = std::string>
    result<std::optional<As>> try_get(std::string_view group, std::string_view key) {
        kv_value found{};
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_get(handle_, group.data(), group.size(), key.data(), key.size(),
                                  &found, error);
            },
            [&](kv_status status) { return detail::maybe<As>(status, found); });
    }

    /// Says whether a live entry is under a key as this transaction sees it. Counts as reading the
    /// key, as do ttl, increment, append and expire.
    KV_THROWS bool exists(std::string_view group, std::string_view key) {
        return detail::value_of(try_exists(group, key));
    }
    result<bool> try_exists(std::string_view group, std::string_view key) {
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_exists(handle_, group.data(), group.size(), key.data(), key.size(),
                                     error);
            },
            detail::is_ok);
    }

    /// Returns how long a key has to live as this transaction sees it, at least 1 ms, or kv::never;
    /// none if it is absent. That of its own write counts from now.
    KV_THROWS std::optional<kv::ttl> ttl(std::string_view group, std::string_view key) {
        return detail::value_of(try_ttl(group, key));
    }
    result<std::optional<kv::ttl>> try_ttl(std::string_view group, std::string_view key) {
        std::int64_t left = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_ttl(handle_, group.data(), group.size(), key.data(), key.size(),
                                  &left, error);
            },
            [&](kv_status status) -> std::optional<kv::ttl> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return detail::ttl_from(left);
            });
    }

    /// Begins a walk, in key order, over the live entries of a group as this transaction sees them:
    /// its own writes, at version 0, among the stored entries. All are read now, so the walk has
    /// none of its later writes; it may outlive the transaction. Counts as reading the range: of
    /// all keys that the bounds and the pattern's fixed head admit, with a limit up to the last
    /// key of the walk. An entry that is set, erased or added in it, or expires, is a conflict.
    KV_THROWS cursor scan(std::string_view group, const scan_options &options = {}) {
        return detail::value_of(try_scan(group, options));
    }
    result<cursor> try_scan(std::string_view group, const scan_options &options = {}) {
        const result<kv_scan_options> native = options.native();
        if (!native) return native.error();
        kv_cursor begun{};
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_scan(handle_, group.data(), group.size(), &*native, &begun, error);
            },
            [&](kv_status) { return cursor(begun); });
    }

    /// Buffers a write of a value that lives for `ttl` from the commit on, by default for the
    /// default_ttl of the store.
    KV_THROWS void set(std::string_view group, std::string_view key, std::string_view value,
                       kv::ttl ttl = {}) {
        detail::value_of(try_set(group, key, value, ttl));
    }
    result<void> try_set(std::string_view group, std::string_view key, std::string_view value,
                         kv::ttl ttl = {}) {
        const put_options options{{}, expires_after(ttl)};
        return write(group, key, value, options, detail::nothing);
    }

    /// Buffers a write if a condition holds, and says whether it does. It is checked now, for the
    /// key as this transaction sees it; if it does not hold this write is left out, and the
    /// transaction goes on. A condition and keep_expiry count as reading the key; its own write is
    /// at no version.
    KV_THROWS bool put(std::string_view group, std::string_view key, std::string_view value,
                       const put_options &options = {}) {
        return detail::value_of(try_put(group, key, value, options));
    }
    result<bool> try_put(std::string_view group, std::string_view key, std::string_view value,
                         const put_options &options = {}) {
        return write(group, key, value, options, detail::is_ok);
    }

    /// Adds to the integer under a key as this transaction sees it, buffers the sum and returns it.
    /// A missing key counts as 0 and lives for `ttl_if_created`; a live one keeps its expiry.
    /// errc::not_integer if there is none; then nothing is buffered.
    KV_THROWS std::int64_t increment(std::string_view group, std::string_view key,
                                     std::int64_t delta = 1, kv::ttl ttl_if_created = {}) {
        return detail::value_of(try_increment(group, key, delta, ttl_if_created));
    }
    result<std::int64_t> try_increment(std::string_view group, std::string_view key,
                                       std::int64_t delta = 1, kv::ttl ttl_if_created = {}) {
        std::int64_t sum = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_increment(handle_, group.data(), group.size(), key.data(), key.size(),
                                        delta, ttl_if_created.native(), &sum, error);
            },
            [&](kv_status) { return sum; });
    }

    /// Appends to the value under a key as this transaction sees it, buffers the result and returns
    /// its length. A missing key counts as empty and lives for `ttl_if_created`; a live one keeps
    /// its expiry.
    KV_THROWS std::size_t append(std::string_view group, std::string_view key,
                                 std::string_view value, kv::ttl ttl_if_created = {}) {
        return detail::value_of(try_append(group, key, value, ttl_if_created));
    }
    result<std::size_t> try_append(std::string_view group, std::string_view key,
                                   std::string_view value, kv::ttl ttl_if_created = {}) {
        std::size_t len = 0;
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_append(handle_, group.data(), group.size(), key.data(), key.size(),
                                     value.data(), value.size(), ttl_if_created.native(), &len,
                                     error);
            },
            [&](kv_status) { return len; });
    }

    /// Buffers an expiry, `ttl` from the commit on; value and version stay. ok, not_found, or
    /// conflict if `rule` does not allow it, which is checked now, for the key as this transaction
    /// sees it; then nothing is buffered. errc::argument for rules that contradict.
    KV_THROWS outcome expire(std::string_view group, std::string_view key, kv::ttl ttl,
                             expire_if rule = expire_if::always) {
        return detail::value_of(try_expire(group, key, ttl, rule));
    }
    result<outcome> try_expire(std::string_view group, std::string_view key, kv::ttl ttl,
                               expire_if rule = expire_if::always) {
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_expire(handle_, group.data(), group.size(), key.data(), key.size(),
                                     ttl.native(), static_cast<std::uint32_t>(rule), error);
            },
            detail::as_outcome);
    }

    /// Buffers a delete, and says whether a live entry is there as this transaction sees it. Counts
    /// as reading the key.
    KV_THROWS bool erase(std::string_view group, std::string_view key) {
        return detail::value_of(try_erase(group, key));
    }
    result<bool> try_erase(std::string_view group, std::string_view key) {
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_delete(handle_, group.data(), group.size(), key.data(), key.size(),
                                     error);
            },
            detail::is_ok);
    }

    /// Applies all writes, in their order, if every key that was read is unchanged; says whether it
    /// did. Without writes, says whether all was so at one moment. Either ends the transaction;
    /// after an error nothing was written and it goes on.
    [[nodiscard]] KV_THROWS bool commit() { return detail::value_of(try_commit()); }
    result<bool> try_commit() {
        return detail::call([&](kv_error *error) { return kv_txn_commit(handle_, error); },
                            [&](kv_status status) {
                                handle_ = {};
                                return status == KV_OK;
                            });
    }

    /// Forgets the writes and ends the transaction. Not needed; the destructor does it.
    KV_THROWS void abort() { detail::value_of(try_abort()); }
    result<void> try_abort() {
        return detail::call([&](kv_error *error) { return kv_txn_abort(handle_, error); },
                            [&](kv_status) { handle_ = {}; });
    }

    /// Says whether it has neither been committed nor aborted nor moved from.
    bool is_open() const noexcept { return handle_.id != 0; }

    /// Gives up the handle; the caller ends it. This object is then as moved from.
    kv_txn release() noexcept { return std::exchange(handle_, {}); }

    /// The handle, which stays this object's.
    kv_txn native() const noexcept { return handle_; }

private:
    template <class Make>
    auto write(std::string_view group, std::string_view key, std::string_view value,
               const put_options &options, Make &&make)
        -> result<std::invoke_result_t<Make &, kv_status>> {
        const kv_put_options native = options.native();
        return detail::call(
            [&](kv_error *error) {
                return kv_txn_set(handle_, group.data(), group.size(), key.data(), key.size(),
                                  value.data(), value.size(), &native, error);
            },
            make);
    }

    kv_txn handle_;
};

}  // namespace kv

#endif
