//! The rows of a store with what has to be known about all of them: expiries, LRU order, usage.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use triomphe::Arc;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::apply::{WHOLE_STORE, usage_drift};
use crate::engine::rows::edits::Edits;
use crate::engine::rows::entries::{Entries, GroupRows};
use crate::engine::rows::index::KeyIndex;
use crate::engine::rows::lru::LruOrder;
use crate::engine::rows::name::Name;
use crate::engine::rows::overlay::{Edit, RowEdit};
use crate::engine::rows::row::Row;
use crate::engine::rows::slab::Number;
use crate::engine::rows::tree::Tree;
use crate::error::Result;
use crate::model::{Expiry, Group, GroupRange, Key, Limits, Namespace, QuotaState, Usage};

/// A replaced row that is larger is freed after the lock was released.
const LARGE: usize = 16 * 1024;

/// Bytes of the LRU order for each row, and of the order of expiries for each row with an expiry;
/// `bench/memory/run.sh` measures them.
const LRU_MEMORY: u64 = 45;
const EXPIRY_MEMORY: u64 = 37;

/// The rows of a store and their indexes.
#[derive(Default)]
pub(crate) struct Rows {
    pub(super) entries: Entries,
    /// The numbers of the rows, by group and key.
    pub(super) index: KeyIndex,
    numbers: Ids,
    groups: Ids,
    /// The names of the groups, by id.
    names: Vec<Name>,
    /// The quota states of namespaces; that of the store, if it has a limit, has the empty name.
    pub(super) accounts: HashMap<Box<[u8]>, QuotaState>,
    pub(super) is_limited: bool,
    /// The LRU order, in a store that evicts.
    pub(super) lru: Option<LruOrder>,
    /// The rows that have an expiry.
    expiries: BTreeSet<(Expiry, Number)>,
}

/// Numbers that are in use: each is given out again after its end.
#[derive(Default)]
struct Ids {
    next: u32,
    free: Vec<u32>,
}

impl Ids {
    fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

impl Rows {
    /// Returns an empty store with these limits.
    pub(crate) fn new(limits: Limits) -> Rows {
        let mut rows = Rows { is_limited: !limits.is_unlimited(), ..Rows::default() };
        if rows.is_limited {
            let account = QuotaState {
                quota: limits.quota(),
                usage: Usage::default(),
                max_memory: limits.max_memory,
            };
            rows.accounts.insert(WHOLE_STORE.into(), account);
        }
        rows.lru = limits.evicts().then(LruOrder::default);
        rows
    }

    /// Returns the memory of the rows and their indexes, estimated by the row.
    pub(crate) fn memory(&self) -> u64 {
        let of_lru = if self.lru.is_some() { LRU_MEMORY * self.entries.slab.len() } else { 0 };
        self.entries.slab.memory() + of_lru + EXPIRY_MEMORY * self.expiries.len() as u64
    }

    /// Returns a snapshot of the entries.
    pub(crate) fn entries(&self) -> Entries {
        self.entries.clone()
    }

    /// Returns the row under a key, live or expired.
    pub(crate) fn find(&self, group: Group<'_>, key: Key<'_>) -> Option<&Row> {
        let id = self.entries.group(group)?.id;
        Some(self.index.find(&self.entries.slab, id, key.as_bytes())?.1)
    }

    /// Returns the row under a key, if it is live, and records the access if the store evicts.
    pub(crate) fn read(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        is_live: impl FnOnce(&Row) -> bool,
    ) -> Option<&Row> {
        let id = self.entries.group(group)?.id;
        let (number, row) = self.index.find(&self.entries.slab, id, key.as_bytes())?;
        if !is_live(row) {
            return None;
        }
        if let Some(lru) = &self.lru {
            lru.touch(number);
        }
        Some(row)
    }

    /// Returns the least recently used row whose last access is not below `from` and is below
    /// `end`: its position, the name of its group, and the row.
    pub(super) fn least_recently_used(&self, from: u64, end: u64) -> Option<(u64, &Name, &Row)> {
        let (position, number) = self.lru.as_ref()?.first_between(from, end)?;
        let row = self.entries.slab.get(number)?;
        Some((position, self.name_of(row)?, row))
    }

    fn name_of(&self, row: &Row) -> Option<&Name> {
        self.names.get(row.group() as usize)
    }

    /// Makes the changes of a draft; returns the large rows that they replace, which take long to
    /// free.
    pub(crate) fn apply(&mut self, edits: Edits) -> Vec<Row> {
        let Edits { overlay, usage } = edits;
        let mut freed = Vec::new();
        for (group, edit) in overlay.into_edits() {
            let old = match edit {
                Edit::Row(RowEdit::Put(row)) => self.put(&group, row),
                Edit::Row(RowEdit::Remove(row)) => self.remove(&group, row.key()),
                Edit::Clear => {
                    self.clear(&group, &mut freed);
                    None
                }
            };
            freed.extend(old.filter(|it| it.value().len() > LARGE));
        }
        for (name, usage) in usage {
            if let Some(account) = self.accounts.get_mut(&name) {
                account.usage = usage;
            }
        }
        freed
    }

