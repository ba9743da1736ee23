// Operations of a store for those who want to hear of changes.
#ifndef KV_CHANGE_OPERATIONS_HPP
#define KV_CHANGE_OPERATIONS_HPP

#include <kv/entry_operations.hpp>
#include <kv/watch.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kv {

/// Watches, callbacks and the log of changes; see basic_operations.
template <class Errors>
class basic_change_operations : public basic_entry_operations<Errors> {
    using base = basic_entry_operations<Errors>;

public:
    template <class T>
    using returned = typename Errors::template returned<T>;

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

protected:
    using base::base;
    using base::done;
    using base::handle_;
    using base::number;
};

}  // namespace kv

#endif
