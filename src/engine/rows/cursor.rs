//! Scans over a snapshot of the entries.

use std::ops::Bound;

use triomphe::Arc;

use crate::call::{CallContext, Pace};
use crate::clock::Timestamp;
use crate::engine::Cursor;
use crate::engine::rows::entries::{Entries, GroupRows};
use crate::engine::rows::name::Name;
use crate::engine::rows::row::Row;
use crate::engine::rows::slab::{Number, Slab};
use crate::engine::rows::tree::Walk;
use crate::engine::streams::piece_at;
use crate::error::Result;
use crate::model::{
    Dialect, Glob, Group, GroupRange, Key, Pattern, Query, Scan, ScanEntry, Values, is_empty_range,
    prefix_end,
};

/// Returns a cursor over the items of `entries` that `query` selects and that are live at `now`.
pub(crate) fn open(
    call: &CallContext,
    entries: Entries,
    query: Query<'_>,
    now: Timestamp,
) -> Box<dyn Cursor> {
    let pace = call.pace();
    match query {
        Query::Entries(scan) => Box::new(EntryCursor::new(pace, &entries, &scan, now)),
        Query::Range { range, after, values } => {
            Box::new(RangeCursor::new(pace, &entries, range, after, values, now))
        }
        Query::Groups(prefix) => Box::new(GroupCursor {
            pace,
            now,
            groups: entries.groups.walk_from(&(), Bound::Included(prefix)),
            entries,
            end: prefix_end(prefix),
        }),
    }
}

/// A scan of one group.
struct EntryCursor {
    pace: Pace,
    now: Timestamp,
    /// `None` once the scan has ended.
    rows: Option<Walk<Number>>,
    slab: Slab,
    group: Box<[u8]>,
    /// The end of the scan in its direction.
    end: Bound<Box<[u8]>>,
    reverse: bool,
    /// The pattern and its dialect; `None` if every key of the range is selected.
    glob: Option<(Box<[u8]>, Dialect)>,
    values: Values,
    /// The number of entries that are left out before the next one.
    skip: u64,
    left: u64,
}

impl EntryCursor {
    fn new(pace: Pace, entries: &Entries, scan: &Scan<'_>, now: Timestamp) -> Self {
        let (lower, upper) = scan.range();
        let group = entries.group(scan.group).filter(|_| !is_empty_range(&lower, &upper));
        let (first, last) = match scan.reverse {
            false => (lower, upper),
            true => (upper, lower),
        };
        let rows = group.map(|it| match scan.reverse {
            false => it.numbers.walk_from(&entries.slab, first.as_ref().map(|key| &**key)),
            true => it.numbers.walk_back_from(&entries.slab, first.as_ref().map(|key| &**key)),
        });
        EntryCursor {
            pace,
            now,
            rows,
            slab: entries.slab.clone(),
            group: scan.group.as_bytes().into(),
            end: last.map(|key| key.into_owned().into()),
            reverse: scan.reverse,
            glob: match scan.pattern {
                Pattern::Prefix(_) => None,
                Pattern::Glob(glob) => Some((glob.pattern().into(), glob.dialect())),
            },
            values: scan.values,
            skip: scan.offset,
            left: if scan.limit == 0 { u64::MAX } else { scan.limit },
        }
    }

    /// Moves to the next selected row; returns false at the end.
    fn advance(&mut self) -> Result<bool> {
        let Some(rows) = &mut self.rows else { return Ok(false) };
        if self.left == 0 {
            return Ok(false);
        }
        while if self.reverse { rows.back() } else { rows.forward() } {
            self.pace.step()?;
            let Some(row) = current(rows, &self.slab, self.reverse) else { break };
            if is_past(row.key(), &self.end, self.reverse) {
                break;
            }
            let matches = |(pattern, dialect): &(Box<[u8]>, Dialect)| {
                Glob::new(pattern, *dialect).matches(row.key())
            };
            if !row.is_live(self.now) || !self.glob.as_ref().is_none_or(matches) {
                continue;
            }
            if self.skip == 0 {
                self.left -= 1;
                return Ok(true);
            }
            self.skip -= 1;
        }
        Ok(false)
    }
}

impl Cursor for EntryCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let advanced = self.advance();
        if !matches!(advanced, Ok(true)) {
            self.rows = None;
        }
        advanced?;
        let row = self.rows.as_ref().and_then(|rows| current(rows, &self.slab, self.reverse));
        row.map(|row| scan_entry(&self.group, row, self.values)).transpose()
    }

    fn value_at(&mut self, offset: u64) -> Result<&[u8]> {
        let row = self.rows.as_ref().and_then(|rows| current(rows, &self.slab, self.reverse));
        Ok(row.map_or(&[], |row| piece_at(row.value(), offset)))
    }
}

fn current<'s>(rows: &Walk<Number>, slab: &'s Slab, reverse: bool) -> Option<&'s Row> {
    slab.get(*if reverse { rows.ahead() } else { rows.passed() }?)
}

