//! The arguments and the reply of the commit script.

use std::ops::Bound;

use redis::Cmd;

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, bytes, count_of, integer, text};
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::layout::{Layout, Spread};
use crate::engine::redis::pieces::keys::unwritten;
use crate::engine::redis::refusal::scan_refused;
use crate::engine::redis::row::{
    parse_described, parse_expiry, parse_version, version_of, version_text,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Condition, Entry, EntryInfo, ExpireOutcome, Group, Key, KeyBound, Namespace, Op,
    Quoted, Reply, Scan, SetExpiry, VALUE_LEN_MAX, check_value, check_whole, parse_integer,
};

/// Returns the names of the keys that a batch uses, which a cluster checks.
pub(crate) fn keys(ops: &[Op<'_>], layout: &Layout) -> Vec<Vec<u8>> {
    let mut named: Vec<Group<'_>> = Vec::new();
    let mut keys = Vec::new();
    for op in ops {
        let group = op.group();
        match op.key() {
            // The prefix stands for all string keys that begin with it, because they are in one
            // slot.
            _ if group.is_default() => {
                let key = op.key().map_or(&b""[..], Key::as_bytes);
                keys.push([layout.string_prefix(), key].concat());
            }
            _ if named.last() == Some(&group) || named.contains(&group) => {}
            _ => {
                named.push(group);
                keys.push(layout.hash(group));
            }
        }
    }
    keys
}

/// Appends the groups and steps of a batch.
pub(crate) fn append(ops: &[Op<'_>], context: &Context, command: &mut Cmd) {
    let layout = &context.layout;
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut numbers = Vec::with_capacity(ops.len());
    for group in ops.iter().map(Op::group) {
        numbers.push(match groups.iter().rposition(|it| *it == group) {
            _ if group.is_default() => 0,
            Some(known) => known + 1,
            None => {
                groups.push(group);
                groups.len()
            }
        });
    }
    command.arg(groups.len());
    for group in groups {
        let space = match layout.spread() {
            Spread::Namespaces => Namespace::name_in(group).unwrap_or_default(),
            // A namespace over several slots has no quota.
            Spread::Groups => b"",
        };
        command.arg(layout.bucket(layout.bucket_of(group))).arg(group.as_bytes()).arg(space);
    }
    for (op, number) in ops.iter().zip(numbers) {
        append_step(op, number, context, command);
    }
}

fn append_step(op: &Op<'_>, group: usize, context: &Context, command: &mut Cmd) {
    let default = context.default_expiry;
    let mut step = |code: &str, key: &[u8]| {
        command.arg(code).arg(group).arg(key);
    };
    match *op {
        Op::Check { key, condition, .. } => {
            step("C", key.as_bytes());
            command.arg(spell_condition(condition));
        }
        Op::CheckRange { range, digest } => {
            let (lower, upper) = Scan::of_range(range).range();
            let (lower, upper) = (spell_bound(&lower, b"-"), spell_bound(&upper, b"+"));
            step("R", common_beginning(&lower, &upper));
            command.arg(&lower).arg(&upper).arg(digest.hex());
        }
        Op::Get { key, .. } => step("G", key.as_bytes()),
        Op::Set { key, value, condition, expiry, .. } => {
            step("S", key.as_bytes());
            command.arg(value).arg(spell_condition(condition)).arg(spell_expiry(expiry, default));
        }
        Op::SetStream { key, stream, size, condition, expiry, .. } => {
            step("W", key.as_bytes());
            // In a named group, the version is the number of the stream.
            let (name, version) =
                context.writing.string(stream).unwrap_or_else(|| (Vec::new(), stream.0));
            command.arg(name).arg(size).arg(version_text(version));
            command.arg(spell_condition(condition)).arg(spell_expiry(expiry, default));
        }
        Op::Delete { key, condition, .. } => {
            step("D", key.as_bytes());
            command.arg(spell_condition(condition));
        }
        Op::Take { key, .. } => step("T", key.as_bytes()),
        Op::Increment { key, delta, created, .. } => {
            step("I", key.as_bytes());
            command.arg(delta).arg(spell_expiry(created, default));
        }
        Op::Append { key, value, created, .. } => {
            step("A", key.as_bytes());
            command.arg(value).arg(spell_expiry(created, default));
        }
        Op::Expire { key, expiry, rule, .. } => {
            step("E", key.as_bytes());
            command.arg(spell_expiry(expiry, default)).arg(rule.flags());
        }
        Op::DeletePrefix { prefix, .. } => {
            step("P", prefix);
        }
        // `Context::commit` refuses it.
        Op::DeleteAll { .. } => {}
    }
}

/// Returns the spelling of a bound of keys in scripts, as ZRANGEBYLEX has it.
pub(crate) fn spell_bound(bound: &KeyBound<'_>, unbounded: &[u8]) -> Vec<u8> {
    match bound {
        Bound::Included(key) => [b"[", &key[..]].concat(),
        Bound::Excluded(key) => [b"(", &key[..]].concat(),
        Bound::Unbounded => unbounded.to_vec(),
    }
}

/// Returns the bytes with which all keys between two bounds begin.
fn common_beginning<'b>(lower: &'b [u8], upper: &[u8]) -> &'b [u8] {
    match (lower, upper) {
        ([b'[' | b'(', lower @ ..], [b'[' | b'(', upper @ ..]) => {
            let len = lower.iter().zip(upper).take_while(|(a, b)| a == b).count();
            lower.get(..len).unwrap_or_default()
        }
        _ => b"",
    }
}

