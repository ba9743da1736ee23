//! The table of open stores, and that of the handles bound to them.

use std::ops::Deref;

use crate::ffi::arguments::Out;
use crate::ffi::handle::cancel::Cancel;
use crate::ffi::handle::hazard::{Guard, SharedSlots, Slot};
use crate::ffi::handle::{Kind, unpack};
use crate::ffi::observed::Call;
use crate::ffi::status::{KV_OK, guard_or_else, kv_error, kv_status};
use crate::{CallContext, Error, ErrorKind, Result, Store, is_forked};

/// The largest number of open stores in a process.
const STORES_MAX: usize = 4096;

static SLOTS: [Slot<Store>; STORES_MAX] = [const { Slot::new() }; STORES_MAX];
static STORES: SharedSlots<Store> = SharedSlots::new(Kind::Store, &SLOTS);

/// The largest number of open bound handles in a process.
const BOUND_MAX: usize = 65_536;

static BOUND_SLOTS: [Slot<Bound>; BOUND_MAX] = [const { Slot::new() }; BOUND_MAX];
static BOUND: SharedSlots<Bound> = SharedSlots::new(Kind::Bound, &BOUND_SLOTS);

/// The context of each bound handle, for kv_cancel. The look-up of [`SharedSlots`] is not
/// async-signal-safe.
static CANCELS: [Cancel; BOUND_MAX] = [const { Cancel::new() }; BOUND_MAX];

/// The content of a bound handle. It does not keep its store open.
struct Bound {
    store: u64,
    call: CallContext,
}

/// The handle of an open store. All calls on it, kv_close among them, may come from any thread at
/// any time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_store {
    /// The number of the handle; 0 is no store.
    pub id: u64,
}

/// A store that a call uses, and that stays open during the call.
struct InUse {
    /// The store with the context of a bound handle, and the guard of that handle. It is dropped
    /// before the guard of the store.
    bound: Option<(Store, Guard<'static, Bound>)>,
    store: Guard<'static, Store>,
}

impl Deref for InUse {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.bound.as_ref().map_or(&*self.store, |(store, _)| store)
    }
}

/// Puts an open store into the table; returns its handle.
pub fn adopt(store: Store) -> Result<u64> {
    STORES.insert(store)
}

/// Returns a new handle that is bound to a store.
pub fn bind(store: kv_store) -> Result<u64> {
    check_fork()?;
    let parent = match is_bound(store) {
        true => BOUND.enter(store.id)?.store,
        false => store.id,
    };
    // The store must be open, and stays open until the handle is in its table.
    let _open = enter_parent(store, parent)?;
    let call = CallContext::new();
    let id = BOUND.insert(Bound { store: parent, call: call.clone() })?;
    cancel_of(id).into_iter().for_each(|cancel| cancel.open(id, &call));
    Ok(id)
}

/// Ends a handle: refuses new calls, and waits for running ones; those that wait for a lock return.
/// Calls through a bound handle are cancelled. Returns the store, or `None` for a bound handle.
pub fn remove(store: kv_store) -> Result<Option<Store>> {
    if !is_bound(store) {
        return STORES.remove_after(store.id, Store::end_waits).map(Some);
    }
    let wake = |bound: &Bound| {
        bound.call.cancel(0);
        cancel_of(store.id).into_iter().for_each(Cancel::close);
    };
    BOUND.remove_after(store.id, wake).map(|_| None)
}

/// Returns whether `handle` is `store` itself, or a handle that is bound to it.
pub fn is_of(handle: u64, store: u64) -> bool {
    handle == store || BOUND.enter(handle).is_ok_and(|bound| bound.store == store)
}

/// Runs `work` with the context of a bound handle.
pub fn with_bound<R>(bound: kv_store, work: impl FnOnce(&CallContext) -> R) -> Result<R> {
    check_fork()?;
    if !is_bound(bound) {
        STORES.enter(bound.id)?;
        let message = "the store is not bound: kv_bind returns a handle that can be armed";
        return Err(Error::new(ErrorKind::Argument, message));
    }
    Ok(work(&BOUND.enter(bound.id)?.call))
}

/// Cancels an arming of a bound handle. Async-signal-safe, its errors included.
pub fn cancel(bound: kv_store, arming: u64) -> Result<()> {
    check_fork()?;
    if cancel_of(bound.id).is_some_and(|cancel| cancel.cancel(bound.id, arming)) {
        return Ok(());
    }
    Err(match unpack(Kind::Store, bound.id) {
        Some(_) => {
            let message = "the store is not bound: kv_bind returns a handle that can be cancelled";
            Error::new(ErrorKind::Argument, message)
        }
        None => {
            Error::new(ErrorKind::Handle, "the number is not a handle of kv_bind, or it was closed")
        }
    })
}

