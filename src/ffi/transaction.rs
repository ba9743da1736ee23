//! Transactions: reads and writes that are committed together, or not at all.

use std::cell::Cell;
use std::ffi::c_void;

use crate::ffi::bytes::{give, group, group_and_key, key, output, value};
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::put_options::kv_put_options;
use crate::ffi::sized::options;
use crate::ffi::status::{
    KV_CONFLICT, KV_NOT_FOUND, KV_OK, guard, guard_or_else, kv_error, kv_status,
};
use crate::ffi::stores::{check_fork, kv_store, poison, with_store, with_store_of};
use crate::ffi::value::kv_value;
use crate::{Result, Store, Transaction};

/// Transactions that can be open at once in a process, in chunks of 256.
const TRANSACTION_CHUNKS: usize = 256;

static TRANSACTIONS: Slots<OpenTransaction, TRANSACTION_CHUNKS> =
    Slots::new(Kind::Transaction, "transaction");

/// Reads and writes of one store that are committed together. One thread uses it at a time; it may
/// move between threads, and a call that meets another is KV_ERR_BUSY. After the store was closed
/// its calls are KV_ERR_CLOSED until kv_txn_abort ends it.
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

/// Begins a transaction. It holds no lock and no snapshot, so an abandoned one keeps nobody
/// waiting: it remembers what it reads and keeps what it writes to itself until kv_txn_commit,
/// which applies all of it if everything that was read is still so. Otherwise somebody else was
/// first, and the whole is done again.
///
/// Gives a handle that kv_txn_commit or kv_txn_abort ends. On failure it is zeroed.
///
/// Returns KV_OK; KV_ERR_MEMORY when 65,536 transactions are open.
/// @errors store arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_begin(
    store: kv_store,
    txn: *mut kv_txn,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(txn, kv_txn { id: 0 }) };
    with_store(store, error, |_| {
        // SAFETY: the caller's promises, as the header states them.
        let txn = unsafe { output("txn", txn) }?;
        check_fork()?;
        let steps = Transaction::new();
        txn.id = TRANSACTIONS.insert(OpenTransaction { store: store.id, steps })?;
        Ok(KV_OK)
    })
}

/// Gives the value under a key as this transaction sees it, pinned: what it has written or deleted
/// itself, else what is stored; asked again, what it was told before. On any other status `value`
/// is zeroed. Of what the transaction has written itself the version is 0, and a ttl counts from
/// now.
///
/// Two keys may be read on either side of somebody's commit; then this transaction's own commit
/// will be KV_CONFLICT.
///
/// Returns KV_OK; KV_NOT_FOUND, which is remembered like a value; KV_ERR_CLOSED after the store was
/// closed; KV_ERR_TOO_LARGE if the transaction would hold more than 1 GiB; KV_ERR_BUSY also if
/// another thread uses it.
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
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(value, kv_value::NONE) };
    with_transaction(txn, error, |steps, store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, value) = unsafe {
            (self::group(group, group_len)?, self::key(key, key_len)?, output("value", value)?)
        };
        let Some(entry) = steps.get(store, group, key)? else {
            return Ok(KV_NOT_FOUND);
        };
        *value = kv_value::pin(entry)?;
        Ok(KV_OK)
    })
}

/// Keeps a write for the commit; the bytes are copied. `options` may be NULL. A condition in them
/// is looked at now, in the key as this transaction sees it, and like KV_EXPIRY_KEEP counts as
/// reading the key; what the transaction has written itself is at no version. A ttl counts from
/// the commit.
///
/// Returns KV_OK; KV_CONFLICT if the condition does not hold: this write is left out, the
/// transaction goes on; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE if the
/// transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses it.
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
    with_transaction(txn, error, |steps, store| {
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
        let holds = steps.set(store, group, key, value, condition, expiry)?;
        Ok(if holds { KV_OK } else { KV_CONFLICT })
    })
}

/// Keeps a delete for the commit. Counts as reading the key.
///
/// Returns KV_OK if a live entry is there as this transaction sees it, KV_NOT_FOUND if not: then
/// there is nothing to delete; KV_ERR_CLOSED after the store was closed; KV_ERR_TOO_LARGE if the
/// transaction would hold more than 1 GiB; KV_ERR_BUSY also if another thread uses it.
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
    with_transaction(txn, error, |steps, store| {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        let existed = steps.delete(store, group, key)?;
        Ok(if existed { KV_OK } else { KV_NOT_FOUND })
    })
}

/// Applies all writes atomically, in their order, if every key that was read is at the version it
/// had then (or still absent). Without writes it tells whether all that was read was there at one
/// moment. KV_OK and KV_CONFLICT end the transaction and its handle; after an error nothing was
/// written and it goes on: commit it again, or end it with kv_txn_abort.
///
/// Returns KV_OK; KV_CONFLICT if something that was read has changed or expired: nothing is
/// written; KV_ERR_HANDLE for a transaction that has ended; KV_ERR_CLOSED after the store was
/// closed; KV_ERR_BUSY also if another thread uses it.
/// @errors exclusive commit deadline KV_ERR_QUOTA KV_ERR_CLOSED
#[unsafe(no_mangle)]
pub extern "C" fn kv_txn_commit(txn: kv_txn, error: *mut kv_error) -> kv_status {
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

/// Ends a transaction and forgets what it has written. It may be ended after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for one that has ended already, zero or not a transaction, which
/// does no harm; KV_ERR_BUSY if another thread uses it.
/// @errors exclusive
#[unsafe(no_mangle)]
pub extern "C" fn kv_txn_abort(txn: kv_txn, error: *mut kv_error) -> kv_status {
    guard(error, || {
        check_fork()?;
        drop(TRANSACTIONS.remove(txn.id)?);
        Ok(KV_OK)
    })
}

fn with_transaction(
    txn: kv_txn,
    error: *mut kv_error,
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