fn spell_condition(condition: Condition) -> String {
    match condition {
        Condition::Any => "*".to_owned(),
        Condition::Absent | Condition::Version(0) => "-".to_owned(),
        Condition::Present => "+".to_owned(),
        Condition::Version(version) => version_text(version),
    }
}

/// Returns `expiry`, or `default` for a write without a ttl.
pub(crate) fn resolved(expiry: SetExpiry, default: SetExpiry) -> SetExpiry {
    if expiry == SetExpiry::Default { default } else { expiry }
}

/// Returns the spelling in scripts of the expiry of a write; `default` is that of a write without a
/// ttl.
pub(crate) fn spell_expiry(expiry: SetExpiry, default: SetExpiry) -> String {
    match resolved(expiry, default) {
        SetExpiry::Default | SetExpiry::Never | SetExpiry::After(0) => String::new(),
        SetExpiry::After(ms) => format!("+{ms}"),
        SetExpiry::At(at) => format!("@{}", at.as_millis()),
        // A new entry has no expiry to keep and gets the default.
        SetExpiry::Keep => format!("k{}", spell_expiry(default, default)),
    }
}

/// The outcome of a batch, as the script reports it.
pub(crate) struct Outcome {
    /// Whether it was applied.
    pub commit: Commit,
    /// The message of its changes; empty without one.
    pub message: Vec<u8>,
    /// The replies with a value in pieces, which is not read yet.
    pub pieces: Vec<(usize, EntryInfo)>,
}

/// The end of one run of the script.
pub(crate) enum Ran {
    /// It has applied the batch, or refused it by a condition.
    Done(Outcome),
    /// It has changed nothing: a group is the first of its bucket, which is not in the list.
    Unregistered,
    /// It has changed nothing: a namespace is over its quota.
    OverQuota {
        /// The name of the namespace.
        namespace: Vec<u8>,
        /// The error of the batch if no expired entry makes room.
        error: Error,
    },
}

/// Parses the reply of the script to `ops`; if the batch was applied, `replies` has the reply of
/// each step.
pub(crate) fn read(reply: Value, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Ran> {
    let Value::Array(parts) = reply else { return Err(unexpected("that of a batch")) };
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Value::Int(1)), Some(Value::Array(values)), Some(message), _) => {
            let mut pieces = Vec::new();
            for (index, ((op, value), reply)) in ops.iter().zip(values).zip(replies).enumerate() {
                if let Value::Array(parts) = &value
                    && let [stream, expiry, Value::Int(1)] = &parts[..]
                {
                    let (version, size) = parse_described(as_bytes(stream)?)
                        .ok_or_else(|| unexpected("a version"))?;
                    let expires_at = parse_expiry(as_bytes(expiry)?);
                    pieces.push((index, EntryInfo { size, version, expires_at }));
                    continue;
                }
                *reply = reply_of(op, value)?;
            }
            let (commit, message) = (Commit::Applied, bytes(message)?);
            Ok(Ran::Done(Outcome { commit, message, pieces }))
        }
        (Some(Value::Int(0)), Some(Value::Int(index)), Some(version), _) => {
            let version = parse_version(&bytes(version)?).ok_or_else(|| unexpected("a version"))?;
            let commit = Commit::Refused { index: index as usize, version };
            Ok(Ran::Done(Outcome { commit, message: Vec::new(), pieces: Vec::new() }))
        }
        (Some(Value::Int(-10)), ..) => Ok(Ran::Unregistered),
        (Some(Value::Int(-5)), Some(space), Some(unit), Some(limit)) => {
            let (space, unit, limit) = (bytes(space)?, text(unit)?, text(limit)?);
            let error = over_quota(&space, &unit, &limit);
            Ok(Ran::OverQuota { namespace: space, error })
        }
        (Some(Value::Int(code)), Some(Value::Int(index)), Some(what), Some(detail)) => {
            let op = ops.get(index as usize).ok_or_else(|| unexpected("that of a step"))?;
            let error = refusal(code, op, what, detail)?;
            Err(match ops.len() {
                1 => error,
                _ => error.context(format_args!("step {index}")),
            })
        }
        _ => Err(unexpected("that of a batch")),
    }
}

