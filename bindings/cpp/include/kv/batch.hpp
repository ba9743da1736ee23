// Steps that are applied together or not at all.
#ifndef KV_BATCH_HPP
#define KV_BATCH_HPP

#include <kv/call.hpp>
#include <kv/flat_steps.hpp>
#include <kv/lock.hpp>
#include <kv/put_options.hpp>
#include <kv/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace kv {

/// The result of one step of a committed batch.
struct step_result {
    kv::outcome outcome = kv::outcome::ok;
    /// The value of a get or take, or a number as decimal text. Its version is the one a step
    /// wrote; for a condition that did not hold, the one its key is at.
    kv::value value;

    explicit operator bool() const { return outcome == kv::outcome::ok; }
};

/// A list of steps for any keys and groups, applied by `store.commit(batch)`: all, or none if a
/// condition does not hold. Each function that adds a step returns its number, by which result()
/// finds what became of it. Conditions are about the store as it is before the batch, reads see the
/// steps before them. The bytes are copied.
///
/// Moves, and frees itself. One thread uses it at a time, it may move between threads, and a call
/// that meets another fails with errc::busy. Moved from, it fails with errc::handle.
class batch {
public:
    /// Makes an empty batch; errc::memory when 65,536 exist.
    KV_THROWS batch() : batch(detail::value_of(try_create())) {}
    /// The same, with a failure returned.
    static kv::result<batch> try_create() {
        kv_batch handle{};
        return detail::call([&](kv_error *error) { return kv_batch_new(&handle, error); },
                            [&](kv_status) { return batch(handle); });
    }

    /// Takes over a batch of kv.h, with the number of steps in it.
    explicit batch(kv_batch handle, std::size_t size = 0) noexcept : handle_(handle), size_(size) {}
    batch(batch &&other) noexcept
        : handle_(std::exchange(other.handle_, {})), size_(std::exchange(other.size_, 0)) {}
    batch &operator=(batch &&other) noexcept {
        batch taken(std::move(other));
        std::swap(handle_, taken.handle_);
        std::swap(size_, taken.size_);
        return *this;
    }
    ~batch() {
        if (handle_.id != 0) kv_batch_close(handle_, nullptr);
    }

    // Steps. try_ before a name is the same with a failure returned.

    /// Requires that the key is at this version; 0: absent.
    KV_THROWS std::size_t check(std::string_view group, std::string_view key,
                                std::uint64_t version) {
        return detail::value_of(try_check(group, key, version));
    }
    kv::result<std::size_t> try_check(std::string_view group, std::string_view key,
                                  std::uint64_t version) {
        return add([&](kv_error *error) {
            return kv_batch_check(handle_, group.data(), group.size(), key.data(), key.size(),
                                  version, error);
        });
    }

    /// Requires that the key has a live entry.
    KV_THROWS std::size_t check_present(std::string_view group, std::string_view key) {
        return detail::value_of(try_check_present(group, key));
    }
    kv::result<std::size_t> try_check_present(std::string_view group, std::string_view key) {
        return try_add_flat(
            detail::flat({detail::step_kind::check, KV_IF_PRESENT, 0, group, key, {}}));
    }

    /// Requires that the lock is still held as it was acquired, so that the writes of an owner whose
    /// lease has ended are refused. errc::argument for a lock that was moved from.
    KV_THROWS std::size_t check_lock(const lock &held) {
        return detail::value_of(try_check_lock(held));
    }
    kv::result<std::size_t> try_check_lock(const lock &held) {
        return add([&](kv_error *error) {
            return kv_batch_check_lock(handle_, held.name().data(), held.name().size(),
                                       held.native(), error);
        });
    }

    /// Reads; the value is in result().
    KV_THROWS std::size_t get(std::string_view group, std::string_view key) {
        return detail::value_of(try_get(group, key));
    }
    kv::result<std::size_t> try_get(std::string_view group, std::string_view key) {
        return add([&](kv_error *error) {
            return kv_batch_get(handle_, group.data(), group.size(), key.data(), key.size(), error);
        });
    }

    /// Writes. A condition in the options is one of the whole batch.
    KV_THROWS std::size_t set(std::string_view group, std::string_view key, std::string_view value,
                              const put_options &options = {}) {
        return detail::value_of(try_set(group, key, value, options));
    }
    kv::result<std::size_t> try_set(std::string_view group, std::string_view key, std::string_view value,
                                const put_options &options = {}) {
        const kv_put_options native = options.native();
        return add([&](kv_error *error) {
            return kv_batch_set(handle_, group.data(), group.size(), key.data(), key.size(),
                                value.data(), value.size(), &native, error);
        });
    }

    /// Deletes; result() is ok or not_found.
    KV_THROWS std::size_t erase(std::string_view group, std::string_view key) {
        return detail::value_of(try_erase(group, key));
    }
    kv::result<std::size_t> try_erase(std::string_view group, std::string_view key) {
        return add([&](kv_error *error) {
            return kv_batch_delete(handle_, group.data(), group.size(), key.data(), key.size(),
                                   error);
        });
    }

