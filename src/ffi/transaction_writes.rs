//! Transactions: their buffered writes, and their end.

use std::cell::Cell;
use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::InBytes;
use crate::ffi::expiry::expire_status;
use crate::ffi::observed::Call;
use crate::ffi::put_options::kv_put_options;
use crate::ffi::sized::OptionsIn;
use crate::ffi::status::{
    KV_CONFLICT, KV_NOT_FOUND, KV_OK, guard, guard_or_else, kv_error, kv_status,
};
use crate::ffi::stores::{check_fork, poison, with_store_of};
use crate::ffi::transaction::{TRANSACTIONS, kv_txn, with_transaction};
use crate::{CallKind, ExpiryRule};

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

/// Adds `delta` to the integer under a key as this transaction sees it, buffers the sum, and writes
/// it to `*result`, which may be NULL. It counts as a read. An absent key counts as 0, and the new
/// entry gets the ttl `ttl_ms_if_created`, with the meanings of kv_set_ttl; a live entry keeps its
/// expiry.
///
/// Returns KV_OK; KV_ERR_NOT_INTEGER if the value is not an integer or the sum is outside the range
/// of int64_t: then nothing is buffered; KV_ERR_CLOSED after the store was
/// closed; KV_ERR_TOO_LARGE also if the transaction would hold more than 1 GiB; KV_ERR_BUSY also if
/// another thread uses the transaction.
/// @errors exclusive read KV_ERR_NOT_INTEGER
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_increment(
    txn: kv_txn,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    delta: i64,
    ttl_ms_if_created: i64,
    result: *mut i64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(result), Out(error));
    with_transaction(txn, error, |steps, store| {
        let (group, key) = (group.group()?, key.key()?);
        let sum = steps.increment(store, group, key, delta, ttl_ms_if_created)?;
        result.write(sum);
        Ok(KV_OK)
    })
}

/// Appends bytes to the value under a key as this transaction sees it, buffers the result, and
/// writes its length to `*len`, which may be NULL. It counts as a read. An absent key counts as
/// empty, and the new entry gets the ttl `ttl_ms_if_created`, with the meanings of kv_set_ttl; a
/// live entry keeps its expiry.
///
/// Returns KV_OK; KV_ERR_TOO_LARGE if the value would be too long, or the transaction would hold
/// more than 1 GiB: then nothing is buffered; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY
/// also if another thread uses the transaction.
/// @errors exclusive read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_append(
    txn: kv_txn,
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
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(value, value_len),
        Out(len),
        Out(error)
    );
    with_transaction(txn, error, |steps, store| {
        let (group, key, value) = (group.group()?, key.key()?, value.value()?);
        let new_len = steps.append(store, group, key, value, ttl_ms_if_created)?;
        len.write(new_len);
        Ok(KV_OK)
    })
}

/// Buffers another expiry of a key: `ttl_ms` milliseconds from the commit, with the meanings of
/// kv_expire. Value and version stay as they are. It counts as a read. `flags` are those of
/// kv_expire, and are checked now, on the expiry as this transaction sees it.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent, expired or deleted by this transaction;
/// KV_CONFLICT if the flags do not allow the change: then nothing is buffered, and the transaction
/// stays open; KV_ERR_ARGUMENT also for any other negative ttl, and for flags that contradict each
/// other; KV_ERR_CLOSED after the store was
/// closed; KV_ERR_TOO_LARGE also if the transaction would hold more than 1 GiB; KV_ERR_BUSY also if
/// another thread uses the transaction.
/// @errors exclusive read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_txn_expire(
    txn: kv_txn,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    ttl_ms: i64,
    flags: u32,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    with_transaction(txn, error, |steps, store| {
        let (group, key, rule) = (group.group()?, key.key()?, ExpiryRule::new(flags)?);
        Ok(expire_status(steps.expire(store, group, key, ttl_ms, rule)?))
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
            with_store_of(open.store, |store| {
                Call::of(CallKind::Transaction).observe(store, || {
                    let committed = open.steps.commit(store)?;
                    Ok(if committed { KV_OK } else { KV_CONFLICT })
                })
            })
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
