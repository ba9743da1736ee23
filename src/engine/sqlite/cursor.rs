//! Walks over a snapshot of a file.

use std::ops::Bound;

use crate::clock::Timestamp;
use crate::engine::Cursor;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::native::Row;
use crate::engine::sqlite::reader::Reading;
use crate::engine::sqlite::session::Session;
use crate::engine::sqlite::statement::Sql;
use crate::engine::sqlite::table::{expiry, stored_value};
use crate::error::Result;
use crate::model::{Dialect, Expiry, Glob, Page, Pattern, Query, Scan, prefix_end};

/// Entries on the first page of a walk; each page may hold four times as many as the one before.
const FIRST_PAGE_LEN: usize = 128;
/// Entries on any page.
const PAGE_LEN_MAX: usize = 4096;
/// Room for bytes that a page begins with.
const PAGE_BYTES: usize = 16 * 1024;
/// A page with this many bytes is full.
const PAGE_BYTES_MAX: usize = 256 * 1024;

/// Returns a cursor over what `query` selects from the snapshot of `reading`.
pub fn open(reading: Reading, query: Query<'_>, now: Timestamp) -> Box<dyn Cursor> {
    match query {
        Query::Entries(scan) => Box::new(EntryCursor::new(reading, &scan, now)),
        Query::Groups(prefix) => Box::new(GroupCursor {
            reading: Some(reading),
            now,
            from: prefix.to_vec(),
            end: prefix_end(prefix),
        }),
    }
}

/// Walks through the entries of a group, a page per query, all within one read transaction. A walk
/// that fits a page gives the transaction back at once.
struct EntryCursor {
    reading: Option<Reading>,
    now: Timestamp,
    group: Vec<u8>,
    pattern: OwnedPattern,
    /// The first key that may come.
    from: Vec<u8>,
    /// The first key that may not.
    end: Option<Vec<u8>>,
    reverse: bool,
    keys_only: bool,
    left: u64,
    page_len: usize,
}

/// Which of the keys in range match: all of them, or those a glob lets through.
enum OwnedPattern {
    All,
    Glob(Vec<u8>, Dialect),
}

impl EntryCursor {
    fn new(reading: Reading, scan: &Scan<'_>, now: Timestamp) -> Self {
        let (lower, upper) = scan.range();
        let from = match lower {
            Bound::Excluded(key) => after(key),
            Bound::Included(key) => key,
            Bound::Unbounded => Vec::new(),
        };
        let end = match upper {
            Bound::Excluded(key) => Some(key),
            Bound::Included(key) => Some(after(key)),
            Bound::Unbounded => None,
        };
        let pattern = match scan.pattern {
            Pattern::Prefix(_) => OwnedPattern::All,
            Pattern::Glob(glob) => OwnedPattern::Glob(glob.pattern().to_vec(), glob.dialect()),
        };
        EntryCursor {
            reading: Some(reading),
            now,
            group: scan.group.as_bytes().to_vec(),
            pattern,
            from,
            end,
            reverse: scan.reverse,
            keys_only: scan.keys_only,
            left: if scan.limit == 0 { u64::MAX } else { scan.limit },
            page_len: FIRST_PAGE_LEN,
        }
    }

    fn matches(&self, key: &[u8]) -> bool {
        match &self.pattern {
            OwnedPattern::All => true,
            OwnedPattern::Glob(pattern, dialect) => Glob::new(pattern, *dialect).matches(key),
        }
    }

    /// Fills `page`; returns the last key looked at, or `None` if no row is left.
    fn fill(&self, session: &mut Session, page: &mut Page) -> Result<Option<Vec<u8>>> {
        let sql = Sql::scan(self.keys_only, self.end.is_some(), self.reverse);
        let parameters =
            [Blob(&self.group), Blob(&self.from), Blob(self.end.as_deref().unwrap_or_default())];
        let used = if self.end.is_some() { 3 } else { 2 };
        let page_len = self.page_len.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        page.reserve(page_len.min(FIRST_PAGE_LEN), PAGE_BYTES);
        let mut last = None;
        session.query(sql, parameters.get(..used).unwrap_or_default(), |session, row| {
            let key = row.strict_blob(0);
            let expires_at = expiry(&row, 2);
            let is_dead = expires_at.is_some_and(|at| at.is_past(self.now));
            if !is_dead && self.matches(key) {
                self.push(session, &row, key, expires_at, page)?;
            }
            let is_full = page.len() >= page_len || page.byte_len() >= PAGE_BYTES_MAX;
            last = is_full.then(|| key.to_vec());
            Ok(!is_full)
        })?;
        Ok(last)
    }

    fn push(
        &self,
        session: &mut Session,
        row: &Row<'_>,
        key: &[u8],
        expires_at: Option<Expiry>,
        page: &mut Page,
    ) -> Result<()> {
        let version = row.expect_integer(1)? as u64;
        let mut add = |value: &[u8]| page.push(key, value, version, expires_at);
        if self.keys_only {
            add(b"");
        } else if let Some(value) = row.blob(3) {
            add(value);
        } else {
            stored_value(session, row.expect_integer(3)?, add)?;
        }
        Ok(())
    }
}

impl Cursor for EntryCursor {
    fn next_page(&mut self, page: &mut Page) -> Result<()> {
        page.begin(&self.group);
        // Taken out, so that an error or the end gives the snapshot back.
        let Some(mut reading) = self.reading.take() else { return Ok(()) };
        let last = self.fill(reading.session(), page)?;
        self.left -= page.len() as u64;
        self.page_len = (self.page_len * 4).min(PAGE_LEN_MAX);
        if let (Some(last), 1..) = (last, self.left) {
            match self.reverse {
                false => self.from = after(last),
                true => self.end = Some(last),
            }
            self.reading = Some(reading);
        }
        Ok(())
    }
}

/// Walks through the names of groups, skipping from one to the next.
struct GroupCursor {
    reading: Option<Reading>,
    now: Timestamp,
    from: Vec<u8>,
    end: Option<Vec<u8>>,
}

impl Cursor for GroupCursor {
    fn next_page(&mut self, page: &mut Page) -> Result<()> {
        page.clear();
        let Some(mut reading) = self.reading.take() else { return Ok(()) };
        let session = reading.session();
        while page.len() < FIRST_PAGE_LEN {
            let next = session
                .query_first(Sql::NextGroup, &[Blob(&self.from)], |_, row| {
                    Ok(row.expect_blob(0)?.to_vec())
                })?
                .filter(|group| self.end.as_ref().is_none_or(|end| group < end));
            let Some(group) = next else { return Ok(()) };
            let live = [Blob(&group), Integer(self.now.as_millis())];
            if session.query_first(Sql::HasLive, &live, |_, _| Ok(()))?.is_some() {
                page.push_group(&group);
            }
            self.from = after(group);
        }
        self.reading = Some(reading);
        Ok(())
    }
}

/// Returns the byte string that directly follows `key`.
fn after(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}
