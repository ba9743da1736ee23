//! Reads and writes of one key.

use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::{InBytes, OutBytes};
use crate::ffi::observed::Call;
use crate::ffi::put_options::kv_put_options;
use crate::ffi::sized::OptionsIn;
use crate::ffi::status::{KV_CONFLICT, KV_NOT_FOUND, KV_OK, KV_TOO_SMALL, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_call, with_short_call};
use crate::ffi::value::kv_value;
use crate::{CallKind, Delete, Put};

/// Reads the value under a key and pins it; kv_value_free releases it. Later writes do not change
/// the bytes, and they stay valid after the store is closed. On any other status `value` is zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_ERR_MEMORY when 1,048,576 values
/// are pinned.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_get(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(value), Out(error));
    value.reset(kv_value::NONE);
    let call = Call::on(CallKind::Get, group, key);
    with_short_call(store, &call, error, |store| {
        let (group, key, value) = (group.group()?, key.key()?, value.required("value")?);
        let Some(entry) = store.get(group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        value.write(kv_value::pin(entry)?);
        Ok(KV_OK)
    })
}

/// Copies the value under a key into `buffer`, which has room for `capacity` bytes, and writes its
/// length to `*len`. `buffer` may be NULL if `capacity` is 0.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_TOO_SMALL if the value is longer
/// than `capacity`: then nothing is copied, and `*len` is the length that is needed.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_get_into(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    buffer: *mut c_void,
    capacity: usize,
    len: *mut usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        OutBytes(buffer, capacity),
        Out(len),
        Out(error)
    );
    let call = Call::on(CallKind::Get, group, key);
    with_short_call(store, &call, error, |store| {
        let (group, key, len) = (group.group()?, key.key()?, len.required("len")?);
        buffer.check()?;
        let mut status = KV_NOT_FOUND;
        store.value_with(group, key, |value| {
            len.write(value.len());
            status = if buffer.copy(value) { KV_OK } else { KV_TOO_SMALL };
        })?;
        Ok(status)
    })
}

/// Reads the version and expiry of the entry under a key, and the size of its value, without the
/// value: `value->data` is NULL, `value->len` is 0, and there is nothing to free. On any other
/// status `value` is zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_get_info(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(value), Out(error));
    value.reset(kv_value::NONE);
    let call = Call::on(CallKind::Get, group, key);
    with_call(store, &call, error, |store| {
        let (group, key, value) = (group.group()?, key.key()?, value.required("value")?);
        let Some(info) = store.info(group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        value.write(kv_value::of_info(info));
        Ok(KV_OK)
    })
}

/// Checks whether a key has a live entry.
///
/// Returns KV_OK if it has one; KV_NOT_FOUND if it is absent or expired.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_exists(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    let call = Call::on(CallKind::Get, group, key);
    with_call(store, &call, error, |store| {
        let (group, key) = (group.group()?, key.key()?);
        Ok(ok_or_not_found(store.exists(group, key)?))
    })
}

/// Writes a value under a key. The entry gets the default_ttl that the store was opened with;
/// without one it never expires. An earlier expiry is cleared.
///
/// Returns KV_OK; KV_ERR_BUSY if another process holds the file past the time-out; KV_ERR_FULL with
/// os_error 0 if the store has reached its limit (max_bytes, max_entries), or with the operating
/// system's error number if the disk is full. On any error nothing is written.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_set(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
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
        store.set(group, key, value)?;
        Ok(KV_OK)
    })
}

/// Writes a value under a key if a condition holds, with the expiry that `options` states.
/// `options` may be NULL for an unconditional write like kv_set, and `version` may be NULL.
///
/// Returns KV_OK, with the version of the written entry in `*version`; KV_CONFLICT if the condition
/// does not hold, with the current version of the key (0: absent): then nothing is written.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_put(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    options: *const kv_put_options,
    version: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(value, value_len),
        OptionsIn(options),
        Out(version),
        Out(error)
    );
    let call = Call::on(CallKind::Set, group, key);
    with_call(store, &call, error, |store| {
        let (group, key, value, options) =
            (group.group()?, key.key()?, value.value()?, options.read("options")?);
        let (condition, expiry) = options.rules()?;
        let durability = options.durability()?;
        let put = store.put_durably(durability, group, key, value, condition, expiry)?;
        let (status, at) = match put {
            Put::Written(at) => (KV_OK, at),
            Put::Conflict(at) => (KV_CONFLICT, at),
        };
        version.write(at);
        Ok(status)
    })
}

