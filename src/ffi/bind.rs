//! Bound handles: deadlines of calls, and their cancelling.

use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::status::{KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{bind, cancel, kv_store, with_bound};
use crate::{Error, Poll};

/// The function for kv_arm_poll. A return value of 0 continues the call; any other value cancels
/// it. It may run signal handlers of the caller. It must not call the store, and it must return: no
/// exception may leave it.
pub type kv_poll_fn = Option<unsafe extern "C" fn(user_data: *mut c_void) -> i32>;

/// Binds a store: creates a handle of the same store whose calls can have a deadline and be
/// cancelled.
///
/// The handle takes every call of a store. A cursor or transaction that is made through it obeys
/// the deadline that the handle has at the time of each call. Waits for a lock or in the write
/// queue, scans, counts, purges, checks, backups, copies and calls of a Redis end within about 10
/// ms of the deadline or cancel with KV_ERR_DEADLINE or KV_ERR_CANCELLED. They have written
/// nothing, except the finished steps of a copy or purge. A call that has begun to commit runs to
/// its end and returns its result. A write that was sent to a Redis without a reply returns
/// KV_ERR_UNAVAILABLE: it is unknown whether it was written. If busy_timeout or call_timeout passes
/// first, the call returns KV_ERR_BUSY or KV_ERR_UNAVAILABLE as on any store. Watches and callbacks
/// that are made through the handle belong to the store; a kv_watch_poll that waits obeys the
/// handle as well, and returns KV_ERR_CANCELLED once the handle is closed.
///
/// One handle serves one call at a time: calls of several threads through it have one deadline and
/// are cancelled together. A handle is cheap to keep for later calls. `store` may be bound itself,
/// or be a scope; a scope of a bound store is not bound.
///
/// The caller ends the handle with kv_close, which cancels a call that runs through it and waits
/// for that call. After the store is closed, calls through the handle return KV_ERR_CLOSED. On
/// failure the handle is zeroed.
///
/// Returns KV_OK; KV_ERR_MEMORY when 65,536 bound handles are open.
/// @errors store arguments
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_bind(
    store: kv_store,
    bound: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(bound), Out(error));
    bound.reset(kv_store { id: 0 });
    guard(error, || {
        let bound = bound.required("bound")?;
        bound.write(kv_store { id: bind(store)? });
        Ok(KV_OK)
    })
}

/// Arms a bound handle for its next call, or for several: from now on they have `deadline_ms`
/// milliseconds together, by the monotonic clock. -1 is no deadline; 0 is a deadline that has
/// already passed. An earlier kv_cancel is undone.
///
/// The call writes the number of the arming to `*arming`, which may be NULL; the number is never 0.
/// A kv_cancel with this number has no effect once the handle is armed again.
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
    arguments!(Out(arming), Out(error));
    guard(error, || {
        let time = match deadline_ms {
            -1 => None,
            ms => Some(u64::try_from(ms).map(Duration::from_millis).map_err(|_| negative(ms))?),
        };
        let number = with_bound(bound, |call| call.arm(time))?;
        arming.write(number);
        Ok(KV_OK)
    })
}

/// Cancels the calls of an arming, the running ones and those that begin before the next kv_arm. 0
/// instead of a number means the newest arming. The call has no effect if the handle was armed
/// again since.
///
/// Any thread may call it at any time, and so may a signal handler: it takes no lock, allocates no
/// memory and leaves errno unchanged.
///
/// Returns KV_OK, also if no call is running; KV_ERR_ARGUMENT for a handle that is not bound.
/// @errors handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_cancel(
    bound: kv_store,
    arming: u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(error));
    guard(error, || cancel(bound, arming).map(|()| KV_OK))
}

/// Sets a function that runs about every 10 ms, in the calling thread, while a call through a bound
/// handle waits or works. NULL removes it. With it an interpreter runs its signal handlers during a
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
    arguments!(Out(error));
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

/// The pointer that the function of the caller receives.
struct User(*mut c_void);

// SAFETY: the caller passes a pointer that its function may receive in any calling thread.
unsafe impl Send for User {}
// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    fn pointer(&self) -> *mut c_void {
        self.0
    }
}
