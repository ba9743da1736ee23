//! Scans over a snapshot of a file.

use crate::clock::Timestamp;
use crate::engine::Cursor;
use crate::engine::sqlite::file::row::{
    StoredValue, expiry, next_group, overflow_len, overflow_value, stored_value,
};
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::stream::StoredStream;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::read::reader::{RowCursor, Snapshot};
use crate::engine::streams::piece_at;
use crate::error::Result;
use crate::model::{
    Dialect, Expiry, Glob, Group, GroupRange, Key, Pattern, Query, Scan, ScanEntry, Values,
    next_key, prefix_end, refill,
};

/// Returns a cursor over the items of `snapshot` that `query` selects and that are live at `now`.
pub(crate) fn open(
    snapshot: Snapshot,
    query: Query<'_>,
    now: Timestamp,
) -> Result<Box<dyn Cursor>> {
    Ok(match query {
        Query::Entries(scan) => Box::new(EntryCursor::new(snapshot, &scan, now)?),
        Query::Range { range, after, values } => {
            Box::new(EntryCursor::over(snapshot, range, after, values, now)?)
        }
        Query::Groups(prefix) => Box::new(GroupCursor {
            snapshot: Some(snapshot),
            now,
            from: prefix.to_vec(),
            end: prefix_end(prefix),
        }),
    })
}

/// A scan of entries: borrows the rows of one query as SQLite returns them.
struct EntryCursor {
    /// `None` once the scan has ended.
    rows: Option<RowCursor>,
    now: Timestamp,
    /// The group of the scan, or `None` if each row names its own.
    group: Option<Vec<u8>>,
    pattern: OwnedPattern,
    values: Values,
    /// The number of entries that are left out before the next one.
    skip: u64,
    left: u64,
    /// The value that the caller borrows, if it is in an overflow row.
    overflow: Vec<u8>,
    /// The id of its overflow row or stream, if its bytes were left out.
    left_out: Option<i64>,
}

/// The pattern of a scan, applied to the keys in its range.
enum OwnedPattern {
    All,
    Glob(Vec<u8>, Dialect),
}

impl OwnedPattern {
    fn matches(&self, rows: &RowCursor) -> bool {
        match self {
            OwnedPattern::All => true,
            OwnedPattern::Glob(pattern, dialect) => {
                Glob::new(pattern, *dialect).matches(rows.row().strict_blob(0))
            }
        }
    }
}

impl EntryCursor {
    fn new(snapshot: Snapshot, scan: &Scan<'_>, now: Timestamp) -> Result<Self> {
        let group = scan.group.as_bytes();
        let (from, end) = scan.half_open_range();
        let keys_only = scan.values == Values::None;
        let rows = match end {
            Some(end) => {
                let sql = Sql::scan(keys_only, true, scan.reverse);
                RowCursor::begin(snapshot, sql, &[Blob(group), Blob(&from), Blob(&end)])
            }
            None => {
                let sql = Sql::scan(keys_only, false, scan.reverse);
                RowCursor::begin(snapshot, sql, &[Blob(group), Blob(&from)])
            }
        };
        let pattern = match scan.pattern {
            Pattern::Prefix(_) => OwnedPattern::All,
            Pattern::Glob(glob) => OwnedPattern::Glob(glob.pattern().to_vec(), glob.dialect()),
        };
        Ok(EntryCursor {
            rows: Some(rows?),
            now,
            group: Some(group.to_vec()),
            pattern,
            values: scan.values,
            skip: scan.offset,
            left: if scan.limit == 0 { u64::MAX } else { scan.limit },
            overflow: Vec::new(),
            left_out: None,
        })
    }

    /// Returns a scan of all entries of a range of groups, after a position.
    fn over(
        snapshot: Snapshot,
        range: GroupRange<'_>,
        after: Option<(Group<'_>, Key<'_>)>,
        values: Values,
        now: Timestamp,
    ) -> Result<Self> {
        let (group, key) = range.start(after);
        let (group, key) = (Blob(group), Blob(&key));
        let rows = match range.bounds().1 {
            Some(end) => {
                RowCursor::begin(snapshot, Sql::ScanGroupsBelow, &[group, key, Blob(&end)])
            }
            None => RowCursor::begin(snapshot, Sql::ScanGroups, &[group, key]),
        };
        Ok(EntryCursor {
            rows: Some(rows?),
            now,
            group: None,
            pattern: OwnedPattern::All,
            values,
            skip: 0,
            left: u64::MAX,
            overflow: Vec::new(),
            left_out: None,
        })
    }

