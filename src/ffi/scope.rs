//! Namespaces: stores narrowed to them, and what they may hold.

use std::ffi::c_char;

use crate::ffi::bytes::{give, invalid, output, text};
use crate::ffi::sized::{SizedOut, sized_struct};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{adopt, kv_store, with_store};
use crate::{Namespace, Quota, Result};

/// What a namespace may hold, and what it holds. Filled by kv_quota_get; set `size` to
/// sizeof(kv_quota) first.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_quota {
    /// sizeof(kv_quota), set by the caller.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Live keys it may hold; 0 for no limit.
    pub max_keys: u64,
    /// Groups with a live key it may hold; 0 for no limit.
    pub max_groups: u64,
    /// Bytes of groups, keys and values it may hold; 0 for no limit.
    pub max_bytes: u64,
    /// Keys it holds, expired ones that were not purged yet among them; 0 if nothing is limited.
    pub keys: u64,
    /// Groups it holds, counted likewise.
    pub groups: u64,
    /// Bytes it holds, counted likewise: of each entry the group's name as the store has it, the
    /// key and the value.
    pub bytes: u64,
}

const _: () = assert!(size_of::<kv_quota>() == 56);
sized_struct!(kv_quota { size, reserved } { max_keys, max_groups, max_bytes, keys, groups, bytes });

/// Narrows a store to a namespace: a name of 1 to 255 ASCII letters, digits and hyphens.
///
/// Gives a store of its own, which takes every call of a store and which kv_close ends. Its groups
/// are those whose names begin with the namespace and a colon, under what follows; nothing else can
/// be read, listed, counted, watched, purged or changed through it. It stays open when `store` is
/// closed. On failure it is zeroed. It cannot be copied by kv_backup or set quotas
/// (KV_ERR_UNSUPPORTED); kv_stats_get counts its own entries, and what the engine has done.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for any other name; KV_ERR_MEMORY when 4,096 stores are open.
/// @errors store arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_scope(
    store: kv_store,
    name: *const c_char,
    scoped: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(scoped, kv_store { id: 0 }) };
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (scoped, namespace) = unsafe { (output("scoped", scoped)?, self::namespace(name)?) };
        scoped.id = adopt(store.scope(&namespace)?)?;
        Ok(KV_OK)
    })
}

/// Sets what a namespace may hold; 0 is no limit, and without any limit it is not counted.
///
/// The quota is kept in the store and holds for every handle, thread and process from the next
/// write on, through a scope or by a group's full name. A write that would exceed it is
/// KV_ERR_QUOTA and changes nothing; expired entries make room, updates of a live key count their
/// bytes alone, a batch its net effect. What the namespace holds is counted here, once, and may be
/// more than the limits; then it may shrink, and not grow. Another program that writes the file's
/// tables directly is not counted until the quota is set again.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for a negative limit or what is no namespace; KV_ERR_UNSUPPORTED
/// on a store that is narrowed itself.
/// @errors store arguments commit deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_quota_set(
    store: kv_store,
    name: *const c_char,
    max_keys: i64,
    max_groups: i64,
    max_bytes: i64,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let namespace = unsafe { self::namespace(name) }?;
        let limit = |what: &str, limit: i64| {
            u64::try_from(limit).map_err(|_| invalid(format!("{what} of {limit} is negative")))
        };
        let quota = Quota {
            max_keys: limit("max_keys", max_keys)?,
            max_groups: limit("max_groups", max_groups)?,
            max_bytes: limit("max_bytes", max_bytes)?,
        };
        store.set_quota(&namespace, quota)?;
        Ok(KV_OK)
    })
}

/// Gives what a namespace may hold and what it holds. Set quota->size to sizeof(kv_quota) first.
///
/// Returns KV_OK, also if nothing is limited: then all is 0; KV_ERR_ARGUMENT for what is no
/// namespace; KV_ERR_UNSUPPORTED on a store that is narrowed itself.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_quota_get(
    store: kv_store,
    name: *const c_char,
    quota: *mut kv_quota,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (quota, namespace) =
            unsafe { (SizedOut::new("quota", quota)?, self::namespace(name)?) };
        let account = store.quota(&namespace)?;
        quota.fill(kv_quota {
            size: 0,
            reserved: 0,
            max_keys: account.quota.max_keys,
            max_groups: account.quota.max_groups,
            max_bytes: account.quota.max_bytes,
            keys: account.usage.keys,
            groups: account.usage.groups,
            bytes: account.usage.bytes,
        });
        Ok(KV_OK)
    })
}

/// Returns the namespace a caller names.
///
/// # Safety
/// `name` is NULL or a NUL-terminated string that nobody changes during the call.
unsafe fn namespace(name: *const c_char) -> Result<Namespace> {
    // SAFETY: passed on.
    Namespace::new(unsafe { text("name", name) }?.as_bytes())
}
