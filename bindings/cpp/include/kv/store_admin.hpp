// How a store is limited, copied and maintained.
#ifndef KV_STORE_ADMIN_HPP
#define KV_STORE_ADMIN_HPP

#include <kv/copy.hpp>
#include <kv/progress.hpp>
#include <kv/quota.hpp>
#include <kv/store_metrics.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace kv {

namespace detail {

/// Calls kv_backup or kv_restore with a progress of the program.
template <class Call, class Progress>
result<void> with_pages(Call call, kv_store handle, std::string_view path, const char *argument,
                        Progress &progress) {
    using bridge = progress_bridge<Progress, std::uint64_t, std::uint64_t>;
    bridge carried(progress);
    const std::string text(path);
    result<void> done = detail::call(
        [&](kv_error *error) {
            const kv_status status = without_nul(text, argument, error);
            return status < 0 ? status
                              : call(handle, text.c_str(), &bridge::call, &carried, error);
        },
        nothing);
    carried.rethrow();
    return done;
}

}  // namespace detail

/// The part of a store that limits, copies and maintains it; see kv::store.
class store_admin : public store_metrics {
public:
    /// Sets what a namespace may hold, for every process from the next write on: one that would
    /// exceed it is errc::quota and changes nothing. A default quota ends the limits.
    /// errc::argument for a negative limit. Takes time with what the namespace holds, which may be
    /// more already.
    KV_THROWS void set_quota(std::string_view name, const kv::quota &quota) const {
        detail::value_of(try_set_quota(name, quota));
    }
    result<void> try_set_quota(std::string_view name, const kv::quota &quota) const {
        const std::string text(name);
        return detail::call(
            [&](kv_error *error) {
                const kv_status status = detail::without_nul(text, "quota: the namespace", error);
                return status < 0 ? status
                                  : kv_quota_set(handle_, text.c_str(), quota.max_keys,
                                                 quota.max_groups, quota.max_bytes, error);
            },
            detail::nothing);
    }

    /// Returns what a namespace may hold and what it holds; all 0 if nothing is limited.
    KV_THROWS quota_usage quota(std::string_view name) const {
        return detail::value_of(try_quota(name));
    }
    result<quota_usage> try_quota(std::string_view name) const {
        const std::string text(name);
        kv_quota found = KV_QUOTA_INIT;
        return detail::call(
            [&](kv_error *error) {
                const kv_status status = detail::without_nul(text, "quota: the namespace", error);
                return status < 0 ? status : kv_quota_get(handle_, text.c_str(), &found, error);
            },
            [&](kv_status) { return detail::usage_from(found); });
    }

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
    result<void> try_backup(std::string_view path, Progress &&progress = {}) const {
        const auto call = [](auto... all) { return kv_backup(all...); };
        return detail::with_pages(call, handle_, path, "backup: the path", progress);
    }

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
    result<void> try_restore(std::string_view path, Progress &&progress = {}) const {
        const auto call = [](auto... all) { return kv_restore(all...); };
        return detail::with_pages(call, handle_, path, "restore: the path", progress);
    }

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
    KV_THROWS copy_state copy(const store_handle &to, const copy_options &options = {},
                              Progress &&progress = {}) const {
        return detail::value_of(try_copy(to, options, progress));
    }
    template <class Progress = detail::no_progress>
    result<copy_state> try_copy(const store_handle &to, const copy_options &options = {},
                                Progress &&progress = {}) const {
        auto report = [&](const kv_copy_state *native) {
            return progress(detail::state_from(*native));
        };
        using bridge = detail::progress_bridge<decltype(report), const kv_copy_state *>;
        bridge carried(report);
        const kv_copy_options native = detail::native_options(options);
        detail::owned_copy_state state;
        result<copy_state> copied = detail::call(
            [&](kv_error *error) {
                return kv_copy(handle_, to.native(), &native, &bridge::call, &carried,
                               &state.native, error);
            },
            [&](kv_status) { return detail::state_from(state.native); });
        carried.rethrow();
        return copied;
    }

    /// Returns unused space in the file to the file system. Writers wait until it is done.
    KV_THROWS void compact() const { detail::value_of(try_compact()); }
    result<void> try_compact() const {
        return detail::call([&](kv_error *error) { return kv_compact(handle_, error); },
                            detail::nothing);
    }

    /// Verifies everything in the file; errc::corrupt with the first fault in the message.
    KV_THROWS void check() const { detail::value_of(try_check()); }
    result<void> try_check() const {
        return detail::call([&](kv_error *error) { return kv_check(handle_, error); },
                            detail::nothing);
    }

    /// Returns once every acknowledged write would survive a loss of power.
    KV_THROWS void flush() const { detail::value_of(try_flush()); }
    result<void> try_flush() const {
        return detail::call([&](kv_error *error) { return kv_flush(handle_, error); },
                            detail::nothing);
    }

protected:
    using store_metrics::store_metrics;
};

}  // namespace kv

#endif
