//! The keys of a transaction: the entries and ranges that it has read, and the writes that it will
//! commit.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Condition, Entry, EntryInfo, Expiry, ExpiryRule, Group, Key, KeyRange, Op, RangeDigest,
    SetExpiry, Value, Version, next_key,
};

/// Bytes of groups, keys and values that one transaction can hold.
pub const TRANSACTION_LEN_MAX: usize = 1 << 30;
/// Bytes that a key counts for beside its own.
const KEY_COST: usize = 128;

/// The keys that a transaction has used.
#[derive(Debug, Default)]
pub(super) struct TransactionBuffer {
    keys: BTreeMap<Name, Touched>,
    /// The ranges that were scanned.
    ranges: Vec<ScannedRange>,
    /// The number of writes so far, which orders them.
    writes: u64,
    held: usize,
}

/// A range of keys that was scanned, and the digest of the entries that were found.
#[derive(Debug)]
struct ScannedRange {
    group: Box<[u8]>,
    lower: Bound<Box<[u8]>>,
    upper: Bound<Box<[u8]>>,
    digest: RangeDigest,
}

/// A group and a key within it.
type Name = (Box<[u8]>, Box<[u8]>);

/// The read and the write of a key in a transaction.
#[derive(Debug, Default)]
struct Touched {
    /// The entry that was read; the inner `None` means absent, the outer one not read.
    read: Option<Option<SeenEntry>>,
    write: Option<Write>,
}

#[derive(Debug)]
struct Write {
    order: u64,
    change: BufferedWrite,
}

/// A write that is made with the commit.
#[derive(Debug, Clone)]
pub(super) enum BufferedWrite {
    /// A value with its expiry.
    Set { value: Value, expiry: SetExpiry },
    /// Another expiry of the entry that was read.
    Expire(SetExpiry),
    /// The end of the entry.
    Delete,
}

/// An entry, as a transaction has seen it.
#[derive(Debug, Clone)]
pub(super) struct SeenEntry {
    /// `None` if the value was not asked for: it may be large.
    pub(super) value: Option<Value>,
    /// 0 of an entry that the transaction has written.
    pub(super) version: Version,
    pub(super) expires_at: Option<Expiry>,
}

/// A key as the transaction sees it.
pub(super) enum View {
    /// There is no live entry.
    Absent,
    /// The entry that was read.
    Stored(SeenEntry),
    /// The entry that was read, with the expiry that the transaction gives it.
    Expiring(SeenEntry, SetExpiry),
    /// The entry that the transaction has written.
    Written(SeenEntry, SetExpiry),
}

impl TransactionBuffer {
    /// Returns a key as the transaction sees it at `now`, or `None` if it was neither read nor
    /// written.
    pub(super) fn view(&self, group: Group<'_>, key: Key<'_>, now: Timestamp) -> Option<View> {
        self.keys.get(&name(group, key))?.view(now)
    }

    /// Remembers the entry that was read under a key, `None` if there was none, with the length of
    /// the value that was read.
    pub(super) fn remember(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        read: Option<SeenEntry>,
        len: usize,
    ) -> Result<()> {
        let name = name(group, key);
        self.hold(&name, 0, len)?;
        self.keys.entry(name).or_default().read = Some(read);
        Ok(())
    }

    /// Remembers the value of an entry that was read without it.
    pub(super) fn remember_value(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: Value,
    ) -> Result<()> {
        let name = name(group, key);
        self.hold(&name, 0, value.len())?;
        if let Some(Touched { read: Some(Some(entry)), .. }) = self.keys.get_mut(&name) {
            entry.value = Some(value);
        }
        Ok(())
    }

