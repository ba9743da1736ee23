//! The ordered maps, and a transaction on them that can be undone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::engine::apply::{Listed, Row, Stamp, Table};
use crate::error::Result;
use crate::model::{Entry, Expiry, Group, GroupRange, Key, Value, prefix_end};

/// The bytes of a group's name or of a key.
pub type Name = Arc<[u8]>;

/// A group's entries in key order.
pub type GroupRows = BTreeMap<Name, Entry>;

/// All entries by group and key, and those that will die by when.
#[derive(Default)]
pub struct Rows {
    groups: BTreeMap<Name, GroupRows>,
    expiries: BTreeSet<(Expiry, Name, Name)>,
}

impl Rows {
    /// Returns the entry under a key, live or dead.
    pub fn get(&self, group: Group<'_>, key: Key<'_>) -> Option<&Entry> {
        self.groups.get(group.as_bytes())?.get(key.as_bytes())
    }

    /// Returns the groups of `range` in name order.
    pub fn groups(&self, range: GroupRange<'_>) -> impl Iterator<Item = (&Arc<[u8]>, &GroupRows)> {
        let (lower, upper) = match range {
            GroupRange::One(group) => {
                (group.as_bytes(), Bound::Included(group.as_bytes().to_vec()))
            }
            GroupRange::Prefix(prefix) => {
                (prefix, prefix_end(prefix).map_or(Bound::Unbounded, Bound::Excluded))
            }
        };
        let upper = upper.as_ref().map(Vec::as_slice);
        self.groups.range::<[u8], _>((Bound::Included(lower), upper))
    }

    /// Returns how many live entries `range` holds.
    pub fn count_live(&self, range: GroupRange<'_>, now: Timestamp) -> u64 {
        let live = |rows: &GroupRows| rows.values().filter(|entry| is_live(entry, now)).count();
        self.groups(range).map(|(_, rows)| live(rows) as u64).sum()
    }

    /// Returns how many entries live, their bytes, and how many are dead.
    pub fn measure(&self, now: Timestamp) -> (u64, u64, u64) {
        let (mut live, mut bytes, mut dead) = (0, 0, 0);
        for (group, rows) in &self.groups {
            for (key, entry) in rows {
                if is_live(entry, now) {
                    live += 1;
                    bytes += (group.len() + key.len() + entry.value.len()) as u64;
                } else {
                    dead += 1;
                }
            }
        }
        (live, bytes, dead)
    }

    /// Returns the keys of at most `limit` entries that are dead at `now`, those that died first.
    pub fn dead(&self, now: Timestamp, limit: usize) -> impl Iterator<Item = (&Name, &Name)> {
        let dead = self.expiries.iter().take_while(move |(expiry, ..)| expiry.is_past(now));
        dead.take(limit).map(|(_, group, key)| (group, key))
    }

    /// Returns the entries of a group whose keys begin with `prefix`, live and dead.
    fn prefix(
        &self,
        group: Group<'_>,
        prefix: &[u8],
    ) -> impl Iterator<Item = (&Name, &Entry)> + use<'_> {
        let upper = prefix_end(prefix);
        let upper = upper.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.groups.get(group.as_bytes());
        let range = rows.map(|rows| rows.range::<[u8], _>((Bound::Included(prefix), upper)));
        range.into_iter().flatten()
    }

    fn insert(&mut self, group: &[u8], key: &[u8], entry: Entry) -> Option<Entry> {
        let expires_at = entry.expires_at;
        let old = self.remove(group, key);
        let group: Arc<[u8]> = match self.groups.get_key_value(group) {
            Some((name, _)) => name.clone(),
            None => group.into(),
        };
        let key: Arc<[u8]> = key.into();
        if let Some(expiry) = expires_at {
            self.expiries.insert((expiry, group.clone(), key.clone()));
        }
        self.groups.entry(group).or_default().insert(key, entry);
        old
    }

    fn remove(&mut self, group: &[u8], key: &[u8]) -> Option<Entry> {
        let (name, _) = self.groups.get_key_value(group)?;
        let name = name.clone();
        let rows = self.groups.get_mut(group)?;
        let (key, entry) = rows.remove_entry(key)?;
        if rows.is_empty() {
            self.groups.remove(group);
        }
        if let Some(expiry) = entry.expires_at {
            self.expiries.remove(&(expiry, name, key));
        }
        Some(entry)
    }
}

/// Answers whether `entry` is alive at `now`.
pub fn is_live(entry: &Entry, now: Timestamp) -> bool {
    entry.expires_at.is_none_or(|expiry| !expiry.is_past(now))
}

/// A transaction on [`Rows`]: it remembers what was before, to put it back.
pub struct MemoryTable<'r> {
    rows: &'r mut Rows,
    before: Vec<(Vec<u8>, Vec<u8>, Option<Entry>)>,
}

impl<'r> MemoryTable<'r> {
    /// Begins a transaction on `rows`.
    pub fn new(rows: &'r mut Rows) -> Self {
        MemoryTable { rows, before: Vec::new() }
    }

    /// Puts everything back as it was before the transaction.
    pub fn undo(self) {
        for (group, key, entry) in self.before.into_iter().rev() {
            match entry {
                Some(entry) => self.rows.insert(&group, &key, entry),
                None => self.rows.remove(&group, &key),
            };
        }
    }

    fn remember(&mut self, group: &[u8], key: &[u8], old: Option<Entry>) {
        self.before.push((group.to_vec(), key.to_vec(), old));
    }
}

impl Table for MemoryTable<'_> {
    type Place = ();

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
        stamp: Stamp,
        _: Option<&Row<()>>,
    ) -> Result<()> {
        let Stamp { version, expires_at } = stamp;
        let entry = Entry { value: value.into(), version, expires_at };
        let old = self.rows.insert(group.as_bytes(), key.as_bytes(), entry);
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
            self.rows.insert(group, key, Entry { expires_at, ..old.clone() });
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
        let live = self.rows.prefix(group, prefix).filter(|(_, entry)| is_live(entry, now));
        Ok(live.count() as u64)
    }

    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<()> {
        let keys: Vec<Name> = self.rows.prefix(group, prefix).map(|it| it.0.clone()).collect();
        for key in keys {
            let old = self.rows.remove(group.as_bytes(), &key);
            self.remember(group.as_bytes(), &key, old);
        }
        Ok(())
    }

    fn list_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<Vec<Listed<()>>> {
        let rows = self.rows.prefix(group, prefix);
        Ok(rows.map(|(key, entry)| listed(group.as_bytes(), key, entry)).collect())
    }

    fn list_dead(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Listed<()>>> {
        let rows = &*self.rows;
        let entry = |group: &Name, key: &Name| rows.groups.get(group)?.get(key);
        let dead = rows.dead(now, limit);
        let dead = dead.filter_map(|(group, key)| Some(listed(group, key, entry(group, key)?)));
        Ok(dead.collect())
    }
}

fn row(entry: &Entry) -> Row<()> {
    Row { version: entry.version, expires_at: entry.expires_at, place: () }
}

fn listed(group: &[u8], key: &[u8], entry: &Entry) -> Listed<()> {
    Listed { group: group.into(), key: key.into(), row: row(entry) }
}
