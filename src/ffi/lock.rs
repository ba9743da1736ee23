//! Locks with leases and fencing tokens.

use std::ffi::c_void;
use std::time::Duration;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::batch::{append, kv_batch};
use crate::ffi::bytes::InBytes;
use crate::ffi::observed::Call;
use crate::ffi::status::{KV_CONFLICT, KV_NOT_FOUND, KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_call};
use crate::ffi::value::kv_value;
use crate::{CallKind, Grant, KEY_LEN_MAX, LOCK_OWNER_LEN_MAX, Locks, Result, check_lock};

/// A lock that was acquired: the proof of its owner. It is no handle; there is nothing to close.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_lock {
    /// The fencing token: it is higher than those of all locks that were acquired in this store
    /// before.
    pub token: u64,
    /// The version of the lock's entry.
    pub version: u64,
}

const _: () = assert!(size_of::<kv_lock>() == 16);

/// Acquires a lock by its name, which has 1 to 65,535 bytes: no other caller, in any thread or
/// process, acquires it until it is released or its lease of `lease_ms` milliseconds, at least 1,
/// has ended. A lock is not recursive: its owner waits like any other caller.
///
/// If another owner holds it, the call waits for at most `wait_ms` milliseconds; 0 does not wait.
/// It sleeps until the lock is released or its lease ends. Waiters acquire it in no particular
/// order. kv_close ends the wait with KV_ERR_CLOSED. A wait through a bound handle ends with its
/// deadline or cancel.
///
/// `owner` is up to 1,024 bytes that describe the caller to others (kv_lock_get); it may be NULL.
/// The locks are the entries of the group "kv.lock"; do not write to this group by other calls. A
/// lock is as durable as any write: a fail-over of a Redis may lose it, and then another caller
/// acquires it. On failure `lock` is zeroed.
///
/// Returns KV_OK; KV_CONFLICT if another owner holds the lock, also after the wait;
/// KV_ERR_ARGUMENT also for an empty name, a lease below 1 and a negative wait; KV_ERR_TOO_LARGE
/// also for a longer owner; KV_ERR_UNSUPPORTED also on a store with evict=lru, which could evict a
/// lock; KV_ERR_CLOSED if the store was closed meanwhile.
/// @errors write KV_ERR_CLOSED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_lock_acquire(
    store: kv_store,
    name: *const c_void,
    name_len: usize,
    owner: *const c_void,
    owner_len: usize,
    lease_ms: i64,
    wait_ms: i64,
    lock: *mut kv_lock,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(name, name_len), InBytes(owner, owner_len), Out(lock), Out(error));
    lock.reset(kv_lock { token: 0, version: 0 });
    let call = Call::of(CallKind::Lock);
    with_call(store, &call, error, |store| {
        let (lock, name) = (lock.required("lock")?, name_of(&name)?);
        let owner = owner.bytes("owner", LOCK_OWNER_LEN_MAX)?;
        let wait = u64::try_from(wait_ms)
            .map_err(|_| invalid(format!("a wait of {wait_ms} ms is negative; 0 does not wait")))?;
        let wait = Duration::from_millis(wait);
        let Some(grant) = Locks::new(store).acquire(name, owner, lease_ms, wait)? else {
            return Ok(KV_CONFLICT);
        };
        lock.write(kv_lock { token: grant.token, version: grant.version });
        Ok(KV_OK)
    })
}

/// Gives a lock another lease, which ends `lease_ms` milliseconds from now.
///
/// Returns KV_OK; KV_CONFLICT if its lease has ended, or the lock is another owner's by now;
/// KV_ERR_ARGUMENT also for a lease below 1 and a lock that is all zero.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_lock_renew(
    store: kv_store,
    name: *const c_void,
    name_len: usize,
    lock: kv_lock,
    lease_ms: i64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(name, name_len), Out(error));
    let call = Call::of(CallKind::Lock);
    with_call(store, &call, error, |store| {
        let name = name_of(&name)?;
        Ok(status_of(Locks::new(store).renew(name, grant(lock), lease_ms)?))
    })
}

/// Releases a lock, and wakes those that wait for it.
///
/// Returns KV_OK; KV_CONFLICT if its lease has ended, or the lock is another owner's by now: then
/// nothing has changed; KV_ERR_ARGUMENT also for a lock that is all zero.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_lock_release(
    store: kv_store,
    name: *const c_void,
    name_len: usize,
    lock: kv_lock,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(name, name_len), Out(error));
    let call = Call::of(CallKind::Lock);
    with_call(store, &call, error, |store| {
        let name = name_of(&name)?;
        Ok(status_of(Locks::new(store).release(name, grant(lock))?))
    })
}

/// Reads the holder of a lock: `owner` is the description that it gave, pinned, with the end of
/// its lease as the expiry; kv_value_free releases it. On any other status it is zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND if the lock is free; KV_ERR_CORRUPT also if the entry is not a
/// lock.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_lock_get(
    store: kv_store,
    name: *const c_void,
    name_len: usize,
    owner: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(name, name_len), Out(owner), Out(error));
    owner.reset(kv_value::NONE);
    let call = Call::of(CallKind::Lock);
    with_call(store, &call, error, |store| {
        let (owner, name) = (owner.required("owner")?, name_of(&name)?);
        let Some(entry) = Locks::new(store).get(name)? else { return Ok(KV_NOT_FOUND) };
        owner.write(kv_value::pin(entry)?);
        Ok(KV_OK)
    })
}

/// Appends a check: the batch is applied only if the lock is still held by the owner that acquired
/// it as `lock`. The writes of an owner whose lease has ended are so refused by the store itself.
/// A system outside of the store compares tokens instead, and refuses one that is lower than the
/// highest it has seen.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for a lock that is all zero.
/// @errors exclusive bytes KV_ERR_MEMORY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_check_lock(
    batch: kv_batch,
    name: *const c_void,
    name_len: usize,
    lock: kv_lock,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(name, name_len), Out(error));
    append(batch, error, || check_lock(name_of(&name)?, grant(lock)))
}

fn name_of<'a>(name: &InBytes<'a>) -> Result<&'a [u8]> {
    name.bytes("name", KEY_LEN_MAX)
}

fn grant(lock: kv_lock) -> Grant {
    Grant { token: lock.token, version: lock.version }
}

fn status_of(holds: bool) -> kv_status {
    if holds { KV_OK } else { KV_CONFLICT }
}

// The comment of kv_lock_acquire states this limit.
const _: () = assert!(LOCK_OWNER_LEN_MAX == 1024);
