//! Counting and deleting many keys.

use std::ffi::c_void;

use crate::ffi::bytes::{bytes, give, group, output};
use crate::ffi::open::{kv_store, with_store};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::{GROUP_LEN_MAX, GroupRange, KEY_LEN_MAX};

/// Gives the number of live entries in a group. Takes time with that number.
///
/// Returns KV_OK; errors as kv_get.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_count(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    count: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, count) = unsafe { (self::group(group, group_len)?, output("count", count)?) };
        *count = store.count(GroupRange::One(group))?;
        Ok(KV_OK)
    })
}

/// Gives the number of live entries in all groups whose names begin with `prefix`; the empty
/// prefix means all groups. Takes time with that number.
///
/// Returns KV_OK; errors as kv_get.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_count_all(
    store: kv_store,
    prefix: *const c_void,
    prefix_len: usize,
    count: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (prefix, count) = unsafe {
            (bytes("prefix", prefix, prefix_len, GROUP_LEN_MAX)?, output("count", count)?)
        };
        *count = store.count(GroupRange::Prefix(prefix))?;
        Ok(KV_OK)
    })
}

/// Deletes all keys of a group and gives how many live entries it held. `removed` may be NULL.
///
/// Returns KV_OK, also if there was nothing to delete; errors as kv_set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_delete_group(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    removed: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let group = unsafe { self::group(group, group_len) }?;
        let count = store.delete_group(group)?;
        // SAFETY: NULL or the caller's.
        unsafe { give(removed, count) };
        Ok(KV_OK)
    })
}

/// Deletes all keys of a group that begin with `prefix`, byte for byte, and gives how many live
/// entries there were. `removed` may be NULL.
///
/// Returns KV_OK, also if there was nothing to delete; errors as kv_set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_delete_prefix(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    prefix: *const c_void,
    prefix_len: usize,
    removed: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, prefix) = unsafe {
            (self::group(group, group_len)?, bytes("prefix", prefix, prefix_len, KEY_LEN_MAX)?)
        };
        let count = store.delete_prefix(group, prefix)?;
        // SAFETY: NULL or the caller's.
        unsafe { give(removed, count) };
        Ok(KV_OK)
    })
}

/// Removes all expired entries now, in small steps between which others write, and gives how many
/// there were. They are invisible anyway; this gives their space back. `removed` may be NULL.
///
/// Returns KV_OK; errors as kv_set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_purge_expired(
    store: kv_store,
    removed: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        let count = store.purge_expired()?;
        // SAFETY: NULL or the caller's.
        unsafe { give(removed, count) };
        Ok(KV_OK)
    })
}
