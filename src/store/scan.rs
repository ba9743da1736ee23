//! Walking through keys and groups, and counting them.

use crate::engine::Cursor;
use crate::error::Result;
use crate::model::{Group, GroupRange, Key, Query, Scan};
use crate::store::Store;

impl Store {
    /// Returns a cursor over one snapshot of the live entries that `scan` selects.
    pub fn scan(&self, scan: Scan<'_>) -> Result<Box<dyn Cursor>> {
        self.open_engine()?.scan(Query::Entries(scan))
    }

    /// Returns a cursor over one snapshot of the live entries of all groups in `range`, by group and
    /// key; with `after`, of those that follow this position.
    pub fn entries(
        &self,
        range: GroupRange<'_>,
        after: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<Box<dyn Cursor>> {
        self.open_engine()?.scan(Query::Range { range, after })
    }

    /// Returns a cursor over the names, in byte order, of groups that begin with `prefix` and hold
    /// a live entry.
    pub fn groups(&self, prefix: &[u8]) -> Result<Box<dyn Cursor>> {
        self.open_engine()?.scan(Query::Groups(prefix))
    }

    /// Returns how many live entries `range` holds.
    pub fn count(&self, range: GroupRange<'_>) -> Result<u64> {
        self.open_engine()?.count(range)
    }
}
