//! A transaction on the maps with an undo log.

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::apply::{KeyedRow, Row, RowMeta, Table};
use crate::engine::memory::lru::LruOrder;
use crate::engine::memory::name::Name;
use crate::engine::memory::rows::{Rows, StoredEntry, is_live};
use crate::error::Result;
use crate::model::{
    Entry, Expiry, Group, GroupRange, Key, KeyRange, QuotaState, RangeDigest, Usage, Value,
    copy_value,
};

/// A transaction on [`Rows`] with an undo log: the old entries and the old usage. It obeys its call
/// while it looks for rows; what it changes it changes to the end.
pub(super) struct MemoryTable<'r> {
    rows: &'r mut Rows,
    call: &'r CallContext,
    before: Vec<(Vec<u8>, Vec<u8>, Option<StoredEntry>)>,
    usage_before: Vec<(Box<[u8]>, Usage)>,
    /// The access number at which the transaction began; later accesses are its own.
    began_at: u64,
}

impl<'r> MemoryTable<'r> {
    /// Begins a transaction of `call` on `rows`.
    pub(super) fn new(rows: &'r mut Rows, call: &'r CallContext) -> Self {
        let began_at = rows.lru.as_ref().map_or(0, LruOrder::next);
        MemoryTable { rows, call, before: Vec::new(), usage_before: Vec::new(), began_at }
    }

    /// Restores everything as it was before the transaction.
    pub(super) fn undo(self) {
        for (group, key, stored) in self.before.into_iter().rev() {
            match stored {
                Some(stored) => self.rows.insert(&group, &key, stored),
                None => self.rows.remove(&group, &key),
            };
        }
        for (name, usage) in self.usage_before.into_iter().rev() {
            if let Some(account) = self.rows.accounts.get_mut(&name) {
                account.usage = usage;
            }
        }
    }

    /// Ends the transaction, and returns the entries that it has replaced or removed.
    pub(super) fn into_replaced(self) -> impl Sized + use<> {
        self.before
    }

    fn remember(&mut self, group: &[u8], key: &[u8], old: Option<StoredEntry>) {
        self.before.push((group.to_vec(), key.to_vec(), old));
    }
}

