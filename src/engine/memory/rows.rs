//! The ordered maps: all entries by group and key, and an index of their expiries.

use std::collections::btree_map::Range;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::apply::WHOLE_STORE;
use crate::engine::memory::lru::{AccessTime, LruOrder};
use crate::engine::memory::name::Name;
use crate::error::Result;
use crate::model::{
    Entry, Expiry, Group, GroupRange, Key, KeyBound, KeyRange, Limits, Namespace, Quota,
    QuotaState, RangeDigest, RangeHasher, Scan, Usage, is_empty_range, prefix_end, reserve_one,
};

/// An entry with its last access.
pub(super) struct StoredEntry {
    /// The entry.
    pub entry: Entry,
    pub access: AccessTime,
}

/// A group's entries in key order.
pub(super) type GroupRows = BTreeMap<Name, StoredEntry>;

/// All entries by group and key, and an index of their expiries.
#[derive(Default)]
pub(super) struct Rows {
    /// The quota states of namespaces; that of the store, if it has a limit, has the empty name.
    pub(super) accounts: HashMap<Box<[u8]>, QuotaState>,
    pub(super) is_limited: bool,
    /// The LRU order, in a store that evicts.
    pub(super) lru: Option<LruOrder>,
    pub(super) groups: BTreeMap<Name, GroupRows>,
    pub(super) expiries: BTreeSet<(Expiry, Name, Name)>,
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

    /// Returns the entries of a group between two bounds, live and expired; `None` if there are
    /// none.
    pub(super) fn between(
        &self,
        group: Group<'_>,
        (lower, upper): (KeyBound<'_>, KeyBound<'_>),
    ) -> Option<Range<'_, Name, StoredEntry>> {
        // `BTreeMap::range` panics on bounds that have no key between them.
        if is_empty_range(&lower, &upper) {
            return None;
        }
        let bounds = (lower.as_ref().map(|key| &**key), upper.as_ref().map(|key| &**key));
        Some(self.groups.get(group.as_bytes())?.range::<[u8], _>(bounds))
    }

    /// Returns the digest of the entries of a range that are live at `now`.
    pub(super) fn digest(
        &self,
        call: &CallContext,
        range: KeyRange<'_>,
        now: Timestamp,
    ) -> Result<RangeDigest> {
        let (mut digest, mut pace) = (RangeHasher::default(), call.pace());
        let rows = self.between(range.group, Scan::of_range(range).range());
        for (key, stored) in rows.into_iter().flatten() {
            pace.step()?;
            if is_live(&stored.entry, now) {
                digest.add(key, stored.entry.version);
            }
        }
        Ok(digest.finish())
    }

    /// Returns a copy of the entries that are live at `now`, which shares their bytes.
    pub(super) fn entries_at(&self, call: &CallContext, now: Timestamp) -> Result<Rows> {
        let (mut groups, mut pace) = (BTreeMap::new(), call.pace());
        for (name, rows) in &self.groups {
            let mut live = Vec::new();
            for (key, stored) in rows {
                pace.step()?;
                if is_live(&stored.entry, now) {
                    reserve_one(&mut live)?;
                    let access = AccessTime::default();
                    live.push((key.clone(), StoredEntry { entry: stored.entry.clone(), access }));
                }
            }
            if !live.is_empty() {
                groups.insert(name.clone(), live.into_iter().collect());
            }
        }
        Ok(Rows { groups, ..Rows::default() })
    }

    /// Returns the entries of a group whose keys begin with `prefix`, live and expired.
    pub(super) fn prefix(
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
    pub(super) fn least_recently_used(&mut self, limit: u64) -> Option<(Name, Name)> {
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
    pub(super) fn accessed_now(&self, entry: Entry) -> StoredEntry {
        let access = self.lru.as_ref().map(LruOrder::new_access).unwrap_or_default();
        StoredEntry { entry, access }
    }

    pub(super) fn insert(
        &mut self,
        group: &[u8],
        key: &[u8],
        stored: StoredEntry,
    ) -> Option<StoredEntry> {
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

    pub(super) fn remove(&mut self, group: &[u8], key: &[u8]) -> Option<StoredEntry> {
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
