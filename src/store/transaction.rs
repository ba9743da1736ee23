//! Optimistic transactions: reads are remembered, and writes are buffered until the commit.

use crate::clock::Timestamp;
use crate::engine::apply::name_step;
use crate::error::Result;
use crate::model::{
    Commit, Condition, Durability, Entry, ExpireOutcome, ExpiryRule, Group, Key, Op, SetExpiry,
    appended, copy_value, format_integer, incremented,
};
use crate::store::expire::{Ttl, remaining};
use crate::store::store::Store;
use crate::store::transaction_buffer::{BufferedWrite, SeenEntry, TransactionBuffer, View};

/// Reads and buffered writes of one store that are committed together, or not at all.
///
/// It holds no lock and no snapshot. Each key is read from the store once, at its first use, and
/// its value when that is asked for. The commit succeeds only if no key that was read has changed
/// since; the reads then were all true at one moment. The check compares versions, so a change of
/// an expiry alone is no conflict.
///
/// Every call has to pass the same store.
#[derive(Debug, Default)]
pub struct Transaction {
    pub(super) buffer: TransactionBuffer,
    /// The strictest durability that a write has asked for.
    durability: Option<Durability>,
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
        Ok(self.read(store, group, key)?.entry().map(SeenEntry::into_entry))
    }

    /// Returns whether a live entry is under a key as this transaction sees it, which counts as a
    /// read. The value is not read.
    pub fn exists(&mut self, store: &Store, group: Group<'_>, key: Key<'_>) -> Result<bool> {
        Ok(self.view(store, group, key)?.entry().is_some())
    }

    /// Returns the ttl that a key has left as this transaction sees it, or `None` if it is absent.
    pub fn ttl(&mut self, store: &Store, group: Group<'_>, key: Key<'_>) -> Result<Option<Ttl>> {
        let now = store.open_engine()?.now(store.call())?;
        let entry = self.view_at(now, store, group, key)?.entry();
        Ok(entry.map(|it| it.expires_at.map_or(Ttl::Never, |at| remaining(at, now))))
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
        let mut expiry = created(store, expiry)?;
        if condition != Condition::Any || expiry == SetExpiry::Keep {
            let view = self.view(store, group, key)?;
            if !view.meets(condition) {
                return Ok(false);
            }
            if expiry == SetExpiry::Keep {
                expiry = view.kept(created(store, SetExpiry::Default)?);
            }
        }
        self.buffer.write(group, key, BufferedWrite::Set { value: copy_value(value)?, expiry })?;
        Ok(true)
    }

    /// Buffers a delete and returns whether a live entry is there as this transaction sees it,
    /// which counts as a read of the key. Without a live entry nothing is buffered.
    pub fn delete(&mut self, store: &Store, group: Group<'_>, key: Key<'_>) -> Result<bool> {
        if !self.exists(store, group, key)? {
            return Ok(false);
        }
        self.buffer.write(group, key, BufferedWrite::Delete)?;
        Ok(true)
    }

    /// Adds `delta` to the integer under a key as this transaction sees it, buffers the sum and
    /// returns it. It reads the key. Absence and expiry are as of [`Store::increment`].
    pub fn increment(
        &mut self,
        store: &Store,
        group: Group<'_>,
        key: Key<'_>,
        delta: i64,
        ttl_ms_if_created: i64,
    ) -> Result<i64> {
        let created = SetExpiry::from_ttl(ttl_ms_if_created)?;
        let mut sum = 0;
        self.replace(store, &Op::Increment { group, key, delta, created }, created, |old| {
            sum = incremented(old, delta)?;
            Ok(format_integer(sum).into_bytes())
        })?;
        Ok(sum)
    }

    /// Appends `value` to the value under a key as this transaction sees it, buffers the result and
    /// returns its length. It reads the key. Absence and expiry are as of [`Store::append`].
    pub fn append(
        &mut self,
        store: &Store,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        ttl_ms_if_created: i64,
    ) -> Result<usize> {
        let created = SetExpiry::from_ttl(ttl_ms_if_created)?;
        let mut len = 0;
        self.replace(store, &Op::Append { group, key, value, created }, created, |old| {
            let whole = appended(old.unwrap_or_default(), value)?;
            len = whole.len();
            Ok(whole)
        })?;
        Ok(len)
    }

    /// Buffers another expiry of a key, if `rule` allows; value and version stay. It reads the key.
    pub fn expire(
        &mut self,
        store: &Store,
        group: Group<'_>,
        key: Key<'_>,
        ttl_ms: i64,
        rule: ExpiryRule,
    ) -> Result<ExpireOutcome> {
        let expiry = created(store, SetExpiry::from_ttl(ttl_ms)?)?;
        let now = store.open_engine()?.now(store.call())?;
        let view = self.view_at(now, store, group, key)?;
        let is_written = matches!(view, View::Written(..));
        let Some(entry) = view.entry() else { return Ok(ExpireOutcome::NotFound) };
        if !rule.allows(entry.expires_at, expiry.resolve(now, entry.expires_at)) {
            return Ok(ExpireOutcome::Refused);
        }
        let change = match (is_written, entry.value) {
            (true, Some(value)) => BufferedWrite::Set { value, expiry },
            _ => BufferedWrite::Expire(expiry),
        };
        self.buffer.write(group, key, change)?;
        Ok(ExpireOutcome::Set)
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
        let (commit, _) = store.commit_durably(self.durability, &self.buffer.steps()?)?;
        self.clear();
        Ok(commit == Commit::Applied)
    }

    /// Removes all reads and buffered writes.
    pub fn clear(&mut self) {
        *self = Transaction::default();
    }

    /// Buffers, in the place of the value of `op`'s key, the one that `make` returns for it. The
    /// entry keeps its expiry; one that is created gets `expiry`.
    fn replace(
        &mut self,
        store: &Store,
        op: &Op<'_>,
        expiry: SetExpiry,
        make: impl FnOnce(Option<&[u8]>) -> Result<Vec<u8>>,
    ) -> Result<()> {
        let Some(key) = op.key() else { return Ok(()) };
        let view = self.read(store, op.group(), key)?;
        let expiry = view.kept(created(store, expiry)?);
        let old = view.entry();
        let value = make(old.as_ref().and_then(|entry| entry.value.as_deref()));
        let value = value.map_err(|error| name_step(error, &[*op]))?.into();
        self.buffer.write(op.group(), key, BufferedWrite::Set { value, expiry })
    }

    fn view(&mut self, store: &Store, group: Group<'_>, key: Key<'_>) -> Result<View> {
        let now = store.open_engine()?.now(store.call())?;
        self.view_at(now, store, group, key)
    }

    /// Returns a key as this transaction sees it at `now`, which costs a round trip to a server.
    fn view_at(
        &mut self,
        now: Timestamp,
        store: &Store,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<View> {
        if let Some(seen) = self.buffer.view(group, key, now) {
            return Ok(seen);
        }
        let read = store.info(group, key)?.map(SeenEntry::from);
        self.buffer.remember(group, key, read.clone(), 0)?;
        Ok(read.map_or(View::Absent, View::Stored))
    }

    /// Returns a key as this transaction sees it now, with its value.
    fn read(&mut self, store: &Store, group: Group<'_>, key: Key<'_>) -> Result<View> {
        let now = store.open_engine()?.now(store.call())?;
        let seen = self.buffer.view(group, key, now);
        let unread = seen.as_ref().map(View::unread);
        if let (Some(seen), Some(None)) = (seen, unread) {
            return Ok(seen);
        }
        let entry = store.get(group, key)?;
        match (unread.flatten(), entry) {
            (None, entry) => {
                let len = entry.as_ref().map_or(0, |entry| entry.value.len());
                self.buffer.remember(group, key, entry.map(SeenEntry::from), len)?;
            }
            (Some(version), Some(entry)) if entry.version == version => {
                self.buffer.remember_value(group, key, entry.value)?;
            }
            // It has changed since its version was read, so the commit is a conflict.
            (Some(_), entry) => {
                return Ok(entry.map_or(View::Absent, |entry| View::Stored(entry.into())));
            }
        }
        Ok(self.buffer.view(group, key, now).unwrap_or(View::Absent))
    }
}

/// Returns the expiry of an entry that is created with `expiry`.
fn created(store: &Store, expiry: SetExpiry) -> Result<SetExpiry> {
    Ok(match expiry {
        SetExpiry::Default => store.open_engine()?.default_expiry(),
        other => other,
    })
}
