//! A walk through the maps as they were when it began.

use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::engine::Cursor;
use crate::engine::memory::table::{GroupRows, Rows, is_live};
use crate::error::Result;
use crate::model::{Entry, GroupRange, Page, Query, Scan};

/// Entries on a page; a page is what a caller holds at a time.
const PAGE_LEN: usize = 256;

/// References to what the query selected, taken under the lock; the bytes are shared, not copied.
pub struct MemoryCursor {
    /// The group of the entries, or `None` for a walk through groups.
    group: Option<Vec<u8>>,
    keys_only: bool,
    found: VecDeque<Found>,
}

enum Found {
    Group(Arc<[u8]>),
    Entry(Arc<[u8]>, Entry),
}

/// Returns a cursor over what `query` selects of `rows` at `now`.
pub fn snapshot(rows: &Rows, query: Query<'_>, now: Timestamp) -> MemoryCursor {
    match query {
        Query::Entries(scan) => MemoryCursor {
            group: Some(scan.group.as_bytes().to_vec()),
            keys_only: scan.keys_only,
            found: entries(rows, &scan, now),
        },
        Query::Groups(prefix) => {
            let has_live = |rows: &GroupRows| rows.values().any(|entry| is_live(entry, now));
            let groups = rows.groups(GroupRange::Prefix(prefix));
            let found = groups.filter(|(_, rows)| has_live(rows));
            let found = found.map(|(name, _)| Found::Group(name.clone())).collect();
            MemoryCursor { group: None, keys_only: true, found }
        }
    }
}

fn entries(rows: &Rows, scan: &Scan<'_>, now: Timestamp) -> VecDeque<Found> {
    let Some((_, group)) = rows.groups(GroupRange::One(scan.group)).next() else {
        return VecDeque::new();
    };
    let (lower, upper) = scan.range();
    if is_empty(&lower, &upper) {
        return VecDeque::new();
    }
    let bounds = (lower.as_ref().map(Vec::as_slice), upper.as_ref().map(Vec::as_slice));
    let mut range = group.range::<[u8], _>(bounds);
    let next = || {
        if scan.reverse { range.next_back() } else { range.next() }
    };
    let limit = if scan.limit == 0 { usize::MAX } else { scan.limit as usize };
    std::iter::from_fn(next)
        .filter(|(key, entry)| is_live(entry, now) && scan.matches(key))
        .take(limit)
        .map(|(key, entry)| Found::Entry(key.clone(), entry.clone()))
        .collect()
}

/// `BTreeMap::range` panics on these, where a scan simply finds nothing.
fn is_empty(lower: &Bound<Vec<u8>>, upper: &Bound<Vec<u8>>) -> bool {
    match (lower, upper) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
        (
            Bound::Included(lower) | Bound::Excluded(lower),
            Bound::Included(upper) | Bound::Excluded(upper),
        ) => lower >= upper,
    }
}

impl Cursor for MemoryCursor {
    fn next_page(&mut self, page: &mut Page) -> Result<()> {
        match &self.group {
            Some(group) => page.begin(group),
            None => page.clear(),
        }
        let len = self.found.len().min(PAGE_LEN);
        for found in self.found.drain(..len) {
            match found {
                Found::Group(name) => page.push_group(&name),
                Found::Entry(key, entry) => {
                    let value: &[u8] = if self.keys_only { b"" } else { &entry.value };
                    page.push(&key, value, entry.version, entry.expires_at);
                }
            }
        }
        Ok(())
    }
}