/// Returns whether a key is behind the end of a scan in its direction.
fn is_past(key: &[u8], end: &Bound<Box<[u8]>>, reverse: bool) -> bool {
    match (end, reverse) {
        (Bound::Unbounded, _) => false,
        (Bound::Included(end), false) => key > &**end,
        (Bound::Excluded(end), false) => key >= &**end,
        (Bound::Included(end), true) => key < &**end,
        (Bound::Excluded(end), true) => key <= &**end,
    }
}

fn scan_entry<'r>(group: &'r [u8], row: &'r Row, values: Values) -> Result<ScanEntry<'r>> {
    let value = row.value();
    Ok(ScanEntry {
        group,
        key: row.key(),
        value: if values.has_bytes(value.len() as u64)? { value } else { b"" },
        value_size: if values == Values::None { 0 } else { value.len() as u64 },
        version: row.version(),
        expires_at: row.expires_at(),
    })
}

/// A scan of all entries of a range of groups.
struct RangeCursor {
    pace: Pace,
    now: Timestamp,
    values: Values,
    groups: Walk<Arc<GroupRows>>,
    slab: Slab,
    /// The first name behind the range.
    end: Option<Vec<u8>>,
    /// The rows of the group that is read.
    rows: Option<(Name, Walk<Number>)>,
}

impl RangeCursor {
    fn new(
        pace: Pace,
        entries: &Entries,
        range: GroupRange<'_>,
        after: Option<(Group<'_>, Key<'_>)>,
        values: Values,
        now: Timestamp,
    ) -> Self {
        let (first, first_key) = range.start(after);
        let end = range.bounds().1;
        let is_inside = end.as_deref().is_none_or(|end| first < end);
        let begun = entries.groups.get(&(), first).filter(|_| is_inside);
        let rows = begun.map(|group| {
            (
                group.name.clone(),
                group.numbers.walk_from(&entries.slab, Bound::Included(&first_key)),
            )
        });
        let groups = entries.groups.walk_from(&(), Bound::Excluded(first));
        let groups = if rows.is_some() {
            groups
        } else {
            entries.groups.walk_from(&(), Bound::Included(first))
        };
        RangeCursor { pace, now, values, groups, slab: entries.slab.clone(), end, rows }
    }

    /// Moves to the next live row; returns false at the end.
    fn advance(&mut self) -> Result<bool> {
        loop {
            if let Some((_, rows)) = &mut self.rows {
                while rows.forward() {
                    self.pace.step()?;
                    let row = rows.passed().and_then(|number| self.slab.get(*number));
                    if row.is_some_and(|row| row.is_live(self.now)) {
                        return Ok(true);
                    }
                }
            }
            self.rows = next_group(&mut self.groups, self.end.as_deref())
                .map(|it| (it.name.clone(), it.numbers.walk_from(&self.slab, Bound::Unbounded)));
            if self.rows.is_none() {
                return Ok(false);
            }
        }
    }
}

impl Cursor for RangeCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let advanced = self.advance();
        if !matches!(advanced, Ok(true)) {
            // An end and an error end the scan.
            (self.rows, self.end) = (None, Some(Vec::new()));
        }
        advanced?;
        let Some((group, rows)) = &self.rows else { return Ok(None) };
        let row = current(rows, &self.slab, false);
        row.map(|row| scan_entry(group, row, self.values)).transpose()
    }

    fn value_at(&mut self, offset: u64) -> Result<&[u8]> {
        let row = self.rows.as_ref().and_then(|(_, rows)| current(rows, &self.slab, false));
        Ok(row.map_or(&[], |row| piece_at(row.value(), offset)))
    }
}

/// Returns the next group, if it is before `end`.
fn next_group<'w>(
    groups: &'w mut Walk<Arc<GroupRows>>,
    end: Option<&[u8]>,
) -> Option<&'w GroupRows> {
    let found = groups.forward().then(|| groups.passed()).flatten();
    found.map(|it| &**it).filter(|it| end.is_none_or(|end| &*it.name < end))
}

/// A scan of the names of groups.
struct GroupCursor {
    pace: Pace,
    now: Timestamp,
    entries: Entries,
    groups: Walk<Arc<GroupRows>>,
    /// The first name behind the range.
    end: Option<Vec<u8>>,
}

impl GroupCursor {
    /// Moves to the next group that has a live entry; returns false at the end.
    fn advance(&mut self) -> Result<bool> {
        while let Some(group) = next_group(&mut self.groups, self.end.as_deref()) {
            if self.entries.has_live(&mut self.pace, group, self.now)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Cursor for GroupCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let advanced = self.advance();
        if !matches!(advanced, Ok(true)) {
            self.end = Some(Vec::new());
        }
        let group = if advanced? { self.groups.passed() } else { None };
        Ok(group.map(|it| ScanEntry::of_group(&it.name)))
    }
}
