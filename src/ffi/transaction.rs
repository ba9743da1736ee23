//! Transactions: reads and writes that are committed together or not at all.

use std::cell::Cell;
use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::InBytes;
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::put_options::kv_put_options;
use crate::ffi::sized::OptionsIn;
use crate::ffi::status::{
    KV_CONFLICT, KV_NOT_FOUND, KV_OK, guard, guard_or_else, kv_error, kv_status,
};
use crate::ffi::stores::{check_fork, kv_store, poison, with_store, with_store_of};
use crate::ffi::value::kv_value;
use crate::{Result, Store, Transaction};

/// The chunks of 65,536 open transactions, the most in a process.
const TRANSACTION_CHUNKS: usize = 9;

static TRANSACTIONS: Slots<OpenTransaction, TRANSACTION_CHUNKS> =
    Slots::new(Kind::Transaction, "transaction");

/// The handle of a transaction: reads and buffered writes of one store. One thread uses it at a
/// time, not always the same; a call that overlaps with another one on it returns KV_ERR_BUSY.
/// After the store was closed, its calls return KV_ERR_CLOSED, and kv_txn_abort ends it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_txn {
    /// The number of the handle; 0 is no transaction.
    pub id: u64,
}

struct OpenTransaction {
    store: u64,
    steps: Transaction,
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

/// Reads the value under a key as this transaction sees it, and pins it; kv_value_free releases it.
/// The transaction sees its own writes and deletes first, then the stored entry. A key that is read
/// again has the value of its first read. On any other status `value` is zeroed. An entry that the
/// transaction itself has written has version 0, and its ttl counts from now.
///
/// If another commit falls between the reads of two keys and changes one of them after it was read,
/// the commit of this transaction returns KV_CONFLICT.
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

/// Buffers a write for the commit; the bytes are copied. `options` may be NULL. A condition in them
/// is checked now, on the key as this transaction sees it. A condition counts as a read of the key,
/// and so does KV_EXPIRY_KEEP. An entry that the transaction itself has written has no version yet.
/// A ttl counts from the commit, which has the strictest durability of its writes, and at least
/// that of its store.
///
/// Returns KV_OK; KV_CONFLICT if the condition does not hold: then this write is not buffered, and
/// the transaction stays open; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if
/// the transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the
/// transaction.
/// @errors exclusive read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_set(
    txn: kv_txn,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    options: *const kv_put_options,
    error: *mut kv_error,
) -> kv_status {
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(value, value_len),
        OptionsIn(options),
        Out(error)
    );
    with_transaction(txn, error, |steps, store| {
        let (group, key, value, options) =
            (group.group()?, key.key()?, value.value()?, options.read("options")?);
        let (condition, expiry) = options.rules()?;
        let durability = options.durability()?;
        let holds = steps.set(store, group, key, value, condition, expiry)?;
        if holds {
            durability.into_iter().for_each(|it| steps.require(it));
        }
        Ok(if holds { KV_OK } else { KV_CONFLICT })
    })
}

/// Buffers a delete for the commit. It counts as a read of the key.
///
/// Returns KV_OK if the key has a live entry as this transaction sees it; KV_NOT_FOUND if not: then
/// there is nothing to delete; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE also if
/// the transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses the
/// transaction.
/// @errors exclusive read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_delete(
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
        let existed = steps.delete(store, group, key)?;
        Ok(if existed { KV_OK } else { KV_NOT_FOUND })
    })
}

/// Applies all writes atomically, in their order, if every key that was read is still at the
/// version of its first read, or still absent. The commit of a transaction without writes checks
/// that all its reads were true at one instant. KV_OK and KV_CONFLICT end the transaction and its
/// handle. After an error nothing was written and the transaction stays open: commit it again, or
/// end it with kv_txn_abort.
///
/// Returns KV_OK; KV_CONFLICT if an entry that was read has changed or expired: then nothing is
/// written; KV_ERR_HANDLE for a transaction that has ended; KV_ERR_CLOSED after the store was
/// closed; KV_ERR_BUSY also if another thread uses the transaction.
/// @errors exclusive commit deadline KV_ERR_QUOTA KV_ERR_CLOSED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_commit(txn: kv_txn, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    let store = Cell::new(0);
    let call = || {
        check_fork()?;
        TRANSACTIONS.finish(txn.id, |open| {
            store.set(open.store);
            let committed = with_store_of(open.store, |store| open.steps.commit(store))?;
            Ok(if committed { KV_OK } else { KV_CONFLICT })
        })
    };
    guard_or_else(error, call, || poison(store.get()))
}

/// Ends a transaction and discards its buffered writes. A transaction may be ended after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that has already ended, zero or not a transaction,
/// which does no harm; KV_ERR_BUSY if another thread uses the transaction.
/// @errors exclusive
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_abort(txn: kv_txn, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        drop(TRANSACTIONS.remove(txn.id)?);
        Ok(KV_OK)
    })
}

fn with_transaction(
    txn: kv_txn,
    error: Out<kv_error>,
    body: impl FnOnce(&mut Transaction, &Store) -> Result<kv_status>,
) -> kv_status {
    let store = Cell::new(0);
    let call = || {
        check_fork()?;
        TRANSACTIONS.with(txn.id, |open| {
            store.set(open.store);
            with_store_of(open.store, |store| body(&mut open.steps, store))
        })
    };
    guard_or_else(error, call, || poison(store.get()))
}
