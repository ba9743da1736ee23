//! The flat form of batches, keys and entries: one buffer, for bindings for which each pointer and
//! each call of the library is costly.
//!
//! All numbers are little-endian. A *step* of a batch is 44 bytes and then its group, key and
//! value, without padding:
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | u32 | kind of the step |
//! | 4 | u32 | bits 0-3 condition, 4-7 expiry, 8-11 expire rule |
//! | 8 | u64 | version that the condition names |
//! | 16 | i64 | ttl or expiry in milliseconds |
//! | 24 | i64 | delta of an increment; for all others 0 |
//! | 32 | u32 | length of the group, at most 65,535 |
//! | 36 | u32 | length of the key or prefix, at most 65,535 |
//! | 40 | u32 | length of the value |
//!
//! The kinds of steps are 1 check, 2 get, 3 set, 4 delete, 5 take, 6 increment, 7 append, 8 expire,
//! 9 delete prefix and 10 delete all: its group is the beginning of the names of groups.
//!
//! A *key* to read is 8 bytes and then its group and key:
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | u32 | length of the group |
//! | 4 | u32 | length of the key |
//!
//! An *entry* read by a cursor is 28 bytes and then its group, key and value:
//!
//! | offset | type | field |
//! |---|---|---|
//! | 0 | u64 | version |
//! | 8 | i64 | expiry in milliseconds since 1970, or -1 |
//! | 16 | u32 | length of the group |
//! | 20 | u32 | length of the key |
//! | 24 | u32 | length of the value, or 0xFFFFFFFF: there is no entry under the key |

use crate::error::{Error, ErrorKind, Result};
use crate::model::batch::{Condition, Op};
use crate::model::entry::Entry;
use crate::model::expiry::{Expiry, ExpiryRule, SetExpiry};
use crate::model::key::{Group, Key, check_value};
use crate::model::room::{reserve, reserve_one};
use crate::model::scan_entry::ScanEntry;
use crate::model::stream::StreamId;
use crate::model::version::Version;

/// Bytes before the group of a step.
pub const STEP_HEADER_LEN: usize = 44;
/// Bytes before the group of an entry.
pub const ENTRY_HEADER_LEN: usize = 28;

/// As the length of a value: there is no entry under the key.
const ABSENT: u32 = u32::MAX;

const CHECK: u32 = 1;
const GET: u32 = 2;
const SET: u32 = 3;
const DELETE: u32 = 4;
const TAKE: u32 = 5;
const INCREMENT: u32 = 6;
const APPEND: u32 = 7;
const EXPIRE: u32 = 8;
const DELETE_PREFIX: u32 = 9;
const DELETE_ALL: u32 = 10;
/// A step of the library's own, which no caller passes: its value is the number and the size of a
/// stream.
const SET_STREAM: u32 = 11;

