//! Snapshots of a store.

use crate::CallKind;
use crate::ffi::arguments::{Out, arguments};
use crate::ffi::observed::Call;
use crate::ffi::status::{KV_OK, kv_error, kv_status};
use crate::ffi::stores::{adopt, kv_store, with_call};

/// Takes a snapshot: opens a store that reads `store` as it is during this call, however many
/// calls follow and whatever is written meanwhile. Its entries neither change nor expire, and a
/// ttl is what was left at that moment.
///
/// The snapshot is a handle of its own, which takes every call of a store that reads, kv_bind,
/// kv_scope and transactions among them, and which the caller ends with kv_close. It stays open
/// when `store` is closed. On failure it is zeroed. Calls that write return KV_ERR_READ_ONLY;
/// watches, callbacks, statistics, quotas, backups and checks return KV_ERR_UNSUPPORTED.
///
/// On SQLite, calls on one snapshot run one at a time; the WAL cannot shrink below the part that
/// the snapshot needs until it is closed, or was not used for the snapshot_timeout of the store:
/// then its calls return KV_ERR_COMPACTED. In memory, this call copies references to all entries,
/// and a value that is overwritten is kept as long as the snapshot.
///
/// Returns KV_OK; KV_ERR_UNSUPPORTED on a Redis; KV_ERR_MEMORY when 4,096 stores are open.
/// @errors store arguments engine deadline slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_snapshot(
    store: kv_store,
    snapshot: *mut kv_store,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(snapshot), Out(error));
    snapshot.reset(kv_store { id: 0 });
    let call = Call::of(CallKind::Scan);
    with_call(store, &call, error, |store| {
        let snapshot = snapshot.required("snapshot")?;
        snapshot.write(kv_store { id: adopt(store.snapshot()?)? });
        Ok(KV_OK)
    })
}
