//! Idempotency: operations that run once, and whose answer is replayed.

use std::ffi::c_void;

use crate::ffi::bytes::{bytes, give, key, output, value};
use crate::ffi::status::{KV_CONFLICT, KV_NOT_FOUND, KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_store};
use crate::ffi::value::kv_value;
use crate::{BeginOutcome, CompleteOutcome, Idempotency, REQUEST_HASH_LEN_MAX, RecordState};

/// From kv_idempotency_begin: run the operation, then complete it with the token.
pub const KV_IDEMPOTENCY_STARTED: i32 = 1;
/// Somebody else is running the operation; ask again later.
pub const KV_IDEMPOTENCY_IN_PROGRESS: i32 = 2;
/// The operation was run; its response is given.
pub const KV_IDEMPOTENCY_COMPLETED: i32 = 3;
/// From kv_idempotency_begin: the key is in use for another request.
pub const KV_IDEMPOTENCY_MISMATCH: i32 = 4;

/// Tells the caller what to do about an operation that must not run twice, such as a payment under
/// the key that its client made up. Of any number of callers, in any number of threads and
/// processes, exactly one is told KV_IDEMPOTENCY_STARTED.
///
/// `request` identifies what is asked for, usually a hash of the request, at most 1,024 bytes; the
/// same key with another one is KV_IDEMPOTENCY_MISMATCH. Key and request are compared as they are.
/// The record is kept for `ttl_ms` from the moment it starts (0: for ever), completed or not; after
/// that another caller is told to start, and the first can no longer complete. The ttl must be
/// longer than the operation can take.
///
/// `state` is one of KV_IDEMPOTENCY_*. `token` is that of the caller who starts, else 0. `response`
/// is the response if there is one, pinned: kv_value_free gives it back; otherwise it is zeroed.
/// The records are the entries of the group "kv.idempotency"; leave them to these functions.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl; KV_ERR_TOO_LARGE also for a longer
/// request; KV_ERR_CORRUPT if somebody has written something else into the group.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_idempotency_begin(
    store: kv_store,
    key: *const c_void,
    key_len: usize,
    request: *const c_void,
    request_len: usize,
    ttl_ms: i64,
    state: *mut i32,
    token: *mut u64,
    response: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(response, kv_value::NONE) };
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (key, request) = unsafe {
            (
                self::key(key, key_len)?,
                bytes("request", request, request_len, REQUEST_HASH_LEN_MAX)?,
            )
        };
        // SAFETY: as above.
        let (state, token, response) = unsafe {
            (output("state", state)?, output("token", token)?, output("response", response)?)
        };
        let begun = Idempotency::new(store).begin(key, request, ttl_ms)?;
        let (told, given) = match begun {
            BeginOutcome::Started(token) => (KV_IDEMPOTENCY_STARTED, token),
            BeginOutcome::InProgress => (KV_IDEMPOTENCY_IN_PROGRESS, 0),
            BeginOutcome::Completed(entry) => {
                *response = kv_value::pin(entry)?;
                (KV_IDEMPOTENCY_COMPLETED, 0)
            }
            BeginOutcome::Mismatch => (KV_IDEMPOTENCY_MISMATCH, 0),
        };
        (*state, *token) = (told, given);
        Ok(KV_OK)
    })
}

/// Stores the response of an operation that this caller has started; the record keeps its expiry.
/// From then on others are given the response.
///
/// Returns KV_OK; KV_CONFLICT if the record is not in progress under this token, because it is
/// completed, or another caller has taken over after it had expired: nothing is written;
/// KV_NOT_FOUND if it has expired or was forgotten: nothing is written; KV_ERR_ARGUMENT also for
/// the token 0.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_idempotency_complete(
    store: kv_store,
    key: *const c_void,
    key_len: usize,
    token: u64,
    response: *const c_void,
    response_len: usize,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (key, response) = unsafe { (self::key(key, key_len)?, value(response, response_len)?) };
        Ok(status_of(Idempotency::new(store).complete(key, token, response)?))
    })
}

/// Gives the state of a record, KV_IDEMPOTENCY_IN_PROGRESS or KV_IDEMPOTENCY_COMPLETED, and its
/// response, pinned, if it has one; otherwise `response` is zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND if there is no record or it has expired; KV_ERR_CORRUPT if it is not
/// one.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_idempotency_get(
    store: kv_store,
    key: *const c_void,
    key_len: usize,
    state: *mut i32,
    response: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(response, kv_value::NONE) };
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let (key, state, response) = unsafe {
            (self::key(key, key_len)?, output("state", state)?, output("response", response)?)
        };
        *state = match Idempotency::new(store).get(key)? {
            None => return Ok(KV_NOT_FOUND),
            Some(RecordState::InProgress) => KV_IDEMPOTENCY_IN_PROGRESS,
            Some(RecordState::Completed(entry)) => {
                *response = kv_value::pin(entry)?;
                KV_IDEMPOTENCY_COMPLETED
            }
        };
        Ok(KV_OK)
    })
}

/// Removes a record, so that the operation can be started anew. With the token of the caller who
/// started it, only if it is still in progress under that token: this is how an operation that has
/// failed is given up. With token 0, whatever its state; if it is in progress, another caller can
/// start while the first still runs.
///
/// Returns KV_OK; KV_NOT_FOUND if there is no record or it has expired; KV_CONFLICT if it is not in
/// progress under this token.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_idempotency_forget(
    store: kv_store,
    key: *const c_void,
    key_len: usize,
    token: u64,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let key = unsafe { self::key(key, key_len) }?;
        let records = Idempotency::new(store);
        if token != 0 {
            return Ok(status_of(records.release(key, token)?));
        }
        Ok(if records.forget(key)? { KV_OK } else { KV_NOT_FOUND })
    })
}

fn status_of(settled: CompleteOutcome) -> kv_status {
    match settled {
        CompleteOutcome::Done => KV_OK,
        CompleteOutcome::Absent => KV_NOT_FOUND,
        CompleteOutcome::Refused => KV_CONFLICT,
    }
}

// The documentation of kv_idempotency_begin tells the limit.
const _: () = assert!(REQUEST_HASH_LEN_MAX == 1024);
