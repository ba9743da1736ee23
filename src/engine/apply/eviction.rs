//! Eviction: a store at its limits makes room.
//!
//! The store as a whole has a quota state like that of a namespace, under the empty name, which no
//! namespace has. A batch that would exceed a limit first removes expired entries of any group, and
//! then, if the store evicts, the least recently used entries. No entry that the batch itself uses
//! is evicted.

use crate::engine::apply::applier::BatchApplier;
use crate::engine::apply::table::{KeyedRow, Table};
use crate::engine::{PURGE_STEP, STEP_BYTES};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ChangeKind, Group, GroupRange, Key, QuotaExceeded, QuotaState, Usage, UsageDelta,
};

/// The name of the quota state of the whole store.
pub(crate) const WHOLE_STORE: &[u8] = b"";

/// The groups of the whole store.
pub(super) const EVERYWHERE: GroupRange<'_> = GroupRange::Prefix(b"");

impl<T: Table> BatchApplier<'_, T> {
    /// Returns the number of live entries that were evicted.
    pub(crate) fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Removes about `limit` rows of a store that evicts and is over its limits, because they were
    /// lowered; fewer of large rows, and once the store is within its limits. Returns how many.
    pub(crate) fn shrink(&mut self, limit: usize) -> Result<u64> {
        if !self.table.evicts() {
            return Ok(0);
        }
        let account = self.store_quota()?;
        let mut removed = 0;
        while removed < limit as u64 {
            let delta = self.deltas.of(WHOLE_STORE);
            let is_large_step = delta.bytes.unsigned_abs() >= STEP_BYTES;
            if is_large_step || account.excess_at(account.usage.after(delta)).is_none() {
                break;
            }
            let expired = self.remove_expired(EVERYWHERE, None)?;
            let count = if expired == 0 { self.evict_one()? } else { expired };
            if count == 0 {
                break;
            }
            removed += count;
        }
        self.settle()?;
        Ok(removed)
    }

    /// Marks a key as used now, if the store evicts.
    pub(super) fn touch(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        if self.table.evicts() {
            self.dirty = true;
            self.table.touch(group, key)?;
        }
        Ok(())
    }

    /// Marks a key that has a row as used now, in a step that evicts nothing.
    pub(super) fn use_row(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        // Another step of the batch may evict, and must not evict this row.
        match self.is_single && self.table.evicts() {
            true => self.table.note_use(group, key),
            false => self.touch(group, key),
        }
    }

    /// Makes room in the store for the entry of `bytes` that a single step is about to write under
    /// `own`. An entry that is larger than the limit fails before anything is changed.
    pub(super) fn make_room_for(&mut self, own: (Group<'_>, Key<'_>), bytes: u64) -> Result<()> {
        let account = self.store_quota()?;
        let change = self.deltas.of(WHOLE_STORE);
        let max_bytes = account.quota.max_bytes;
        if let Some(exceeded) = account.excess_of(change)
            && max_bytes != 0
            && bytes > max_bytes
        {
            return Err(full(exceeded));
        }
        self.touch(own.0, own.1)?;
        self.make_space(Some(own))
    }

    /// Makes room in the store for what the batch adds. `own` is a key that was found and is about
    /// to be written: its row stays, even if it has expired.
    pub(super) fn make_space(&mut self, own: Option<(Group<'_>, Key<'_>)>) -> Result<()> {
        let account = self.store_quota()?;
        // The batch does not fit even into an empty store.
        let empty = QuotaState { usage: Usage::default(), ..account };
        if let Some(exceeded) = empty.excess_of(self.deltas.of(WHOLE_STORE)) {
            return Err(full(exceeded));
        }
        while let Some(exceeded) = account.excess_of(self.deltas.of(WHOLE_STORE)) {
            if self.remove_expired(EVERYWHERE, own)? == 0 && self.evict_one()? == 0 {
                return Err(full(exceeded));
            }
        }
        Ok(())
    }

    /// Adds `change` to the usage delta of the whole store.
    pub(super) fn count_in_store(&mut self, change: UsageDelta) {
        if self.table.is_limited() {
            self.deltas.add(WHOLE_STORE, UsageDelta { groups: 0, ..change });
        }
    }

    /// Evicts the least recently used entry; returns 1, or 0 if there is none that may be evicted.
    /// Its change is a delete, because the entry has not expired.
    fn evict_one(&mut self) -> Result<u64> {
        let Some(KeyedRow { group, key, row }) = self.table.least_recently_used()? else {
            return Ok(0);
        };
        self.remove(ChangeKind::Delete, Group::new(&group)?, Key::new(&key)?, &row)?;
        self.evictions += 1;
        Ok(1)
    }

    /// Removes up to [`PURGE_STEP`] expired rows of `range`, except that of `own`; returns how
    /// many.
    pub(super) fn remove_expired(
        &mut self,
        range: GroupRange<'_>,
        own: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<u64> {
        let expired = self.table.list_expired(range, self.now, PURGE_STEP, own)?;
        self.remove_rows(&expired)?;
        Ok(expired.len() as u64)
    }

    fn store_quota(&mut self) -> Result<QuotaState> {
        Ok(self.table.account(WHOLE_STORE)?.unwrap_or_default())
    }
}

/// Returns the error of a write that would exceed a limit of the store.
pub(super) fn full(exceeded: QuotaExceeded) -> Error {
    Error::new(ErrorKind::Full, exceeded.of_store())
}
