//! Transactions: reads and writes that are committed together or not at all. Their handles and
//! reads.

use std::cell::Cell;
use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::InBytes;
use crate::ffi::entry::ok_or_not_found;
use crate::ffi::expiry::ttl_to_ms;
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::scan::{kv_cursor, kv_scan_options, open_scan, scan_of};
use crate::ffi::sized::OptionsIn;
use crate::ffi::status::{KV_NOT_FOUND, KV_OK, guard_or_else, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, poison, with_store, with_store_of};
use crate::ffi::value::kv_value;
use crate::{Result, Store, Transaction};

/// The chunks of 65,536 open transactions, the most in a process.
const TRANSACTION_CHUNKS: usize = 9;

/// The open transactions.
pub(super) static TRANSACTIONS: Slots<OpenTransaction, TRANSACTION_CHUNKS> =
    Slots::new(Kind::Transaction);

/// The handle of a transaction: reads and buffered writes of one store. One thread uses it at a
/// time, not always the same; a call that overlaps with another one on it returns KV_ERR_BUSY.
/// After the store was closed, its calls return KV_ERR_CLOSED, and kv_txn_abort ends it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_txn {
    /// The number of the handle; 0 is no transaction.
    pub id: u64,
}

/// An open transaction.
pub(super) struct OpenTransaction {
    /// The number of its store's handle.
    pub store: u64,
    /// Its reads and writes.
    pub steps: Transaction,
}

/// Begins a transaction. It holds no lock and no snapshot, so an abandoned transaction blocks no
/// other call. It remembers the version of each entry that it reads and buffers its writes.
/// kv_txn_commit applies all of them if no entry that was read has changed; otherwise the caller
/// repeats the whole transaction.
///
/// The caller ends the handle with kv_txn_commit or kv_txn_abort. On failure the handle is zeroed.
///
/// Returns KV_OK; KV_ERR_MEMORY when 65,536 transactions are open.
/// @errors store arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_begin(
    store: kv_store,
    txn: *mut kv_txn,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(txn), Out(error));
    txn.reset(kv_txn { id: 0 });
    with_store(store, error, |_| {
        let txn = txn.required("txn")?;
        check_fork()?;
        let steps = Transaction::new();
        txn.write(kv_txn { id: TRANSACTIONS.insert(OpenTransaction { store: store.id, steps })? });
        Ok(KV_OK)
    })
}

/// Reads the value under a key as this transaction sees it, and pins it; kv_value_free releases
/// it. The transaction sees its own writes and deletes first, then the stored entry. A key that is
/// read again has the value of its first read. On any other status `value` is zeroed. An entry
/// that the transaction itself has written has version 0, and its ttl counts from now.
///
/// If another commit falls between the reads of two keys and changes one of them after it was
/// read, the commit of this transaction returns KV_CONFLICT.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent, expired or deleted by this transaction, which
/// is remembered like a value; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if
/// the transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the
/// transaction.
/// @errors exclusive read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_get(
    txn: kv_txn,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(value), Out(error));
    value.reset(kv_value::NONE);
    with_transaction(txn, error, |steps, store| {
        let (group, key, value) = (group.group()?, key.key()?, value.required("value")?);
        let Some(entry) = steps.get(store, group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        value.write(kv_value::pin(entry)?);
        Ok(KV_OK)
    })
}

/// Checks whether a key has a live entry as this transaction sees it, which counts as a read.
///
/// Returns KV_OK if it has one; KV_NOT_FOUND if it is absent, expired or deleted by this
/// transaction; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if the transaction
/// would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the transaction.
/// @errors exclusive read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_exists(
    txn: kv_txn,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    with_transaction(txn, error, |steps, store| {
        let (group, key) = (group.group()?, key.key()?);
        Ok(ok_or_not_found(steps.exists(store, group, key)?))
    })
}

/// Reads the ttl that a key has left as this transaction sees it, in milliseconds, into `*ttl_ms`;
/// KV_TTL_NEVER if it never expires. It counts as a read. The ttl of an entry that the transaction
/// itself has written counts from now.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent, expired or deleted by this transaction;
/// KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if the transaction would hold
/// more than 1 GiB; KV_ERR_BUSY also if another thread uses the transaction.
/// @errors exclusive read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_ttl(
    txn: kv_txn,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    ttl_ms: *mut i64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(ttl_ms), Out(error));
    with_transaction(txn, error, |steps, store| {
        let (group, key, ttl_ms) = (group.group()?, key.key()?, ttl_ms.required("ttl_ms")?);
        ttl_ms.write(match steps.ttl(store, group, key)? {
            None => return Ok(KV_NOT_FOUND),
            Some(ttl) => ttl_to_ms(ttl),
        });
        Ok(KV_OK)
    })
}

/// Begins a scan, in key order, of the live entries of a group as this transaction sees them: the
/// stored entries, with those that it has written among them, which have version 0, and without
/// those that it has deleted. All are read during this call. `options` may be NULL for all
/// entries.
///
/// The scan counts as a read of its range: of all keys between the bounds that begin with the
/// prefix, or with the part of a glob before its first wildcard, and with a limit up to the last
/// key of the scan. If an entry in the range is set, deleted or added, or expires, the commit of
/// this transaction returns KV_CONFLICT. The commit reads the keys of the range again; on a Redis
/// it returns KV_ERR_UNSUPPORTED for more than 100,000 keys or 64 MiB of entries.
///
/// The caller ends the cursor with kv_cursor_close, also after the transaction has ended. On
/// failure the cursor is zeroed.
///
/// Returns KV_OK, also if no entry matches; KV_ERR_ARGUMENT also for unknown flags; KV_ERR_CLOSED
/// after the store was closed; KV_ERR_TOO_LARGE also if the transaction and the entries would have
/// more than 1 GiB; KV_ERR_MEMORY when 65,536 cursors are open; KV_ERR_BUSY also if another thread
/// uses the transaction.
/// @errors exclusive read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_scan(
    txn: kv_txn,
    group: *const c_void,
    group_len: usize,
    options: *const kv_scan_options,
    cursor: *mut kv_cursor,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), OptionsIn(options), Out(cursor), Out(error));
    cursor.reset(kv_cursor { id: 0 });
    with_open_transaction(txn, error, &mut |open, store| {
        cursor.check("cursor")?;
        let (group, options) = (group.group()?, options.read("options")?);
        // SAFETY: the caller promises the same for the bytes in the options as for an argument.
        let scan = unsafe { scan_of(group, &options) }?;
        cursor.write(open_scan(open.store, scan, open.steps.scan(store, scan)?)?);
        Ok(KV_OK)
    })
}

/// Runs `body` on the steps of an open transaction, and its store.
pub fn with_transaction(
    txn: kv_txn,
    error: Out<kv_error>,
    body: impl FnOnce(&mut Transaction, &Store) -> Result<kv_status>,
) -> kv_status {
    let mut body = Some(body);
    with_open_transaction(txn, error, &mut |open, store| match body.take() {
        Some(body) => body(&mut open.steps, store),
        None => Ok(KV_OK),
    })
}

/// Calls `body` once. It is not inlined into each function of the interface.
#[inline(never)]
fn with_open_transaction(
    txn: kv_txn,
    error: Out<kv_error>,
    body: &mut dyn FnMut(&mut OpenTransaction, &Store) -> Result<kv_status>,
) -> kv_status {
    let store = Cell::new(0);
    let call = || {
        check_fork()?;
        TRANSACTIONS.with(txn.id, |open| {
            store.set(open.store);
            with_store_of(open.store, |store| body(open, store))
        })
    };
    guard_or_else(error, call, || poison(store.get()))
}
