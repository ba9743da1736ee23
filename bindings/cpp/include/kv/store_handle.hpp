// The handle of a store: how it ends, and how another one is made.
#ifndef KV_STORE_HANDLE_HPP
#define KV_STORE_HANDLE_HPP

#include <kv/call.hpp>

#include <utility>

namespace kv {

/// The part of a store that owns its handle; see kv::store.
class store_handle {
public:
    store_handle(store_handle &&other) noexcept : handle_(other.release()) {}
    store_handle &operator=(store_handle &&other) noexcept {
        store_handle taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }

    /// Closes the store: refuses new calls with errc::handle, waits for running ones, and ends its
    /// cursors, watches and callbacks. A second time it fails with errc::handle, within a callback
    /// with errc::busy. The destructor closes too; this reports errors.
    KV_THROWS void close() { detail::value_of(try_close()); }
    result<void> try_close() {
        // The handle stays as it is: other threads may be reading it, and it is never used again.
        return detail::call([&](kv_error *error) { return kv_close(handle_, error); },
                            detail::nothing);
    }

    /// The handle, for functions of kv.h. It stays this object's.
    kv_store native() const noexcept { return handle_; }

    /// Gives up the handle; the caller closes it. This object is then as moved from.
    kv_store release() noexcept { return std::exchange(handle_, {}); }

protected:
    explicit store_handle(kv_store handle) noexcept : handle_(handle) {}
    ~store_handle() {
        if (handle_.id != 0) kv_close(handle_, nullptr);
    }

    kv_store handle_;
};

namespace detail {

/// Returns another handle of the same store, bound, which the caller closes.
inline result<kv_store> bind(kv_store store) {
    kv_store bound{};
    return call([&](kv_error *error) { return kv_bind(store, &bound, error); },
                [&](kv_status) { return bound; });
}

}  // namespace detail
}  // namespace kv

#endif