impl Table for MemoryTable<'_> {
    type Location = ();

    fn is_limited(&self) -> bool {
        self.rows.is_limited
    }

    fn evicts(&self) -> bool {
        self.rows.lru.is_some()
    }

    fn touch(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        if let Some(stored) = self.rows.find(group, key) {
            self.rows.touch(stored);
        }
        Ok(())
    }

    fn least_recently_used(&mut self) -> Result<Option<KeyedRow<()>>> {
        let Some((group, key)) = self.rows.least_recently_used(self.began_at) else {
            return Ok(None);
        };
        let row = self.find(Group::new(&group)?, Key::new(&key)?)?;
        Ok(row.map(|row| KeyedRow { group: (*group).into(), key: (*key).into(), row }))
    }

    fn find(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<()>>> {
        Ok(self.rows.get(group, key).map(row))
    }

    fn value(&mut self, group: Group<'_>, key: Key<'_>, _: &Row<()>) -> Result<Value> {
        Ok(self.rows.get(group, key).map(|entry| entry.value.clone()).unwrap_or_default())
    }

    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        meta: RowMeta,
        _: Option<&Row<()>>,
    ) -> Result<()> {
        let RowMeta { version, expires_at } = meta;
        let entry = Entry { value: copy_value(value)?, version, expires_at };
        let stored = self.rows.accessed_now(entry);
        let old = self.rows.insert(group.as_bytes(), key.as_bytes(), stored);
        self.remember(group.as_bytes(), key.as_bytes(), old);
        Ok(())
    }

    fn set_expiry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        expires_at: Option<Expiry>,
    ) -> Result<()> {
        let (group, key) = (group.as_bytes(), key.as_bytes());
        if let Some(old) = self.rows.remove(group, key) {
            let stored = self.rows.accessed_now(Entry { expires_at, ..old.entry.clone() });
            self.rows.insert(group, key, stored);
            self.remember(group, key, Some(old));
        }
        Ok(())
    }

    fn remove(&mut self, group: Group<'_>, key: Key<'_>, _: &Row<()>) -> Result<()> {
        let old = self.rows.remove(group.as_bytes(), key.as_bytes());
        self.remember(group.as_bytes(), key.as_bytes(), old);
        Ok(())
    }

    fn digest(&mut self, range: KeyRange<'_>, now: Timestamp) -> Result<RangeDigest> {
        self.rows.digest(self.call, range, now)
    }

    fn count_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64> {
        let (mut live, mut pace) = (0, self.call.pace());
        for (_, entry) in self.rows.prefix(group, prefix) {
            pace.step()?;
            live += u64::from(is_live(entry, now));
        }
        Ok(live)
    }

    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<()> {
        let mut pace = self.call.pace();
        let keys =
            self.rows.prefix(group, prefix).map(|(key, _)| pace.step().map(|()| key.clone()));
        let keys: Vec<Name> = keys.collect::<Result<_>>()?;
        for key in keys {
            let old = self.rows.remove(group.as_bytes(), &key);
            self.remember(group.as_bytes(), &key, old);
        }
        Ok(())
    }

    fn list_groups(&mut self, prefix: &[u8]) -> Result<Vec<Box<[u8]>>> {
        let groups = self.rows.groups(GroupRange::Prefix(prefix));
        Ok(groups.map(|(name, _)| Box::from(&**name)).collect())
    }

    fn list_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<Vec<KeyedRow<()>>> {
        let mut pace = self.call.pace();
        let rows = self.rows.prefix(group, prefix);
        rows.map(|(key, entry)| {
            pace.step()?;
            Ok(keyed_row(group.as_bytes(), key, entry))
        })
        .collect()
    }

    fn list_expired(
        &mut self,
        range: GroupRange<'_>,
        now: Timestamp,
        limit: usize,
        own: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<Vec<KeyedRow<()>>> {
        let is_own = |group: &Name, key: &Name| {
            own.is_some_and(|own| *own.0.as_bytes() == **group && *own.1.as_bytes() == **key)
        };
        let (rows, mut pace, mut expired) = (&*self.rows, self.call.pace(), Vec::new());
        let entry = |group: &Name, key: &Name| Some(&rows.groups.get(group)?.get(key)?.entry);
        for (group, key) in rows.expired(now) {
            pace.step()?;
            if expired.len() == limit {
                break;
            }
            if range.contains(group)
                && !is_own(group, key)
                && let Some(entry) = entry(group, key)
            {
                expired.push(keyed_row(group, key, entry));
            }
        }
        Ok(expired)
    }

    fn has_rows(&mut self, group: Group<'_>) -> Result<bool> {
        Ok(self.rows.groups.contains_key(group.as_bytes()))
    }

    fn value_len(&mut self, group: Group<'_>, key: Key<'_>, _: &Row<()>) -> Result<u64> {
        Ok(self.rows.get(group, key).map_or(0, |entry| entry.value.len() as u64))
    }

    fn account(&mut self, namespace: &[u8]) -> Result<Option<QuotaState>> {
        Ok(self.rows.accounts.get(namespace).copied())
    }

    fn set_usage(&mut self, namespace: &[u8], usage: Usage) -> Result<()> {
        if let Some(account) = self.rows.accounts.get_mut(namespace) {
            let before = std::mem::replace(&mut account.usage, usage);
            self.usage_before.push((namespace.into(), before));
        }
        Ok(())
    }
}

fn row(entry: &Entry) -> Row<()> {
    Row { version: entry.version, expires_at: entry.expires_at, location: () }
}

fn keyed_row(group: &[u8], key: &[u8], entry: &Entry) -> KeyedRow<()> {
    KeyedRow { group: group.into(), key: key.into(), row: row(entry) }
}