/// Returns the error of a namespace that would exceed a limit.
pub(crate) fn over_quota(space: &[u8], unit: &str, limit: &str) -> Error {
    let message = format!("namespace {} is over its quota of {limit} {unit}", Quoted(space));
    Error::new(ErrorKind::Quota, message)
}

/// Returns the error of a step that the script has refused.
fn refusal(code: i64, op: &Op<'_>, what: Value, detail: Value) -> Result<Error> {
    Ok(match (code, op) {
        (-8, Op::Increment { delta, .. }) => {
            let before = bytes(detail)?;
            match (text(what)?.as_str(), parse_integer(&before)) {
                ("range", Ok(before)) => Error::new(
                    ErrorKind::NotInteger,
                    format!("{before} plus {delta} leaves the range of 64-bit integers"),
                ),
                (_, Err(error)) => error,
                _ => unexpected("that of an increment"),
            }
        }
        (-7, _) => {
            let len = count_of(&what)?;
            let check = match op {
                Op::Append { .. } => check_value(len as usize),
                _ => check_whole(len),
            };
            check.err().unwrap_or_else(|| unexpected("that of a step"))
        }
        (-9, Op::SetStream { .. }) => unwritten(),
        (-15, _) => scan_refused(count_of(&what)?, count_of(&detail)?),
        _ => unexpected("that of a step"),
    })
}

fn reply_of(op: &Op<'_>, value: Value) -> Result<Reply> {
    Ok(match op {
        Op::Check { .. } | Op::CheckRange { .. } => Reply::None,
        Op::Get { .. } | Op::Take { .. } => Reply::Entry(entry_of(value)?),
        Op::Set { value: written, .. } => Reply::Written { version: version_of(written) },
        Op::SetStream { .. } => {
            let version = parse_version(&bytes(value)?).ok_or_else(|| unexpected("a version"))?;
            Reply::Written { version }
        }
        Op::Delete { .. } => Reply::Deleted(integer(&value)? == 1),
        Op::Increment { .. } => {
            let sum = bytes(value)?;
            Reply::Integer { value: parse_integer(&sum)?, version: version_of(&sum) }
        }
        // Only the server has the whole value and thus its version.
        Op::Append { .. } => {
            let Value::Array(parts) = value else { return Err(unexpected("that of an append")) };
            let [len, version] = &parts[..] else { return Err(unexpected("that of an append")) };
            let version = parse_version(as_bytes(version)?);
            let version = version.ok_or_else(|| unexpected("a version"))?;
            Reply::Length { len: integer(len)? as usize, version }
        }
        Op::Expire { .. } => Reply::Expire(match integer(&value)? {
            1 => ExpireOutcome::Set,
            0 => ExpireOutcome::Refused,
            _ => ExpireOutcome::NotFound,
        }),
        Op::DeletePrefix { .. } | Op::DeleteAll { .. } => Reply::Removed(count_of(&value)?),
    })
}

fn entry_of(reply: Value) -> Result<Option<Entry>> {
    match reply {
        Value::Nil => Ok(None),
        Value::Array(parts) => {
            let [value, expiry] = &parts[..] else { return Err(unexpected("an entry")) };
            let value = as_bytes(value)?;
            let expires_at = parse_expiry(as_bytes(expiry)?);
            Ok(Some(Entry { value: value.into(), version: version_of(value), expires_at }))
        }
        _ => Err(unexpected("an entry")),
    }
}

const _: () = assert!(VALUE_LEN_MAX <= 512 << 20, "no value of Redis is longer");
