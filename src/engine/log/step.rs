//! The steps of a record: the changes of rows as they were applied.
//!
//! A step is a byte with its kind and flags, and then its fields. A name or key is its length as
//! u16 and its bytes; a value has a length of u32. With the flag 16 the name of the group is left
//! out: it is that of the step before.
//!
//! | kind | fields |
//! |---|---|
//! | 1 put | group, version u64, with flag 32 expiry i64, key, value; the flag 64: see below |
//! | 2 expiry | group, with flag 32 expiry i64, key |
//! | 3 removal | group, with flag 64 kind u8 and version u64 of its change, key |
//! | 4 removal of a prefix | the same, with the prefix as key |
//! | 5 quota | namespace, and as u64 keys, groups and bytes; all zero: none |
//!
//! The flag 64 of a put says that its value was written in pieces: its change has no bytes.

use crate::engine::rows::Row;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ChangeKind, Expiry, Quota, Version, reserve};

const PUT: u8 = 1;
const EXPIRY: u8 = 2;
const REMOVE: u8 = 3;
const REMOVE_PREFIX: u8 = 4;
const QUOTA: u8 = 5;

const KINDS: u8 = 15;
const SAME_GROUP: u8 = 16;
const EXPIRES: u8 = 32;
const CHANGES: u8 = 64;
const STREAM: u8 = 64;

/// A change of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Put {
        group: &'a [u8],
        key: &'a [u8],
        value: &'a [u8],
        version: Version,
        expires_at: Option<Expiry>,
        /// Whether the value was written in pieces: its change has no bytes.
        is_stream: bool,
    },
    Expiry {
        group: &'a [u8],
        key: &'a [u8],
        expires_at: Option<Expiry>,
    },
    Remove {
        group: &'a [u8],
        key: &'a [u8],
        change: Option<(ChangeKind, Version)>,
    },
    RemovePrefix {
        group: &'a [u8],
        prefix: &'a [u8],
        change: Option<(ChangeKind, Version)>,
    },
    Quota {
        namespace: &'a [u8],
        quota: Quota,
    },
}

impl<'a> Step<'a> {
    /// Returns the step that puts a row.
    pub(super) fn put(group: &'a [u8], row: &'a Row, is_stream: bool) -> Step<'a> {
        let (version, expires_at) = (row.version(), row.expires_at());
        Step::Put { group, key: row.key(), value: row.value(), version, expires_at, is_stream }
    }

    pub(super) fn group(&self) -> &'a [u8] {
        match *self {
            Step::Put { group, .. }
            | Step::Expiry { group, .. }
            | Step::Remove { group, .. }
            | Step::RemovePrefix { group, .. } => group,
            Step::Quota { namespace, .. } => namespace,
        }
    }
}

/// Appends a step to `to`; `last` is the group of the step before, if there is one in the record.
pub(super) fn encode(step: &Step<'_>, last: Option<&[u8]>, to: &mut Vec<u8>) -> Result<()> {
    let group = step.group();
    let same = if last == Some(group) { SAME_GROUP } else { 0 };
    let (kind, key, value) = match *step {
        Step::Put { key, value, .. } => (PUT, key, value),
        Step::Expiry { key, .. } => (EXPIRY, key, &b""[..]),
        Step::Remove { key, .. } => (REMOVE, key, &b""[..]),
        Step::RemovePrefix { prefix, .. } => (REMOVE_PREFIX, prefix, &b""[..]),
        Step::Quota { .. } => (QUOTA, &b""[..], &b""[..]),
    };
    reserve(to, 64 + group.len() + key.len() + value.len())?;
    let flags = match *step {
        Step::Put { expires_at, is_stream, .. } => {
            let expires = if expires_at.is_some() { EXPIRES } else { 0 };
            expires | if is_stream { STREAM } else { 0 }
        }
        Step::Expiry { expires_at: Some(_), .. } => EXPIRES,
        Step::Remove { change: Some(_), .. } | Step::RemovePrefix { change: Some(_), .. } => {
            CHANGES
        }
        _ => 0,
    };
    to.push(kind | same | flags);
    if same == 0 {
        name(group, to);
    }
    match *step {
        Step::Put { version, expires_at, .. } => {
            to.extend_from_slice(&version.to_le_bytes());
            expiry(expires_at, to);
        }
        Step::Expiry { expires_at, .. } => expiry(expires_at, to),
        Step::Remove { change, .. } | Step::RemovePrefix { change, .. } => {
            if let Some((kind, version)) = change {
                to.push(kind.code() as u8);
                to.extend_from_slice(&version.to_le_bytes());
            }
        }
        Step::Quota { quota: Quota { max_keys, max_groups, max_bytes }, .. } => {
            for limit in [max_keys, max_groups, max_bytes] {
                to.extend_from_slice(&limit.to_le_bytes());
            }
            return Ok(());
        }
    }
    name(key, to);
    if kind == PUT {
        to.extend_from_slice(&(value.len() as u32).to_le_bytes());
        to.extend_from_slice(value);
    }
    Ok(())
}

