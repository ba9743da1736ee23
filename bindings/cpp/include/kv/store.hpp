// The store with all its operations, and a reference to one.
#ifndef KV_STORE_HPP
#define KV_STORE_HPP

#include <kv/store_admin.hpp>
#include <kv/store_changes.hpp>
#include <kv/store_class.hpp>
#include <kv/store_entries.hpp>
#include <kv/store_ranges.hpp>
#include <kv/store_text.hpp>

namespace kv {

/// A reference to a store that another object owns, to be passed and kept by value:
/// `ref->get(...)`. Once its owner has closed it every call fails with errc::handle; nothing
/// dangles.
class store_ref {
public:
    store_ref(const store &store) noexcept : borrowed_(store.native()) {}
    /// Borrows a store of kv.h.
    explicit store_ref(kv_store handle) noexcept : borrowed_(handle) {}
    store_ref(const store_ref &other) noexcept : borrowed_(other.borrowed_.native()) {}
    store_ref &operator=(const store_ref &other) noexcept {
        const kv_store handle = other.borrowed_.native();
        static_cast<void>(borrowed_.release());
        borrowed_ = store(handle);
        return *this;
    }
    ~store_ref() { static_cast<void>(borrowed_.release()); }

    /// The store, for everything but closing it.
    const store &operator*() const noexcept { return borrowed_; }
    const store *operator->() const noexcept { return &borrowed_; }

private:
    store borrowed_;
};

}  // namespace kv

#endif
