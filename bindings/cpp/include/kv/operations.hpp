// Every operation of a store, once, for those who catch errors and for those who look at them.
#ifndef KV_OPERATIONS_HPP
#define KV_OPERATIONS_HPP

#include <kv/batch.hpp>
#include <kv/cursor.hpp>
#include <kv/options.hpp>
#include <kv/progress.hpp>
#include <kv/result.hpp>
#include <kv/value.hpp>
#include <kv/watch.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kv {

template <class Errors>
class basic_store_ref;

/// Figures of a store; see kv.h.
using statistics = kv_statistics;

/// The operations of a store. Any thread may call them at any time, close included.
///
/// Groups, keys and values are bytes: empty, NUL and all others. The empty group is the default
/// one. Missing and expired read the same. A ttl of 0 or `forever` never ends; a negative one is
/// errc::argument, as is any other argument the library refuses; errc::too_large past a limit,
/// errc::handle for a store that is closed or moved from. A call that fails has changed nothing.
///
/// As<T> below is what the bytes are wanted as: std::string (the default), kv::value, which is
/// pinned and not copied, or any type made from two `const char *`.
template <class Errors>
class basic_operations {
public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    // One key

    /// Gives the value under a key; none if it is absent or expired.
    template <class As = std::string>
    returned<std::optional<As>> get(std::string_view group, std::string_view key) const {
        kv_value found{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_get(handle_, group.data(), group.size(), key.data(), key.size(), &found,
                              error);
            },
            [&](kv_status status) { return maybe<As>(status, found); });
    }

    /// Copies the value under a key into `buffer` and gives its length; none if it is absent or
    /// expired. If the length is more than `capacity`, nothing was copied.
    returned<std::optional<std::size_t>> get_into(std::string_view group, std::string_view key,
                                                  void *buffer, std::size_t capacity) const {
        std::size_t len = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_get_into(handle_, group.data(), group.size(), key.data(), key.size(),
                                   buffer, capacity, &len, error);
            },
            [&](kv_status status) -> std::optional<std::size_t> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return len;
            });
    }

    /// Answers whether a live entry is under a key.
    returned<bool> exists(std::string_view group, std::string_view key) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_exists(handle_, group.data(), group.size(), key.data(), key.size(),
                                 error);
            },
            detail::is_ok);
    }

    /// Writes a value that never expires; an earlier expiry is cleared.
    returned<void> set(std::string_view group, std::string_view key, std::string_view value) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_set(handle_, group.data(), group.size(), key.data(), key.size(),
                              value.data(), value.size(), error);
            },
            detail::nothing);
    }

    /// Writes a value that lives for `ttl`.
    returned<void> set(std::string_view group, std::string_view key, std::string_view value,
                       std::chrono::milliseconds ttl) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_set_ttl(handle_, group.data(), group.size(), key.data(), key.size(),
                                  value.data(), value.size(), detail::ttl_ms(ttl), error);
            },
            detail::nothing);
    }

    /// Writes a value if a condition holds: `store.put(group, key, value, kv::if_absent)`. A
    /// condition that does not hold is an answer, not an error.
    returned<put_result> put(std::string_view group, std::string_view key, std::string_view value,
                             const put_options &options = {}) const {
        const kv_put_options native = options.native();
        std::uint64_t version = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_put(handle_, group.data(), group.size(), key.data(), key.size(),
                              value.data(), value.size(), &native, &version, error);
            },
            [&](kv_status status) { return put_result{status == KV_OK, version}; });
    }

    /// Deletes a key and answers whether a live entry was there.
    returned<bool> erase(std::string_view group, std::string_view key) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_delete(handle_, group.data(), group.size(), key.data(), key.size(),
                                 error);
            },
            detail::is_ok);
    }

    /// Deletes a key if it is at `version`: ok, not_found, or conflict if it is at another.
    returned<outcome> erase_version(std::string_view group, std::string_view key,
                                    std::uint64_t version) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_delete_version(handle_, group.data(), group.size(), key.data(),
                                         key.size(), version, error);
            },
            as_outcome);
    }

    /// Deletes a key and gives the value it had. Of any number of callers exactly one gets it.
    template <class As = std::string>
    returned<std::optional<As>> take(std::string_view group, std::string_view key) const {
        kv_value found{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_take(handle_, group.data(), group.size(), key.data(), key.size(), &found,
                               error);
            },
            [&](kv_status status) { return maybe<As>(status, found); });
    }

    /// Adds to the integer under a key and gives the sum. A missing key counts as 0 and lives for
    /// `ttl_if_created`; a live one keeps its expiry. errc::not_integer if there is none.
    returned<std::int64_t> increment(std::string_view group, std::string_view key,
                                     std::int64_t delta = 1,
                                     std::chrono::milliseconds ttl_if_created = forever) const {
        std::int64_t sum = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_increment(handle_, group.data(), group.size(), key.data(), key.size(),
                                    delta, detail::ttl_ms(ttl_if_created), &sum, error);
            },
            [&](kv_status) { return sum; });
    }

    /// Appends to the value under a key, to nothing if it is missing, and gives the new length. A
    /// live entry keeps its expiry.
    returned<std::size_t> append(std::string_view group, std::string_view key,
                                 std::string_view value) const {
        std::size_t len = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_append(handle_, group.data(), group.size(), key.data(), key.size(),
                                 value.data(), value.size(), &len, error);
            },
            [&](kv_status) { return len; });
    }

    /// Gives how long a key has to live: at least 1 ms, or `forever`; none if it is absent.
    returned<std::optional<std::chrono::milliseconds>> ttl(std::string_view group,
                                                           std::string_view key) const {
        std::int64_t left = 0;
        return Errors::call(
            [&](kv_error *error) {
                return kv_ttl(handle_, group.data(), group.size(), key.data(), key.size(), &left,
                              error);
            },
            [&](kv_status status) -> std::optional<std::chrono::milliseconds> {
                if (status == KV_NOT_FOUND) return std::nullopt;
                return left == KV_TTL_NONE ? forever : std::chrono::milliseconds(left);
            });
    }

    /// Lets a key live for `ttl` from now; value and version stay. ok, not_found, or conflict if
    /// `rule` does not allow it; errc::argument for rules that contradict.
    returned<outcome> expire(std::string_view group, std::string_view key,
                             std::chrono::milliseconds ttl,
                             expire_if rule = expire_if::always) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_expire(handle_, group.data(), group.size(), key.data(), key.size(),
                                 detail::ttl_ms(ttl), static_cast<std::uint32_t>(rule), error);
            },
            as_outcome);
    }

    /// Lets a key live for ever and answers whether it is there.
    returned<bool> persist(std::string_view group, std::string_view key) const {
        return Errors::call(
            [&](kv_error *error) {
                return kv_persist(handle_, group.data(), group.size(), key.data(), key.size(),
                                  error);
            },
            detail::is_ok);
    }

    // Many keys

    /// Begins a walk over the entries of a group: `for (auto [key, value] : store.scan("config"))`.
    returned<basic_cursor<Errors>> scan(std::string_view group,
                                        const scan_options &options = {}) const {
        const kv_scan_options native = options.native();
        kv_cursor cursor{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_scan(handle_, group.data(), group.size(), &native, &cursor, error);
            },
            [&](kv_status) { return basic_cursor<Errors>(cursor); });
    }

    /// Begins a walk over the names of groups that begin with `prefix` and hold a live entry.
    returned<basic_group_names<Errors>> groups(std::string_view prefix = {}) const {
        kv_cursor cursor{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_groups(handle_, prefix.data(), prefix.size(), &cursor, error);
            },
            [&](kv_status) { return basic_group_names<Errors>(cursor); });
    }

    /// Gives the number of live entries in a group.
    returned<std::uint64_t> count(std::string_view group) const {
        return number([&](std::uint64_t *count, kv_error *error) {
            return kv_count(handle_, group.data(), group.size(), count, error);
        });
    }

    /// Gives the number of live entries in all groups whose names begin with `prefix`.
    returned<std::uint64_t> count_all(std::string_view prefix = {}) const {
        return number([&](std::uint64_t *count, kv_error *error) {
            return kv_count_all(handle_, prefix.data(), prefix.size(), count, error);
        });
    }

    /// Deletes all keys of a group and gives how many live entries it held.
    returned<std::uint64_t> erase_group(std::string_view group) const {
        return number([&](std::uint64_t *removed, kv_error *error) {
            return kv_delete_group(handle_, group.data(), group.size(), removed, error);
        });
    }

    /// Deletes all keys of a group that begin with `prefix` and gives how many were live.
    returned<std::uint64_t> erase_prefix(std::string_view group, std::string_view prefix) const {
        return number([&](std::uint64_t *removed, kv_error *error) {
            return kv_delete_prefix(handle_, group.data(), group.size(), prefix.data(),
                                    prefix.size(), removed, error);
        });
    }

    /// Removes expired entries, which nobody sees any more, now; gives how many there were.
    returned<std::uint64_t> purge_expired() const {
        return number([&](std::uint64_t *removed, kv_error *error) {
            return kv_purge_expired(handle_, removed, error);
        });
    }

    /// Applies a batch and answers whether its conditions held; if one did not, nothing is written
    /// and batch.result() tells which. The batch keeps its steps.
    template <class AnyErrors>
    returned<bool> commit(const basic_batch<AnyErrors> &batch) const {
        return Errors::call(
            [&](kv_error *error) { return kv_batch_commit(handle_, batch.native(), error); },
            detail::is_ok);
    }

    // Changes

    /// Begins to watch a key, or what the options make of group and key. A change is in the watch's
    /// queue before the write that makes it returns.
    returned<basic_watch<Errors>> watch(std::string_view group, std::string_view key,
                                        const watch_options &options = {}) const {
        const kv_watch_options native = options.native();
        kv_watch watch{};
        return Errors::call(
            [&](kv_error *error) {
                return kv_watch_open(handle_, group.data(), group.size(), key.data(), key.size(),
                                     &native, &watch, error);
            },
            [&](kv_status) { return basic_watch<Errors>(watch); });
    }

    /// Watches all keys of a group.
    returned<basic_watch<Errors>> watch(std::string_view group) const {
        watch_options options;
        options.keys = watched::any;
        return watch(group, {}, options);
    }

    /// Watches everything.
    returned<basic_watch<Errors>> watch() const {
        watch_options options;
        options.groups = options.keys = watched::any;
        return watch({}, {}, options);
    }

    /// Calls `callback(const kv::event &)` with every change that this process commits from now on,
    /// in the thread that writes, before the write returns; two threads may call it at the same
    /// time. It may call the store, but not close it (errc::busy). What it throws stops at it. Until
    /// the subscription ends the callable is kept; a release()d one, until the store closes.
    template <class Callback>
    returned<basic_subscription<Errors>> on_change(Callback &&callback) const {
        using bridge = detail::change_bridge<std::decay_t<Callback>>;
        auto carried = std::make_unique<bridge>(std::forward<Callback>(callback));
        kv_subscription subscription{};
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status = kv_on_change(handle_, &bridge::call, carried.get(),
                                                      &bridge::destroy, &subscription, error);
                if (status == KV_OK) static_cast<void>(carried.release());
                return status;
            },
            [&](kv_status) { return basic_subscription<Errors>(subscription); });
    }

    /// Begins a walk over the changes after version `since`; 0 for all there ever were. The file
    /// must keep a log (changes=on): errc::unsupported if not, errc::compacted if it does not reach
    /// back that far.
    returned<basic_change_cursor<Errors>> changes(std::uint64_t since = 0) const {
        kv_change_cursor cursor{};
        return Errors::call(
            [&](kv_error *error) { return kv_changes(handle_, since, &cursor, error); },
            [&](kv_status) { return basic_change_cursor<Errors>(cursor); });
    }

    /// Gives the least version that changes() and watch_options::since take.
    returned<std::uint64_t> changes_oldest() const {
        return number([&](std::uint64_t *since, kv_error *error) {
            return kv_changes_oldest(handle_, since, error);
        });
    }

    // Care

    /// Gives figures of this moment. Takes time with the number of entries.
    returned<kv::statistics> statistics() const {
        kv_statistics figures = KV_STATISTICS_INIT;
        return Errors::call(
            [&](kv_error *error) { return kv_stats(handle_, &figures, error); },
            [&](kv_status) { return figures; });
    }

    /// Copies one snapshot of the store into a new file. errc::argument if the file exists.
    returned<void> backup(std::string_view path) const {
        return backup(path, [](std::uint64_t, std::uint64_t) {});
    }

    /// The same with `progress(done, total)`, in pages, called now and then. If it returns false
    /// the backup ends with errc::closed and no file is left; also if it throws, and that goes on to
    /// the caller. It may call the store, but not close it.
    template <class Progress>
    returned<void> backup(std::string_view path, Progress &&progress) const {
        using bridge = detail::progress_bridge<std::remove_reference_t<Progress>>;
        bridge carried(progress);
        const std::string text(path);
        result<void> copied = returning::call(
            [&](kv_error *error) {
                const kv_status status = detail::without_nul(text, "backup: the path", error);
                return status < 0 ? status
                                  : kv_backup(handle_, text.c_str(), &bridge::call, &carried, error);
            },
            detail::nothing);
        carried.rethrow();
        return Errors::deliver(std::move(copied));
    }

    /// Gives unused space in the file back. Writers wait until it is done.
    returned<void> compact() const {
        return Errors::call([&](kv_error *error) { return kv_compact(handle_, error); },
                            detail::nothing);
    }

    /// Verifies everything in the file; errc::corrupt with the first fault in the message.
    returned<void> check() const {
        return Errors::call([&](kv_error *error) { return kv_check(handle_, error); },
                            detail::nothing);
    }

    /// Returns once every acknowledged write would survive a loss of power.
    returned<void> flush() const {
        return Errors::call([&](kv_error *error) { return kv_flush(handle_, error); },
                            detail::nothing);
    }

    /// Closes the store: refuses new calls with errc::handle, waits for running ones, and ends its
    /// cursors, watches and callbacks. A second time it fails with errc::handle. The destructor of a store does it too;
    /// this tells of errors.
    returned<void> close() const {
        // The handle stays as it is: other threads may be reading it, and it is never used again.
        return Errors::call([&](kv_error *error) { return kv_close(handle_, error); },
                            detail::nothing);
    }

    /// The same store, with errors returned: `store.nothrow().get(group, key)`.
    template <class Borrowed = basic_store_ref<returning>>
    Borrowed nothrow() const noexcept {
        return Borrowed(handle_);
    }

    /// The handle, for functions of kv.h. It stays this object's.
    kv_store native() const noexcept { return handle_; }

protected:
    explicit basic_operations(kv_store handle) noexcept : handle_(handle) {}
    basic_operations(const basic_operations &) = default;
    basic_operations &operator=(const basic_operations &) = default;
    ~basic_operations() = default;

    kv_store handle_;

private:
    template <class As>
    static std::optional<As> maybe(kv_status status, const kv_value &found) {
        if (status == KV_NOT_FOUND) return std::nullopt;
        return detail::value_as<As>(value(found));
    }

    static outcome as_outcome(kv_status status) { return static_cast<outcome>(status); }

    template <class Call>
    returned<std::uint64_t> number(Call &&call) const {
        std::uint64_t number = 0;
        return Errors::call([&](kv_error *error) { return call(&number, error); },
                            [&](kv_status) { return number; });
    }
};

}  // namespace kv

#endif
