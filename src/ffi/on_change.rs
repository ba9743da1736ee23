//! Callbacks: functions that run in the writing thread.

use std::ffi::c_void;
use std::sync::OnceLock;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::event::kv_event;
use crate::ffi::handle::Kind;
use crate::ffi::handle::hazard::{SharedSlots, Slot};
use crate::ffi::observed::Call;
use crate::ffi::status::{KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, with_call};
use crate::ffi::user_data::{UserData, kv_destroy_fn};
use crate::{CallKind, CallbackHandle, Change};

/// The largest number of registered callbacks in a process.
const SUBSCRIPTIONS_MAX: usize = 4096;

/// The registration of a callback. Its slot is taken before it, so that no step after the
/// registration can fail.
type Pending = OnceLock<CallbackHandle>;

static SLOTS: [Slot<Pending>; SUBSCRIPTIONS_MAX] = [const { Slot::new() }; SUBSCRIPTIONS_MAX];
static SUBSCRIPTIONS: SharedSlots<Pending> = SharedSlots::new(Kind::Subscription, &SLOTS);

/// The handle of a registered callback. Any thread may end it at any time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_subscription {
    /// The number of the handle; 0 is no subscription.
    pub id: u64,
}

/// A function that receives each change. The event and its bytes are borrowed until it returns.
pub type kv_change_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, event: *const kv_event)>;

/// Registers `callback`, which is called from now on with every change of the store that this
/// process commits, through any handle. It runs in the writing thread, after the commit and before
/// the write returns; for purged entries, in the thread that purges. Several callbacks run in the
/// order of their registration, over a list that is fixed when the dispatch of a commit begins;
/// two writing threads may call one at the same time.
///
/// The callback may call the store, and register and end callbacks; its own changes are dispatched
/// after those before them. It may not close the store (KV_ERR_BUSY), and it must return: no
/// exception may leave it. `destroy`, which may be NULL, is called once with `user_data` after the
/// last call of the callback: after kv_subscription_close or kv_close, in the thread that releases
/// the callback last.
///
/// The caller ends the subscription with kv_subscription_close. On failure the handle is zeroed,
/// and `destroy` is not called.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also if `callback` is NULL; KV_ERR_UNSUPPORTED on a snapshot,
/// which has no changes; KV_ERR_MEMORY when 4,096 callbacks are registered.
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
    arguments!(Out(subscription), Out(error));
    subscription.reset(kv_subscription { id: 0 });
    let call = Call::of(CallKind::Watch);
    with_call(store, &call, error, |store| {
        let subscription = subscription.required("subscription")?;
        let callback = callback.ok_or_else(|| invalid("callback is NULL"))?;
        let id = SUBSCRIPTIONS.insert(OnceLock::new())?;
        let data = UserData::new(user_data, destroy);
        let called = data.clone();
        let call = move |change: &Change| {
            let event = kv_event::borrow(change);
            // SAFETY: the caller passed a function that takes these.
            unsafe { callback(called.pointer(), &raw const event) };
        };
        match store.on_change(Box::new(call)) {
            Ok(registration) => {
                data.take_over();
                // No other thread knows the slot yet.
                let _ = SUBSCRIPTIONS.enter(id)?.set(registration);
                subscription.write(kv_subscription { id });
                Ok(KV_OK)
            }
            Err(failure) => {
                drop(SUBSCRIPTIONS.remove(id));
                Err(failure)
            }
        }
    })
}

/// Ends a callback. Another thread that is dispatching a commit may still call it; and so may,
/// after this call returns, the dispatch from which this call is made. A subscription may be
/// closed after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a subscription.
/// @errors handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_subscription_close(
    subscription: kv_subscription,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        if let Some(registration) = SUBSCRIPTIONS.remove(subscription.id)?.into_inner() {
            registration.end();
        }
        Ok(KV_OK)
    })
}
