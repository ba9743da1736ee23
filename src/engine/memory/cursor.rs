//! A walk through the maps as they were when it began.

use std::collections::VecDeque;
use std::ops::Bound;

use crate::clock::Timestamp;
use crate::engine::Cursor;
use crate::engine::memory::table::{GroupRows, Name, Rows, is_live};
use crate::error::Result;
use crate::model::{Entry, GroupRange, KeyBound, Query, Scan, ScanEntry, Values};

/// References to what the query selected, taken under the lock; the bytes are shared, not copied.
pub struct MemoryCursor {
    values: Values,
    found: VecDeque<Found>,
    /// What is lent.
    at: Option<Found>,
}

enum Found {
    Group(Name),
    Entry { group: Name, key: Name, entry: Entry },
}

/// Returns a cursor over what `query` selects of `rows` at `now`.
pub fn snapshot<'r>(rows: &'r Rows, query: Query<'_>, now: Timestamp) -> MemoryCursor {
    let (values, found) = match query {
        Query::Entries(scan) => (scan.values, entries(rows, &scan, now)),
        Query::Range { range, after } => {
            let (first, first_key) = range.start(after);
            let all = |(group, rows): (&'r Name, &'r GroupRows)| {
                let from = if **group == *first { &first_key[..] } else { b"" };
                let rest = rows.range::<[u8], _>((Bound::Included(from), Bound::Unbounded));
                let live = rest.filter(|(_, it)| is_live(&it.entry, now));
                live.map(move |(key, it)| found(group, key, &it.entry))
            };
            (Values::Bytes, rows.groups_between(first, range.bounds().1).flat_map(all).collect())
        }
        Query::Groups(prefix) => {
            let has_live = |rows: &GroupRows| rows.values().any(|it| is_live(&it.entry, now));
            let groups = rows.groups(GroupRange::Prefix(prefix));
            let live = groups.filter(|(_, rows)| has_live(rows));
            (Values::None, live.map(|(name, _)| Found::Group(name.clone())).collect())
        }
    };
    MemoryCursor { values, found, at: None }
}

fn found(group: &Name, key: &Name, entry: &Entry) -> Found {
    Found::Entry { group: group.clone(), key: key.clone(), entry: entry.clone() }
}

fn entries(rows: &Rows, scan: &Scan<'_>, now: Timestamp) -> VecDeque<Found> {
    let Some((name, group)) = rows.groups(GroupRange::One(scan.group)).next() else {
        return VecDeque::new();
    };
    let (lower, upper) = scan.range();
    if is_empty(&lower, &upper) {
        return VecDeque::new();
    }
    let bounds = (lower.as_ref().map(|key| &**key), upper.as_ref().map(|key| &**key));
    let mut range = group.range::<[u8], _>(bounds);
    let next = || {
        if scan.reverse { range.next_back() } else { range.next() }
    };
    let limit = if scan.limit == 0 { usize::MAX } else { scan.limit as usize };
    std::iter::from_fn(next)
        .filter(|(key, it)| is_live(&it.entry, now) && scan.matches(key))
        .take(limit)
        .map(|(key, it)| found(name, key, &it.entry))
        .collect()
}

/// `BTreeMap::range` panics on these, where a scan simply finds nothing.
fn is_empty(lower: &KeyBound<'_>, upper: &KeyBound<'_>) -> bool {
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
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        self.at = self.found.pop_front();
        Ok(self.at.as_ref().map(|found| match found {
            Found::Group(name) => ScanEntry::of_group(name),
            Found::Entry { group, key, entry } => ScanEntry {
                group,
                key,
                value: if self.values == Values::Bytes { &entry.value } else { b"" },
                value_size: if self.values == Values::None { 0 } else { entry.value.len() as u64 },
                version: entry.version,
                expires_at: entry.expires_at,
            },
        }))
    }
}
