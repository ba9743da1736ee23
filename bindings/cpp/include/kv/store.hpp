// The store with all its calls, and a reference to one.
#ifndef KV_STORE_HPP
#define KV_STORE_HPP

#include <kv/store_admin.hpp>

#include <string>
#include <string_view>

namespace kv {

/// An open store. Moves, and closes itself, which waits for calls that run in other threads. Moved
/// from it is empty: every call fails with errc::handle.
///
/// Most calls are in its base classes, one for each theme: reads (store_reads) and writes
/// (store_writes) of one key, values in pieces (store_streams), many steps (store_batches), many
/// keys (store_ranges), locks (store_locks), text and JSON (store_text), changes (store_changes),
/// limits and maintenance (store_admin).
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
class store : public store_admin {
public:
    /// Opens a store: a path, `sqlite:PATH?option=value`, `memory:`, `memory:NAME`; kv_open lists
    /// options and errors. A missing file is created, readable by its owner alone.
    KV_THROWS explicit store(std::string_view location)
        : store(detail::value_of(try_open(location))) {}
    KV_THROWS static store open(std::string_view location) {
        return detail::value_of(try_open(location));
    }
    static result<store> try_open(std::string_view location) {
        const std::string text(location);
        kv_store handle{};
        return detail::call(
            [&](kv_error *error) {
                kv_status status = detail::fits(kv_abi_version(), error);
                if (status < 0) return status;
                status = detail::without_nul(text, "open: the location", error);
                return status < 0 ? status : kv_open(text.c_str(), &handle, error);
            },
            [&](kv_status) { return store(handle); });
    }

    /// Opens the store that a services file, in YAML, calls `service`; see kv_open_config for the
    /// form. errc::config with file, line, column and key if the file is wrong or the service is
    /// not in it; errors as open(). Other threads must not change the environment meanwhile.
    KV_THROWS static store open_config(std::string_view path, std::string_view service) {
        return detail::value_of(try_open_config(path, service));
    }
    static result<store> try_open_config(std::string_view path, std::string_view service) {
        const std::string file(path), name(service);
        kv_store handle{};
        return detail::call(
            [&](kv_error *error) {
                kv_status status = detail::fits(kv_abi_version(), error);
                if (status < 0) return status;
                status = detail::without_nul(file, "open config: the path", error);
                if (status < 0) return status;
                status = detail::without_nul(name, "open config: the service", error);
                if (status < 0) return status;
                return kv_open_config(file.c_str(), name.c_str(), &handle, error);
            },
            [&](kv_status) { return store(handle); });
    }

    /// Takes over a store of kv.h.
    explicit store(kv_store handle) noexcept : store_admin(handle) {}
    store(store &&) = default;
    store &operator=(store &&) = default;

    /// Returns a store of its own that is narrowed to a namespace: 1 to 255 ASCII letters, digits
    /// and hyphens (errc::argument). It has every operation, and stays open when this one is
    /// closed. Its group "users" is this one's "acme:users"; nothing outside can be seen or changed
    /// through it. backup(), restore() and quotas are errc::unsupported there.
    KV_THROWS store scope(std::string_view name) const { return detail::value_of(try_scope(name)); }
    result<store> try_scope(std::string_view name) const {
        const std::string text(name);
        kv_store scoped{};
        return detail::call(
            [&](kv_error *error) {
                const kv_status status = detail::without_nul(text, "scope: the namespace", error);
                return status < 0 ? status : kv_scope(handle_, text.c_str(), &scoped, error);
            },
            [&](kv_status) { return store(scoped); });
    }

    /// Takes a snapshot: returns a store of its own that reads this one as it is now, however many
    /// calls follow and whatever is written meanwhile. Its entries neither change nor expire, and a
    /// ttl is what was left at this moment. It has every call that reads, scopes and transactions
    /// among them, and stays open when this one is closed. Writes fail with errc::read_only;
    /// watches, statistics, quotas, backups and checks, and snapshot() of a Redis, with
    /// errc::unsupported.
    ///
    /// Destroy it soon. On SQLite the WAL cannot shrink below the part that it needs; if it is not
    /// used for the snapshot_timeout of the store its calls fail with errc::compacted. In memory a
    /// value that is overwritten is kept as long as it.
    KV_THROWS store snapshot() const { return detail::value_of(try_snapshot()); }
    result<store> try_snapshot() const {
        kv_store taken{};
        return detail::call([&](kv_error *error) { return kv_snapshot(handle_, &taken, error); },
                            [&](kv_status) { return store(taken); });
    }
};

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
