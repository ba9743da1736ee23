//! Opening and closing stores.

use std::ffi::c_char;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use crate::ffi::bytes::{give, output, text};
use crate::ffi::changes::close_change_cursors;
use crate::ffi::handle::shared::{Entered, SharedSlots, Slot};
use crate::ffi::handle::{Kind, unpack};
use crate::ffi::scan::close_cursors;
use crate::ffi::status::{KV_OK, guard, guard_or_else, kv_error, kv_status};
use crate::{CallContext, Error, ErrorKind, Result, Store, is_calling_back, is_forked};

/// Stores that can be open at once in a process.
const STORES_MAX: usize = 4096;

static SLOTS: [Slot<Store>; STORES_MAX] = [const { Slot::new() }; STORES_MAX];
static STORES: SharedSlots<Store> = SharedSlots::new(Kind::Store, "store", &SLOTS);

/// Bound handles that can be open at once in a process.
const BOUND_MAX: usize = 65_536;

static BOUND_SLOTS: [Slot<Bound>; BOUND_MAX] = [const { Slot::new() }; BOUND_MAX];
static BOUND: SharedSlots<Bound> = SharedSlots::new(Kind::Bound, "bound store", &BOUND_SLOTS);

/// A store as a bound handle sees it. It holds nothing of the store, which can be closed.
struct Bound {
    store: u64,
    call: CallContext,
}

/// Where kv_cancel finds the context of a bound handle: what [`SharedSlots`] does to look one up is
/// not for signal handlers.
static CANCELS: [Cancel; BOUND_MAX] = [const { Cancel::new() }; BOUND_MAX];

struct Cancel {
    /// The handle whose context this is; 0 for none.
    id: AtomicU64,
    call: AtomicPtr<CallContext>,
    /// Those who look at it; it is not freed while there are any.
    users: AtomicU32,
}

impl Cancel {
    const fn new() -> Cancel {
        let call = AtomicPtr::new(std::ptr::null_mut());
        Cancel { id: AtomicU64::new(0), call, users: AtomicU32::new(0) }
    }

    fn of(id: u64) -> Option<&'static Cancel> {
        unpack(Kind::Bound, id).and_then(|(_, index)| CANCELS.get(index))
    }

    fn open(&self, id: u64, call: &CallContext) {
        self.call.store(Box::into_raw(Box::new(call.clone())), Ordering::SeqCst);
        self.id.store(id, Ordering::SeqCst);
    }

    /// Cancels an arming of a handle; answers whether it is open.
    fn cancel(&self, id: u64, arming: u64) -> bool {
        self.users.fetch_add(1, Ordering::SeqCst);
        let is_open = self.id.load(Ordering::SeqCst) == id;
        // SAFETY: it is freed once it is out of its place and nobody is counted as its user.
        let call = unsafe { self.call.load(Ordering::SeqCst).as_ref() };
        if let (true, Some(call)) = (is_open, call) {
            call.cancel(arming);
        }
        self.users.fetch_sub(1, Ordering::SeqCst);
        is_open
    }

    fn close(&self) {
        self.id.store(0, Ordering::SeqCst);
        let call = self.call.swap(std::ptr::null_mut(), Ordering::SeqCst);
        while self.users.load(Ordering::SeqCst) != 0 {
            std::thread::yield_now();
        }
        if !call.is_null() {
            // SAFETY: it came out of a box, and nobody finds it any more.
            drop(unsafe { Box::from_raw(call) });
        }
    }
}

/// An open store. All calls, close included, may come from any thread at any time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_store {
    /// The number of the handle; 0 is no store.
    pub id: u64,
}

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
        if is_bound(store) {
            let wake = |bound: &Bound| {
                bound.call.cancel(0);
                Cancel::of(store.id).into_iter().for_each(Cancel::close);
            };
            BOUND.remove_after(store.id, wake)?;
            close_cursors(store.id);
            close_change_cursors(store.id);
            return Ok(KV_OK);
        }
        let closed = STORES.remove(store.id)?;
        close_cursors(store.id);
        close_change_cursors(store.id);
        drop(closed);
        Ok(KV_OK)
    })
}

/// Answers whether a handle of a store, kept by something made from it, is `store` or bound to it.
pub fn is_of(handle: u64, store: u64) -> bool {
    handle == store || BOUND.enter(handle).is_ok_and(|bound| bound.store == store)
}

