//! Idempotency: operations that run once, and whose response is stored.

use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::InBytes;
use crate::ffi::observed::Call;
use crate::ffi::status::{KV_CONFLICT, KV_NOT_FOUND, KV_OK, kv_error, kv_status};
use crate::ffi::stores::{kv_store, with_call};
use crate::ffi::value::kv_value;
use crate::{
    BeginOutcome, CallKind, CompleteOutcome, Idempotency, REQUEST_HASH_LEN_MAX, RecordState,
};

/// From kv_idempotency_begin: this caller runs the operation, then completes it with the token.
pub const KV_IDEMPOTENCY_STARTED: i32 = 1;
/// Another caller runs the operation; call again later.
pub const KV_IDEMPOTENCY_IN_PROGRESS: i32 = 2;
/// The operation has run; its response is returned.
pub const KV_IDEMPOTENCY_COMPLETED: i32 = 3;
/// From kv_idempotency_begin: the key is in use for another request.
pub const KV_IDEMPOTENCY_MISMATCH: i32 = 4;

/// Begins an operation that must not run twice, such as a payment under a key that the client
/// chose. Of any number of concurrent callers, in any number of threads and processes, exactly one
/// receives KV_IDEMPOTENCY_STARTED. A record is as durable as any write: a fail-over of a Redis may
/// lose it, and then another caller starts.
///
/// `request` identifies the request, usually by its hash, and has at most 1,024 bytes. The same key
/// with another request is KV_IDEMPOTENCY_MISMATCH. Key and request are compared byte for byte. The
/// record has a ttl of `ttl_ms` milliseconds from its start (0: for ever), whether it is completed
/// or not. After that another caller receives KV_IDEMPOTENCY_STARTED, and the first can no longer
/// complete its record. The ttl must be longer than the operation can take.
///
/// `state` is one of KV_IDEMPOTENCY_*. `token` is the token of a caller that starts, otherwise 0.
/// `response` is the stored response, pinned, and kv_value_free releases it; without a response it
/// is zeroed. The records are the entries of the group "kv.idempotency"; do not write to this group
/// by other calls.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl; KV_ERR_TOO_LARGE also for a longer
/// request; KV_ERR_CORRUPT also if another program has written something else into the group.
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
    arguments!(
        InBytes(key, key_len),
        InBytes(request, request_len),
        Out(state),
        Out(token),
        Out(response),
        Out(error)
    );
    response.reset(kv_value::NONE);
    let call = Call::of(CallKind::Idempotency);
    with_call(store, &call, error, |store| {
        let (key, request) = (key.key()?, request.bytes("request", REQUEST_HASH_LEN_MAX)?);
        let (state, token, response) =
            (state.required("state")?, token.required("token")?, response.required("response")?);
        let begun = Idempotency::new(store).begin(key, request, ttl_ms)?;
        let (found, owned) = match begun {
            BeginOutcome::Started(token) => (KV_IDEMPOTENCY_STARTED, token),
            BeginOutcome::InProgress => (KV_IDEMPOTENCY_IN_PROGRESS, 0),
            BeginOutcome::Completed(entry) => {
                response.write(kv_value::pin(entry)?);
                (KV_IDEMPOTENCY_COMPLETED, 0)
            }
            BeginOutcome::Mismatch => (KV_IDEMPOTENCY_MISMATCH, 0),
        };
        state.write(found);
        token.write(owned);
        Ok(KV_OK)
    })
}

/// Stores the response of an operation that this caller has started. The record keeps its expiry.
/// Later callers of kv_idempotency_begin receive the response.
///
/// Returns KV_OK; KV_CONFLICT if the record is not in progress under this token, because it is
/// completed, or because another caller has started after it had expired: then nothing is written;
/// KV_NOT_FOUND if the record has expired or was removed: then nothing is written; KV_ERR_ARGUMENT
/// also for the token 0.
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
    arguments!(InBytes(key, key_len), InBytes(response, response_len), Out(error));
    let call = Call::of(CallKind::Idempotency);
    with_call(store, &call, error, |store| {
        let (key, response) = (key.key()?, response.value()?);
        Ok(status_of(Idempotency::new(store).complete(key, token, response)?))
    })
}

/// Writes the state of a record to `*state`, KV_IDEMPOTENCY_IN_PROGRESS or
/// KV_IDEMPOTENCY_COMPLETED, and its response to `*response`, pinned; kv_value_free releases it.
/// Without a response `response` is zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND if there is no record or it has expired; KV_ERR_CORRUPT also if the
/// entry is not a record.
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
    arguments!(InBytes(key, key_len), Out(state), Out(response), Out(error));
    response.reset(kv_value::NONE);
    let call = Call::of(CallKind::Idempotency);
    with_call(store, &call, error, |store| {
        let (key, state, response) =
            (key.key()?, state.required("state")?, response.required("response")?);
        let found = match Idempotency::new(store).get(key)? {
            None => return Ok(KV_NOT_FOUND),
            Some(RecordState::InProgress) => KV_IDEMPOTENCY_IN_PROGRESS,
            Some(RecordState::Completed(entry)) => {
                response.write(kv_value::pin(entry)?);
                KV_IDEMPOTENCY_COMPLETED
            }
        };
        state.write(found);
        Ok(KV_OK)
    })
}

/// Removes a record, so that the operation can start again. With the token of the caller that
/// started it, the record is removed only if it is still in progress under that token; this is how
/// a caller gives up an operation that has failed. With token 0 it is removed in any state; if it
/// is in progress, another caller can start while the first one still runs.
///
/// Returns KV_OK; KV_NOT_FOUND if there is no record or it has expired; KV_CONFLICT if the record
/// is not in progress under this token.
/// @errors write
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_idempotency_forget(
    store: kv_store,
    key: *const c_void,
    key_len: usize,
    token: u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(key, key_len), Out(error));
    let call = Call::of(CallKind::Idempotency);
    with_call(store, &call, error, |store| {
        let key = key.key()?;
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

// The comment of kv_idempotency_begin states this limit.
const _: () = assert!(REQUEST_HASH_LEN_MAX == 1024);
