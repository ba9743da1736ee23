//! Batches: lists of steps that are applied atomically.

use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::InBytes;
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::observed::Call;
use crate::ffi::put_options::kv_put_options;
use crate::ffi::sized::OptionsIn;
use crate::ffi::status::{KV_CONFLICT, KV_NOT_FOUND, KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, with_call};
use crate::ffi::value::kv_value;
use crate::{
    Batch, CallKind, Commit, Condition, Durability, Entry, Error, ErrorKind, ExpireOutcome,
    ExpiryRule, KEY_LEN_MAX, Op, Reply, Result, SetExpiry, flat,
};

/// The chunks of 65,536 batches, the most in a process.
const BATCH_CHUNKS: usize = 9;
/// The largest size of the steps of one call, in flat form, in bytes.
const BATCH_LEN_MAX: usize = 1 << 30;

static BATCHES: Slots<OpenBatch, BATCH_CHUNKS> = Slots::new(Kind::Batch);

/// The handle of a list of steps, for one or several stores. One thread uses it at a time, not
/// always the same; a call that overlaps with another one on it returns KV_ERR_BUSY.
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

/// Creates an empty batch, which the caller ends with kv_batch_close. On failure the handle is
/// zeroed.
///
/// Returns KV_OK; KV_ERR_MEMORY when 65,536 batches exist.
/// @errors call arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_new(batch: *mut kv_batch, error: *mut kv_error) -> kv_status {
    arguments!(Out(batch), Out(error));
    batch.reset(kv_batch { id: 0 });
    guard(error, || {
        let batch = batch.required("batch")?;
        check_fork()?;
        batch.write(kv_batch { id: BATCHES.insert(OpenBatch::default())? });
        Ok(KV_OK)
    })
}

/// Appends a check: the batch is applied only if the key is at `version`; 0 means absent. The bytes
/// are copied, as by every call that appends a step.
///
/// Returns KV_OK.
/// @errors exclusive bytes KV_ERR_MEMORY
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
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    append(batch, error, || {
        let (group, key) = (group.group()?, key.key()?);
        let condition = if version == 0 { Condition::Absent } else { Condition::Version(version) };
        Ok(Op::Check { group, key, condition })
    })
}

/// Appends a read. kv_batch_result returns the value as the steps before it leave it.
///
/// Returns KV_OK.
/// @errors exclusive bytes KV_ERR_MEMORY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_get(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    append(batch, error, || {
        let (group, key) = (group.group()?, key.key()?);
        Ok(Op::Get { group, key })
    })
}

/// Appends a write. `options` may be NULL. A condition in them is a condition of the whole batch,
/// on the key as it is before the batch. The batch has the strictest durability of its writes, and
/// at least that of its store.
///
/// Returns KV_OK.
/// @errors exclusive bytes KV_ERR_MEMORY
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
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(value, value_len),
        OptionsIn(options),
        Out(error)
    );
    append_durably(batch, error, || {
        let (group, key, value, options) =
            (group.group()?, key.key()?, value.value()?, options.read("options")?);
        let (condition, expiry) = options.rules()?;
        Ok((Op::Set { group, key, value, condition, expiry }, options.durability()?))
    })
}

/// Appends a delete. Its result is KV_OK or KV_NOT_FOUND.
///
/// Returns KV_OK.
/// @errors exclusive bytes KV_ERR_MEMORY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_delete(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    append(batch, error, || {
        let (group, key) = (group.group()?, key.key()?);
        Ok(Op::Delete { group, key, condition: Condition::Any })
    })
}

/// Appends an increment, with the arguments of kv_increment. Its result is the sum as decimal text.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl that kv_set_ttl refuses.
/// @errors exclusive bytes KV_ERR_MEMORY
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
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    append(batch, error, || {
        let (group, key) = (group.group()?, key.key()?);
        let created = SetExpiry::from_ttl(ttl_ms_if_created)?;
        Ok(Op::Increment { group, key, delta, created })
    })
}

/// Appends a take: a read and a delete of the entry in one step. Its result is like that of
/// kv_batch_get.
///
/// Returns KV_OK.
/// @errors exclusive bytes KV_ERR_MEMORY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_take(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    append(batch, error, || {
        let (group, key) = (group.group()?, key.key()?);
        Ok(Op::Take { group, key })
    })
}

/// Appends a step that appends bytes to a value, with the arguments of kv_append. Its result is the
/// new length as decimal text.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl that kv_set_ttl refuses.
/// @errors exclusive bytes KV_ERR_MEMORY
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
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        InBytes(value, value_len),
        Out(error)
    );
    append(batch, error, || {
        let (group, key, value) = (group.group()?, key.key()?, value.value()?);
        let created = SetExpiry::from_ttl(ttl_ms_if_created)?;
        Ok(Op::Append { group, key, value, created })
    })
}

/// Appends a change of an expiry, with the arguments of kv_expire. Its result is KV_OK,
/// KV_NOT_FOUND, or KV_CONFLICT if the flags do not allow the change.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for a negative ttl or for flags that kv_expire refuses.
/// @errors exclusive bytes KV_ERR_MEMORY
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
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(error));
    append(batch, error, || {
        let (group, key) = (group.group()?, key.key()?);
        let (expiry, rule) = (SetExpiry::from_ttl(ttl_ms)?, ExpiryRule::new(flags)?);
        Ok(Op::Expire { group, key, expiry, rule })
    })
}

