//! Views: the entries of one moment.

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::rows::cursor;
use crate::engine::rows::entries::Entries;
use crate::engine::rows::row::Row;
use crate::engine::rows::streams::RowReader;
use crate::engine::{Cursor, ValueReader, View};
use crate::error::Result;
use crate::model::{EntryInfo, EntryRef, Group, GroupRange, Key, KeyRange, Query, RangeDigest};

/// A snapshot of entries, of which those are live that are live at `now`.
pub(crate) struct RowsView {
    entries: Entries,
    now: Timestamp,
}

impl RowsView {
    /// Returns the view of a snapshot.
    pub(crate) fn new(entries: Entries, now: Timestamp) -> RowsView {
        RowsView { entries, now }
    }

    /// Returns the live row under a key.
    pub(crate) fn find(&self, group: Group<'_>, key: Key<'_>) -> Option<&Row> {
        self.entries.find(group, key).filter(|row| row.is_live(self.now))
    }
}

impl View for RowsView {
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
        let row = self.find(group, key);
        if let Some(row) = row {
            found(row.entry()?);
        }
        Ok(row.is_some())
    }

    fn info(&self, _: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<Option<EntryInfo>> {
        Ok(self.find(group, key).map(Row::info))
    }

    fn open_value(
        &self,
        _: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        let row = self.find(group, key).cloned();
        Ok(row.map(|row| Box::new(RowReader(row)) as Box<dyn ValueReader>))
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        Ok(cursor::open(call, self.entries.clone(), query, self.now))
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        self.entries.count_live(call, range, self.now)
    }

    fn digest(&self, call: &CallContext, range: KeyRange<'_>) -> Result<RangeDigest> {
        self.entries.digest(call, range, self.now)
    }
}