    /// Deletes; the value that was there is in result().
    KV_THROWS std::size_t take(std::string_view group, std::string_view key) {
        return detail::value_of(try_take(group, key));
    }
    kv::result<std::size_t> try_take(std::string_view group, std::string_view key) {
        return add([&](kv_error *error) {
            return kv_batch_take(handle_, group.data(), group.size(), key.data(), key.size(), error);
        });
    }

    /// Adds to an integer, as store.increment does; the sum is in result(), as decimal text.
    KV_THROWS std::size_t increment(std::string_view group, std::string_view key,
                                    std::int64_t delta = 1, kv::ttl ttl_if_created = {}) {
        return detail::value_of(try_increment(group, key, delta, ttl_if_created));
    }
    kv::result<std::size_t> try_increment(std::string_view group, std::string_view key,
                                      std::int64_t delta = 1, kv::ttl ttl_if_created = {}) {
        return add([&](kv_error *error) {
            return kv_batch_increment(handle_, group.data(), group.size(), key.data(), key.size(),
                                      delta, ttl_if_created.native(), error);
        });
    }

    /// Appends to a value, as store.append does; the new length is in result(), as decimal text.
    KV_THROWS std::size_t append(std::string_view group, std::string_view key,
                                 std::string_view value, kv::ttl ttl_if_created = {}) {
        return detail::value_of(try_append(group, key, value, ttl_if_created));
    }
    kv::result<std::size_t> try_append(std::string_view group, std::string_view key,
                                   std::string_view value, kv::ttl ttl_if_created = {}) {
        return add([&](kv_error *error) {
            return kv_batch_append(handle_, group.data(), group.size(), key.data(), key.size(),
                                   value.data(), value.size(), ttl_if_created.native(), error);
        });
    }

    /// Lets a key live this long; result() is ok, not_found, or conflict if `rule` forbids it.
    KV_THROWS std::size_t expire(std::string_view group, std::string_view key, kv::ttl ttl,
                                 expire_if rule = expire_if::always) {
        return detail::value_of(try_expire(group, key, ttl, rule));
    }
    kv::result<std::size_t> try_expire(std::string_view group, std::string_view key, kv::ttl ttl,
                                   expire_if rule = expire_if::always) {
        return add([&](kv_error *error) {
            return kv_batch_expire(handle_, group.data(), group.size(), key.data(), key.size(),
                                   ttl.native(), static_cast<std::uint32_t>(rule), error);
        });
    }

    /// Deletes all keys of a group that begin with these bytes; the number of live entries among
    /// them is in result(), as decimal text.
    KV_THROWS std::size_t erase_prefix(std::string_view group, std::string_view prefix) {
        return detail::value_of(try_erase_prefix(group, prefix));
    }
    kv::result<std::size_t> try_erase_prefix(std::string_view group, std::string_view prefix) {
        return add([&](kv_error *error) {
            return kv_batch_delete_prefix(handle_, group.data(), group.size(), prefix.data(),
                                          prefix.size(), error);
        });
    }

    /// Adds steps in flat form (see kv.h), or none if one is malformed. Returns the first's number.
    KV_THROWS std::size_t add_flat(std::string_view steps) {
        return detail::value_of(try_add_flat(steps));
    }
    kv::result<std::size_t> try_add_flat(std::string_view steps) {
        return detail::call(
            [&](kv_error *error) {
                return kv_batch_add_flat(handle_, steps.data(), steps.size(), error);
            },
            [&](kv_status) { return std::exchange(size_, size_ + detail::count_steps(steps)); });
    }

    // The list

    /// Returns what became of a step of the last commit. errc::argument if there is no such step,
    /// the batch has changed since, or the batch was refused for another step than this one.
    KV_THROWS step_result result(std::size_t index) const {
        return detail::value_of(try_result(index));
    }
    kv::result<step_result> try_result(std::size_t index) const {
        kv_value found{};
        return detail::call(
            [&](kv_error *error) { return kv_batch_result(handle_, index, &found, error); },
            [&](kv_status status) { return step_result{detail::as_outcome(status), value(found)}; });
    }

    /// How many steps there are.
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    /// Removes all steps and results.
    KV_THROWS void clear() { detail::value_of(try_clear()); }
    kv::result<void> try_clear() {
        return detail::call([&](kv_error *error) { return kv_batch_clear(handle_, error); },
                            [&](kv_status) { size_ = 0; });
    }

    /// The handle, which stays this object's.
    kv_batch native() const noexcept { return handle_; }

private:
    template <class Call>
    kv::result<std::size_t> add(Call &&call) {
        return detail::call(call, [&](kv_status) { return size_++; });
    }

    kv_batch handle_;
    std::size_t size_;
};

}  // namespace kv

#endif
