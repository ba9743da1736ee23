//! Reading, counting and deleting many keys.

use std::ffi::c_void;

use crate::ffi::bytes::{bytes, give, group, output, room};
use crate::ffi::status::{KV_OK, KV_TOO_SMALL, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_store};
use crate::{GROUP_LEN_MAX, GroupRange, KEY_LEN_MAX, flat};

/// Bytes of the keys that are read in one call, in flat form.
const KEYS_LEN_MAX: usize = 1 << 30;

/// Copies the entries under many keys, of one moment, into `buffer` in flat form (see "The
/// flat form"): an entry for each key, in the order of the keys. That of a key which is absent or expired has
/// the version 0, the expiry -1 and 0xFFFFFFFF as the length of its value. Gives the bytes used and the
/// number of entries that were found. `buffer` may be NULL if `capacity` is 0.
///
/// Returns KV_OK, also if none was found; KV_TOO_SMALL if they do not fit into `capacity` bytes:
/// then nothing is copied and `*used` is the length they need now; KV_ERR_ARGUMENT for keys that
/// are not in flat form; KV_ERR_UNSUPPORTED if on a cluster the keys are in several slots.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_get_many(
    store: kv_store,
    keys: *const c_void,
    keys_len: usize,
    buffer: *mut c_void,
    capacity: usize,
    used: *mut usize,
    count: *mut usize,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (used, count) = unsafe { (output("used", used)?, output("count", count)?) };
        // SAFETY: as above.
        let (keys, room) =
            unsafe { (bytes("keys", keys, keys_len, KEYS_LEN_MAX)?, room(buffer, capacity)?) };
        let keys = flat::decode_keys(keys)?;
        let entries = store.get_many(&keys)?;
        let found = || keys.iter().copied().zip(entries.iter().map(Option::as_ref));
        *used = found().map(|(key, entry)| flat::found_len(key, entry)).sum();
        *count = entries.iter().flatten().count();
        let Some(mut room) = room.get_mut(..*used) else { return Ok(KV_TOO_SMALL) };
        for (key, entry) in found() {
            let len = flat::encode_found(key, entry, room);
            room = std::mem::take(&mut room).get_mut(len..).unwrap_or_default();
        }
        Ok(KV_OK)
    })
}

/// Gives the number of live entries in a group. Takes time with that number.
///
/// Returns KV_OK.
/// @errors read
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
/// Returns KV_OK.
/// @errors read
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
/// Returns KV_OK, also if there was nothing to delete.
/// @errors write
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
/// Returns KV_OK, also if there was nothing to delete.
/// @errors write
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
/// Returns KV_OK.
/// @errors store commit deadline
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
