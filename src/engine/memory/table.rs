//! The ordered maps, and a transaction on them with an undo log.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::apply::{KeyedRow, Row, RowMeta, Table, WHOLE_STORE};
use crate::engine::memory::lru::{AccessTime, LruOrder};
use crate::engine::memory::name::Name;
use crate::error::Result;
use crate::model::{
    Entry, Expiry, Group, GroupRange, Key, Limits, Namespace, Quota, QuotaState, Usage, Value,
    copy_value, prefix_end,
};

/// An entry with its last access.
pub(super) struct StoredEntry {
    /// The entry.
    pub entry: Entry,
    access: AccessTime,
}

/// A group's entries in key order.
pub(super) type GroupRows = BTreeMap<Name, StoredEntry>;

/// All entries by group and key, and an index of their expiries.
#[derive(Default)]
pub(super) struct Rows {
    /// The quota states of namespaces; that of the store, if it has a limit, has the empty name.
    accounts: HashMap<Box<[u8]>, QuotaState>,
    is_limited: bool,
    /// The LRU order, in a store that evicts.
    lru: Option<LruOrder>,
    groups: BTreeMap<Name, GroupRows>,
    expiries: BTreeSet<(Expiry, Name, Name)>,
}

impl Rows {
    /// Returns an empty store with these limits.
    pub(super) fn new(limits: Limits) -> Rows {
        let mut rows = Rows { is_limited: !limits.is_unlimited(), ..Rows::default() };
        if rows.is_limited {
            let account = QuotaState { quota: limits.quota(), usage: Usage::default() };
            rows.accounts.insert(WHOLE_STORE.into(), account);
        }
        rows.lru = limits.evicts().then(LruOrder::default);
        rows
    }

    /// Returns the entry under a key, live or expired.
    pub(super) fn get(&self, group: Group<'_>, key: Key<'_>) -> Option<&Entry> {
        self.find(group, key).map(|stored| &stored.entry)
    }

    /// Returns the entry under a key, live or expired, with its last access.
    pub(super) fn find(&self, group: Group<'_>, key: Key<'_>) -> Option<&StoredEntry> {
        self.groups.get(group.as_bytes())?.get(key.as_bytes())
    }

    /// Records an access to an entry.
    pub(super) fn touch(&self, stored: &StoredEntry) {
        if let Some(lru) = &self.lru {
            lru.touch(&stored.access);
        }
    }

