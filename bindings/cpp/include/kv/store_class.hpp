// The store: what can be done with it. How it is done stands in store_*.hpp.
#ifndef KV_STORE_CLASS_HPP
#define KV_STORE_CLASS_HPP

#include <kv/batch.hpp>
#include <kv/change_cursor.hpp>
#include <kv/copy.hpp>
#include <kv/cursor.hpp>
#include <kv/idempotency.hpp>
#include <kv/parts.hpp>
#include <kv/progress.hpp>
#include <kv/quota.hpp>
#include <kv/scan_options.hpp>
#include <kv/statistics.hpp>
#include <kv/subscription.hpp>
#include <kv/update.hpp>
#include <kv/watch.hpp>
#include <kv/watch_options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kv {

/// An open store. Moves, and closes itself, which waits for calls that run in other threads. Moved
/// from it is empty: every call fails with errc::handle.
///
/// Each call exists twice. `get` throws kv::error; `try_get` takes the same arguments, does the
/// same, and returns a kv::result, and nothing of the library throws.
///
/// Groups, keys and values are bytes: empty, NUL and all others. The empty group is the default
/// one. Absent and expired read the same. A call fails with errc::argument for an argument that the
/// library refuses, errc::too_large past a limit, errc::quota past a namespace's quota,
/// errc::handle for a store that is closed or moved from. A call that fails has changed nothing.
///
/// As<T> is the type to read bytes as: std::string (the default), kv::value, which is pinned and
/// not copied, or any type made from two `const char *`.
///
/// Any thread may call const functions at any time, writes among them: const says that the handle
/// stays as it is, as with a std::shared_ptr or std::span. close() may come from any thread too,
/// but ends the handle, so a `const store &` cannot close it.
class store {
public:
    // Opening and closing

    /// Opens a store: a path, `sqlite:PATH?option=value`, `memory:`, `memory:NAME`; kv_open lists
    /// options and errors. A missing file is created, readable by its owner alone.
    KV_THROWS explicit store(std::string_view location)
        : store(detail::value_of(try_open(location))) {}
    KV_THROWS static store open(std::string_view location) {
        return detail::value_of(try_open(location));
    }
    static result<store> try_open(std::string_view location);

    /// Opens the store that a services file, in YAML, calls `service`; see kv_open_config for the
    /// form. errc::config with file, line, column and key if the file is wrong or the service is
    /// not in it; errors as open(). Other threads must not change the environment meanwhile.
    KV_THROWS static store open_config(std::string_view path, std::string_view service) {
        return detail::value_of(try_open_config(path, service));
    }
    static result<store> try_open_config(std::string_view path, std::string_view service);

