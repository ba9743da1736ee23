//! Bound handles: deadlines for calls, and their cancelling.

use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

use crate::ffi::bytes::{give, invalid, output};
use crate::ffi::status::{KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{bind, cancel, kv_store, with_bound};
use crate::{Error, Poll};

/// The function of kv_arm_poll. Returns 0 to go on, anything else to cancel the call. It may run
/// the caller's signal handlers; it must not call the store, and must return: an exception must not
/// leave it.
pub type kv_poll_fn = Option<unsafe extern "C" fn(user_data: *mut c_void) -> i32>;

/// Binds a store: gives a handle of the same store whose calls can have a deadline and be cancelled.
///
/// It takes every call of a store. A cursor or transaction made through it obeys the deadline that
/// the handle has at the time of each call. Waits for locks of others and for the turn to write,
/// scans, counts, purges, checks, backups, copies and calls of a Redis end within about 10 ms with
/// KV_ERR_DEADLINE or KV_ERR_CANCELLED, having written nothing; a call that has begun to commit goes
/// on to its end and returns what came of it. A write that was sent to a Redis, and not answered, is
/// KV_ERR_UNAVAILABLE: whether it was written is not known. busy_timeout is KV_ERR_BUSY and
/// call_timeout KV_ERR_UNAVAILABLE as ever, if they come first. kv_watch_poll has a timeout of its own
/// and obeys no deadline; watches and callbacks made through the handle belong to the store.
///
/// One handle is for one call at a time: calls of several threads through it end together. It costs
/// next to nothing to keep for the next call. The store may be bound itself, or a scope; a scope of
/// a bound store is not bound.
///
/// Gives a handle that kv_close ends; that cancels a call which runs through it, and waits for it.
/// Once the store is closed, calls through it are KV_ERR_CLOSED. On failure it is zeroed.
///
/// Returns KV_OK; KV_ERR_MEMORY when 65,536 are open.
/// @errors store arguments
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_bind(
    store: kv_store,
    bound: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(bound, kv_store { id: 0 }) };
    guard(error, || {
        // SAFETY: the caller's promises, as the header states them.
        let bound = unsafe { output("bound", bound) }?;
        bound.id = bind(store)?;
        Ok(KV_OK)
    })
}

/// Arms a bound handle for its next call, or for several: from now on they have `deadline_ms`
/// milliseconds together, by a clock that nobody sets; -1 is no deadline, 0 one that has passed. An
/// earlier kv_cancel is undone.
///
/// Gives the number of the arming, never 0, unless `arming` is NULL: a cancel that names it and
/// comes late, when the handle was armed again, does nothing.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for a deadline below -1, and for a handle that is not bound.
/// @errors handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_arm(
    bound: kv_store,
    deadline_ms: i64,
    arming: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    guard(error, || {
        let time = match deadline_ms {
            -1 => None,
            ms => Some(u64::try_from(ms).map(Duration::from_millis).map_err(|_| negative(ms))?),
        };
        let number = with_bound(bound, |call| call.arm(time))?;
        // SAFETY: the caller passes NULL or a number of its own.
        unsafe { give(arming, number) };
        Ok(KV_OK)
    })
}

/// Cancels the calls of an arming, those that run and those that come until kv_arm; with 0 instead of
/// a number, those of the newest. Does nothing if the handle was armed again since.
///
/// Any thread may call it at any time, and so may a signal handler: it takes no lock, allocates
/// nothing and leaves errno alone.
///
/// Returns KV_OK, also if nothing runs; KV_ERR_ARGUMENT for a handle that is not bound.
/// @errors handle
#[unsafe(no_mangle)]
pub extern "C" fn kv_cancel(bound: kv_store, arming: u64, error: *mut kv_error) -> kv_status {
    guard(error, || cancel(bound, arming).map(|()| KV_OK))
}

/// Has a function called, about every 10 ms, by the thread that calls through a bound handle, while
/// that call waits or works; NULL ends that. It is how an interpreter runs its signal handlers in a
/// long call.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for a handle that is not bound.
/// @errors handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_arm_poll(
    bound: kv_store,
    poll: kv_poll_fn,
    user_data: *mut c_void,
    error: *mut kv_error,
) -> kv_status {
    guard(error, || {
        let poll = poll.map(|function| {
            let user = User(user_data);
            // SAFETY: the caller passed a function that takes this.
            Arc::new(move || unsafe { function(user.pointer()) } != 0) as Poll
        });
        with_bound(bound, |call| call.set_poll(poll))?;
        Ok(KV_OK)
    })
}

fn negative(deadline_ms: i64) -> Error {
    invalid(format!("a deadline of {deadline_ms} ms is negative; -1 is none"))
}

/// The pointer that the function of the caller is handed.
struct User(*mut c_void);

// SAFETY: the caller passes a pointer that its function may be handed in any thread that calls.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    fn pointer(&self) -> *mut c_void {
        self.0
    }
}
