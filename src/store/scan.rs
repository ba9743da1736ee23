//! Scans of entries and groups, snapshots, and counts of entries.

use std::sync::Arc;

use crate::call::CallContext;
use crate::engine::Cursor;
use crate::error::Result;
use crate::model::{Group, GroupRange, Key, Query, Scan, ScanEntry, Values};
use crate::store::store::Store;

impl Store {
    /// Returns a cursor over the live entries that `scan` selects, of one snapshot unless the
    /// engine does a live scan.
    pub fn scan(&self, scan: Scan<'_>) -> Result<Box<dyn Cursor>> {
        self.cursor(Query::Entries(scan))
    }

    /// Returns a cursor over the live entries of all groups in `range`, by group and key, of one
    /// snapshot unless the engine does a live scan; with `after`, over those that follow this
    /// position.
    pub fn entries(
        &self,
        range: GroupRange<'_>,
        after: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<Box<dyn Cursor>> {
        self.cursor(Query::Range { range, after, values: Values::Bytes })
    }

    /// Returns a cursor like [`Store::entries`], without the bytes of values that have more than
    /// `max`: those are read in pieces.
    pub fn entries_up_to(
        &self,
        range: GroupRange<'_>,
        after: Option<(Group<'_>, Key<'_>)>,
        max: u64,
    ) -> Result<Box<dyn Cursor>> {
        self.cursor(Query::Range { range, after, values: Values::UpTo(max) })
    }

    /// Returns a cursor over the names, in byte order, of groups that begin with `prefix` and hold
    /// a live entry.
    pub fn groups(&self, prefix: &[u8]) -> Result<Box<dyn Cursor>> {
        self.cursor(Query::Groups(prefix))
    }

    /// Returns a store that reads this one as it is now: its entries never change or expire, and a
    /// write to it fails. It stays open when this store is closed.
    pub fn snapshot(&self) -> Result<Store> {
        self.open_engine()?;
        let snapshot = self.engine.clone().snapshot(&self.call)?;
        // A hub of its own: no change is ever published to it.
        Ok(Store::new(snapshot, Arc::default()))
    }

    /// Returns how many live entries `range` holds.
    pub fn count(&self, range: GroupRange<'_>) -> Result<u64> {
        self.open_engine()?.count(&self.call, range)
    }

    fn cursor(&self, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        let cursor = self.open_engine()?.scan(&self.call, query)?;
        Ok(match self.call.is_bound() {
            true => Box::new(BoundCursor {
                is_snapshot: cursor.is_snapshot(),
                cursor: Some(cursor),
                call: self.call.clone(),
            }),
            false => cursor,
        })
    }
}

/// A scan that ends once its call is cancelled or its deadline has passed.
struct BoundCursor {
    /// `None` once the scan has ended.
    cursor: Option<Box<dyn Cursor>>,
    is_snapshot: bool,
    call: CallContext,
}

impl Cursor for BoundCursor {
    fn is_snapshot(&self) -> bool {
        self.is_snapshot
    }

    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        if let Err(ended) = self.call.check() {
            self.cursor = None;
            return Err(ended);
        }
        self.cursor.as_mut().map_or(Ok(None), |cursor| cursor.next())
    }

    fn value_at(&mut self, offset: u64) -> Result<&[u8]> {
        self.call.check()?;
        self.cursor.as_mut().map_or(Ok(&[]), |cursor| cursor.value_at(offset))
    }
}
