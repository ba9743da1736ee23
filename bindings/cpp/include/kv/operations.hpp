// Every operation of a store, once, for those who catch errors and for those who look at them.
#ifndef KV_OPERATIONS_HPP
#define KV_OPERATIONS_HPP

#include <kv/copy.hpp>
#include <kv/idempotency.hpp>
#include <kv/many.hpp>
#include <kv/progress.hpp>
#include <kv/quota.hpp>
#include <kv/text_operations.hpp>
#include <kv/update.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kv {

template <class Errors>
class basic_store;
template <class Errors>
class basic_store_ref;

/// Figures of a store; see kv.h.
using statistics = kv_stats;

/// The operations of a store. Any thread may call them at any time, close included. Those on
/// entries, on changes and on text are in the classes that this one is made of.
///
/// Groups, keys and values are bytes: empty, NUL and all others. The empty group is the default
/// one. Missing and expired read the same. A ttl of 0 or `forever` never ends; a negative one is
/// errc::argument, as is any other argument the library refuses; errc::too_large past a limit,
/// errc::quota past a namespace's, errc::handle for a store that is closed or moved from. A call
/// that fails has changed nothing.
///
/// As<T> is what the bytes are wanted as: std::string (the default), kv::value, which is pinned and
/// not copied, or any type made from two `const char *`.
template <class Errors>
class basic_operations : public basic_text_operations<Errors> {
    using base = basic_text_operations<Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

    // Many steps

    /// Begins a transaction. update() is what most want.
    returned<basic_transaction<Errors>> transaction() const {
        kv_txn handle{};
        return Errors::call([&](kv_error *error) { return kv_txn_begin(handle_, &handle, error); },
                            [&](kv_status) { return basic_transaction<Errors>(handle); });
    }

    /// Runs `function(transaction &)`, commits what it has written, and does the whole again if
    /// somebody else has changed what it has read; gives what it gave.
    ///
    ///     store.update([](kv::transaction &txn) { txn.set("g", "to", *txn.get("g", "from")); });
    ///
    /// After `tries_max` tries, between which it waits a little, errc::conflict. Nothing is written
    /// if the callable throws, gives a result that is a failure, or aborts the transaction. It may
    /// run more than once, so it should do nothing else that lasts; and it may see two keys on
    /// either side of somebody's commit, in a try that is then not committed.
    template <class Function>
    returned<detail::updated_t<Function, Errors>> update(Function &&function,
                                                         int tries_max = update_tries) const {
        return Errors::deliver(detail::update<Errors>(handle_, function, tries_max));
    }

    /// The records about operations that must not run twice.
    basic_idempotency<Errors> idempotency() const noexcept {
        return basic_idempotency<Errors>(handle_);
    }

    // Namespaces

