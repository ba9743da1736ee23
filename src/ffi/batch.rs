//! Batches: steps collected first, applied atomically then.

use std::ffi::c_void;

use crate::ffi::bytes::{
    bytes, give, group, group_and_key, group_key_and_value, key, output, value,
};
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::put_options::kv_put_options;
use crate::ffi::sized::options;
use crate::ffi::status::{KV_CONFLICT, KV_NOT_FOUND, KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, with_store};
use crate::ffi::value::kv_value;
use crate::{
    Batch, Commit, Condition, Entry, Error, ErrorKind, ExpireOutcome, ExpiryRule, KEY_LEN_MAX, Op,
    Reply, Result, SetExpiry, flat,
};

/// Batches that can exist at once in a process, in chunks of 256.
const BATCH_CHUNKS: usize = 256;
/// Bytes of one batch in flat form.
const BATCH_LEN_MAX: usize = 1 << 30;

static BATCHES: Slots<OpenBatch, BATCH_CHUNKS> = Slots::new(Kind::Batch, "batch");

/// A list of steps for one or several stores. One thread uses it at a time; it may move between
/// threads, and a call that meets another is KV_ERR_BUSY.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_batch {
    /// The number of the handle; 0 is no batch.
    pub id: u64,
}

#[derive(Default)]
struct OpenBatch {
    steps: Batch,
    outcome: Option<(Commit, Vec<Reply>)>,
}

/// Makes an empty batch, which kv_batch_close ends. On failure it is zeroed.
///
/// Returns KV_OK; KV_ERR_MEMORY when 65,536 batches exist.
/// @errors call arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_new(batch: *mut kv_batch, error: *mut kv_error) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(batch, kv_batch { id: 0 }) };
    guard(error, || {
        // SAFETY: the caller's promises, as the header states them.
        let batch = unsafe { output("batch", batch) }?;
        check_fork()?;
        batch.id = BATCHES.insert(OpenBatch::default())?;
        Ok(KV_OK)
    })
}

/// Appends a check: the batch is applied only if the key is at `version`; 0 means absent.
///
/// Returns KV_OK. The bytes are copied.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_check(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    version: u64,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        let condition = if version == 0 { Condition::Absent } else { Condition::Version(version) };
        Ok(Op::Check { group, key, condition })
    })
}

/// Appends a read; kv_batch_result gives the value as the steps before it leave it.
///
/// Returns KV_OK.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_get(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        Ok(Op::Get { group, key })
    })
}

/// Appends a write. `options` may be NULL; a condition in them is one of the whole batch, and
/// looks at the key as it is before the batch.
///
/// Returns KV_OK.
/// @errors exclusive bytes KV_ERR_UNSUPPORTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_set(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    options: *const kv_put_options,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
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
        Ok(Op::Set { group, key, value, condition, expiry })
    })
}

/// Appends a delete; its result is KV_OK or KV_NOT_FOUND.
///
/// Returns KV_OK.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_delete(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        Ok(Op::Delete { group, key, condition: Condition::Any })
    })
}

/// Appends an increment as kv_increment makes it; its result is the sum as decimal text.
///
/// Returns KV_OK.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_increment(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    delta: i64,
    ttl_ms_if_created: i64,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        let created = SetExpiry::from_ttl(ttl_ms_if_created)?;
        Ok(Op::Increment { group, key, delta, created })
    })
}

/// Appends a take: a get and a delete in one. Its result is that of kv_batch_get.
///
/// Returns KV_OK.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_take(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        Ok(Op::Take { group, key })
    })
}

/// Appends bytes to a value as kv_append does; its result is the new length as decimal text.
///
/// Returns KV_OK.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_append(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
    ttl_ms_if_created: i64,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key, value) =
            unsafe { group_key_and_value(group, group_len, key, key_len, value, value_len) }?;
        let created = SetExpiry::from_ttl(ttl_ms_if_created)?;
        Ok(Op::Append { group, key, value, created })
    })
}

/// Appends a change of an expiry as kv_expire makes it; its result is KV_OK, KV_NOT_FOUND or
/// KV_CONFLICT.
///
/// Returns KV_OK.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_expire(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    ttl_ms: i64,
    flags: u32,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
        let (expiry, rule) = (SetExpiry::from_ttl(ttl_ms)?, ExpiryRule::new(flags)?);
        Ok(Op::Expire { group, key, expiry, rule })
    })
}

/// Appends a delete of every key of a group that begins with `prefix`; the empty prefix is the whole
/// group. Its result is how many live entries it removed, as decimal text.
///
/// Returns KV_OK.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_delete_prefix(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    prefix: *const c_void,
    prefix_len: usize,
    error: *mut kv_error,
) -> kv_status {
    append(batch, error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (group, prefix) = unsafe {
            (self::group(group, group_len)?, bytes("prefix", prefix, prefix_len, KEY_LEN_MAX)?)
        };
        Ok(Op::DeletePrefix { group, prefix })
    })
}

/// Appends all the steps in `buffer`, which is in flat form (see "The flat form"), or none
/// of them if one is malformed.
///
/// Returns KV_OK.
/// @errors exclusive bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_add_flat(
    batch: kv_batch,
    buffer: *const c_void,
    len: usize,
    error: *mut kv_error,
) -> kv_status {
    guard(error, || {
        check_fork()?;
        // SAFETY: the caller's promises, as the header states them.
        let buffer = unsafe { bytes("buffer", buffer, len, BATCH_LEN_MAX) }?;
        BATCHES.with(batch.id, |batch| {
            batch.steps.add_flat(buffer)?;
            batch.outcome = None;
            Ok(KV_OK)
        })
    })
}