    /// Moves to the next live row that matches; returns its expiry, or `None` at the end.
    fn advance(&mut self) -> Result<Option<Option<Expiry>>> {
        let Some(rows) = &mut self.rows else { return Ok(None) };
        if self.left == 0 {
            return Ok(None);
        }
        while rows.step()? {
            let expires_at = expiry(&rows.row(), 2);
            let is_expired = expires_at.is_some_and(|at| at.is_past(self.now));
            if is_expired || !self.pattern.matches(rows) {
                continue;
            }
            if self.skip == 0 {
                self.left -= 1;
                return Ok(Some(expires_at));
            }
            self.skip -= 1;
        }
        Ok(None)
    }
}

impl Cursor for EntryCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let advanced = self.advance();
        if !matches!(advanced, Ok(Some(_))) {
            self.rows = None;
        }
        let (Some(expires_at), Some(rows)) = (advanced?, &mut self.rows) else { return Ok(None) };
        let (row, session) = rows.row_and_session();
        let stored = match self.values {
            Values::None => Ok(StoredValue::Inline(&b""[..])),
            _ => stored_value(session.format(), &row, 3),
        };
        self.overflow.clear();
        self.left_out = None;
        let found = stored.and_then(|stored| match (stored, self.values) {
            (StoredValue::Inline(value), _) => Ok((Some(value), value.len() as u64)),
            (StoredValue::Overflow(id), values) => {
                let size = overflow_len(session, id)?;
                if !values.has_bytes(size)? {
                    self.left_out = Some(id);
                    return Ok((Some(&b""[..]), size));
                }
                let keep =
                    |value: &[u8]| refill(&mut self.overflow, value).map(|()| value.len() as u64);
                overflow_value(session, id, keep).and_then(|size| size).map(|size| (None, size))
            }
        });
        let Ok((inline, value_size)) = found else {
            self.left = 0;
            return found.map(|_| None);
        };
        let value = inline.unwrap_or(&self.overflow);
        let has_bytes = self.values.has_bytes(value.len() as u64)?;
        let value = if has_bytes { value } else { b"" };
        let (key, version) = (row.strict_blob(0), row.strict_integer(1) as u64);
        let group = self.group.as_deref().unwrap_or_else(|| row.strict_blob(5));
        Ok(Some(ScanEntry { group, key, value, value_size, version, expires_at }))
    }

    fn value_at(&mut self, offset: u64) -> Result<&[u8]> {
        let Some(rows) = &mut self.rows else { return Ok(&[]) };
        let (row, session) = rows.row_and_session();
        let overflow = &mut self.overflow;
        let stream = self.left_out.and_then(|id| StoredStream::of(session, id));
        if let Some(stream) = stream {
            stream.rest_of_piece(session, offset, overflow)?;
            return Ok(overflow);
        }
        if let Some(id) = self.left_out.take() {
            overflow_value(session, id, |value| refill(overflow, value))??;
        }
        match overflow.is_empty() {
            true => Ok(piece_at(row.blob(3).unwrap_or_default(), offset)),
            false => Ok(piece_at(overflow, offset)),
        }
    }
}

/// A scan of the names of groups, with one look-up for each name.
struct GroupCursor {
    /// `None` once the scan has ended.
    snapshot: Option<Snapshot>,
    now: Timestamp,
    /// The lower bound of the next name: after the first, the last name followed by a zero byte.
    from: Vec<u8>,
    end: Option<Vec<u8>>,
}

impl GroupCursor {
    /// Moves `from` behind the next group that has a live entry; returns false at the end.
    fn advance(&mut self) -> Result<bool> {
        let Some(snapshot) = &mut self.snapshot else { return Ok(false) };
        let session = snapshot.session();
        loop {
            let next = next_group(session, &self.from)?;
            let next = next.filter(|group| self.end.as_ref().is_none_or(|end| group < end));
            let Some(group) = next else { return Ok(false) };
            let live = [Blob(&group), Integer(self.now.as_millis())];
            let is_live = session.query_first(Sql::HasLive, &live, |_, _| Ok(()))?.is_some();
            self.from = next_key(&group).into_owned();
            if is_live {
                return Ok(true);
            }
        }
    }
}

impl Cursor for GroupCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let advanced = self.advance();
        if !matches!(advanced, Ok(true)) {
            self.snapshot = None;
        }
        let name = self.from.split_last().map_or(&b""[..], |(_, name)| name);
        Ok(advanced?.then(|| ScanEntry::of_group(name)))
    }
}