    /// Takes over a store of kv.h.
    explicit store(kv_store handle) noexcept : handle_(handle) {}
    store(store &&other) noexcept : handle_(other.release()) {}
    store &operator=(store &&other) noexcept {
        store taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~store() {
        if (handle_.id != 0) kv_close(handle_, nullptr);
    }

    /// Closes the store: refuses new calls with errc::handle, waits for running ones, and ends its
    /// cursors, watches and callbacks. A second time it fails with errc::handle, within a callback
    /// with errc::busy. The destructor closes too; this reports errors.
    KV_THROWS void close() { detail::value_of(try_close()); }
    result<void> try_close();

    /// The handle, for functions of kv.h. It stays this object's.
    kv_store native() const noexcept { return handle_; }

    /// Gives up the handle; the caller closes it. This object is then as moved from.
    kv_store release() noexcept { return std::exchange(handle_, {}); }

    // One key

    /// Returns the value under a key; none if it is absent or expired.
    template <class As = std::string>
    KV_THROWS std::optional<As> get(std::string_view group, std::string_view key) const {
        return detail::value_of(try_get<As>(group, key));
    }
    template <class As = std::string>
    result<std::optional<As>> try_get(std::string_view group, std::string_view key) const;

    /// Copies the value under a key into `buffer` and returns its length; none if it is absent or
    /// expired. If the length is more than `capacity`, nothing was copied.
    KV_THROWS std::optional<std::size_t> get_into(std::string_view group, std::string_view key,
                                                  void *buffer, std::size_t capacity) const {
        return detail::value_of(try_get_into(group, key, buffer, capacity));
    }
    result<std::optional<std::size_t>> try_get_into(std::string_view group, std::string_view key,
                                                    void *buffer, std::size_t capacity) const;

    /// Returns size, version and expiry of an entry without its value; none if it is absent.
    KV_THROWS std::optional<entry_info> info(std::string_view group, std::string_view key) const {
        return detail::value_of(try_info(group, key));
    }
    result<std::optional<entry_info>> try_info(std::string_view group, std::string_view key) const;

    /// Says whether a live entry is under a key.
    KV_THROWS bool exists(std::string_view group, std::string_view key) const {
        return detail::value_of(try_exists(group, key));
    }
    result<bool> try_exists(std::string_view group, std::string_view key) const;

    /// Writes a value that lives for `ttl`, by default for the default_ttl of the store. An earlier
    /// expiry is replaced.
    KV_THROWS void set(std::string_view group, std::string_view key, std::string_view value,
                       kv::ttl ttl = {}) const {
        detail::value_of(try_set(group, key, value, ttl));
    }
    result<void> try_set(std::string_view group, std::string_view key, std::string_view value,
                         kv::ttl ttl = {}) const;

    /// Writes a value if a condition holds: `store.put(group, key, value, {kv::if_absent})`. A
    /// condition that does not hold is an outcome, not an error.
    KV_THROWS put_result put(std::string_view group, std::string_view key, std::string_view value,
                             const put_options &options = {}) const {
        return detail::value_of(try_put(group, key, value, options));
    }
    result<put_result> try_put(std::string_view group, std::string_view key, std::string_view value,
                               const put_options &options = {}) const;

    /// Deletes a key and says whether a live entry was there.
    KV_THROWS bool erase(std::string_view group, std::string_view key) const {
        return detail::value_of(try_erase(group, key));
    }
    result<bool> try_erase(std::string_view group, std::string_view key) const;

    /// Deletes a key if it is at `version`: ok, not_found, or conflict if it is at another.
    KV_THROWS outcome erase_version(std::string_view group, std::string_view key,
                                    std::uint64_t version) const {
        return detail::value_of(try_erase_version(group, key, version));
    }
    result<outcome> try_erase_version(std::string_view group, std::string_view key,
                                      std::uint64_t version) const;

    /// Deletes a key and returns the value it had. Of any number of callers exactly one gets it.
    template <class As = std::string>
    KV_THROWS std::optional<As> take(std::string_view group, std::string_view key) const {
        return detail::value_of(try_take<As>(group, key));
    }
    template <class As = std::string>
    result<std::optional<As>> try_take(std::string_view group, std::string_view key) const;

    /// Adds to the integer under a key and returns the sum. A missing key counts as 0 and lives for
    /// `ttl_if_created`; a live one keeps its expiry. errc::not_integer if there is none.
    KV_THROWS std::int64_t increment(std::string_view group, std::string_view key,
                                     std::int64_t delta = 1, kv::ttl ttl_if_created = {}) const {
        return detail::value_of(try_increment(group, key, delta, ttl_if_created));
    }
    result<std::int64_t> try_increment(std::string_view group, std::string_view key,
                                       std::int64_t delta = 1, kv::ttl ttl_if_created = {}) const;

    /// Appends to the value under a key and returns the new length. A missing key counts as empty
    /// and lives for `ttl_if_created`; a live one keeps its expiry.
    KV_THROWS std::size_t append(std::string_view group, std::string_view key,
                                 std::string_view value, kv::ttl ttl_if_created = {}) const {
        return detail::value_of(try_append(group, key, value, ttl_if_created));
    }
    result<std::size_t> try_append(std::string_view group, std::string_view key,
                                   std::string_view value, kv::ttl ttl_if_created = {}) const;

    /// Returns how long a key has to live, at least 1 ms, or kv::never; none if it is absent.
    KV_THROWS std::optional<kv::ttl> ttl(std::string_view group, std::string_view key) const {
        return detail::value_of(try_ttl(group, key));
    }
    result<std::optional<kv::ttl>> try_ttl(std::string_view group, std::string_view key) const;

    /// Lets a key live for `ttl` from now; value and version stay. ok, not_found, or conflict if
    /// `rule` does not allow it; errc::argument for rules that contradict.
    KV_THROWS outcome expire(std::string_view group, std::string_view key, kv::ttl ttl,
                             expire_if rule = expire_if::always) const {
        return detail::value_of(try_expire(group, key, ttl, rule));
    }
    result<outcome> try_expire(std::string_view group, std::string_view key, kv::ttl ttl,
                               expire_if rule = expire_if::always) const;

    /// Removes the expiry of a key and says whether it is there.
    KV_THROWS bool persist(std::string_view group, std::string_view key) const {
        return detail::value_of(try_persist(group, key));
    }
    result<bool> try_persist(std::string_view group, std::string_view key) const;

    // Many keys

    /// Returns the values under keys of a group, in their order and of one snapshot; none for those
    /// that are absent.
    template <class Keys>
    KV_THROWS std::vector<std::optional<std::string>> get_many(std::string_view group,
                                                               const Keys &keys) const {
        return detail::value_of(try_get_many(group, keys));
    }
    template <class Keys>
    result<std::vector<std::optional<std::string>>> try_get_many(std::string_view group,
                                                                 const Keys &keys) const;

    /// Deletes keys of a group in one batch; says of each whether a live entry was there.
    template <class Keys>
    KV_THROWS std::vector<bool> erase_many(std::string_view group, const Keys &keys) const {
        return detail::value_of(try_erase_many(group, keys));
    }
    template <class Keys>
    result<std::vector<bool>> try_erase_many(std::string_view group, const Keys &keys) const;

    /// Begins a walk over the entries of a group: `for (auto [key, value] : store.scan("config"))`.
    KV_THROWS cursor scan(std::string_view group, const scan_options &options = {}) const {
        return detail::value_of(try_scan(group, options));
    }
    result<cursor> try_scan(std::string_view group, const scan_options &options = {}) const;

    /// Begins a walk over the names of groups that begin with `prefix` and hold a live entry.
    KV_THROWS group_names groups(std::string_view prefix = {}) const {
        return detail::value_of(try_groups(prefix));
    }
    result<group_names> try_groups(std::string_view prefix = {}) const;

    /// Returns the number of live entries in a group.
    KV_THROWS std::uint64_t count(std::string_view group) const {
        return detail::value_of(try_count(group));
    }
    result<std::uint64_t> try_count(std::string_view group) const;

    /// Returns the number of live entries in all groups whose names begin with `prefix`.
    KV_THROWS std::uint64_t count_all(std::string_view prefix = {}) const {
        return detail::value_of(try_count_all(prefix));
    }
    result<std::uint64_t> try_count_all(std::string_view prefix = {}) const;

    /// Deletes all keys of a group and returns how many live entries it held.
    KV_THROWS std::uint64_t erase_group(std::string_view group) const {
        return detail::value_of(try_erase_group(group));
    }
    result<std::uint64_t> try_erase_group(std::string_view group) const;

    /// Deletes all keys of a group that begin with `prefix` and returns how many were live.
    KV_THROWS std::uint64_t erase_prefix(std::string_view group, std::string_view prefix) const {
        return detail::value_of(try_erase_prefix(group, prefix));
    }
    result<std::uint64_t> try_erase_prefix(std::string_view group, std::string_view prefix) const;

    /// Deletes all groups whose names begin with `prefix`, by default all of the store or scope, and
    /// returns how many live entries they held. It is one step, on a Redis one for each group.
    KV_THROWS std::uint64_t erase_all(std::string_view prefix = {}) const {
        return detail::value_of(try_erase_all(prefix));
    }
    result<std::uint64_t> try_erase_all(std::string_view prefix = {}) const;

    /// Removes expired entries, which no read returns any more, now; returns how many there were.
    KV_THROWS std::uint64_t purge_expired() const { return detail::value_of(try_purge_expired()); }
    result<std::uint64_t> try_purge_expired() const;

    // Many steps

    /// Applies a batch and says whether its conditions held; if one did not, nothing is written and
    /// batch.result() has the step. The batch keeps its steps.
    KV_THROWS bool commit(const batch &batch) const { return detail::value_of(try_commit(batch)); }
    result<bool> try_commit(const batch &batch) const;

    /// Begins a transaction. update() is what most programs want.
    KV_THROWS kv::transaction transaction() const { return detail::value_of(try_transaction()); }
    result<kv::transaction> try_transaction() const;

    /// Runs `function(transaction &)`, commits what it has written, and runs the whole again if
    /// another writer has changed what it has read; returns what it returned, a T or a result<T>.
    ///
    ///     store.update([](kv::transaction &txn) { txn.set("g", "to", *txn.get("g", "from")); });
    ///
    /// After `tries_max` tries, between which it waits a little, update_errc::conflict. Nothing is
    /// written if the callable throws, returns a failed result, or aborts the transaction. It may
    /// run more than once, so it should do nothing else that lasts; and it may see two keys on
    /// either side of another's commit, in a try that is then not committed.
    template <class Function>
    KV_THROWS detail::updated_t<Function> update(Function &&function,
                                                 int tries_max = update_tries) const {
        return detail::value_of(try_update(function, tries_max));
    }
    template <class Function>
    result<detail::updated_t<Function>> try_update(Function &&function,
                                                   int tries_max = update_tries) const {
        return detail::update(handle_, function, tries_max);
    }

    /// The idempotency records, for operations that must run once.
    kv::idempotency idempotency() const noexcept { return kv::idempotency(handle_); }

    // Namespaces

    /// Returns a store of its own that is narrowed to a namespace: 1 to 255 ASCII letters, digits
    /// and hyphens (errc::argument). It has every operation, and stays open when this one is
    /// closed. Its group "users" is this one's "acme:users"; nothing outside can be seen or changed
    /// through it. backup(), restore() and quotas are errc::unsupported there.
    KV_THROWS store scope(std::string_view name) const { return detail::value_of(try_scope(name)); }
    result<store> try_scope(std::string_view name) const;

    /// Sets what a namespace may hold, for every process from the next write on: one that would
    /// exceed it is errc::quota and changes nothing. A default quota ends the limits.
    /// errc::argument for a negative limit. Takes time with what the namespace holds, which may be
    /// more already.
    KV_THROWS void set_quota(std::string_view name, const kv::quota &quota) const {
        detail::value_of(try_set_quota(name, quota));
    }
    result<void> try_set_quota(std::string_view name, const kv::quota &quota) const;

    /// Returns what a namespace may hold and what it holds; all 0 if nothing is limited.
    KV_THROWS quota_usage quota(std::string_view name) const {
        return detail::value_of(try_quota(name));
    }
    result<quota_usage> try_quota(std::string_view name) const;

    // Changes

    /// Watches a key, or what the options make of group and key. A change is in the watch's queue
    /// before the write that makes it returns.
    KV_THROWS kv::watch watch(std::string_view group, std::string_view key,
                              const watch_options &options = {}) const {
        return detail::value_of(try_watch(group, key, options));
    }
    result<kv::watch> try_watch(std::string_view group, std::string_view key,
                                const watch_options &options = {}) const;

    /// Watches all keys of a group; without a group, of all groups.
    KV_THROWS kv::watch watch(std::string_view group) const {
        return detail::value_of(try_watch(group));
    }
    KV_THROWS kv::watch watch() const { return detail::value_of(try_watch()); }
    result<kv::watch> try_watch(std::string_view group) const;
    result<kv::watch> try_watch() const;

    /// Calls `callback(const kv::event &)` with every change that this process commits from now on,
    /// in the thread that writes, before the write returns; two threads may call it at the same
    /// time. It may call the store, but not close it (errc::busy). Until the subscription is closed
    /// the callable is kept; a release()d one, until the store closes.
    ///
    /// An exception of the callback does not reach the writer. It goes to
    /// `on_throw(std::exception_ptr)`, in the same thread; by default it becomes a line on standard
    /// error. An exception that leaves `on_throw` ends the program by std::terminate.
    template <class Callback, class OnThrow = print_thrown>
    KV_THROWS subscription on_change(Callback &&callback, OnThrow &&on_throw = {}) const {
        return detail::value_of(try_on_change(std::forward<Callback>(callback),
                                              std::forward<OnThrow>(on_throw)));
    }
    template <class Callback, class OnThrow = print_thrown>
    result<subscription> try_on_change(Callback &&callback, OnThrow &&on_throw = {}) const {
        return detail::on_change(handle_, std::forward<Callback>(callback),
                                 std::forward<OnThrow>(on_throw));
    }

    /// Begins a walk over the changes after version `since`; 0 for all there ever were. The file
    /// must keep a change log (changes=on): errc::unsupported if not, errc::compacted if it does
    /// not reach back that far.
    KV_THROWS change_cursor changes(std::uint64_t since = 0) const {
        return detail::value_of(try_changes(since));
    }
    result<change_cursor> try_changes(std::uint64_t since = 0) const;

    /// Returns the least version that changes() and watch_options::since take.
    KV_THROWS std::uint64_t changes_oldest() const { return detail::value_of(try_changes_oldest()); }
    result<std::uint64_t> try_changes_oldest() const;

    // Text and JSON

    /// Begins a walk over the parts of a value between occurrences of `separator`. A value without
    /// one is itself the one part, also if it is empty. An empty separator cuts after each UTF-8
    /// character; then an empty value has no part.
    KV_THROWS parts get_split(std::string_view group, std::string_view key,
                              std::string_view separator) const {
        return detail::value_of(try_get_split(group, key, separator));
    }
    result<parts> try_get_split(std::string_view group, std::string_view key,
                                std::string_view separator) const;

    /// Begins a walk over the parts of a value between white space, as Unicode defines it. No part
    /// is empty, so an empty or blank value has none.
    KV_THROWS parts get_fields(std::string_view group, std::string_view key) const {
        return detail::value_of(try_get_fields(group, key));
    }
    result<parts> try_get_fields(std::string_view group, std::string_view key) const;

    /// Returns a template filled in with the values of a group, all of one snapshot; the language
    /// is a part of Jinja's, see kv_render. errc::argument with the line for a template that is not
    /// understood, a key that is absent and has no default, and a value that is not UTF-8;
    /// errc::too_large past a limit, which makes templates from strangers safe.
    template <class As = std::string>
    KV_THROWS As render(std::string_view group, std::string_view text) const {
        return detail::value_of(try_render<As>(group, text));
    }
    template <class As = std::string>
    result<As> try_render(std::string_view group, std::string_view text) const;

    /// Writes a value, which has to be JSON and is stored byte for byte, for the default_ttl of the
    /// store. errc::not_json with line and column if it is not, errc::too_large if it is nested
    /// deeper than 512; then nothing is written.
    KV_THROWS void set_json(std::string_view group, std::string_view key,
                            std::string_view value) const {
        detail::value_of(try_set_json(group, key, value));
    }
    result<void> try_set_json(std::string_view group, std::string_view key,
                              std::string_view value) const;

    /// Returns the part of a JSON value that a JSON pointer (RFC 6901) leads to, byte for byte as
    /// it was stored, so numbers are exact; "" is the whole. None if the key is absent or expired,
    /// or the pointer leads to nothing. errc::argument for a pointer of another form,
    /// errc::not_json if the value is not JSON.
    template <class As = std::string>
    KV_THROWS std::optional<As> get_json(std::string_view group, std::string_view key,
                                         std::string_view pointer = {}) const {
        return detail::value_of(try_get_json<As>(group, key, pointer));
    }
    template <class As = std::string>
    result<std::optional<As>> try_get_json(std::string_view group, std::string_view key,
                                           std::string_view pointer = {}) const;

    // Maintenance

    /// Returns figures of this moment. Takes time with the number of entries.
    KV_THROWS kv::statistics statistics() const { return detail::value_of(try_statistics()); }
    result<kv::statistics> try_statistics() const;

    /// Copies one snapshot of the store into a new file. errc::argument if the file exists.
    ///
    /// `progress(done, total)`, in pages, is called now and then. If it returns false the backup
    /// ends with errc::cancelled and no file is left; also if it throws, and the exception goes on
    /// to the caller. It may call the store, but not close it.
    template <class Progress = detail::no_progress>
    KV_THROWS void backup(std::string_view path, Progress &&progress = {}) const {
        detail::value_of(try_backup(path, progress));
    }
    template <class Progress = detail::no_progress>
    result<void> try_backup(std::string_view path, Progress &&progress = {}) const;

    /// Replaces everything in the store's file by a backup, in one step that other threads and
    /// processes see as a commit; watches receive event_type::lagged. errc::format and errc::corrupt
    /// for a file that is no store or is damaged. On any error the store is as it was.
    ///
    /// `progress` is that of backup(), and called while the backup is read, before the step.
    template <class Progress = detail::no_progress>
    KV_THROWS void restore(std::string_view path, Progress &&progress = {}) const {
        detail::value_of(try_restore(path, progress));
    }
    template <class Progress = detail::no_progress>
    result<void> try_restore(std::string_view path, Progress &&progress = {}) const;

    /// Copies the live entries into another store, whatever engines the two are on: values, and
    /// when they expire, to the millisecond. errc::argument if one store is within the other, or
    /// `refuse` finds an entry; errc::quota and errc::full as the target's limits say;
    /// errc::corrupt if it does not have what it has confirmed. See kv_copy.
    ///
    /// `progress(const copy_state &)` is called after each batch of at most 256 entries of one
    /// group. If it returns false the copy ends with errc::cancelled; also if it throws, and the
    /// exception goes on to the caller. The entries copied until then stay in the target, and a
    /// copy with the last position in `options.after` goes on from there. It may call both stores,
    /// but not close them.
    template <class Progress = detail::no_progress>
    KV_THROWS copy_state copy(const store &to, const copy_options &options = {},
                              Progress &&progress = {}) const {
        return detail::value_of(try_copy(to, options, progress));
    }
    template <class Progress = detail::no_progress>
    result<copy_state> try_copy(const store &to, const copy_options &options = {},
                                Progress &&progress = {}) const;

    /// Returns unused space in the file to the file system. Writers wait until it is done.
    KV_THROWS void compact() const { detail::value_of(try_compact()); }
    result<void> try_compact() const;

    /// Verifies everything in the file; errc::corrupt with the first fault in the message.
    KV_THROWS void check() const { detail::value_of(try_check()); }
    result<void> try_check() const;

    /// Returns once every acknowledged write would survive a loss of power.
    KV_THROWS void flush() const { detail::value_of(try_flush()); }
    result<void> try_flush() const;

private:
    kv_store handle_;
};

}  // namespace kv

#endif
