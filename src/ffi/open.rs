//! OpenOptions and closing stores.

use std::ffi::c_char;

use crate::ffi::bytes::{give, output, text};
use crate::ffi::changes::close_change_cursors;
use crate::ffi::scan::close_cursors;
use crate::ffi::status::{KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{adopt, check_fork, kv_store, remove};
use crate::{Error, ErrorKind, is_calling_back};

/// Opens a store.
///
/// `location` is a path, `sqlite:PATH?option=value`, `memory:?option=value`, `:memory:` or that of a
/// Redis, see below. The options of
/// sqlite are durability=normal|full, busy_timeout=5s, purge_interval=60s (0: never),
/// wal_limit=16MiB, inline_limit=960, create=on|off, create_dirs=off|on, read_only=off|on. A path
/// without sqlite: is taken literally. A missing file is created, readable by its owner alone.
/// Handles on one file share one engine within a process; options that differ from those in use
/// are refused.
///
/// changes=on|off switches the log of changes, which makes watches hear of all processes that use
/// the file; changes_keep=100000 (0: all) and changes_keep_for=7d (0: for ever) say how much of it
/// is kept. These three belong to the file: what is not said stays as it is, for everybody.
///
/// max_bytes=64MiB and max_entries=1000 (0: no limit), for sqlite and memory, limit what the store as
/// a whole may hold: entries, and the bytes of groups, keys and values. A write that would exceed a
/// limit first has expired entries purged. evict=none: if that is not enough, it fails with
/// KV_ERR_FULL, and everything stays as it was. evict=lru: the entries that were not used for the
/// longest time are removed, in the same transaction and with a KV_EVENT_DELETE each, until there is
/// room; only what would not fit into the empty store is KV_ERR_FULL. A read of a key, also of its
/// ttl, and a write use it; scans, counts and conditions do not. A batch counts as it leaves the
/// store, and evicts nothing that it uses itself. In a file these three belong to the file, as
/// the log of changes does: they hold for everybody, from now on, and max_bytes=0&max_entries=0
/// removes them.
///
/// default_ttl=10m (0: for ever), for stores of every kind, is how long entries live that this process
/// writes without a ttl.
///
/// redis://USER:PASSWORD@HOST:6379/0?option=value is a store in a Redis, redis-cluster://HOST,HOST one in
/// a Redis Cluster; rediss and rediss-cluster are encrypted. User and password are escaped as %XX; all
/// between the scheme and the options may be left out. The options are prefix=kv, pool_size=10
/// (connections to a server), connect_timeout=2s, call_timeout=5s, purge_interval=60s,
/// expiry_events=on|off, scans=snapshot|live, tls_ca=FILE, tls_cert=FILE, tls_key=FILE. docs/storage.md lists what cannot hold
/// there; such calls fail with KV_ERR_UNSUPPORTED.
///
/// Gives a handle that kv_close ends. On failure the handle is zeroed.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for a location or option that is not understood, named in the
/// message; KV_ERR_IO or KV_ERR_PERMISSION with os_error if the file cannot be opened;
/// KV_ERR_FORMAT for a file that is not a store or of a newer format, which stays as it is;
/// KV_ERR_CORRUPT for a damaged one; KV_ERR_BUSY if another process holds it past the time-out;
/// KV_ERR_READ_ONLY if SQLite cannot create the files it keeps beside it; KV_ERR_UNAVAILABLE if no
/// server answers in time, KV_ERR_PERMISSION if it does not let us in; KV_ERR_MEMORY when 4,096
/// stores are open.
/// @errors call arguments engine KV_ERR_FULL KV_ERR_READ_ONLY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_open(
    location: *const c_char,
    store: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(store, kv_store { id: 0 }) };
    guard(error, || {
        // SAFETY: the caller passes NULL or a kv_store of its own.
        let store = unsafe { output("store", store) }?;
        check_fork()?;
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let location = unsafe { text("location", location) }?;
        store.id = adopt(crate::open(location)?)?;
        Ok(KV_OK)
    })
}

/// Opens the store that a services file calls `service`: a file in YAML that names stores.
///
/// services: {sessions: {type: kvstore_sqlite, config: {path: app.db, durability: full}}}
///
/// A type is kvstore_sqlite, kvstore_memory or kvstore_redis. The keys of a config are the path
/// and the options of kv_open, and of a Redis addr, username, password, db, cluster and tls; an unknown
/// one, and a value of the wrong type, is an error. In texts ${NAME} and ${NAME:default} stand for
/// a variable of the environment. docs/services.md has all of it.
///
/// What the file says about other services is not looked at. A service opened twice is one file
/// opened twice, as with kv_open; one in memory is a new store each time. Relative paths, that of
/// the file and those in it, are relative to the working directory.
///
/// Gives a handle that kv_close ends. On failure the handle is zeroed. The environment must not be
/// changed by another thread during the call.
///
/// Returns KV_OK; KV_ERR_CONFIG if something in the file is wrong or the service is not in it: the
/// message has file, line, column, service and key, and nothing of a password or of what a variable
/// holds; KV_ERR_IO or KV_ERR_PERMISSION with os_error if the file cannot be read; KV_ERR_ARGUMENT
/// for NULL or text that is not UTF-8. An error of the store itself is as kv_open describes it,
/// after the line of its service.
/// @errors call arguments engine KV_ERR_FULL KV_ERR_READ_ONLY KV_ERR_CONFIG
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_open_config(
    config_path: *const c_char,
    service: *const c_char,
    store: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(store, kv_store { id: 0 }) };
    guard(error, || {
        // SAFETY: the caller passes NULL or a kv_store of its own.
        let store = unsafe { output("store", store) }?;
        check_fork()?;
        // SAFETY: the caller passes NULL or a NUL-terminated string.
        let path = unsafe { text("config_path", config_path) }?;
        // SAFETY: as above.
        let service = unsafe { text("service", service) }?;
        store.id = adopt(crate::open_config(path, service)?)?;
        Ok(KV_OK)
    })
}

/// Closes a store: refuses new calls with KV_ERR_HANDLE, waits for running ones, ends cursors
/// and watches (their next call is KV_ERR_CLOSED, whoever waits in one is woken) and callbacks, and
/// closes the file when this was its last handle and no cursor is at an entry. Of a bound handle it
/// ends the handle alone, see kv_bind.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that is closed already, zero or not a store;
/// KV_ERR_BUSY from inside a callback.
/// @errors handle KV_ERR_BUSY
#[unsafe(no_mangle)]
pub extern "C" fn kv_close(store: kv_store, error: *mut kv_error) -> kv_status {
    guard(error, || {
        check_fork()?;
        if is_calling_back() {
            let message = "a store cannot be closed inside a callback";
            return Err(Error::new(ErrorKind::Busy, message));
        }
        let closed = remove(store)?;
        close_cursors(store.id);
        close_change_cursors(store.id);
        drop(closed);
        Ok(KV_OK)
    })
}
