//! Reads, counts and deletes of many keys.

use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::{InBytes, OutBytes};
use crate::ffi::observed::Call;
use crate::ffi::status::{KV_OK, KV_TOO_SMALL, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_call};
use crate::{CallKind, GROUP_LEN_MAX, GroupRange, KEY_LEN_MAX, flat};

/// The largest size of the keys of one call, in flat form, in bytes.
const KEYS_LEN_MAX: usize = 1 << 30;

/// Copies the entries under many keys, as of one instant, into `buffer` in flat form (see "The flat
/// form"): one entry for each key, in the order of the keys. For a key that is absent or expired,
/// the entry has version 0, expiry -1 and 0xFFFFFFFF as the length of its value. The call writes
/// the number of bytes to `*used`, and the number of entries that were found to `*count`. `buffer`
/// may be NULL if `capacity` is 0.
///
/// Returns KV_OK, also if no entry was found; KV_TOO_SMALL if the entries do not fit into
/// `capacity` bytes: then nothing is copied, and `*used` is the length that they need now;
/// KV_ERR_ARGUMENT also for keys that are not in flat form; KV_ERR_UNSUPPORTED also if the keys are
/// in several slots of a Redis Cluster.
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
    arguments!(
        InBytes(keys, keys_len),
        OutBytes(buffer, capacity),
        Out(used),
        Out(count),
        Out(error)
    );
    let call = Call::of(CallKind::GetMany);
    with_call(store, &call, error, |store| {
        let (used, count) = (used.required("used")?, count.required("count")?);
        let (keys, room) = (keys.bytes("keys", KEYS_LEN_MAX)?, buffer.room()?);
        let keys = flat::decode_keys(keys)?;
        let entries = store.get_many(&keys)?;
        let found = || keys.iter().copied().zip(entries.iter().map(Option::as_ref));
        let len = found().map(|(key, entry)| flat::found_len(key, entry)).sum();
        used.write(len);
        count.write(entries.iter().flatten().count());
        let Some(mut room) = room.get_mut(..len) else { return Ok(KV_TOO_SMALL) };
        for (key, entry) in found() {
            let len = flat::encode_found(key, entry, room);
            room = std::mem::take(&mut room).get_mut(len..).unwrap_or_default();
        }
        Ok(KV_OK)
    })
}

/// Writes the number of live entries in a group to `*count`. The time of the call grows with that
/// number.
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
    arguments!(InBytes(group, group_len), Out(count), Out(error));
    let call = Call::in_group(CallKind::Count, group);
    with_call(store, &call, error, |store| {
        let (group, count) = (group.group()?, count.required("count")?);
        count.write(store.count(GroupRange::One(group))?);
        Ok(KV_OK)
    })
}

/// Writes the number of live entries in all groups whose names begin with `prefix` to `*count`; the
/// empty prefix means all groups. The time of the call grows with that number.
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
    arguments!(InBytes(prefix, prefix_len), Out(count), Out(error));
    let call = Call::of(CallKind::Count);
    with_call(store, &call, error, |store| {
        let (prefix, count) = (prefix.bytes("prefix", GROUP_LEN_MAX)?, count.required("count")?);
        count.write(store.count(GroupRange::Prefix(prefix))?);
        Ok(KV_OK)
    })
}

/// Deletes all keys of a group and writes the number of deleted live entries to `*removed`, which
/// may be NULL.
///
/// Returns KV_OK, also if the group was empty.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_delete_group(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    removed: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), Out(removed), Out(error));
    let call = Call::in_group(CallKind::DeleteRange, group);
    with_call(store, &call, error, |store| {
        let group = group.group()?;
        let count = store.delete_group(group)?;
        removed.write(count);
        Ok(KV_OK)
    })
}

/// Deletes all keys of a group that begin with `prefix`, byte for byte, and writes the number of
/// deleted live entries to `*removed`, which may be NULL.
///
/// Returns KV_OK, also if no key was deleted.
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
    arguments!(InBytes(group, group_len), InBytes(prefix, prefix_len), Out(removed), Out(error));
    let call = Call::in_group(CallKind::DeleteRange, group);
    with_call(store, &call, error, |store| {
        let (group, prefix) = (group.group()?, prefix.bytes("prefix", KEY_LEN_MAX)?);
        let count = store.delete_prefix(group, prefix)?;
        removed.write(count);
        Ok(KV_OK)
    })
}

/// Deletes all keys of all groups whose names begin with `prefix`, and writes the number of deleted
/// live entries to `*removed`, which may be NULL. The empty prefix means all groups: all of the
/// store, or all of a scope.
///
/// It is one step: all are gone, or, on any error, none is. On Redis each group is a step of its
/// own, and the default group is deleted key by key; groups that are made meanwhile may stay.
///
/// Returns KV_OK, also if there was nothing to delete.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_delete_all(
    store: kv_store,
    prefix: *const c_void,
    prefix_len: usize,
    removed: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(prefix, prefix_len), Out(removed), Out(error));
    let call = Call::of(CallKind::DeleteRange);
    with_call(store, &call, error, |store| {
        let count = store.delete_all(prefix.group()?)?;
        removed.write(count);
        Ok(KV_OK)
    })
}

/// Removes all expired entries now, in small steps between which other threads and processes write.
/// It writes the number of removed entries to `*removed`, which may be NULL. Expired entries are
/// invisible before as after; the purge frees their space. On Redis the server itself removes those
/// of the default group.
///
/// Returns KV_OK.
/// @errors store commit deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_purge_expired(
    store: kv_store,
    removed: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(removed), Out(error));
    let call = Call::of(CallKind::DeleteRange);
    with_call(store, &call, error, |store| {
        let count = store.purge_expired()?;
        removed.write(count);
        Ok(KV_OK)
    })
}
