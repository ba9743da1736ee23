//! The room for a value that is written in pieces, before all of it is there.

use crate::clock::Timestamp;
use crate::engine::apply::applier::BatchApplier;
use crate::engine::apply::eviction::{EVERYWHERE, WHOLE_STORE, full};
use crate::engine::apply::quota::{entry_bytes, over_quota};
use crate::engine::apply::table::Table;
use crate::error::Result;
use crate::model::{Group, GroupRange, Key, Namespace, QuotaState, Usage, UsageDelta};

impl<T: Table> BatchApplier<'_, T> {
    /// Fails as [`check_room`] does.
    pub(crate) fn check_room(&mut self, group: Group<'_>, key: Key<'_>, size: u64) -> Result<()> {
        check_room(self.table, self.now, group, key, size)
    }
}

/// Fails if a value of at least `size` bytes cannot be written under a key, because it would exceed
/// the quota of its namespace or a limit of the store. Nothing is reserved for it.
pub(crate) fn check_room<T: Table>(
    table: &mut T,
    now: Timestamp,
    group: Group<'_>,
    key: Key<'_>,
    size: u64,
) -> Result<()> {
    let name = Namespace::name_in(group);
    let account = match name {
        Some(name) => table.account(name)?,
        None => None,
    };
    if account.is_none() && !table.is_limited() {
        return Ok(());
    }
    let bytes = entry_bytes(group, key, size);
    let alone = UsageDelta { keys: 1, groups: 0, bytes };
    let change = match table.find(group, key)? {
        Some(row) => {
            let old = entry_bytes(group, key, table.value_len(group, key, &row)?);
            UsageDelta { keys: 0, groups: 0, bytes: bytes - old }
        }
        None => alone,
    };
    if let (Some(name), Some(account)) = (name, account)
        && let Some(exceeded) = account.excess_of(change)
        && !has_expired(table, GroupRange::Prefix(Namespace::new(name)?.prefix()), now)?
    {
        return Err(over_quota(name, exceeded));
    }
    if !table.is_limited() {
        return Ok(());
    }
    let account = table.account(WHOLE_STORE)?.unwrap_or_default();
    let empty = QuotaState { usage: Usage::default(), ..account };
    if let Some(exceeded) = empty.excess_of(alone) {
        return Err(full(exceeded));
    }
    match account.excess_of(change) {
        Some(exceeded) if !table.evicts() && !has_expired(table, EVERYWHERE, now)? => {
            Err(full(exceeded))
        }
        _ => Ok(()),
    }
}

/// Returns whether the removal of expired entries could make room.
fn has_expired<T: Table>(table: &mut T, range: GroupRange<'_>, now: Timestamp) -> Result<bool> {
    Ok(!table.list_expired(range, now, 1, None)?.is_empty())
}
