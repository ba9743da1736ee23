//! The removal of rows: one by one, by prefix, a whole group, and of expired rows.

use crate::engine::apply::applier::BatchApplier;
use crate::engine::apply::table::{KeyedRow, Row, Table};
use crate::error::Result;
use crate::model::{ChangeKind, Group, GroupRange, Key, NewValue};

impl<T: Table> BatchApplier<'_, T> {
    /// Removes at most `limit` expired rows of `range`, those with the earliest expiry first, and
    /// returns how many; 0 only if there is none.
    pub(crate) fn expire(&mut self, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        let expired = self.table.list_expired(range, self.now, limit, None)?;
        self.remove_rows(&expired)?;
        self.settle()?;
        Ok(expired.len() as u64)
    }

    pub(super) fn remove(
        &mut self,
        kind: ChangeKind,
        group: Group<'_>,
        key: Key<'_>,
        row: &Row<T::Location>,
    ) -> Result<()> {
        self.count_removal(group, key, row)?;
        self.dirty = true;
        let version = self.versions.next(self.now, row.version)?;
        self.record_change(kind, group, Some(key), NewValue::NONE, version)?;
        self.table.remove(group, key, row)?;
        self.count_group(group)
    }

    /// Removes rows and returns how many were live. The change of a live row is a delete, that of
    /// an expired row an expire.
    pub(super) fn remove_rows(&mut self, rows: &[KeyedRow<T::Location>]) -> Result<u64> {
        let mut live = 0;
        for KeyedRow { group, key, row } in rows {
            let kind = match self.is_expired(row) {
                true => ChangeKind::Expire,
                false => ChangeKind::Delete,
            };
            live += u64::from(kind == ChangeKind::Delete);
            self.remove(kind, Group::new(group)?, Key::new(key)?, row)?;
        }
        Ok(live)
    }

    /// Removes all rows of all groups whose names begin with `prefix`; returns how many were live.
    pub(super) fn remove_groups(&mut self, prefix: &[u8]) -> Result<u64> {
        let mut live = 0;
        for name in self.table.list_groups(prefix)? {
            live += self.remove_prefix(Group::new(&name)?, b"")?;
        }
        Ok(live)
    }

    /// Removes all rows of a group whose keys begin with `prefix`; returns how many were live.
    pub(super) fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<u64> {
        self.dirty = true;
        let live = self.table.count_prefix(group, prefix, self.now)?;
        let is_group = prefix.is_empty() && live > 0;
        if !is_group && (self.table.is_logged() || self.changes.are_wanted_in(group)) {
            let rows = self.table.list_prefix(group, prefix)?;
            return self.remove_rows(&rows);
        }
        let has_account = self.quota_of(group)?.is_some();
        if has_account || self.table.is_limited() {
            for KeyedRow { key, row, .. } in self.table.list_prefix(group, prefix)? {
                self.count_removal(group, Key::new(&key)?, &row)?;
            }
        }
        if live > 0 {
            let version = self.versions.next(self.now, 0)?;
            // The end of a whole group is one change. Other removals here are not observed.
            if is_group {
                self.record_change(ChangeKind::DeleteGroup, group, None, NewValue::NONE, version)?;
            }
        }
        let had_rows = has_account && self.table.has_rows(group)?;
        self.table.remove_prefix(group, prefix)?;
        if had_rows {
            self.count_group(group)?;
        }
        Ok(live)
    }
}
