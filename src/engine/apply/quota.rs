//! What a namespace may hold, kept by every batch.
//!
//! A namespace with a quota has an account: its limits and its usage, dead entries among it. A batch
//! adds up what it changes and settles at its end; what would exceed a limit makes room first by
//! removing dead entries of the namespace, each of which is removed once. So a check costs a look
//! at the account, however much the namespace holds.

use crate::engine::PURGE_STEP;
use crate::engine::apply::{Application, Row, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Account, Group, GroupRange, Key, Namespace, Quoted, UsageChange};

impl<T: Table> Application<'_, T> {
    /// Returns the account of the namespace that a group is in, if it is in one that has a quota.
    pub(super) fn account_of(&mut self, group: Group<'_>) -> Result<Option<Account>> {
        match Namespace::name_in(group) {
            Some(name) => self.table.account(name),
            None => Ok(None),
        }
    }

    /// Takes into account that a value is about to be written over `old`; fails if there is no room
    /// for it, if that can be said already.
    pub(super) fn account_write(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        old: Option<&Row<T::Place>>,
    ) -> Result<()> {
        let (Some(name), Some(_)) = (Namespace::name_in(group), self.account_of(group)?) else {
            return Ok(());
        };
        let change = match old {
            Some(row) => {
                let old_len = self.table.value_len(group, key, row)?;
                let bytes = value.len() as i64 - old_len as i64;
                UsageChange { keys: 0, groups: 0, bytes }
            }
            None => UsageChange {
                keys: 1,
                groups: i64::from(!self.table.has_rows(group)?),
                bytes: entry_bytes(group, key, value.len() as u64),
            },
        };
        self.ledger.add(name, change);
        if self.is_single {
            self.make_room(name)?;
        }
        Ok(())
    }

    /// Takes into account that a row is about to be removed. [`Application::account_group`] has to
    /// follow when it is.
    pub(super) fn account_removal(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        row: &Row<T::Place>,
    ) -> Result<()> {
        if let (Some(name), Some(_)) = (Namespace::name_in(group), self.account_of(group)?) {
            let bytes = -entry_bytes(group, key, self.table.value_len(group, key, row)?);
            self.ledger.add(name, UsageChange { keys: -1, groups: 0, bytes });
        }
        Ok(())
    }

    /// Takes into account that rows of a group were removed: maybe it is gone with them.
    pub(super) fn account_group(&mut self, group: Group<'_>) -> Result<()> {
        if let (Some(name), Some(_)) = (Namespace::name_in(group), self.account_of(group)?)
            && !self.table.has_rows(group)?
        {
            self.ledger.add(name, UsageChange { groups: -1, ..UsageChange::default() });
        }
        Ok(())
    }

    /// Writes down what the batch has changed; fails if that exceeds a quota.
    pub(super) fn settle(&mut self) -> Result<()> {
        for name in self.ledger.names() {
            let account = self.make_room(&name)?;
            let change = self.ledger.take(&name);
            if change != UsageChange::default() {
                self.dirty = true;
                self.table.set_usage(&name, account.usage.after(change))?;
            }
        }
        Ok(())
    }

    /// Makes sure that a namespace has room for what the batch adds to it, by removing what is dead
    /// if need be.
    fn make_room(&mut self, name: &[u8]) -> Result<Account> {
        loop {
            let account = self.table.account(name)?.unwrap_or_default();
            let Some(excess) = account.excess_of(self.ledger.of(name)) else { return Ok(account) };
            let namespace = Namespace::new(name)?;
            let range = GroupRange::Prefix(namespace.prefix());
            let dead = self.table.list_dead(range, self.now, PURGE_STEP)?;
            if dead.is_empty() {
                let message = format!("namespace {} is over {excess}", Quoted(name));
                return Err(Error::new(ErrorKind::Quota, message));
            }
            self.remove_listed(&dead)?;
        }
    }
}

fn entry_bytes(group: Group<'_>, key: Key<'_>, value_len: u64) -> i64 {
    (group.as_bytes().len() + key.as_bytes().len()) as i64 + value_len as i64
}