/// Appends a delete of every key of a group that begins with `prefix`; the empty prefix means the
/// whole group. Its result is the number of deleted live entries, as decimal text.
///
/// Returns KV_OK.
/// @errors exclusive bytes KV_ERR_MEMORY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_delete_prefix(
    batch: kv_batch,
    group: *const c_void,
    group_len: usize,
    prefix: *const c_void,
    prefix_len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(prefix, prefix_len), Out(error));
    append(batch, error, || {
        let (group, prefix) = (group.group()?, prefix.bytes("prefix", KEY_LEN_MAX)?);
        Ok(Op::DeletePrefix { group, prefix })
    })
}

/// Appends all steps in `buffer`, which is in flat form (see "The flat form"), or none of them if
/// one is malformed.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for a malformed step.
/// @errors exclusive bytes KV_ERR_MEMORY
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_add_flat(
    batch: kv_batch,
    buffer: *const c_void,
    len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(buffer, len), Out(error));
    guard(error, || {
        check_fork()?;
        let buffer = buffer.bytes("buffer", BATCH_LEN_MAX)?;
        BATCHES.with(batch.id, |batch| {
            batch.steps.add_flat(buffer)?;
            batch.outcome = None;
            Ok(KV_OK)
        })
    })
}

/// Applies all steps atomically if every condition holds. The batch keeps its steps, so it can be
/// committed again. The commit of an empty batch succeeds.
///
/// Returns KV_OK; KV_CONFLICT if a condition does not hold: then nothing is written, and
/// kv_batch_result returns KV_CONFLICT for the step of that condition; KV_ERR_NOT_INTEGER for an
/// increment of a value that is not an integer, or whose sum is outside the range of int64_t. On
/// any error nothing is written.
/// @errors write KV_ERR_NOT_INTEGER
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_commit(
    store: kv_store,
    batch: kv_batch,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(error));
    let call = Call::of(CallKind::Batch);
    with_call(store, &call, error, |store| {
        BATCHES.with(batch.id, |batch| {
            batch.outcome = None;
            let outcome = batch.steps.commit(store)?;
            let status = match outcome.0 {
                Commit::Applied => KV_OK,
                Commit::Refused { .. } => KV_CONFLICT,
            };
            batch.outcome = Some(outcome);
            Ok(status)
        })
    })
}

/// Returns the result of step `index`, counted from 0, of the last commit. `value` may be NULL. If
/// the step has a value (of a get or take, or a number as decimal text), `value` is filled with it,
/// pinned, and kv_value_free releases it. Otherwise `value` is zeroed, except for the version that
/// the step has written.
///
/// Returns KV_OK; KV_NOT_FOUND for a get, take, delete or expire of a key that was absent;
/// KV_CONFLICT for the step whose condition did not hold, with the current version of its key, and
/// for an expire that its flags did not allow; KV_ERR_ARGUMENT if there is no such step, if the
/// batch was not committed since it was changed, or if the commit was refused by the condition of
/// another step.
/// @errors exclusive arguments slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_result(
    batch: kv_batch,
    index: usize,
    value: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(value), Out(error));
    value.reset(kv_value::NONE);
    guard(error, || {
        check_fork()?;
        let (status, entry, version) = BATCHES.with(batch.id, |batch| batch.result(index))?;
        value.write(kv_value { version, ..kv_value::NONE });
        // Without a place for it, the value is not pinned.
        if let Some(entry) = entry.filter(|_| !value.is_null()) {
            value.write(kv_value::pin(entry)?);
        }
        Ok(status)
    })
}

/// Removes all steps and results of a batch.
///
/// Returns KV_OK.
/// @errors exclusive
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_clear(batch: kv_batch, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        BATCHES.with(batch.id, |batch| {
            batch.steps.clear();
            batch.outcome = None;
            Ok(KV_OK)
        })
    })
}

/// Ends a batch. Its commits are not undone.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a batch.
/// @errors exclusive
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_batch_close(batch: kv_batch, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        drop(BATCHES.remove(batch.id)?);
        Ok(KV_OK)
    })
}

/// Appends the step that `op` returns.
pub fn append<'a>(
    batch: kv_batch,
    error: Out<kv_error>,
    op: impl FnOnce() -> Result<Op<'a>>,
) -> kv_status {
    append_durably(batch, error, || Ok((op()?, None)))
}

fn append_durably<'a>(
    batch: kv_batch,
    error: Out<kv_error>,
    step: impl FnOnce() -> Result<(Op<'a>, Option<Durability>)>,
) -> kv_status {
    guard(error, || {
        check_fork()?;
        let (op, durability) = step()?;
        BATCHES.with(batch.id, |batch| {
            batch.steps.push(&op)?;
            durability.into_iter().for_each(|it| batch.steps.require(it));
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

/// Returns the result of a step that returns a number.
fn number(number: &impl ToString, version: u64) -> (kv_status, Option<Entry>, u64) {
    let value = number.to_string().into_bytes().into();
    (KV_OK, Some(Entry { value, version, expires_at: None }), version)
}

// The header states these lengths.
const _: () = assert!(flat::STEP_HEADER_LEN == 44 && flat::ENTRY_HEADER_LEN == 28);