/// Appends one step to `buffer`, or nothing and fails with [`ErrorKind::Memory`].
pub fn encode_op(op: &Op<'_>, buffer: &mut Vec<u8>) -> Result<()> {
    let stream;
    let (kind, expiry, rule, delta, value): (u32, SetExpiry, u32, i64, &[u8]) = match *op {
        Op::Check { .. } => (CHECK, SetExpiry::Default, 0, 0, b""),
        Op::CheckRange { .. } => {
            return Err(invalid("a range is checked by transactions alone".to_owned()));
        }
        Op::Get { .. } => (GET, SetExpiry::Default, 0, 0, b""),
        Op::Set { value, expiry, .. } => (SET, expiry, 0, 0, value),
        Op::SetStream { stream: StreamId(id), size, expiry, .. } => {
            stream = [id.to_le_bytes(), size.to_le_bytes()];
            (SET_STREAM, expiry, 0, 0, stream.as_flattened())
        }
        Op::Delete { .. } => (DELETE, SetExpiry::Default, 0, 0, b""),
        Op::Take { .. } => (TAKE, SetExpiry::Default, 0, 0, b""),
        Op::Increment { delta, created, .. } => (INCREMENT, created, 0, delta, b""),
        Op::Append { value, created, .. } => (APPEND, created, 0, 0, value),
        Op::Expire { expiry, rule, .. } => (EXPIRE, expiry, rule.flags(), 0, b""),
        Op::DeletePrefix { .. } => (DELETE_PREFIX, SetExpiry::Default, 0, 0, b""),
        Op::DeleteAll { .. } => (DELETE_ALL, SetExpiry::Default, 0, 0, b""),
    };
    let key = match *op {
        Op::DeletePrefix { prefix, .. } => prefix,
        _ => op.key().map_or(&b""[..], Key::as_bytes),
    };
    let (condition, version) = condition_to_flat(op.condition());
    let (mode, time) = expiry_to_flat(expiry);
    let group = op.group().as_bytes();
    reserve(buffer, STEP_HEADER_LEN + group.len() + key.len() + value.len())?;

    buffer.extend_from_slice(&kind.to_le_bytes());
    buffer.extend_from_slice(&(condition | mode << 4 | rule << 8).to_le_bytes());
    buffer.extend_from_slice(&version.to_le_bytes());
    buffer.extend_from_slice(&time.to_le_bytes());
    buffer.extend_from_slice(&delta.to_le_bytes());
    for part in [group, key, value] {
        // Every length was checked against a limit below 2^32 when its type was made.
        buffer.extend_from_slice(&(part.len() as u32).to_le_bytes());
    }
    for part in [group, key, value] {
        buffer.extend_from_slice(part);
    }
    Ok(())
}

/// Returns the steps in `buffer`, or [`ErrorKind::Argument`] or [`ErrorKind::TooLarge`] with the
/// fault and its place.
pub fn decode_ops(buffer: &[u8]) -> Result<Vec<Op<'_>>> {
    let ops = decode_own_ops(buffer)?;
    // A caller could name the stream of another one.
    match ops.iter().any(|op| op.stream().is_some()) {
        true => Err(invalid(format!("flat batch, unknown step {SET_STREAM}"))),
        false => Ok(ops),
    }
}

/// Returns the steps in a buffer that the library itself has encoded.
pub(crate) fn decode_own_ops(buffer: &[u8]) -> Result<Vec<Op<'_>>> {
    let mut rest = Reader { bytes: buffer };
    let mut ops = Vec::new();
    while !rest.bytes.is_empty() {
        let at = buffer.len() - rest.bytes.len();
        let op = decode_op(&mut rest)
            .map_err(|error| error.context(format!("flat batch, step at byte {at}")))?;
        reserve_one(&mut ops)?;
        ops.push(op);
    }
    Ok(ops)
}