    /// Returns the groups of `range` in name order.
    pub(super) fn groups<'r>(
        &'r self,
        range: GroupRange<'_>,
    ) -> impl Iterator<Item = (&'r Name, &'r GroupRows)> + use<'r> {
        let (first, end) = range.bounds();
        self.groups_between(first, end)
    }

    /// Returns the groups from the name `first` on that are before `end`, in name order.
    pub(super) fn groups_between<'r>(
        &'r self,
        first: &[u8],
        end: Option<Vec<u8>>,
    ) -> impl Iterator<Item = (&'r Name, &'r GroupRows)> + use<'r> {
        // `BTreeMap::range` panics on a range that ends before it begins.
        let first = end.as_deref().map_or(first, |end| first.min(end));
        let end = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        self.groups.range::<[u8], _>((Bound::Included(first), end))
    }

    /// Returns how many live entries `range` holds.
    pub(super) fn count_live(
        &self,
        call: &CallContext,
        range: GroupRange<'_>,
        now: Timestamp,
    ) -> Result<u64> {
        let (mut live, mut pace) = (0, call.pace());
        for stored in self.groups(range).flat_map(|(_, rows)| rows.values()) {
            pace.step()?;
            live += u64::from(is_live(&stored.entry, now));
        }
        Ok(live)
    }

    /// Returns the number of live entries of `range`, their bytes, and the number of expired
    /// entries.
    pub(super) fn measure(
        &self,
        call: &CallContext,
        range: GroupRange<'_>,
        now: Timestamp,
    ) -> Result<(u64, u64, u64)> {
        let (mut live, mut bytes, mut expired, mut pace) = (0, 0, 0, call.pace());
        for (group, rows) in self.groups(range) {
            for (key, StoredEntry { entry, .. }) in rows {
                pace.step()?;
                if is_live(entry, now) {
                    live += 1;
                    bytes += (group.len() + key.len() + entry.value.len()) as u64;
                } else {
                    expired += 1;
                }
            }
        }
        Ok((live, bytes, expired))
    }

    /// Returns group and key of the entries that have expired at `now`, the earliest expiry first.
    pub(super) fn expired(&self, now: Timestamp) -> impl Iterator<Item = (&Name, &Name)> {
        let expired = self.expiries.iter().take_while(move |(expiry, ..)| expiry.is_past(now));
        expired.map(|(_, group, key)| (group, key))
    }

    /// Returns whether an entry has an expiry.
    pub(super) fn has_expiries(&self) -> bool {
        !self.expiries.is_empty()
    }

    /// Sets the quota of a namespace and counts its usage, or removes both if there is no limit.
    pub(super) fn set_quota(
        &mut self,
        call: &CallContext,
        namespace: &Namespace,
        quota: Quota,
    ) -> Result<()> {
        if quota.is_unlimited() {
            self.accounts.remove(namespace.name());
            return Ok(());
        }
        let usage = self.count_usage(call, GroupRange::Prefix(namespace.prefix()))?;
        self.accounts.insert(namespace.name().into(), QuotaState { quota, usage });
        Ok(())
    }

    /// Counts the rows of `range`, expired ones included.
    fn count_usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<Usage> {
        let (mut usage, mut pace) = (Usage::default(), call.pace());
        for (group, rows) in self.groups(range) {
            usage.groups += 1;
            usage.keys += rows.len() as u64;
            for (key, stored) in rows {
                pace.step()?;
                usage.bytes += (group.len() + key.len() + stored.entry.value.len()) as u64;
            }
        }
        Ok(usage)
    }

    /// Compares the recorded usage of the store and of every namespace with a count of the rows;
    /// returns the first name whose usage differs, with the recorded usage and the counted one.
    pub(super) fn find_drift(&self, call: &CallContext) -> Result<Option<(&[u8], Usage, Usage)>> {
        for (name, account) in &self.accounts {
            let prefix = [&name[..], b":"].concat();
            let counted = match &name[..] {
                WHOLE_STORE => {
                    Usage { groups: 0, ..self.count_usage(call, GroupRange::Prefix(b""))? }
                }
                _ => self.count_usage(call, GroupRange::Prefix(&prefix))?,
            };
            if account.usage != counted {
                return Ok(Some((&name[..], account.usage, counted)));
            }
        }
        Ok(None)
    }

    /// Returns the quota state of a namespace, if it has a quota.
    pub(super) fn account(&self, namespace: &Namespace) -> Option<QuotaState> {
        self.accounts.get(namespace.name()).copied()
    }

    /// Returns the entries of a group whose keys begin with `prefix`, live and expired.
    fn prefix(
        &self,
        group: Group<'_>,
        prefix: &[u8],
    ) -> impl Iterator<Item = (&Name, &Entry)> + use<'_> {
        let upper = prefix_end(prefix);
        let upper = upper.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.groups.get(group.as_bytes());
        let range = rows.map(|rows| rows.range::<[u8], _>((Bound::Included(prefix), upper)));
        range.into_iter().flatten().map(|(key, stored)| (key, &stored.entry))
    }

    /// Returns group and key of the least recently used entry whose last access is below `limit`.
    fn least_recently_used(&mut self, limit: u64) -> Option<(Name, Name)> {
        let lru = self.lru.as_mut()?;
        loop {
            let (group, key) = lru.first_before(limit)?;
            let stored = self.groups.get_mut(&group)?.get_mut(&key)?;
            if !lru.refresh(&mut stored.access) {
                return Some((group, key));
            }
        }
    }

    /// Returns `entry`, accessed now, for insertion.
    fn accessed_now(&self, entry: Entry) -> StoredEntry {
        let access = self.lru.as_ref().map(LruOrder::new_access).unwrap_or_default();
        StoredEntry { entry, access }
    }

    fn insert(&mut self, group: &[u8], key: &[u8], stored: StoredEntry) -> Option<StoredEntry> {
        let expires_at = stored.entry.expires_at;
        let old = self.remove(group, key);
        let group: Name = match self.groups.get_key_value(group) {
            Some((name, _)) => name.clone(),
            None => group.into(),
        };
        let key: Name = key.into();
        if let Some(expiry) = expires_at {
            self.expiries.insert((expiry, group.clone(), key.clone()));
        }
        if let Some(lru) = &mut self.lru {
            lru.insert(&stored.access, &group, &key);
        }
        self.groups.entry(group).or_default().insert(key, stored);
        old
    }

    fn remove(&mut self, group: &[u8], key: &[u8]) -> Option<StoredEntry> {
        let (name, _) = self.groups.get_key_value(group)?;
        let name = name.clone();
        let rows = self.groups.get_mut(group)?;
        let (key, stored) = rows.remove_entry(key)?;
        if rows.is_empty() {
            self.groups.remove(group);
        }
        if let Some(lru) = &mut self.lru {
            lru.remove(&stored.access);
        }
        if let Some(expiry) = stored.entry.expires_at {
            self.expiries.remove(&(expiry, name, key));
        }
        Some(stored)
    }
}

/// Returns whether `entry` is live at `now`.
pub(super) fn is_live(entry: &Entry, now: Timestamp) -> bool {
    entry.expires_at.is_none_or(|expiry| !expiry.is_past(now))
}

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