/// Runs `body` with an open store; a panic poisons the store.
pub fn with_store(
    store: kv_store,
    error: Out<kv_error>,
    body: impl FnOnce(&Store) -> Result<kv_status>,
) -> kv_status {
    let call = || {
        check_fork()?;
        body(&*enter(store)?)
    };
    guard_or_else(error, call, || poison(store.id))
}

/// Runs `body` as a call on an open store, which is observed; a panic poisons the store.
pub fn with_call(
    store: kv_store,
    call: &Call<'_>,
    error: Out<kv_error>,
    body: impl FnOnce(&Store) -> Result<kv_status>,
) -> kv_status {
    let mut body = Some(body);
    let mut run = |store: &Store| body.take().map_or(Ok(KV_OK), |body| body(store));
    run_call(store, call, error, &mut run)
}

/// It is not inlined into each function of the interface, which makes the library smaller.
#[inline(never)]
fn run_call(
    store: kv_store,
    call: &Call<'_>,
    error: Out<kv_error>,
    run: &mut dyn FnMut(&Store) -> Result<kv_status>,
) -> kv_status {
    with_short_call(store, call, error, |store| run(store))
}

/// Runs `body` like [`with_call`], inlined into a function that is called often and takes a
/// fraction of a microsecond.
#[inline]
pub fn with_short_call(
    store: kv_store,
    call: &Call<'_>,
    error: Out<kv_error>,
    body: impl FnOnce(&Store) -> Result<kv_status>,
) -> kv_status {
    with_store(store, error, |store| call.observe(store, || body(store)))
}

/// Runs `body` with two open stores; a panic poisons both.
pub fn with_stores(
    from: kv_store,
    to: kv_store,
    error: Out<kv_error>,
    body: impl FnOnce(&Store, &Store) -> Result<kv_status>,
) -> kv_status {
    let call = || {
        check_fork()?;
        body(&*enter(from)?, &*enter(to)?)
    };
    guard_or_else(error, call, || {
        poison(from.id);
        poison(to.id);
    })
}

/// Runs `body` with the store to which a handle of another kind belongs.
pub fn with_store_of<R>(store: u64, body: impl FnOnce(&Store) -> Result<R>) -> Result<R> {
    check_fork()?;
    let closed = |_| Error::new(ErrorKind::Closed, "the store of this handle was closed");
    body(&*enter(kv_store { id: store }).map_err(closed)?)
}

/// Poisons an open store, because a bug may have left its state half done.
pub fn poison(store: u64) {
    if let Ok(store) = enter(kv_store { id: store }) {
        store.poison();
    }
}

/// Returns an error in a process that was forked while a store was open.
pub fn check_fork() -> Result<()> {
    if is_forked() { Err(forked()) } else { Ok(()) }
}

#[cold]
#[inline(never)]
fn forked() -> Error {
    let message = "this process was forked while a store was open, so it cannot use one: close all \
                   stores before the fork, or start a new program (exec) in the child";
    Error::new(ErrorKind::Forked, message)
}

/// Returns the open store of a handle, which may be bound.
fn enter(store: kv_store) -> Result<InUse> {
    match is_bound(store) {
        false => Ok(InUse { bound: None, store: STORES.enter(store.id)? }),
        true => enter_bound(store),
    }
}

/// It is not inlined into each function of the interface.
#[inline(never)]
fn enter_bound(store: kv_store) -> Result<InUse> {
    let bound = BOUND.enter(store.id)?;
    let parent = enter_parent(store, bound.store)?;
    Ok(InUse { bound: Some((parent.bind(&bound.call), bound)), store: parent })
}

/// Returns the store `parent`, which is `store` itself or the store that `store` is bound to.
fn enter_parent(store: kv_store, parent: u64) -> Result<Guard<'static, Store>> {
    let entered = STORES.enter(parent);
    match is_bound(store) {
        true => entered.map_err(|_| {
            Error::new(ErrorKind::Closed, "the store that this handle is bound to was closed")
        }),
        false => entered,
    }
}

fn is_bound(store: kv_store) -> bool {
    unpack(Kind::Bound, store.id).is_some()
}

fn cancel_of(id: u64) -> Option<&'static Cancel> {
    unpack(Kind::Bound, id).and_then(|(_, index)| CANCELS.get(index))
}