    /// Puts a row; returns the one that it replaces.
    pub(super) fn put(&mut self, group: &Name, row: Row) -> Option<Row> {
        let id = self.id_of(group);
        row.set_group(id);
        let found = self.index.find(&self.entries.slab, id, row.key());
        let Some((number, _)) = found else {
            self.insert_noted(group, row);
            return None;
        };
        let expires_at = row.expires_at();
        let old = self.entries.slab.set(number, Some(row));
        if let Some(old) = &old {
            self.forget(number, old);
        }
        self.note(number, expires_at);
        old
    }

    /// Puts a row under a key that has none.
    pub(super) fn put_new(&mut self, group: &Name, row: Row) {
        row.set_group(self.id_of(group));
        self.insert_noted(group, row);
    }

    fn insert_noted(&mut self, group: &Name, row: Row) {
        let expires_at = row.expires_at();
        let number = self.insert(group, row);
        self.note(number, expires_at);
    }

    /// Inserts a row into the orders.
    fn note(&mut self, number: Number, expires_at: Option<Expiry>) {
        if let Some(lru) = &mut self.lru {
            lru.insert(number);
        }
        if let Some(expiry) = expires_at {
            self.expiries.insert((expiry, number));
        }
    }

    /// Inserts a row under a key that had none; returns its number.
    fn insert(&mut self, group: &Name, row: Row) -> Number {
        let number = Number(self.numbers.take());
        let Entries { groups, slab } = &mut self.entries;
        slab.set(number, Some(row));
        self.index.insert(slab, number);
        if let Some(group) = groups.get_mut(&(), group) {
            Arc::make_mut(group).numbers.insert(slab, number);
        }
        number
    }

    /// Removes the row under a key and returns it.
    pub(super) fn remove(&mut self, group: &Name, key: &[u8]) -> Option<Row> {
        let Entries { groups, slab } = &mut self.entries;
        let group = Arc::make_mut(groups.get_mut(&(), group)?);
        let number = group.numbers.remove(slab, key)?;
        let is_last = group.numbers.len() == 0;
        let (name, id) = (group.name.clone(), group.id);
        let row = slab.get(number)?;
        self.index.remove(number, row);
        let row = slab.set(number, None)?;
        self.numbers.free.push(number.0);
        self.forget(number, &row);
        if is_last {
            self.end_group(&name, id);
        }
        Some(row)
    }

    /// Removes all rows of a group.
    pub(super) fn clear(&mut self, group: &Name, freed: &mut Vec<Row>) {
        let Some(group) = self.entries.groups.get(&(), group).cloned() else { return };
        let slab = &self.entries.slab;
        let numbers: Vec<Number> =
            group.numbers.iter_from(slab, Bound::Unbounded).copied().collect();
        self.end_group(&group.name, group.id);
        for number in numbers {
            if let Some(row) = self.entries.slab.set(number, None) {
                self.index.remove(number, &row);
                self.numbers.free.push(number.0);
                self.forget(number, &row);
                freed.push(row);
            }
        }
    }

    /// Returns the id of a group, which is new if the group had no row.
    fn id_of(&mut self, name: &Name) -> u32 {
        if let Some(group) = self.entries.groups.get(&(), name) {
            return group.id;
        }
        let id = self.groups.take();
        match self.names.get_mut(id as usize) {
            Some(place) => *place = name.clone(),
            None => self.names.push(name.clone()),
        }
        let group = GroupRows { name: name.clone(), id, numbers: Tree::default() };
        self.entries.groups.insert(&(), Arc::new(group));
        id
    }

    fn end_group(&mut self, name: &Name, id: u32) {
        self.entries.groups.remove(&(), name);
        self.groups.free.push(id);
    }

    /// Removes a row from the orders.
    fn forget(&mut self, number: Number, row: &Row) {
        if let Some(lru) = &mut self.lru {
            lru.remove(number);
        }
        if let Some(expiry) = row.expires_at() {
            self.expiries.remove(&(expiry, number));
        }
    }

    /// Returns group and row of the entries that have expired at `now`, the earliest expiry first.
    pub(super) fn expired(&self, now: Timestamp) -> impl Iterator<Item = (&Name, &Row)> {
        let expired = self.expiries.iter().take_while(move |(expiry, _)| expiry.is_past(now));
        expired.filter_map(|(_, number)| {
            let row = self.entries.slab.get(*number)?;
            Some((self.name_of(row)?, row))
        })
    }

    /// Returns whether an entry has an expiry.
    pub(crate) fn has_expiries(&self) -> bool {
        !self.expiries.is_empty()
    }

    /// Returns the quota state of a namespace, if it has a quota.
    pub(crate) fn account(&self, namespace: &Namespace) -> Option<QuotaState> {
        self.accounts.get(namespace.name()).copied()
    }

    /// Compares the recorded usage of the store and of every namespace with a count of the rows;
    /// fails with [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) if one differs.
    pub(crate) fn check_usage(&self, call: &CallContext) -> Result<()> {
        for (name, account) in &self.accounts {
            let counted = self.counted_usage(call, name)?;
            if account.usage != counted {
                return Err(usage_drift(name, account.usage, counted));
            }
        }
        Ok(())
    }

    /// Counts the usage of a namespace, or of the store under the empty name.
    pub(super) fn counted_usage(&self, call: &CallContext, name: &[u8]) -> Result<Usage> {
        if name == WHOLE_STORE {
            let all = self.entries.count_usage(call, GroupRange::Prefix(b""))?;
            return Ok(Usage { groups: 0, ..all });
        }
        self.entries.count_usage(call, GroupRange::Prefix(&[name, b":"].concat()))
    }
}
