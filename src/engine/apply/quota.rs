//! What a namespace may hold, kept by every batch.
//!
//! A namespace with a quota has an account: its limits and its usage, dead entries among it. A batch
//! adds up what it changes and settles at its end; what would exceed a limit makes room first by
//! removing dead entries of the namespace, each of which is removed once. So a check costs a look
//! at the account, however much the namespace holds.

use crate::engine::apply::{BatchApplier, Row, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, GroupRange, Key, Namespace, QuotaState, Quoted, UsageDelta};

impl<T: Table> BatchApplier<'_, T> {
    /// Returns the account of the namespace that a group is in, if it is in one that has a quota.
    pub(super) fn quota_of(&mut self, group: Group<'_>) -> Result<Option<QuotaState>> {
        match Namespace::name_in(group) {
            Some(name) => self.table.account(name),
            None => Ok(None),
        }
    }

    /// Takes into account that a value is about to be written over `old`; fails if there is no room
    /// for it, if that can be said already.
    pub(super) fn count_write(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        old: Option<&Row<T::Location>>,
    ) -> Result<()> {
        let (name, is_limited) = (self.name_with_quota(group)?, self.table.is_limited());
        if name.is_none() && !is_limited {
            return Ok(());
        }
        let bytes = entry_bytes(group, key, value.len() as u64);
        let change = match old {
            Some(row) => {
                let old_len = self.table.value_len(group, key, row)?;
                let bytes = value.len() as i64 - old_len as i64;
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
            true => self.make_room_for((group, key), bytes as u64),
            false => self.touch(group, key),
        }
    }

    /// Takes into account that a row is about to be removed. [`BatchApplier::count_group`] has to
    /// follow when it is.
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

    /// Takes into account that rows of a group were removed: maybe it is gone with them.
    pub(super) fn count_group(&mut self, group: Group<'_>) -> Result<()> {
        if let Some(name) = self.name_with_quota(group)?
            && !self.table.has_rows(group)?
        {
            self.deltas.add(name, UsageDelta { groups: -1, ..UsageDelta::default() });
        }
        Ok(())
    }

    /// Writes down what the batch has changed; fails if that exceeds a quota or what the store may
    /// hold.
    pub(super) fn settle(&mut self) -> Result<()> {
        if self.table.is_limited() {
            // Quotas first: what they refuse, nobody is evicted for.
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

    /// Makes sure that a namespace has room for what the batch adds to it, by removing what is dead
    /// if need be. `own` is a key that was found and is about to be written: its row stays.
    fn make_room(&mut self, name: &[u8], own: Option<(Group<'_>, Key<'_>)>) -> Result<QuotaState> {
        loop {
            let account = self.table.account(name)?.unwrap_or_default();
            let Some(exceeded) = account.excess_of(self.deltas.of(name)) else {
                return Ok(account);
            };
            let namespace = Namespace::new(name)?;
            let range = GroupRange::Prefix(namespace.prefix());
            if self.remove_expired(range, own)? == 0 {
                let message = format!("namespace {} is over {exceeded}", Quoted(name));
                return Err(Error::new(ErrorKind::Quota, message));
            }
        }
    }

    /// Returns the name of the namespace that a group is in, if it is in one that has a quota.
    fn name_with_quota<'g>(&mut self, group: Group<'g>) -> Result<Option<&'g [u8]>> {
        Ok(self.quota_of(group)?.and(Namespace::name_in(group)))
    }
}

fn entry_bytes(group: Group<'_>, key: Key<'_>, value_len: u64) -> i64 {
    (group.as_bytes().len() + key.as_bytes().len()) as i64 + value_len as i64
}