fn decode_op<'a>(rest: &mut Reader<'a>) -> Result<Op<'a>> {
    let kind = rest.u32()?;
    let flags = rest.u32()?;
    let version = rest.u64()?;
    let time = rest.u64()? as i64;
    let delta = rest.u64()? as i64;
    let lens = [rest.u32()? as usize, rest.u32()? as usize, rest.u32()? as usize];
    let group = Group::new(rest.take(lens[0])?)?;
    let key = Key::new(rest.take(lens[1])?)?;
    check_value(lens[2])?;
    let value = rest.take(lens[2])?;

    let (has_condition, has_expiry, has_rule, has_value) = match kind {
        SET | SET_STREAM => (true, true, false, true),
        CHECK | DELETE => (true, false, false, false),
        INCREMENT => (false, true, false, false),
        APPEND => (false, true, false, true),
        EXPIRE => (false, true, true, false),
        GET | TAKE | DELETE_PREFIX | DELETE_ALL => (false, false, false, false),
        _ => return Err(invalid(format!("unknown step {kind}"))),
    };
    let used = [(has_condition, 0xF), (has_expiry, 0xF0), (has_rule, 0xF00)];
    let known = used.iter().filter(|(has, _)| *has).fold(0, |known, (_, bits)| known | bits);
    // A field that this kind of step does not use must be zero: another value is a mistake.
    if flags & !known != 0 || (delta != 0 && kind != INCREMENT) || (!value.is_empty() && !has_value)
    {
        return Err(invalid(format!(
            "step {kind} carries flags, a delta or a value it has no use for"
        )));
    }
    let condition = condition_from_flat(flags & 0xF, version)?;
    let expiry = expiry_from_flat(flags >> 4 & 0xF, time)?;
    let rule = ExpiryRule::new(flags >> 8)?;
    Ok(match kind {
        CHECK => Op::Check { group, key, condition },
        SET => Op::Set { group, key, value, condition, expiry },
        SET_STREAM => {
            let mut numbers = Reader { bytes: value };
            let (stream, size) = (StreamId(numbers.u64()?), numbers.u64()?);
            Op::SetStream { group, key, stream, size, condition, expiry }
        }
        DELETE => Op::Delete { group, key, condition },
        TAKE => Op::Take { group, key },
        INCREMENT => Op::Increment { group, key, delta, created: expiry },
        APPEND => Op::Append { group, key, value, created: expiry },
        EXPIRE => Op::Expire { group, key, expiry, rule },
        DELETE_PREFIX => Op::DeletePrefix { group, prefix: key.as_bytes() },
        DELETE_ALL if key.as_bytes().is_empty() => Op::DeleteAll { groups: group },
        DELETE_ALL => return Err(invalid("a step that deletes all has no key".to_owned())),
        _ => Op::Get { group, key },
    })
}

/// Returns the keys in `buffer`, or [`ErrorKind::Argument`] or [`ErrorKind::TooLarge`] with the
/// fault and its place.
pub fn decode_keys(buffer: &[u8]) -> Result<Vec<(Group<'_>, Key<'_>)>> {
    let mut rest = Reader { bytes: buffer };
    let mut keys = Vec::new();
    while !rest.bytes.is_empty() {
        let at = buffer.len() - rest.bytes.len();
        let key = decode_key(&mut rest)
            .map_err(|error| error.context(format!("flat keys, key at byte {at}")))?;
        reserve_one(&mut keys)?;
        keys.push(key);
    }
    Ok(keys)
}

fn decode_key<'a>(rest: &mut Reader<'a>) -> Result<(Group<'a>, Key<'a>)> {
    let lens = [rest.u32()? as usize, rest.u32()? as usize];
    Ok((Group::new(rest.take(lens[0])?)?, Key::new(rest.take(lens[1])?)?))
}

/// Returns how many bytes [`encode_found`] needs.
pub fn found_len((group, key): (Group<'_>, Key<'_>), entry: Option<&Entry>) -> usize {
    let value = entry.map_or(0, |entry| entry.value.len());
    ENTRY_HEADER_LEN + group.as_bytes().len() + key.as_bytes().len() + value
}

/// Writes a key with its entry, or without one if it is absent, to the start of `buffer`, which has
/// room for it, and returns the length.
pub fn encode_found(
    (group, key): (Group<'_>, Key<'_>),
    entry: Option<&Entry>,
    buffer: &mut [u8],
) -> usize {
    let (version, expires_at) = entry.map_or((0, None), |it| (it.version, it.expires_at));
    let value = entry.map_or(&b""[..], |entry| &entry.value);
    let (group, key) = (group.as_bytes(), key.as_bytes());
    let value_len = entry.map_or(ABSENT, |entry| entry.value.len() as u32);
    let lens = [group.len() as u32, key.len() as u32, value_len];
    put_entry(version, expires_at, lens, [group, key, value], buffer).unwrap_or_default()
}

/// Returns how many bytes [`encode_entry`] needs for `entry`.
pub fn entry_len(entry: &ScanEntry<'_>) -> usize {
    ENTRY_HEADER_LEN + entry.group.len() + entry.key.len() + entry.value.len()
}