/// Deletes a key.
///
/// Returns KV_OK if it had a live entry; KV_NOT_FOUND if it was absent or expired.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_delete(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    let call = Call::on(CallKind::Delete, group, key);
    with_call(store, &call, error, |store| {
        let (group, key) = (group.group()?, key.key()?);
        Ok(ok_or_not_found(store.delete(group, key)?))
    })
}

/// Deletes a key if it is at `version`, which must not be 0.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_CONFLICT if it is at another
/// version.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_delete_version(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    version: u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    let call = Call::on(CallKind::Delete, group, key);
    with_call(store, &call, error, |store| {
        let (group, key) = (group.group()?, key.key()?);
        Ok(match store.delete_version(group, key, version)? {
            Delete::Deleted => KV_OK,
            Delete::Conflict(0) => KV_NOT_FOUND,
            Delete::Conflict(_) => KV_CONFLICT,
        })
    })
}

/// Deletes a key and returns the value that it had, pinned; kv_value_free releases it. Of any
/// number of concurrent callers, in any number of processes, exactly one receives the value. On any
/// other status `value` is zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_take(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(value), Out(error));
    value.reset(kv_value::NONE);
    let call = Call::on(CallKind::Take, group, key);
    with_call(store, &call, error, |store| {
        let (group, key, value) = (group.group()?, key.key()?, value.required("value")?);
        let Some(entry) = store.take(group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        value.write(kv_value::pin(entry)?);
        Ok(KV_OK)
    })
}

/// Adds `delta` to the integer under a key and writes the sum to `*result`, which may be NULL.
/// Integers are stored as decimal text. An absent key counts as 0, and the new entry gets the ttl
/// `ttl_ms_if_created`, in milliseconds and with the meanings of kv_set_ttl; a live entry keeps its
/// expiry.
///
/// Returns KV_OK; KV_ERR_NOT_INTEGER if the value is not an integer or the sum is outside the range
/// of int64_t. On any error nothing is written.
/// @errors write KV_ERR_NOT_INTEGER
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_increment(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    delta: i64,
    ttl_ms_if_created: i64,
    result: *mut i64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(result), Out(error));
    let call = Call::on(CallKind::Increment, group, key);
    with_call(store, &call, error, |store| {
        let (group, key) = (group.group()?, key.key()?);
        let sum = store.increment(group, key, delta, ttl_ms_if_created)?;
        result.write(sum);
        Ok(KV_OK)
    })
}

/// Appends bytes to the value under a key and writes the new length to `*len`, which may be NULL.
/// An absent key counts as empty, and the new entry gets the ttl `ttl_ms_if_created`, in
/// milliseconds and with the meanings of kv_set_ttl; a live entry keeps its expiry.
///
/// Returns KV_OK; KV_ERR_TOO_LARGE also if the new value would be too long. On any error nothing is
/// written.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_append(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    ttl_ms_if_created: i64,
    len: *mut usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(value, value_len),
        Out(len),
        Out(error)
    );
    let call = Call::on(CallKind::Append, group, key);
    with_call(store, &call, error, |store| {
        let (group, key, value) = (group.group()?, key.key()?, value.value()?);
        let new_len = store.append(group, key, value, ttl_ms_if_created)?;
        len.write(new_len);
        Ok(KV_OK)
    })
}

/// Returns KV_OK if an entry was found, KV_NOT_FOUND if not.
pub fn ok_or_not_found(found: bool) -> kv_status {
    if found { KV_OK } else { KV_NOT_FOUND }
}