    /// Remembers the digest of a range that was scanned.
    pub(super) fn remember_range(
        &mut self,
        range: KeyRange<'_>,
        digest: RangeDigest,
    ) -> Result<()> {
        let KeyRange { group, lower, upper } = range;
        let len = |bound: Bound<Key<'_>>| match bound {
            Bound::Included(key) | Bound::Excluded(key) => key.as_bytes().len(),
            Bound::Unbounded => 0,
        };
        let names = group.as_bytes().len() + len(lower) + len(upper);
        self.count(0, names + KEY_COST)?;
        let owned = |bound: Bound<Key<'_>>| bound.map(|key| key.as_bytes().into());
        let (lower, upper) = (owned(lower), owned(upper));
        self.ranges.push(ScannedRange { group: group.as_bytes().into(), lower, upper, digest });
        Ok(())
    }

    /// Returns the keys of a range that the transaction has written, in order, each as the
    /// transaction sees it at `now`.
    pub(super) fn written(&self, range: KeyRange<'_>, now: Timestamp) -> Vec<(&[u8], View)> {
        let group: &[u8] = range.group.as_bytes();
        let bytes = |bound: Bound<Key<'_>>| bound.map(|key| (group.into(), key.as_bytes().into()));
        let lower = match bytes(range.lower) {
            Bound::Unbounded => Bound::Included((group.into(), Box::default())),
            bound => bound,
        };
        let upper: Bound<Name> = match bytes(range.upper) {
            Bound::Unbounded => Bound::Excluded((next_key(group).into(), Box::default())),
            bound => bound,
        };
        let written = self.keys.range((lower, upper)).filter(|(_, it)| it.write.is_some());
        written.filter_map(|((_, key), it)| Some((&**key, it.view(now)?))).collect()
    }

    /// Returns the number of bytes that the transaction may still hold.
    pub(super) fn room(&self) -> usize {
        TRANSACTION_LEN_MAX.saturating_sub(self.held)
    }

    /// Buffers a write, in the place of an earlier one of the key.
    pub(super) fn write(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        change: BufferedWrite,
    ) -> Result<()> {
        let name = name(group, key);
        let replaced = self.keys.get(&name).and_then(|touched| touched.write.as_ref());
        let replaced = replaced.map_or(0, |write| write.change.len());
        self.hold(&name, replaced, change.len())?;
        let order = self.writes;
        self.writes += 1;
        self.keys.entry(name).or_default().write = Some(Write { order, change });
        Ok(())
    }

    /// Returns the checks of the ranges, of the keys whose writes have no condition of their own,
    /// and of those that were only read, then the writes in their order.
    pub(super) fn steps(&self) -> Result<Vec<Op<'_>>> {
        let mut writes: Vec<(u64, Op<'_>)> = Vec::new();
        let mut steps = Vec::with_capacity(self.ranges.len() + self.keys.len());
        for ScannedRange { group, lower, upper, digest } in &self.ranges {
            let range =
                KeyRange { group: Group::new(group)?, lower: key(lower)?, upper: key(upper)? };
            steps.push(Op::CheckRange { range, digest: *digest });
        }
        for ((group, key), touched) in &self.keys {
            let (group, key) = (Group::new(group)?, Key::new(key)?);
            let condition = touched.condition();
            let check = Op::Check { group, key, condition };
            let Some(Write { order, change }) = &touched.write else {
                steps.push(check);
                continue;
            };
            let write = match change {
                BufferedWrite::Set { value, expiry } => {
                    Op::Set { group, key, value, condition, expiry: *expiry }
                }
                BufferedWrite::Expire(expiry) => {
                    steps.push(check);
                    Op::Expire { group, key, expiry: *expiry, rule: ExpiryRule::default() }
                }
                BufferedWrite::Delete => Op::Delete { group, key, condition },
            };
            writes.push((*order, write));
        }
        writes.sort_unstable_by_key(|(order, _)| *order);
        steps.extend(writes.into_iter().map(|(_, op)| op));
        Ok(steps)
    }

    /// Counts `new` bytes that replace `old` bytes of a key, or fails if the sum is over the
    /// limit.
    fn hold(&mut self, name: &Name, old: usize, new: usize) -> Result<()> {
        let names = match self.keys.contains_key(name) {
            true => 0,
            false => name.0.len() + name.1.len() + KEY_COST,
        };
        self.count(old, new.saturating_add(names))
    }

    fn count(&mut self, old: usize, new: usize) -> Result<()> {
        let held = self.held.saturating_sub(old).saturating_add(new);
        if held > TRANSACTION_LEN_MAX {
            return Err(over_limit(held));
        }
        self.held = held;
        Ok(())
    }
}

impl Touched {
    /// Returns the condition under which the commit is valid for this key.
    fn condition(&self) -> Condition {
        match &self.read {
            None => Condition::Any,
            Some(None) => Condition::Absent,
            Some(Some(entry)) => Condition::Version(entry.version),
        }
    }

    /// An entry that has expired since its read is absent; the commit then ends in a conflict.
    fn view(&self, now: Timestamp) -> Option<View> {
        let read = self.read.as_ref();
        let stored = || Some(read?.as_ref().filter(|entry| is_live(entry.expires_at, now)));
        match self.write.as_ref().map(|write| &write.change) {
            Some(BufferedWrite::Delete) => Some(View::Absent),
            Some(BufferedWrite::Set { value, expiry }) => {
                let old = read.and_then(|read| read.as_ref()?.expires_at);
                let expires_at = expiry.resolve(now, old);
                let entry = SeenEntry { value: Some(value.clone()), version: 0, expires_at };
                Some(View::of(expires_at, now, || View::Written(entry, *expiry)))
            }
            Some(BufferedWrite::Expire(expiry)) => {
                let Some(entry) = stored()? else { return Some(View::Absent) };
                let expires_at = expiry.resolve(now, entry.expires_at);
                let entry = SeenEntry { expires_at, ..entry.clone() };
                Some(View::of(expires_at, now, || View::Expiring(entry, *expiry)))
            }
            None => Some(stored()?.map_or(View::Absent, |entry| View::Stored(entry.clone()))),
        }
    }
}

