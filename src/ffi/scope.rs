//! Namespaces: scopes of a store, and quotas.

use std::ffi::c_char;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::bytes::InText;
use crate::ffi::observed::Call;
use crate::ffi::sized::{SizedOut, sized_struct};
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{adopt, kv_store, with_call};
use crate::{CallKind, Namespace, Quota, Result};

/// The quota and the usage of a namespace, filled by kv_quota_get. The caller sets `size` to
/// sizeof(kv_quota) first.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_quota {
    /// sizeof(kv_quota), set by the caller.
    pub size: u32,
    /// Reserved; 0.
    pub reserved: u32,
    /// The limit of live keys; 0 for no limit.
    pub max_keys: u64,
    /// The limit of groups with a live key; 0 for no limit.
    pub max_groups: u64,
    /// The limit of bytes of groups, keys and values; 0 for no limit.
    pub max_bytes: u64,
    /// The number of keys, with expired ones that are not purged yet; 0 if nothing is limited.
    pub keys: u64,
    /// The number of groups, counted in the same way.
    pub groups: u64,
    /// The number of bytes, counted in the same way: for each entry, the name of its group as the
    /// store has it, the key and the value.
    pub bytes: u64,
}

const _: () = assert!(size_of::<kv_quota>() == 56);
sized_struct!(kv_quota { size, reserved } { max_keys, max_groups, max_bytes, keys, groups, bytes });

/// Opens a scope: a store that is narrowed to the namespace `name`, which is 1 to 255 ASCII
/// letters, digits and hyphens.
///
/// The scope is a handle of its own, which takes every call of a store, and which the caller ends
/// with kv_close. It stays open when `store` is closed. On failure it is zeroed. Its groups are
/// those whose names begin with the namespace and a colon; a call names them by the part after the
/// colon. No other group can be read, listed, counted, watched, purged or changed through it. On a
/// scope, kv_backup and the calls for quotas return KV_ERR_UNSUPPORTED; kv_stats_get counts the
/// entries of the namespace, but the operations of the whole engine.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for any other name; KV_ERR_MEMORY when 4,096 stores are
/// open.
/// @errors store arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_scope(
    store: kv_store,
    name: *const c_char,
    scoped: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InText(name), Out(scoped), Out(error));
    scoped.reset(kv_store { id: 0 });
    let call = Call::of(CallKind::Namespace);
    with_call(store, &call, error, |store| {
        let (scoped, namespace) = (scoped.required("scoped")?, namespace(&name)?);
        scoped.write(kv_store { id: adopt(store.scope(&namespace)?)? });
        Ok(KV_OK)
    })
}

/// Sets the quota of a namespace. A limit of 0 is no limit; a namespace without limits is not
/// counted.
///
/// The quota is stored in the store, and holds for every handle, thread and process from the next
/// write on, through a scope or by the full name of a group. A write that would exceed it returns
/// KV_ERR_QUOTA and changes nothing. Expired entries make room. An update of a live key counts its
/// bytes only, and a batch its net effect. The call counts the usage of the namespace once; if it
/// exceeds the new limits, it may fall but not rise. Writes of another program directly into the
/// tables of the file are not counted until the quota is set again.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for a negative limit or an invalid name of a namespace;
/// KV_ERR_UNSUPPORTED also on a scope.
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
    arguments!(InText(name), Out(error));
    let call = Call::of(CallKind::Namespace);
    with_call(store, &call, error, |store| {
        let namespace = namespace(&name)?;
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

/// Writes the quota and the usage of a namespace to `*quota`. The caller sets quota->size to
/// sizeof(kv_quota) first.
///
/// Returns KV_OK, also if nothing is limited: then all numbers are 0; KV_ERR_ARGUMENT also for an
/// invalid name of a namespace; KV_ERR_UNSUPPORTED also on a scope.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_quota_get(
    store: kv_store,
    name: *const c_char,
    quota: *mut kv_quota,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InText(name), SizedOut(quota), Out(error));
    let call = Call::of(CallKind::Namespace);
    with_call(store, &call, error, |store| {
        let (quota, namespace) = (quota.required("quota")?, namespace(&name)?);
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

/// Returns the namespace that the caller names.
fn namespace(name: &InText<'_>) -> Result<Namespace> {
    Namespace::new(name.to_str("name")?.as_bytes())
}