/// Returns the handle of a store that is bound anew.
pub fn bind(store: kv_store) -> Result<u64> {
    check_fork()?;
    let parent = match is_bound(store) {
        true => BOUND.enter(store.id)?.store,
        false => store.id,
    };
    // It has to be there, and stays until the handle is.
    let _open = enter_parent(store, parent)?;
    let call = CallContext::new();
    let id = BOUND.insert(Bound { store: parent, call: call.clone() })?;
    Cancel::of(id).into_iter().for_each(|cancel| cancel.open(id, &call));
    Ok(id)
}

/// Calls `work` with the context of a bound handle.
pub fn with_bound<R>(bound: kv_store, work: impl FnOnce(&CallContext) -> R) -> Result<R> {
    check_fork()?;
    if !is_bound(bound) {
        STORES.enter(bound.id)?;
        let message = "the store is not bound: kv_bind gives a handle that can be armed";
        return Err(Error::new(ErrorKind::Argument, message));
    }
    Ok(work(&BOUND.enter(bound.id)?.call))
}

/// Cancels an arming of a bound handle. Async-signal-safe, its errors included.
pub fn cancel(bound: kv_store, arming: u64) -> Result<()> {
    check_fork()?;
    // SAFETY: the place of this thread's errno is there as long as the thread.
    let errno = unsafe { *libc::__errno_location() };
    let is_open = Cancel::of(bound.id).is_some_and(|cancel| cancel.cancel(bound.id, arming));
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
    if is_open {
        return Ok(());
    }
    Err(match unpack(Kind::Store, bound.id) {
        Some(_) => {
            let message = "the store is not bound: kv_bind gives a handle that can be cancelled";
            Error::new(ErrorKind::Argument, message)
        }
        None => Error::new(ErrorKind::Handle, "the bound store handle is zero, closed or not one"),
    })
}

fn is_bound(store: kv_store) -> bool {
    unpack(Kind::Bound, store.id).is_some()
}

/// Returns the store of a handle, which is `store` itself or what it is bound to.
fn enter_parent(store: kv_store, parent: u64) -> Result<Entered<'static, Store>> {
    let entered = STORES.enter(parent);
    match is_bound(store) {
        true => entered.map_err(|_| {
            Error::new(ErrorKind::Closed, "the store that this handle is bound to was closed")
        }),
        false => entered,
    }
}

/// Calls `body` with an open store, bound or not.
fn enter<R>(store: kv_store, body: impl FnOnce(&Store) -> Result<R>) -> Result<R> {
    if !is_bound(store) {
        return body(&*STORES.enter(store.id)?);
    }
    let bound = BOUND.enter(store.id)?;
    let parent = enter_parent(store, bound.store)?;
    body(&parent.bind(&bound.call))
}

/// Gives an open store to the caller; returns its handle.
pub fn adopt(store: Store) -> Result<u64> {
    STORES.insert(store)
}

/// Runs `body` with an open store; a panic poisons the store.
pub fn with_store(
    store: kv_store,
    error: *mut kv_error,
    body: impl FnOnce(&Store) -> Result<kv_status>,
) -> kv_status {
    let call = || check_fork().and_then(|()| enter(store, body));
    guard_or_else(error, call, || poison(store.id))
}

/// Runs `body` with two open stores; a panic poisons both.
pub fn with_stores(
    from: kv_store,
    to: kv_store,
    error: *mut kv_error,
    body: impl FnOnce(&Store, &Store) -> Result<kv_status>,
) -> kv_status {
    let call = || {
        check_fork()?;
        enter(from, |from| enter(to, |to| body(from, to)))
    };
    guard_or_else(error, call, || {
        poison(from.id);
        poison(to.id);
    })
}

/// Runs `body` with the store that a handle of another kind was made from.
pub fn with_store_of<R>(store: u64, body: impl FnOnce(&Store) -> Result<R>) -> Result<R> {
    check_fork()?;
    let mut entered = false;
    let result = enter(kv_store { id: store }, |store| {
        entered = true;
        body(store)
    });
    match entered {
        true => result,
        false => Err(Error::new(ErrorKind::Closed, "the store of this handle was closed")),
    }
}

/// Makes an open store refuse writes, after a bug may have left it half done.
pub fn poison(store: u64) {
    // Of a store that is closed there is nothing left to poison.
    let _ = enter(kv_store { id: store }, |store| {
        store.poison();
        Ok(())
    });
}

/// Fails in a process that was forked while a store was open.
pub fn check_fork() -> Result<()> {
    if is_forked() {
        let message = "this process was forked while a store was open";
        return Err(Error::new(ErrorKind::Forked, message));
    }
    Ok(())
}
