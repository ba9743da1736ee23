//! Optimistic transactions: reads are remembered, and writes are buffered until the commit.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::engine::apply::name_step;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Condition, Durability, Entry, Expiry, Group, Key, Op, SetExpiry, Value, copy_value,
};
use crate::store::store::Store;

/// Bytes of groups, keys and values that one transaction can hold.
pub const TRANSACTION_LEN_MAX: usize = 1 << 30;
/// Bytes that a key counts for beside its own.
const KEY_COST: usize = 128;

/// Reads and buffered writes of one store that are committed together, or not at all.
///
/// It holds no lock and no snapshot. Each key is read from the store once, at its first use. The
/// commit succeeds only if no key that was read has changed since; the reads then were all true at
/// one moment. The check compares versions, so a change of an expiry alone is no conflict.
///
/// Every call has to pass the same store.
#[derive(Debug, Default)]
pub struct Transaction {
    keys: BTreeMap<Name, Touched>,
    /// The number of writes so far, which orders them.
    writes: u64,
    held: usize,
    /// The strictest durability that a write has asked for.
    durability: Option<Durability>,
}

/// A group and a key within it.
type Name = (Box<[u8]>, Box<[u8]>);

/// The read and the write of a key in a transaction.
#[derive(Debug, Default)]
struct Touched {
    /// The entry that was read; the inner `None` means absent, the outer one not read.
    read: Option<Option<Entry>>,
    write: Option<Write>,
}

#[derive(Debug)]
struct Write {
    order: u64,
    change: BufferedWrite,
}

#[derive(Debug, Clone)]
enum BufferedWrite {
    Set { value: Value, expiry: SetExpiry },
    Delete,
}

/// A key as the transaction sees it.
enum View {
    Absent,
    /// The entry that was read.
    Stored(Entry),
    /// The entry that the transaction has written.
    Written(Entry, SetExpiry),
}

impl Transaction {
    /// Returns a transaction that has done nothing.
    pub fn new() -> Self {
        Transaction::default()
    }

    /// Returns the entry under a key as this transaction sees it, or `None` if it is absent,
    /// expired, or deleted by this transaction.
    ///
    /// An entry that the transaction has written has version 0, and a ttl that counts from now.
    pub fn get(&mut self, store: &Store, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        Ok(match self.view(store, group, key)? {
            View::Absent => None,
            View::Stored(entry) | View::Written(entry, _) => Some(entry),
        })
    }

    /// Buffers a write under a key and returns true, or buffers nothing and returns false if
    /// `condition` does not hold for the key as this transaction sees it.
    ///
    /// A condition, and [`SetExpiry::Keep`], count as a read of the key. An entry that the
    /// transaction has written has no version yet.
    pub fn set(
        &mut self,
        store: &Store,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        condition: Condition,
        expiry: SetExpiry,
    ) -> Result<bool> {
        let op = Op::Set { group, key, value, condition, expiry };
        op.validate().map_err(|error| name_step(error, &[op]))?;
        let default = store.open_engine()?.default_expiry();
        let mut expiry = if expiry == SetExpiry::Default { default } else { expiry };
        if condition != Condition::Any || expiry == SetExpiry::Keep {
            let view = self.view(store, group, key)?;
            if !view.meets(condition) {
                return Ok(false);
            }
            if expiry == SetExpiry::Keep {
                expiry = view.kept(default);
            }
        }
        self.write(group, key, BufferedWrite::Set { value: copy_value(value)?, expiry })?;
        Ok(true)
    }

    /// Buffers a delete and returns whether a live entry is there as this transaction sees it,
    /// which counts as a read of the key. Without a live entry nothing is buffered.
    pub fn delete(&mut self, store: &Store, group: Group<'_>, key: Key<'_>) -> Result<bool> {
        if self.get(store, group, key)?.is_none() {
            return Ok(false);
        }
        self.write(group, key, BufferedWrite::Delete)?;
        Ok(true)
    }

    /// Makes the commit at least as durable as a write of it has to be. A write cannot make it less
    /// durable than its store.
    pub fn require(&mut self, durability: Durability) {
        if durability == Durability::Full {
            self.durability = Some(durability);
        }
    }

    /// Applies all writes, in their order, if no key that was read has changed, and returns true;
    /// otherwise writes nothing and returns false. Either way the transaction is empty then, ready
    /// for another attempt. After an error nothing was written and the transaction is unchanged.
    ///
    /// A transaction without writes is committed like any other: true means that all its reads
    /// were true at one moment.
    pub fn commit(&mut self, store: &Store) -> Result<bool> {
        let (commit, _) = store.commit_durably(self.durability, &self.steps()?)?;
        self.clear();
        Ok(commit == Commit::Applied)
    }

    /// Removes all reads and buffered writes.
    pub fn clear(&mut self) {
        *self = Transaction::default();
    }

