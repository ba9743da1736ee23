//! The changes of a journal, made again, and the rows of a snapshot.

use crate::call::{CallContext, UNBOUND};
use crate::engine::rows::entries::Entries;
use crate::engine::rows::indexed::Rows;
use crate::engine::rows::name::Name;
use crate::engine::rows::row::{Row, RowBuffer};
use crate::error::Result;
use crate::model::{Expiry, Group, GroupRange, Key, Namespace, Quota, QuotaState};

impl Rows {
    /// Puts a row into a group.
    pub(crate) fn replay_put(&mut self, group: &[u8], row: Row) -> Result<()> {
        let name = self.name(Group::new(group)?);
        drop(self.put(&name, row));
        Ok(())
    }

    /// Makes room for so many rows.
    pub(crate) fn reserve(&mut self, rows: u64) {
        self.index.reserve(rows);
    }

    /// Changes the expiry of the row under a key.
    pub(crate) fn replay_expiry(
        &mut self,
        group: &[u8],
        key: &[u8],
        expires_at: Option<Expiry>,
        buffer: &mut RowBuffer,
    ) -> Result<()> {
        let (group, key) = (Group::new(group)?, Key::new(key)?);
        let Some(row) = self.find(group, key) else { return Ok(()) };
        let row = row.with_expiry(buffer, expires_at)?;
        drop(self.put(&self.name(group), row));
        Ok(())
    }

    /// Removes the row under a key.
    pub(crate) fn replay_removal(&mut self, group: &[u8], key: &[u8]) -> Result<()> {
        let name = self.name(Group::new(group)?);
        drop(self.remove(&name, key));
        Ok(())
    }

    /// Removes all rows of a group whose keys begin with `prefix`.
    pub(crate) fn replay_prefix_removal(&mut self, group: &[u8], prefix: &[u8]) -> Result<()> {
        let group = Group::new(group)?;
        let name = self.name(group);
        if prefix.is_empty() {
            self.clear(&name, &mut Vec::new());
            return Ok(());
        }
        let rows = self.entries.prefix(group, prefix);
        let keys: Vec<Row> = rows.cloned().collect();
        keys.iter().for_each(|row| drop(self.remove(&name, row.key())));
        Ok(())
    }

    /// Sets the quota of a namespace, whose usage is counted by [`Rows::count_accounts`].
    pub(crate) fn replay_quota(&mut self, namespace: &[u8], quota: Quota) {
        match quota.is_unlimited() {
            true => drop(self.accounts.remove(namespace)),
            false => {
                let account = QuotaState { quota, ..QuotaState::default() };
                self.accounts.insert(namespace.into(), account);
            }
        }
    }

    /// Counts the usage of the store and of all namespaces with a quota.
    pub(crate) fn count_accounts(&mut self) -> Result<()> {
        let names: Vec<Box<[u8]>> = self.accounts.keys().cloned().collect();
        for name in names {
            let usage = self.counted_usage(&UNBOUND, &name)?;
            if let Some(account) = self.accounts.get_mut(&name) {
                account.usage = usage;
            }
        }
        Ok(())
    }

    /// Returns the quota state of a namespace with `quota`, or `None` if that limits nothing.
    pub(crate) fn count_account(
        &self,
        call: &CallContext,
        namespace: &Namespace,
        quota: Quota,
    ) -> Result<Option<QuotaState>> {
        if quota.is_unlimited() {
            return Ok(None);
        }
        let usage = self.entries.count_usage(call, GroupRange::Prefix(namespace.prefix()))?;
        Ok(Some(QuotaState { quota, usage, max_memory: 0 }))
    }

    /// Sets or removes the quota state of a namespace.
    pub(crate) fn set_account(&mut self, namespace: &Namespace, account: Option<QuotaState>) {
        match account {
            Some(account) => drop(self.accounts.insert(namespace.name().into(), account)),
            None => drop(self.accounts.remove(namespace.name())),
        }
    }

    /// Returns the namespaces that have a quota.
    pub(crate) fn quotas(&self) -> Vec<(Box<[u8]>, Quota)> {
        let named = self.accounts.iter().filter(|(name, _)| !name.is_empty());
        named.map(|(name, account)| (name.clone(), account.quota)).collect()
    }

    /// Returns the name of a group, which its rows share.
    pub(super) fn name(&self, group: Group<'_>) -> Name {
        let known = self.entries.group(group).map(|it| it.name.clone());
        known.unwrap_or_else(|| Name::from(group.as_bytes()))
    }
}

/// The rows of a snapshot, which come in the order of groups and keys.
#[derive(Default)]
pub(crate) struct SnapshotOrder {
    last: Option<(Name, Row)>,
    /// Whether one came out of order.
    is_broken: bool,
}

impl SnapshotOrder {
    /// Puts the next row. As long as the order holds, its key is new, and is not looked for.
    pub(crate) fn put(&mut self, rows: &mut Rows, group: &[u8], row: Row) -> Result<()> {
        let last = self.last.as_ref();
        let is_same = last.is_some_and(|(name, _)| **name == *group);
        let follows = |(name, last): &(Name, Row)| match is_same {
            true => last.key() < row.key(),
            false => **name < *group,
        };
        self.is_broken |= !last.is_none_or(follows);
        let name = match last {
            Some((name, _)) if is_same => name.clone(),
            _ => rows.name(Group::new(group)?),
        };
        match is_same && !self.is_broken {
            true => rows.put_new(&name, row.clone()),
            false => drop(rows.put(&name, row.clone())),
        }
        self.last = Some((name, row));
        Ok(())
    }
}

impl Entries {
    /// Returns the number of rows.
    pub(crate) fn len(&self) -> u64 {
        self.groups(GroupRange::Prefix(b"")).map(|group| group.numbers.len() as u64).sum()
    }

    /// Returns the bytes of all groups, keys and values.
    pub(crate) fn bytes(&self) -> u64 {
        self.all()
            .map(|(group, row)| (group.len() + row.key().len() + row.value().len()) as u64)
            .sum()
    }

    /// Returns all rows with the names of their groups, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&[u8], &Row)> {
        let groups = self.groups(GroupRange::Prefix(b""));
        groups.flat_map(|group| self.rows_of(group).map(|row| (&*group.name, row)))
    }
}