    /// Gives a store of its own that is narrowed to a namespace: 1 to 255 ASCII letters, digits and
    /// hyphens (errc::argument). It has every operation, and stays open when this one is closed. Its
    /// group "users" is this one's "acme:users"; nothing outside can be seen or changed through it.
    /// backup() and quotas are errc::unsupported there.
    returned<basic_store<Errors>> scope(std::string_view name) const {
        const std::string text(name);
        kv_store scoped{};
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status = detail::without_nul(text, "scope: the namespace", error);
                return status < 0 ? status : kv_scope(handle_, text.c_str(), &scoped, error);
            },
            [&](kv_status) { return basic_store<Errors>(scoped); });
    }

    /// Sets what a namespace may hold, for everybody from the next write on: one that would exceed
    /// it is errc::quota and changes nothing. A default quota ends the limits. errc::argument for a
    /// negative limit. Takes time with what the namespace holds, which may be more already.
    returned<void> set_quota(std::string_view name, const kv::quota &quota) const {
        const std::string text(name);
        return done([&](kv_error *error) {
            const kv_status status = detail::without_nul(text, "quota: the namespace", error);
            return status < 0 ? status
                              : kv_quota_set(handle_, text.c_str(), quota.max_keys,
                                             quota.max_groups, quota.max_bytes, error);
        });
    }

    /// Gives what a namespace may hold and what it holds; all 0 if nothing is limited.
    returned<quota_usage> quota(std::string_view name) const {
        const std::string text(name);
        kv_quota found = KV_QUOTA_INIT;
        return Errors::call(
            [&](kv_error *error) {
                const kv_status status = detail::without_nul(text, "quota: the namespace", error);
                return status < 0 ? status : kv_quota_get(handle_, text.c_str(), &found, error);
            },
            [&](kv_status) { return detail::usage_from(found); });
    }

    /// Gives the values under keys of a group, in their order and of one moment; none for those that
    /// are absent.
    template <class Keys>
    returned<std::vector<std::optional<std::string>>> get_many(std::string_view group,
                                                               const Keys &keys) const {
        const std::string wanted = detail::flat_keys(group, keys);
        std::vector<unsigned char> flat(4096);
        std::size_t used = 0;
        return Errors::call(
            [&](kv_error *error) { return detail::get_many(handle_, wanted, flat, used, error); },
            [&](kv_status) { return detail::values_from(flat, used); });
    }

    // Care

    /// Gives figures of this moment. Takes time with the number of entries.
    returned<kv::statistics> statistics() const {
        kv_stats figures = KV_STATS_INIT;
        return Errors::call(
            [&](kv_error *error) { return kv_stats_get(handle_, &figures, error); },
            [&](kv_status) { return figures; });
    }

    /// Copies one snapshot of the store into a new file. errc::argument if the file exists.
    returned<void> backup(std::string_view path) const {
        return backup(path, [](std::uint64_t, std::uint64_t) {});
    }

    /// The same with `progress(done, total)`, in pages, called now and then. If it returns false
    /// the backup ends with errc::cancelled and no file is left; also if it throws, and that goes on to
    /// the caller. It may call the store, but not close it.
    template <class Progress>
    returned<void> backup(std::string_view path, Progress &&progress) const {
        using bridge = detail::progress_bridge<std::remove_reference_t<Progress>, std::uint64_t,
                                               std::uint64_t>;
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

    /// Copies the live entries into another store, whatever engines the two are on: values, and when
    /// they expire, to the millisecond. errc::argument if one store is within the other, or `refuse`
    /// finds an entry; errc::quota and errc::full as the target's limits say; errc::corrupt if it does
    /// not have what it says it has written. See kv_copy.
    template <class AnyErrors>
    returned<copy_state> copy(const basic_operations<AnyErrors> &to,
                              const copy_options &options = {}) const {
        return copy(to, options, [](const copy_state &) {});
    }

    /// The same with `progress(const copy_state &)`, called after each batch of at most 256 entries of
    /// one group. If it returns false the copy ends with errc::cancelled; also if it throws, and that
    /// goes on to the caller. What was told stays in the target, and a copy with the position told last
    /// in `options.after` goes on from there. It may call both stores, but not close them.
    template <class AnyErrors, class Progress>
    returned<copy_state> copy(const basic_operations<AnyErrors> &to, const copy_options &options,
                              Progress &&progress) const {
        auto told = [&](const kv_copy_state *native) { return progress(detail::state_from(*native)); };
        using bridge = detail::progress_bridge<decltype(told), const kv_copy_state *>;
        bridge carried(told);
        const kv_copy_options native = detail::native_options(options);
        detail::owned_copy_state state;
        result<copy_state> copied = returning::call(
            [&](kv_error *error) {
                return kv_copy(handle_, to.native(), &native, &bridge::call, &carried, &state.native,
                               error);
            },
            [&](kv_status) { return detail::state_from(state.native); });
        carried.rethrow();
        return Errors::deliver(std::move(copied));
    }

    /// Gives unused space in the file back. Writers wait until it is done.
    returned<void> compact() const {
        return done([&](kv_error *error) { return kv_compact(handle_, error); });
    }

    /// Verifies everything in the file; errc::corrupt with the first fault in the message.
    returned<void> check() const {
        return done([&](kv_error *error) { return kv_check(handle_, error); });
    }

    /// Returns once every acknowledged write would survive a loss of power.
    returned<void> flush() const {
        return done([&](kv_error *error) { return kv_flush(handle_, error); });
    }

    /// Closes the store: refuses new calls with errc::handle, waits for running ones, and ends its
    /// cursors, watches and callbacks. A second time it fails with errc::handle. The destructor of a
    /// store does it too; this tells of errors.
    returned<void> close() const {
        // The handle stays as it is: other threads may be reading it, and it is never used again.
        return done([&](kv_error *error) { return kv_close(handle_, error); });
    }

    /// The same store, with errors returned: `store.nothrow().get(group, key)`.
    template <class Borrowed = basic_store_ref<returning>>
    Borrowed nothrow() const noexcept {
        return Borrowed(handle_);
    }

protected:
    explicit basic_operations(kv_store handle) noexcept : base(handle) {}
    basic_operations(const basic_operations &) = default;
    basic_operations &operator=(const basic_operations &) = default;
    ~basic_operations() = default;

    using base::done;
    using base::handle_;
};

}  // namespace kv

#endif
