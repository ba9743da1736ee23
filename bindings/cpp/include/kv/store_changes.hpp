// How a store publishes its changes.
#ifndef KV_STORE_CHANGES_HPP
#define KV_STORE_CHANGES_HPP

#include <kv/change_cursor.hpp>
#include <kv/store_text.hpp>
#include <kv/subscription.hpp>
#include <kv/watch.hpp>
#include <kv/watch_options.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace kv {

/// The part of a store that publishes its changes; see kv::store.
class store_changes : public store_text {
public:
    /// Watches a key, or what the options make of group and key. A change is in the watch's queue
    /// before the write that makes it returns.
    KV_THROWS kv::watch watch(std::string_view group, std::string_view key,
                              const watch_options &options = {}) const {
        return detail::value_of(try_watch(group, key, options));
    }
    result<kv::watch> try_watch(std::string_view group, std::string_view key,
                                const watch_options &options = {}) const {
        const kv_watch_options native = options.native();
        kv_watch handle{};
        // A key that is empty is a key; NULL is none.
        if (key.data() == nullptr) key = "";
        return detail::call(
            [&](kv_error *error) {
                return kv_watch_open(handle_, group.data(), group.size(), key.data(), key.size(),
                                     &native, &handle, error);
            },
            [&](kv_status) { return kv::watch(handle); });
    }

    /// Watches all keys of a group; without a group, of all groups.
    KV_THROWS kv::watch watch(std::string_view group) const {
        return detail::value_of(try_watch(group));
    }
    KV_THROWS kv::watch watch() const { return detail::value_of(try_watch()); }
    result<kv::watch> try_watch(std::string_view group) const {
        return try_watch(group, {}, watch_options().with_keys(watched::any));
    }
    result<kv::watch> try_watch() const {
        return try_watch({}, {}, watch_options().with_groups(watched::any).with_keys(watched::any));
    }

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
    result<change_cursor> try_changes(std::uint64_t since = 0) const {
        kv_change_cursor handle{};
        return detail::call(
            [&](kv_error *error) { return kv_changes(handle_, since, &handle, error); },
            [&](kv_status) { return change_cursor(handle); });
    }

    /// Returns the least version that changes() and watch_options::since take.
    KV_THROWS std::uint64_t changes_oldest() const {
        return detail::value_of(try_changes_oldest());
    }
    result<std::uint64_t> try_changes_oldest() const {
        std::uint64_t since = 0;
        return detail::call(
            [&](kv_error *error) { return kv_changes_oldest(handle_, &since, error); },
            [&](kv_status) { return since; });
    }

protected:
    using store_text::store_text;
};

}  // namespace kv

#endif