impl SeenEntry {
    /// Returns the entry with its value, which was read.
    pub(super) fn into_entry(self) -> Entry {
        let SeenEntry { value, version, expires_at } = self;
        Entry { value: value.unwrap_or_default(), version, expires_at }
    }
}

impl From<Entry> for SeenEntry {
    fn from(entry: Entry) -> SeenEntry {
        let Entry { value, version, expires_at } = entry;
        SeenEntry { value: Some(value), version, expires_at }
    }
}

impl From<EntryInfo> for SeenEntry {
    fn from(info: EntryInfo) -> SeenEntry {
        SeenEntry { value: None, version: info.version, expires_at: info.expires_at }
    }
}

impl BufferedWrite {
    fn len(&self) -> usize {
        match self {
            BufferedWrite::Set { value, .. } => value.len(),
            BufferedWrite::Expire(_) | BufferedWrite::Delete => 0,
        }
    }
}

impl View {
    /// Returns the view that `live` makes, unless the entry has expired.
    fn of(expires_at: Option<Expiry>, now: Timestamp, live: impl FnOnce() -> View) -> View {
        if is_live(expires_at, now) { live() } else { View::Absent }
    }

    /// Returns the entry, if there is one. One that the transaction has written has version 0.
    pub(super) fn entry(self) -> Option<SeenEntry> {
        match self {
            View::Absent => None,
            View::Stored(entry) | View::Expiring(entry, _) | View::Written(entry, _) => Some(entry),
        }
    }

    /// Returns the version of a stored entry whose value was not read.
    pub(super) fn unread(&self) -> Option<Version> {
        match self {
            View::Stored(entry) | View::Expiring(entry, _) if entry.value.is_none() => {
                Some(entry.version)
            }
            _ => None,
        }
    }

    /// Returns whether a condition holds. An entry that the transaction has written has no
    /// version.
    pub(super) fn meets(&self, condition: Condition) -> bool {
        match self {
            View::Absent => condition.holds(0),
            View::Stored(entry) | View::Expiring(entry, _) => condition.holds(entry.version),
            View::Written(..) => matches!(condition, Condition::Any | Condition::Present),
        }
    }

    /// Returns the expiry of a write that keeps the existing expiry; `created` if the key is
    /// absent.
    pub(super) fn kept(&self, created: SetExpiry) -> SetExpiry {
        match self {
            View::Absent => created,
            View::Stored(_) => SetExpiry::Keep,
            View::Expiring(_, expiry) | View::Written(_, expiry) => *expiry,
        }
    }
}

/// Returns the error of a transaction that would hold `len` bytes.
pub(super) fn over_limit(len: usize) -> Error {
    let message =
        format!("transaction of {len} bytes is over the limit of {TRANSACTION_LEN_MAX} bytes");
    Error::new(ErrorKind::TooLarge, message)
}

/// Returns the bound of a scanned range.
fn key(bound: &Bound<Box<[u8]>>) -> Result<Bound<Key<'_>>> {
    Ok(match bound {
        Bound::Included(name) => Bound::Included(Key::new(name)?),
        Bound::Excluded(name) => Bound::Excluded(Key::new(name)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}

fn is_live(expires_at: Option<Expiry>, now: Timestamp) -> bool {
    expires_at.is_none_or(|at| !at.is_past(now))
}

fn name(group: Group<'_>, key: Key<'_>) -> Name {
    (group.as_bytes().into(), key.as_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>() -> (Group<'a>, Key<'a>) {
        (Group::new(b"g").expect("short"), Key::new(b"k").expect("short"))
    }

    fn set(len: usize) -> BufferedWrite {
        BufferedWrite::Set { value: vec![0; len].into(), expiry: SetExpiry::Never }
    }

    #[test]
    fn a_key_that_is_written_again_is_counted_once() {
        let (group, key) = names();
        let mut buffer = TransactionBuffer::default();
        for len in [1_000, 10, 500] {
            buffer.write(group, key, set(len)).expect("it fits");
            assert_eq!(buffer.held, 2 + KEY_COST + len);
        }
        buffer.write(group, key, BufferedWrite::Delete).expect("it fits");
        assert_eq!(buffer.held, 2 + KEY_COST);
    }

    #[test]
    fn more_than_the_limit_is_refused_and_the_count_stays() {
        let (group, key) = names();
        let mut buffer = TransactionBuffer::default();
        buffer.write(group, key, set(1)).expect("it fits");
        let held = buffer.held;
        let other = name(group, Key::new(b"other").expect("short"));

        let room = TRANSACTION_LEN_MAX - held - KEY_COST - "gother".len();
        assert!(buffer.hold(&other, 0, room).is_ok());
        let error = buffer.hold(&other, 0, 1).expect_err("one byte over");

        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert_eq!(buffer.held, TRANSACTION_LEN_MAX);
    }
}
