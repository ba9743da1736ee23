//! Views: a copy of the maps, which shares the bytes of the entries.

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::memory::cursor;
use crate::engine::memory::rows::Rows;
use crate::engine::{Cursor, View};
use crate::error::Result;
use crate::model::{
    Entry, EntryInfo, EntryRef, Group, GroupRange, Key, KeyRange, Query, RangeDigest,
};

/// The entries of a store at `now`.
pub(super) struct MemoryView {
    rows: Rows,
    now: Timestamp,
}

impl MemoryView {
    /// Returns a copy of `rows`, whose live entries are those at `now`.
    pub(super) fn of(rows: &Rows, call: &CallContext, now: Timestamp) -> Result<MemoryView> {
        Ok(MemoryView { rows: rows.entries_at(call, now)?, now })
    }

    fn find(&self, group: Group<'_>, key: Key<'_>) -> Option<&Entry> {
        self.rows.get(group, key)
    }
}

impl View for MemoryView {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn get(
        &self,
        _: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let entry = self.find(group, key);
        if let Some(Entry { value, version, expires_at }) = entry {
            found(EntryRef { value, version: *version, expires_at: *expires_at });
        }
        Ok(entry.is_some())
    }

    fn info(&self, _: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<Option<EntryInfo>> {
        Ok(self.find(group, key).map(Entry::info))
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        Ok(Box::new(cursor::snapshot(call, &self.rows, query, self.now)?))
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        self.rows.count_live(call, range, self.now)
    }

    fn digest(&self, call: &CallContext, range: KeyRange<'_>) -> Result<RangeDigest> {
        self.rows.digest(call, range, self.now)
    }
}
