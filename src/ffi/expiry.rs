//! Writes, reads and changes of expiries.

use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::InBytes;
use crate::ffi::entry::ok_or_not_found;
use crate::ffi::observed::Call;
use crate::ffi::status::{KV_CONFLICT, KV_NOT_FOUND, KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_call};
use crate::{CallKind, ExpireOutcome, ExpiryRule, TTL_DEFAULT, TTL_NEVER, Ttl};

/// A ttl: for ever. kv_ttl returns it for an entry that never expires. As an argument, 0 has the
/// same meaning.
pub const KV_TTL_NEVER: i64 = -1;
/// A ttl, as an argument: none is given. The entry gets the default_ttl that the store was opened
/// with; without one it never expires.
pub const KV_TTL_DEFAULT: i64 = i64::MIN;
const _: () = assert!(KV_TTL_NEVER == TTL_NEVER && KV_TTL_DEFAULT == TTL_DEFAULT);

/// For kv_expire: only if the entry has no expiry. It excludes the other flags.
pub const KV_EXPIRE_NX: u32 = 1;
/// For kv_expire: only if the entry has an expiry.
pub const KV_EXPIRE_XX: u32 = 2;
/// For kv_expire: only if the new expiry is later. No expiry counts as the latest.
pub const KV_EXPIRE_GT: u32 = 4;
/// For kv_expire: only if the new expiry is earlier. No expiry counts as the latest.
pub const KV_EXPIRE_LT: u32 = 8;
const _: () = assert!(KV_EXPIRE_NX == ExpiryRule::NX && KV_EXPIRE_XX == ExpiryRule::XX);
const _: () = assert!(KV_EXPIRE_GT == ExpiryRule::GT && KV_EXPIRE_LT == ExpiryRule::LT);

/// Writes a value under a key with a ttl of `ttl_ms` milliseconds. 0 and KV_TTL_NEVER are for ever,
/// whatever the default_ttl of the store; with KV_TTL_DEFAULT the call writes as kv_set does.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for any other negative ttl. On any error nothing is written.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_set_ttl(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    ttl_ms: i64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(value, value_len),
        Out(error)
    );
    let call = Call::on(CallKind::Set, group, key);
    with_call(store, &call, error, |store| {
        let (group, key, value) = (group.group()?, key.key()?, value.value()?);
        store.set_ttl(group, key, value, ttl_ms)?;
        Ok(KV_OK)
    })
}

/// Writes the remaining ttl of a key to `*ttl_ms`: milliseconds, at least 1, or KV_TTL_NEVER if the
/// entry never expires.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_ttl(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    ttl_ms: *mut i64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(ttl_ms), Out(error));
    let call = Call::on(CallKind::Get, group, key);
    with_call(store, &call, error, |store| {
        let (group, key, ttl_ms) = (group.group()?, key.key()?, ttl_ms.required("ttl_ms")?);
        ttl_ms.write(match store.ttl(group, key)? {
            None => return Ok(KV_NOT_FOUND),
            Some(ttl) => ttl_to_ms(ttl),
        });
        Ok(KV_OK)
    })
}

/// Sets the expiry of a key to `ttl_ms` milliseconds from now. 0 and KV_TTL_NEVER are for ever,
/// KV_TTL_DEFAULT is the default_ttl of the store. Value and version stay as they are. `flags` is
/// 0, KV_EXPIRE_NX alone, or a combination of KV_EXPIRE_XX and either KV_EXPIRE_GT or KV_EXPIRE_LT.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_CONFLICT if the flags do not
/// allow the change; KV_ERR_ARGUMENT also for any other negative ttl, and for flags that contradict
/// each other.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_expire(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    ttl_ms: i64,
    flags: u32,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    let call = Call::on(CallKind::Expire, group, key);
    with_call(store, &call, error, |store| {
        let (group, key) = (group.group()?, key.key()?);
        Ok(expire_status(store.expire(group, key, ttl_ms, ExpiryRule::new(flags)?)?))
    })
}

/// Removes the expiry of a key, so that it never expires. Value and version stay as they are.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_persist(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    let call = Call::on(CallKind::Expire, group, key);
    with_call(store, &call, error, |store| {
        let (group, key) = (group.group()?, key.key()?);
        Ok(ok_or_not_found(store.persist(group, key)?))
    })
}

/// Returns a ttl that was read as the C interface states it.
pub fn ttl_to_ms(ttl: Ttl) -> i64 {
    match ttl {
        Ttl::Never => KV_TTL_NEVER,
        Ttl::Millis(millis) => millis,
    }
}

/// Returns the status of a change of an expiry.
pub fn expire_status(outcome: ExpireOutcome) -> kv_status {
    match outcome {
        ExpireOutcome::Set => KV_OK,
        ExpireOutcome::Refused => KV_CONFLICT,
        ExpireOutcome::NotFound => KV_NOT_FOUND,
    }
}
