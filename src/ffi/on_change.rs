//! Callbacks: functions that run in the thread that has written.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::ffi::bytes::{give, invalid, output};
use crate::ffi::event::kv_event;
use crate::ffi::handle::Kind;
use crate::ffi::handle::hazard::{SharedSlots, Slot};
use crate::ffi::status::{KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, with_store};
use crate::{CallbackHandle, Change};

/// Callbacks that can be registered at once in a process.
const SUBSCRIPTIONS_MAX: usize = 4096;

/// A slot is taken before the callback is registered: once it is, nothing can fail any more.
type Pending = OnceLock<CallbackHandle>;

static SLOTS: [Slot<Pending>; SUBSCRIPTIONS_MAX] = [const { Slot::new() }; SUBSCRIPTIONS_MAX];
static SUBSCRIPTIONS: SharedSlots<Pending> =
    SharedSlots::new(Kind::Subscription, "subscription", &SLOTS);

/// A callback that is registered. Any thread may end it at any time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_subscription {
    /// The number of the handle; 0 is no subscription.
    pub id: u64,
}

/// Called with each change. The event and its bytes are borrowed for the length of the call.
pub type kv_change_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, event: *const kv_event)>;

/// Called once with the user data of a callback that nobody will call any more.
pub type kv_destroy_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What belongs to a callback. The program promises that any thread may use it.
struct UserData {
    pointer: *mut c_void,
    destroy: kv_destroy_fn,
    /// Whether it is ours to destroy: not while registering may still fail.
    is_ours: AtomicBool,
}

// SAFETY: the header demands that the callback and its data may be used by any thread.
unsafe impl Send for UserData {}
// SAFETY: as above, by several at once.
unsafe impl Sync for UserData {}

impl Drop for UserData {
    fn drop(&mut self) {
        if let (Some(destroy), true) = (self.destroy, *self.is_ours.get_mut()) {
            // SAFETY: the caller passed a function that takes this pointer, for this moment.
            unsafe { destroy(self.pointer) };
        }
    }
}

/// Calls `callback` with every change that this process commits from now on: in the thread that
/// has written, after the commit and before the write returns; for purged entries in whichever
/// thread purges. Several run in the order of their registration, over a list that is fixed when
/// a commit begins to be told; two writing threads may call at the same time.
///
/// The callback may call the store and register and end callbacks; what it writes is told when the
/// changes before it are through. It may not close the store (KV_ERR_BUSY), and it must return: an
/// exception must not leave it. `destroy`, which may be NULL, is called once with `user_data` when
/// nobody will call the callback any more: after kv_subscription_close or kv_close, in the thread that
/// lets go of it last.
///
/// Gives a subscription that kv_subscription_close ends. On failure it is zeroed, and `destroy` is not
/// called.
///
/// Returns KV_OK; KV_ERR_ARGUMENT if `callback` is NULL; KV_ERR_MEMORY when 4,096 callbacks are
/// registered.
/// @errors store arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_on_change(
    store: kv_store,
    callback: kv_change_fn,
    user_data: *mut c_void,
    destroy: kv_destroy_fn,
    subscription: *mut kv_subscription,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(subscription, kv_subscription { id: 0 }) };
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let subscription = unsafe { output("subscription", subscription) }?;
        let callback = callback.ok_or_else(|| invalid("callback is NULL"))?;
        let id = SUBSCRIPTIONS.insert(OnceLock::new())?;
        let is_ours = AtomicBool::new(false);
        let data = Arc::new(UserData { pointer: user_data, destroy, is_ours });
        let called = data.clone();
        let call = move |change: &Change| {
            let event = kv_event::lend(change);
            // SAFETY: the caller passed a function that takes these.
            unsafe { callback(called.pointer, &raw const event) };
        };
        match store.on_change(Box::new(call)) {
            Ok(registration) => {
                data.is_ours.store(true, Ordering::Release);
                // Nobody but us knows the slot.
                let _ = SUBSCRIPTIONS.enter(id)?.set(registration);
                subscription.id = id;
                Ok(KV_OK)
            }
            Err(failure) => {
                drop(SUBSCRIPTIONS.remove(id));
                Err(failure)
            }
        }
    })
}

/// Ends a callback. Another thread that is telling a commit at this moment may still call it; so
/// may, after this returns, the dispatch that this very call is made from. It may be ended after
/// its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for one that is ended already, zero or not a subscription.
/// @errors handle
#[unsafe(no_mangle)]
pub extern "C" fn kv_subscription_close(
    subscription: kv_subscription,
    error: *mut kv_error,
) -> kv_status {
    guard(error, || {
        check_fork()?;
        if let Some(registration) = SUBSCRIPTIONS.remove(subscription.id)?.into_inner() {
            registration.end();
        }
        Ok(KV_OK)
    })
}