    /// Returns the checks of the keys that were only read, then the writes in their order, each
    /// with the condition of its key.
    fn steps(&self) -> Result<Vec<Op<'_>>> {
        let mut writes: Vec<(u64, Op<'_>)> = Vec::new();
        let mut steps = Vec::with_capacity(self.keys.len());
        for ((group, key), touched) in &self.keys {
            let (group, key) = (Group::new(group)?, Key::new(key)?);
            let condition = match &touched.read {
                None => Condition::Any,
                Some(None) => Condition::Absent,
                Some(Some(entry)) => Condition::Version(entry.version),
            };
            match &touched.write {
                None => steps.push(Op::Check { group, key, condition }),
                Some(Write { order, change: BufferedWrite::Set { value, expiry } }) => {
                    let expiry = *expiry;
                    writes.push((*order, Op::Set { group, key, value, condition, expiry }));
                }
                Some(Write { order, change: BufferedWrite::Delete }) => {
                    writes.push((*order, Op::Delete { group, key, condition }));
                }
            }
        }
        writes.sort_unstable_by_key(|(order, _)| *order);
        steps.extend(writes.into_iter().map(|(_, op)| op));
        Ok(steps)
    }

    fn view(&mut self, store: &Store, group: Group<'_>, key: Key<'_>) -> Result<View> {
        let now = store.open_engine()?.now(store.call())?;
        let name = name(group, key);
        if let Some(seen) = self.keys.get(&name).and_then(|touched| touched.view(now)) {
            return Ok(seen);
        }
        let read = store.get(group, key)?;
        self.hold(&name, 0, read.as_ref().map_or(0, |entry| entry.value.len()))?;
        self.keys.entry(name).or_default().read = Some(read.clone());
        Ok(read.map_or(View::Absent, View::Stored))
    }

    fn write(&mut self, group: Group<'_>, key: Key<'_>, change: BufferedWrite) -> Result<()> {
        let name = name(group, key);
        let replaced = self.keys.get(&name).and_then(|touched| touched.write.as_ref());
        let replaced = replaced.map_or(0, |write| write.change.len());
        self.hold(&name, replaced, change.len())?;
        let order = self.writes;
        self.writes += 1;
        self.keys.entry(name).or_default().write = Some(Write { order, change });
        Ok(())
    }

    /// Counts `new` bytes that replace `old` bytes of a key, or fails if the sum is over the limit.
    fn hold(&mut self, name: &Name, old: usize, new: usize) -> Result<()> {
        let names = match self.keys.contains_key(name) {
            true => 0,
            false => name.0.len() + name.1.len() + KEY_COST,
        };
        let held = self.held.saturating_sub(old).saturating_add(new).saturating_add(names);
        if held > TRANSACTION_LEN_MAX {
            let message = format!(
                "transaction of {held} bytes is over the limit of {TRANSACTION_LEN_MAX} bytes"
            );
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        self.held = held;
        Ok(())
    }
}

impl Touched {
    /// Returns the key as the transaction sees it at `now`, or `None` if it was neither read nor
    /// written.
    ///
    /// An entry that has expired since its read is absent; the commit then ends in a conflict.
    fn view(&self, now: Timestamp) -> Option<View> {
        let is_live = |expires_at: Option<Expiry>| expires_at.is_none_or(|at| !at.is_past(now));
        let read = self.read.as_ref();
        match self.write.as_ref().map(|write| &write.change) {
            Some(BufferedWrite::Delete) => Some(View::Absent),
            Some(BufferedWrite::Set { value, expiry }) => {
                let old = read.and_then(|read| read.as_ref()?.expires_at);
                let expires_at = expiry.resolve(now, old);
                let entry = Entry { value: value.clone(), version: 0, expires_at };
                let is_seen = is_live(expires_at);
                Some(if is_seen { View::Written(entry, *expiry) } else { View::Absent })
            }
            None => match read? {
                Some(entry) if is_live(entry.expires_at) => Some(View::Stored(entry.clone())),
                _ => Some(View::Absent),
            },
        }
    }
}

impl BufferedWrite {
    fn len(&self) -> usize {
        match self {
            BufferedWrite::Set { value, .. } => value.len(),
            BufferedWrite::Delete => 0,
        }
    }
}

impl View {
    fn meets(&self, condition: Condition) -> bool {
        match self {
            View::Absent => condition.holds(0),
            View::Stored(entry) => condition.holds(entry.version),
            View::Written(..) => matches!(condition, Condition::Any | Condition::Present),
        }
    }

    /// Returns the expiry of a write that keeps the existing expiry; `default` if the key is
    /// absent.
    fn kept(&self, default: SetExpiry) -> SetExpiry {
        match self {
            View::Absent => default,
            View::Stored(_) => SetExpiry::Keep,
            View::Written(_, expiry) => *expiry,
        }
    }
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
        let mut transaction = Transaction::new();
        for len in [1_000, 10, 500] {
            transaction.write(group, key, set(len)).expect("it fits");
            assert_eq!(transaction.held, 2 + KEY_COST + len);
        }
        transaction.write(group, key, BufferedWrite::Delete).expect("it fits");
        assert_eq!(transaction.held, 2 + KEY_COST);
    }

    #[test]
    fn more_than_the_limit_is_refused_and_the_count_stays() {
        let (group, key) = names();
        let mut transaction = Transaction::new();
        transaction.write(group, key, set(1)).expect("it fits");
        let held = transaction.held;
        let other = name(group, Key::new(b"other").expect("short"));

        let room = TRANSACTION_LEN_MAX - held - KEY_COST - "gother".len();
        assert!(transaction.hold(&other, 0, room).is_ok());
        let error = transaction.hold(&other, 0, 1).expect_err("one byte over");

        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert_eq!(transaction.held, TRANSACTION_LEN_MAX);
    }
}