fn name(bytes: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
    to.extend_from_slice(bytes);
}

fn expiry(expires_at: Option<Expiry>, to: &mut Vec<u8>) {
    if let Some(at) = expires_at {
        to.extend_from_slice(&at.as_millis().to_le_bytes());
    }
}

/// The steps of a record. A step that does not follow the format is [`ErrorKind::Corrupt`], and
/// the last.
pub(super) struct Steps<'a> {
    rest: &'a [u8],
    group: &'a [u8],
}

impl<'a> Steps<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Steps<'a> {
        Steps { rest: bytes, group: b"" }
    }

    fn decode(&mut self) -> Option<Step<'a>> {
        let tag = self.take(1)?[0];
        if tag & SAME_GROUP == 0 {
            self.group = self.name()?;
        }
        let group = self.group;
        Some(match tag & KINDS {
            PUT => {
                let version = self.number()?;
                let expires_at = self.expiry(tag)?;
                let key = self.name()?;
                let len = u32::from_le_bytes(self.array()?);
                let value = self.take(len as usize)?;
                let is_stream = tag & STREAM != 0;
                Step::Put { group, key, value, version, expires_at, is_stream }
            }
            EXPIRY => Step::Expiry { group, expires_at: self.expiry(tag)?, key: self.name()? },
            REMOVE => Step::Remove { group, change: self.change(tag)?, key: self.name()? },
            REMOVE_PREFIX => {
                Step::RemovePrefix { group, change: self.change(tag)?, prefix: self.name()? }
            }
            QUOTA => {
                let (max_keys, max_groups) = (self.number()?, self.number()?);
                let max_bytes = self.number()?;
                let quota = Quota { max_keys, max_groups, max_bytes };
                Step::Quota { namespace: group, quota }
            }
            _ => return None,
        })
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.first_chunk::<N>().copied()
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        let len = u16::from_le_bytes(self.array()?);
        self.take(usize::from(len))
    }

    fn expiry(&mut self, tag: u8) -> Option<Option<Expiry>> {
        match tag & EXPIRES {
            0 => Some(None),
            _ => Some(Some(Expiry::at_millis(self.number()? as i64))),
        }
    }

    fn change(&mut self, tag: u8) -> Option<Option<(ChangeKind, Version)>> {
        match tag & CHANGES {
            0 => Some(None),
            _ => {
                let kind = ChangeKind::from_code(self.take(1)?[0].into())?;
                Some(Some((kind, self.number()?)))
            }
        }
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = Result<Step<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let step = self.decode().ok_or_else(|| {
            self.rest = b"";
            Error::new(ErrorKind::Corrupt, "a step of a record does not follow the format")
        });
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGE: Option<(ChangeKind, Version)> = Some((ChangeKind::Expire, 5));

    fn steps() -> Vec<Step<'static>> {
        let (group, key, expires_at) = (&b"group"[..], &b"key"[..], Some(Expiry::at_millis(-2)));
        let quota = Quota { max_keys: 1, max_groups: 2, max_bytes: u64::MAX };
        vec![
            Step::Put {
                group: b"",
                key,
                value: b"value",
                version: 1,
                expires_at: None,
                is_stream: true,
            },
            Step::Put {
                group,
                key: b"",
                value: b"",
                version: u64::MAX,
                expires_at,
                is_stream: false,
            },
            Step::Expiry { group, key, expires_at },
            Step::Expiry { group, key, expires_at: None },
            Step::Remove { group, key, change: CHANGE },
            Step::Remove { group: b"other", key, change: None },
            Step::RemovePrefix { group: b"other", prefix: b"", change: CHANGE },
            Step::Quota { namespace: b"tenant", quota },
        ]
    }

    #[test]
    fn steps_are_read_as_they_were_written_and_cut_ones_are_refused() {
        let (mut bytes, mut last, mut ends) = (Vec::new(), None, Vec::new());
        for step in &steps() {
            encode(step, last, &mut bytes).expect("memory");
            last = Some(step.group());
            ends.push(bytes.len());
        }
        let read: Vec<_> = Steps::new(&bytes).collect::<Result<_>>().expect("steps");
        assert_eq!(read, steps());
        for len in 1..bytes.len() {
            let read: Result<Vec<_>> = Steps::new(&bytes[..len]).collect();
            assert_eq!(read.is_ok(), ends.contains(&len), "{len} bytes");
        }
    }
}
