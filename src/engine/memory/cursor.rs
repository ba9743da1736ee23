//! Scans over a snapshot of the maps.

use std::collections::VecDeque;
use std::ops::Bound;

use crate::call::{CallContext, Pace};
use crate::clock::Timestamp;
use crate::engine::Cursor;
use crate::engine::memory::name::Name;
use crate::engine::memory::rows::{GroupRows, Rows, is_live};
use crate::error::Result;
use crate::model::{Entry, GroupRange, Query, Scan, ScanEntry, Values};

/// References to the entries that a query selects, collected under the lock; their bytes are
/// shared, not copied.
pub(super) struct MemoryCursor {
    values: Values,
    found: VecDeque<Found>,
    /// The item that the caller borrows.
    current: Option<Found>,
}

enum Found {
    Group(Name),
    Entry { group: Name, key: Name, entry: Entry },
}

/// Returns a cursor over the items of `rows` that `query` selects and that are live at `now`.
pub(super) fn snapshot(
    call: &CallContext,
    rows: &Rows,
    query: Query<'_>,
    now: Timestamp,
) -> Result<MemoryCursor> {
    let mut pace = call.pace();
    let (values, found) = match query {
        Query::Entries(scan) => (scan.values, entries(&mut pace, rows, &scan, now)?),
        Query::Range { range, after } => {
            let (first, first_key) = range.start(after);
            let mut all = VecDeque::new();
            for (group, rows) in rows.groups_between(first, range.bounds().1) {
                let from = if **group == *first { &first_key[..] } else { b"" };
                for (key, it) in rows.range::<[u8], _>((Bound::Included(from), Bound::Unbounded)) {
                    pace.step()?;
                    if is_live(&it.entry, now) {
                        all.push_back(found(group, key, &it.entry));
                    }
                }
            }
            (Values::Bytes, all)
        }
        Query::Groups(prefix) => {
            let mut names = VecDeque::new();
            for (name, rows) in rows.groups(GroupRange::Prefix(prefix)) {
                if has_live(&mut pace, rows, now)? {
                    names.push_back(Found::Group(name.clone()));
                }
            }
            (Values::None, names)
        }
    };
    Ok(MemoryCursor { values, found, current: None })
}

fn has_live(pace: &mut Pace<'_>, rows: &GroupRows, now: Timestamp) -> Result<bool> {
    for stored in rows.values() {
        pace.step()?;
        if is_live(&stored.entry, now) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn found(group: &Name, key: &Name, entry: &Entry) -> Found {
    Found::Entry { group: group.clone(), key: key.clone(), entry: entry.clone() }
}

fn entries(
    pace: &mut Pace<'_>,
    rows: &Rows,
    scan: &Scan<'_>,
    now: Timestamp,
) -> Result<VecDeque<Found>> {
    let name = rows.groups(GroupRange::One(scan.group)).next().map(|(name, _)| name);
    let range = rows.between(scan.group, scan.range());
    let (Some(name), Some(mut range)) = (name, range) else { return Ok(VecDeque::new()) };
    let limit = if scan.limit == 0 { usize::MAX } else { scan.limit as usize };
    let (mut skip, mut all) = (scan.offset, VecDeque::new());
    while all.len() < limit
        && let Some((key, it)) = if scan.reverse { range.next_back() } else { range.next() }
    {
        pace.step()?;
        if is_live(&it.entry, now) && scan.matches(key) {
            match skip.checked_sub(1) {
                Some(left) => skip = left,
                None => all.push_back(found(name, key, &it.entry)),
            }
        }
    }
    Ok(all)
}

impl Cursor for MemoryCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        self.current = self.found.pop_front();
        Ok(self.current.as_ref().map(|found| match found {
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
