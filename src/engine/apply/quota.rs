//! Quotas: every batch checks the limits of the namespaces that it writes to, and updates their
//! usage.
//!
//! The quota state of a namespace is its limits and its usage, which includes expired entries. A
//! batch sums its usage deltas and checks them at its end. A batch that would exceed a limit first
//! purges expired entries of the namespace, each of them once. A check thus reads one quota state,
//! however much the namespace holds.

use crate::engine::apply::applier::BatchApplier;
use crate::engine::apply::table::{Row, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Group, GroupRange, Key, Namespace, QuotaExceeded, QuotaState, Quoted, Usage, UsageDelta,
};

impl<T: Table> BatchApplier<'_, T> {
    /// Returns the quota state of the namespace of a group; `None` without a namespace or a quota.
    pub(super) fn quota_of(&mut self, group: Group<'_>) -> Result<Option<QuotaState>> {
        match Namespace::name_in(group) {
            Some(name) => self.table.account(name),
            None => Ok(None),
        }
    }

    /// Counts a write of `size` bytes over `old`, before it is made. A single step makes room at
    /// once, and fails if that is impossible; longer batches make room in [`BatchApplier::settle`].
    pub(super) fn count_write(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        size: u64,
        old: Option<&Row<T::Location>>,
    ) -> Result<()> {
        let (name, is_limited) = (self.name_with_quota(group)?, self.table.is_limited());
        if name.is_none() && !is_limited {
            return Ok(());
        }
        let bytes = entry_bytes(group, key, size);
        let change = match old {
            Some(row) => {
                let old_len = self.table.value_len(group, key, row)?;
                let bytes = size as i64 - old_len as i64;
                UsageDelta { keys: 0, groups: 0, bytes }
            }
            None => {
                let groups = i64::from(name.is_some() && !self.table.has_rows(group)?);
                UsageDelta { keys: 1, groups, bytes }
            }
        };
        self.count_in_store(change);
        if let Some(name) = name {
            self.deltas.add(name, change);
            if self.is_single {
                self.make_room(name, Some((group, key)))?;
            }
        }
        match is_limited && self.is_single {
            true => self.make_room_for((group, key), bytes as u64)?,
            false => self.touch(group, key)?,
        }
        match name {
            Some(name) if old.is_none() && change.groups == 0 => self.revive_group(name, group),
            _ => Ok(()),
        }
    }

    /// Counts a group again into which a new row is about to be written, if its last rows were
    /// removed to make room for that row: their removal has counted the end of the group.
    fn revive_group(&mut self, name: &[u8], group: Group<'_>) -> Result<()> {
        if self.deltas.of(name).groups < 0 && !self.table.has_rows(group)? {
            self.deltas.add(name, UsageDelta { groups: 1, ..UsageDelta::default() });
        }
        Ok(())
    }

    /// Counts the removal of a row, before it is removed. [`BatchApplier::count_group`] has to
    /// follow the removal.
    pub(super) fn count_removal(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        row: &Row<T::Location>,
    ) -> Result<()> {
        let name = self.name_with_quota(group)?;
        if name.is_some() || self.table.is_limited() {
            let bytes = -entry_bytes(group, key, self.table.value_len(group, key, row)?);
            let change = UsageDelta { keys: -1, groups: 0, bytes };
            self.count_in_store(change);
            if let Some(name) = name {
                self.deltas.add(name, change);
            }
        }
        Ok(())
    }

    /// Counts the end of a group, if the rows that were removed were its last.
    pub(super) fn count_group(&mut self, group: Group<'_>) -> Result<()> {
        if let Some(name) = self.name_with_quota(group)?
            && !self.table.has_rows(group)?
        {
            self.deltas.add(name, UsageDelta { groups: -1, ..UsageDelta::default() });
        }
        Ok(())
    }

    /// Writes the new usage of every namespace that the batch has changed, and of the store. Fails
    /// if a quota or a limit of the store is exceeded and no room can be made.
    pub(super) fn settle(&mut self) -> Result<()> {
        if self.table.is_limited() {
            // Quotas first, so that a batch they refuse evicts nothing.
            for name in self.deltas.names().iter().filter(|name| !name.is_empty()) {
                self.make_room(name, None)?;
            }
            self.make_space(None)?;
        }
        for name in self.deltas.names() {
            let account = match *name {
                [] => self.table.account(&name)?.unwrap_or_default(),
                _ => self.make_room(&name, None)?,
            };
            let change = self.deltas.take(&name);
            if change != UsageDelta::default() {
                self.dirty = true;
                self.table.set_usage(&name, account.usage.after(change))?;
            }
        }
        Ok(())
    }

    /// Makes room in a namespace for what the batch adds, by purging its expired entries. `own` is
    /// a key that was found and is about to be written: its row stays, even if it has expired.
    fn make_room(&mut self, name: &[u8], own: Option<(Group<'_>, Key<'_>)>) -> Result<QuotaState> {
        loop {
            let account = self.table.account(name)?.unwrap_or_default();
            let Some(exceeded) = account.excess_of(self.deltas.of(name)) else {
                return Ok(account);
            };
            let namespace = Namespace::new(name)?;
            let range = GroupRange::Prefix(namespace.prefix());
            if self.remove_expired(range, own)? == 0 {
                return Err(over_quota(name, exceeded));
            }
        }
    }

    /// Returns the name of the namespace of a group; `None` without a namespace or a quota.
    fn name_with_quota<'g>(&mut self, group: Group<'g>) -> Result<Option<&'g [u8]>> {
        Ok(self.quota_of(group)?.and(Namespace::name_in(group)))
    }
}

/// Returns the error of a check that has found the usage of a namespace, or of the store under the
/// [empty name](super::WHOLE_STORE), recorded as `recorded` where its entries are `counted`.
pub(crate) fn usage_drift(name: &[u8], recorded: Usage, counted: Usage) -> Error {
    let (owner, remedy) = match name {
        [] => ("the store".to_owned(), "compact the store"),
        name => (format!("namespace {}", Quoted(name)), "set its quota"),
    };
    let message = format!(
        "the usage of {owner} is recorded as {recorded}, but its entries are {counted}; {remedy} \
         to have it counted again"
    );
    Error::new(ErrorKind::Corrupt, message)
}

/// Returns the error of a write that would exceed the quota of a namespace.
pub(super) fn over_quota(name: &[u8], exceeded: QuotaExceeded) -> Error {
    Error::new(ErrorKind::Quota, format!("namespace {} is over {exceeded}", Quoted(name)))
}

/// Returns the bytes of an entry that count: its group, key and value.
pub(super) fn entry_bytes(group: Group<'_>, key: Key<'_>, value_len: u64) -> i64 {
    (group.as_bytes().len() + key.as_bytes().len()) as i64 + value_len as i64
}