/// Applies all steps atomically if every condition holds. The batch keeps its steps, so that it
/// can be committed again. An empty batch is applied at once.
///
/// Returns KV_OK; KV_CONFLICT if a condition does not hold: nothing is written, and kv_batch_result
/// tells which step it was; KV_ERR_NOT_INTEGER for an increment of a value that is not an integer.
/// On any error nothing is written.
/// @errors write KV_ERR_NOT_INTEGER
#[unsafe(no_mangle)]
pub extern "C" fn kv_batch_commit(
    store: kv_store,
    batch: kv_batch,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        BATCHES.with(batch.id, |batch| {
            batch.outcome = None;
            let outcome = store.commit(&batch.steps.ops()?)?;
            let status = match outcome.0 {
                Commit::Applied => KV_OK,
                Commit::Refused { .. } => KV_CONFLICT,
            };
            batch.outcome = Some(outcome);
            Ok(status)
        })
    })
}

/// Tells what became of step `index`, counted from 0, of the last commit. `value` may be NULL; if
/// there is a value (of a get or take, or a number as decimal text) it is pinned and kv_value_free gives it back,
/// otherwise it is zeroed but for the version a step wrote.
///
/// Returns KV_OK; KV_NOT_FOUND for a get, take, delete or expire of a key that was absent;
/// KV_CONFLICT for the step whose condition failed, with the version its key is at, and for an
/// expire that its flags did not allow; KV_ERR_ARGUMENT if there is no such step, the batch was not
/// committed since it was changed, or it was refused and this is another step.
/// @errors exclusive arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_result(
    batch: kv_batch,
    index: usize,
    value: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(value, kv_value::NONE) };
    guard(error, || {
        check_fork()?;
        let (status, entry, version) = BATCHES.with(batch.id, |batch| batch.result(index))?;
        // SAFETY: the caller's promises, as the header states them.
        if let Some(value) = unsafe { value.as_mut() } {
            *value = kv_value { version, ..kv_value::NONE };
            if let Some(entry) = entry {
                *value = kv_value::pin(entry)?;
            }
        }
        Ok(status)
    })
}

/// Removes all steps and results.
///
/// Returns KV_OK.
/// @errors exclusive
#[unsafe(no_mangle)]
pub extern "C" fn kv_batch_clear(batch: kv_batch, error: *mut kv_error) -> kv_status {
    guard(error, || {
        check_fork()?;
        BATCHES.with(batch.id, |batch| {
            batch.steps.clear();
            batch.outcome = None;
            Ok(KV_OK)
        })
    })
}

/// Ends a batch. What it has committed stays.
///
/// Returns KV_OK; KV_ERR_HANDLE for one that is closed already, zero or not a batch.
/// @errors exclusive
#[unsafe(no_mangle)]
pub extern "C" fn kv_batch_close(batch: kv_batch, error: *mut kv_error) -> kv_status {
    guard(error, || {
        check_fork()?;
        drop(BATCHES.remove(batch.id)?);
        Ok(KV_OK)
    })
}

fn append<'a>(
    batch: kv_batch,
    error: *mut kv_error,
    op: impl FnOnce() -> Result<Op<'a>>,
) -> kv_status {
    guard(error, || {
        check_fork()?;
        let op = op()?;
        BATCHES.with(batch.id, |batch| {
            batch.steps.push(&op);
            batch.outcome = None;
            Ok(KV_OK)
        })
    })
}

impl OpenBatch {
    fn result(&self, index: usize) -> Result<(kv_status, Option<Entry>, u64)> {
        let argument = |message: String| Error::new(ErrorKind::Argument, message);
        let Some((commit, replies)) = &self.outcome else {
            return Err(argument("the batch was not committed since it was changed".into()));
        };
        if let Commit::Refused { index: refused, version } = *commit {
            if refused == index {
                return Ok((KV_CONFLICT, None, version));
            }
            return Err(argument(format!("the batch was refused by its step {refused}")));
        }
        let reply = replies.get(index);
        let reply = reply.ok_or_else(|| {
            argument(format!("step {index} of a batch of {} steps", replies.len()))
        })?;
        Ok(match reply {
            Reply::None | Reply::Deleted(true) => (KV_OK, None, 0),
            Reply::Entry(Some(entry)) => (KV_OK, Some(entry.clone()), entry.version),
            Reply::Entry(None) | Reply::Deleted(false) => (KV_NOT_FOUND, None, 0),
            Reply::Written { version } => (KV_OK, None, *version),
            Reply::Integer { value, version } => number(value, *version),
            Reply::Length { len, version } => number(len, *version),
            Reply::Removed(count) => number(count, 0),
            Reply::Expire(ExpireOutcome::Set) => (KV_OK, None, 0),
            Reply::Expire(ExpireOutcome::Refused) => (KV_CONFLICT, None, 0),
            Reply::Expire(ExpireOutcome::NotFound) => (KV_NOT_FOUND, None, 0),
        })
    }
}

/// Returns the result of a step that gives a number.
fn number(number: &impl ToString, version: u64) -> (kv_status, Option<Entry>, u64) {
    let value = number.to_string().into_bytes().into();
    (KV_OK, Some(Entry { value, version, expires_at: None }), version)
}

// The header states the length of a step; it must be the one that is read.
const _: () = assert!(flat::STEP_HEADER_LEN == 44 && flat::ENTRY_HEADER_LEN == 28);
