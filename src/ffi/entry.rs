//! Reading and writing one key.

use std::ffi::c_void;

use crate::ffi::bytes::{
    give, group, group_and_key, group_key_and_value, invalid, key, output, value,
};
use crate::ffi::put_options::kv_put_options;
use crate::ffi::sized::options;
use crate::ffi::status::{KV_CONFLICT, KV_NOT_FOUND, KV_OK, KV_TOO_SMALL, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_store};
use crate::ffi::value::kv_value;
use crate::{Delete, Put};

/// Gives the value under a key, pinned: kv_value_free gives it back. Later writes do not change
/// the bytes, and they outlive the store. On any other status `value` is zeroed.
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
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(value, kv_value::NONE) };
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, value) = unsafe {
            (self::group(group, group_len)?, self::key(key, key_len)?, output("value", value)?)
        };
        let Some(entry) = store.get(group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        *value = kv_value::pin(entry)?;
        Ok(KV_OK)
    })
}

/// Copies the value under a key into `buffer`, which has room for `capacity` bytes, and gives its
/// length. `buffer` may be NULL if `capacity` is 0.
///
/// Returns KV_OK; KV_NOT_FOUND; KV_TOO_SMALL if the value is longer than `capacity`: then nothing
/// is copied and `*len` is the length needed.
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
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, len) = unsafe {
            (self::group(group, group_len)?, self::key(key, key_len)?, output("len", len)?)
        };
        if buffer.is_null() && capacity != 0 {
            return Err(invalid("buffer is NULL, capacity is not 0"));
        }
        let mut status = KV_NOT_FOUND;
        store.value_with(group, key, |value| {
            *len = value.len();
            status = if value.len() > capacity { KV_TOO_SMALL } else { KV_OK };
            if status == KV_OK && capacity != 0 {
                // SAFETY: the caller has room for `capacity` bytes, and the value is no longer.
                unsafe { buffer.cast::<u8>().copy_from(value.as_ptr(), value.len()) };
            }
        })?;
        Ok(status)
    })
}

/// Answers whether a live entry is under a key.
///
/// Returns KV_OK if there is one, KV_NOT_FOUND if not.
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
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        Ok(ok_or_not_found(store.exists(group, key)?))
    })
}

/// Writes a value under a key. It lives for the default_ttl the store was opened with, without one for
/// ever; an earlier expiry is cleared.
///
/// Returns KV_OK; KV_ERR_BUSY if another process holds the file past the time-out; KV_ERR_FULL with
/// os_error 0 if the store may hold no more (max_bytes, max_entries), with that of the operating
/// system if the disk is full. On any error nothing is written.
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
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, value) =
            unsafe { group_key_and_value(group, group_len, key, key_len, value, value_len) }?;
        store.set(group, key, value)?;
        Ok(KV_OK)
    })
}

/// Writes a value under a key if a condition holds, with a choice of expiry. `options` may be NULL
/// for an unconditional write as kv_set makes it, `version` if it is not wanted.
///
/// Returns KV_OK and the version written; KV_CONFLICT and the version the key is at (0: absent) if
/// the condition does not hold, nothing is written then.
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
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, value, options) = unsafe {
            (
                self::group(group, group_len)?,
                self::key(key, key_len)?,
                self::value(value, value_len)?,
                self::options("options", options)?,
            )
        };
        let (condition, expiry) = options.rules()?;
        let (status, at) = match store.put(group, key, value, condition, expiry)? {
            Put::Written(at) => (KV_OK, at),
            Put::Conflict(at) => (KV_CONFLICT, at),
        };
        // SAFETY: NULL or the caller's.
        unsafe { give(version, at) };
        Ok(status)
    })
}

/// Deletes a key.
///
/// Returns KV_OK if a live entry was there, KV_NOT_FOUND if not.
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
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
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
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        Ok(match store.delete_version(group, key, version)? {
            Delete::Deleted => KV_OK,
            Delete::Conflict(0) => KV_NOT_FOUND,
            Delete::Conflict(_) => KV_CONFLICT,
        })
    })
}

/// Deletes a key and gives the value it had, pinned. Of any number of callers, in any number of
/// processes, exactly one gets it. On any other status `value` is zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND.
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
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(value, kv_value::NONE) };
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, value) = unsafe {
            (self::group(group, group_len)?, self::key(key, key_len)?, output("value", value)?)
        };
        let Some(entry) = store.take(group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        *value = kv_value::pin(entry)?;
        Ok(KV_OK)
    })
}

/// Adds `delta` to the integer under a key and gives the sum. Integers are stored as decimal text.
/// A missing key counts as 0 and lives for `ttl_ms_if_created` milliseconds, as kv_set_ttl takes them; a
/// live one keeps its expiry. `result` may be NULL.
///
/// Returns KV_OK; KV_ERR_NOT_INTEGER if the value is not an integer or the sum leaves the range of
/// int64_t. On any error nothing is written.
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
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        let sum = store.increment(group, key, delta, ttl_ms_if_created)?;
        // SAFETY: NULL or the caller's.
        unsafe { give(result, sum) };
        Ok(KV_OK)
    })
}

/// Appends bytes to the value under a key and gives the new length. A missing key counts as empty and
/// lives for `ttl_ms_if_created` milliseconds, as kv_set_ttl takes them; a live one keeps its expiry.
/// `len` may be NULL.
///
/// Returns KV_OK; KV_ERR_TOO_LARGE also if the whole would be too long. On any error nothing is
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
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, value) =
            unsafe { group_key_and_value(group, group_len, key, key_len, value, value_len) }?;
        let new_len = store.append(group, key, value, ttl_ms_if_created)?;
        // SAFETY: NULL or the caller's.
        unsafe { give(len, new_len) };
        Ok(KV_OK)
    })
}

/// Returns the status of a call that finds something or not.
pub fn ok_or_not_found(found: bool) -> kv_status {
    if found { KV_OK } else { KV_NOT_FOUND }
}