/// Writes `entry` to the start of `buffer` and returns its length, or `None` if it does not fit.
pub fn encode_entry(entry: &ScanEntry<'_>, buffer: &mut [u8]) -> Option<usize> {
    let parts = [entry.group, entry.key, entry.value];
    put_entry(entry.version, entry.expires_at, parts.map(|it| it.len() as u32), parts, buffer)
}

fn put_entry(
    version: Version,
    expires_at: Option<Expiry>,
    lens: [u32; 3],
    parts: [&[u8]; 3],
    buffer: &mut [u8],
) -> Option<usize> {
    let len = ENTRY_HEADER_LEN + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut rest = buffer.get_mut(..len)?;
    let mut put = |bytes: &[u8]| {
        let (head, tail) = std::mem::take(&mut rest).split_at_mut(bytes.len());
        head.copy_from_slice(bytes);
        rest = tail;
    };
    put(&version.to_le_bytes());
    put(&expires_at.map_or(-1, Expiry::as_millis).to_le_bytes());
    lens.iter().for_each(|len| put(&len.to_le_bytes()));
    parts.iter().for_each(|part| put(part));
    Some(len)
}

/// Returns the condition whose flat form is `kind` (0 any, 1 absent, 2 present, 3 version) and
/// `version`. Kind 3 with version 0 is absent.
pub fn condition_from_flat(kind: u32, version: u64) -> Result<Condition> {
    match (kind, version) {
        (0, 0) => Ok(Condition::Any),
        (1, 0) | (3, 0) => Ok(Condition::Absent),
        (2, 0) => Ok(Condition::Present),
        (3, version) => Ok(Condition::Version(version)),
        (0..=2, _) => Err(invalid(format!("condition {kind} takes no version"))),
        _ => Err(invalid(format!("unknown condition {kind}"))),
    }
}

/// Returns the flat form of a condition, as [`condition_from_flat`] reads it.
pub const fn condition_to_flat(condition: Condition) -> (u32, u64) {
    match condition {
        Condition::Any => (0, 0),
        Condition::Absent => (1, 0),
        Condition::Present => (2, 0),
        Condition::Version(version) => (3, version),
    }
}

/// Returns the expiry whose flat form is `mode` (0 default, 1 after, 2 at, 3 keep) and `time_ms`.
/// After 0 or -1, and at -1, is never.
pub fn expiry_from_flat(mode: u32, time_ms: i64) -> Result<SetExpiry> {
    match (mode, time_ms) {
        (0, 0) => Ok(SetExpiry::Default),
        (1, ttl) => SetExpiry::from_ttl(ttl),
        (2, at) => Ok(SetExpiry::from_expires_at(at)),
        (3, 0) => Ok(SetExpiry::Keep),
        (0 | 3, _) => Err(invalid(format!("expiry mode {mode} takes no time"))),
        _ => Err(invalid(format!("unknown expiry mode {mode}"))),
    }
}

/// Returns the flat form of an expiry, as [`expiry_from_flat`] reads it.
pub const fn expiry_to_flat(expiry: SetExpiry) -> (u32, i64) {
    match expiry {
        SetExpiry::Default => (0, 0),
        SetExpiry::Never => (1, 0),
        SetExpiry::After(ttl) => (1, ttl),
        SetExpiry::At(at) => (2, at.as_millis()),
        SetExpiry::Keep => (3, 0),
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Argument, message)
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let have = self.bytes.len();
        let (head, tail) = self
            .bytes
            .split_at_checked(len)
            .ok_or_else(|| invalid(format!("{len} bytes announced, {have} there")))?;
        self.bytes = tail;
        Ok(head)
    }

    fn u32(&mut self) -> Result<u32> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(bytes))
    }

    fn u64(&mut self) -> Result<u64> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(bytes))
    }
}
