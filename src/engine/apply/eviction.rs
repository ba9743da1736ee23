//! How a store that may hold only so much makes room.
//!
//! The store as a whole has an account like that of a namespace, under the empty name, which no
//! namespace has. What would exceed it removes the dead first, wherever they are, and then, if the
//! store evicts, the entries that were not used for the longest time. What a batch uses itself is
//! never evicted for it.

use crate::engine::PURGE_STEP;
use crate::engine::apply::{BatchApplier, KeyedRow, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ChangeKind, Group, GroupRange, Key, QuotaExceeded, QuotaState, Usage, UsageDelta,
};

/// The name under which the account of the whole store goes.
pub const WHOLE_STORE: &[u8] = b"";

/// The groups of the whole store.
const EVERYWHERE: GroupRange<'_> = GroupRange::Prefix(b"");

impl<T: Table> BatchApplier<'_, T> {
    /// Returns how many live entries were removed to make room.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Removes at most about `limit` rows of a store that evicts, as long as it holds more than it
    /// may: its limit was lowered. Returns how many.
    pub fn shrink(&mut self, limit: usize) -> Result<u64> {
        if !self.table.evicts() {
            return Ok(0);
        }
        let account = self.store_quota()?;
        let mut removed = 0;
        while removed < limit as u64 {
            let usage = account.usage.after(self.deltas.of(WHOLE_STORE));
            if account.excess_at(usage).is_none() {
                break;
            }
            let dead = self.remove_expired(EVERYWHERE, None)?;
            let gone = if dead == 0 { self.evict_one()? } else { dead };
            if gone == 0 {
                break;
            }
            removed += gone;
        }
        self.settle()?;
        Ok(removed)
    }

    /// Notes that a key is used, if that decides who is evicted.
    pub(super) fn touch(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        if self.table.evicts() {
            self.dirty = true;
            self.table.touch(group, key)?;
        }
        Ok(())
    }

    /// Makes sure that the store has room for the entry of `bytes` that a batch of one is about to
    /// write under `own`. What can never be is refused before anything is changed.
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

    /// Makes sure that the store has room for what the batch adds to it. `own` is a key that was
    /// found and is about to be written, so that its row has to stay even if it is dead.
    pub(super) fn make_space(&mut self, own: Option<(Group<'_>, Key<'_>)>) -> Result<()> {
        let account = self.store_quota()?;
        // What the batch adds does not fit even if all others go.
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

    /// Adds to what the batch changes in the usage of the whole store.
    pub(super) fn count_in_store(&mut self, change: UsageDelta) {
        if self.table.is_limited() {
            self.deltas.add(WHOLE_STORE, UsageDelta { groups: 0, ..change });
        }
    }

    /// Removes the entry that was not used for the longest time; returns 1, or 0 if there is none
    /// that may go. To those who watch it was deleted: it is gone before its time.
    fn evict_one(&mut self) -> Result<u64> {
        let Some(KeyedRow { group, key, row }) = self.table.least_recently_used()? else {
            return Ok(0);
        };
        self.remove(ChangeKind::Delete, Group::new(&group)?, Key::new(&key)?, &row)?;
        self.evictions += 1;
        Ok(1)
    }

    /// Removes some dead rows of `range`, but not that of `own`; returns how many.
    pub(super) fn remove_expired(
        &mut self,
        range: GroupRange<'_>,
        own: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<u64> {
        let mut dead = self.table.list_expired(range, self.now, PURGE_STEP)?;
        if let Some((group, key)) = own {
            let is_own = |it: &KeyedRow<T::Location>| {
                *it.group == *group.as_bytes() && *it.key == *key.as_bytes()
            };
            dead.retain(|it| !is_own(it));
        }
        self.remove_listed(&dead)?;
        Ok(dead.len() as u64)
    }

    fn store_quota(&mut self) -> Result<QuotaState> {
        Ok(self.table.account(WHOLE_STORE)?.unwrap_or_default())
    }
}

fn full(exceeded: QuotaExceeded) -> Error {
    Error::new(ErrorKind::Full, exceeded.of_store())
}
