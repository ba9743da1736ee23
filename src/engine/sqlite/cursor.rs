//! Walks over a snapshot of a file.

use std::ops::Bound;

use rusqlite::{Statement, params};

use crate::clock::Timestamp;
use crate::engine::Cursor;
use crate::engine::sqlite::reader::Reading;
use crate::engine::sqlite::statement;
use crate::engine::sqlite::table::{blob, expiry, stored_value};
use crate::error::Result;
use crate::model::{Page, PageEntry, Query, Scan, prefix_end};
use rusqlite::types::ValueRef;

/// Entries on the first page of a walk; each page may hold four times as many as the one before.
const FIRST_PAGE_LEN: usize = 128;
/// Entries on any page.
const PAGE_LEN_MAX: usize = 4096;
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
    Glob(Vec<u8>, crate::model::Dialect),
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
            crate::model::Pattern::Prefix(_) => OwnedPattern::All,
            crate::model::Pattern::Glob(glob) => {
                OwnedPattern::Glob(glob.pattern().to_vec(), glob.dialect())
            }
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
            left: if scan.limit == 0 {
                u64::MAX
            } else {
                scan.limit
            },
            page_len: FIRST_PAGE_LEN,
        }
    }

    fn matches(&self, key: &[u8]) -> bool {
        match &self.pattern {
            OwnedPattern::All => true,
            OwnedPattern::Glob(pattern, dialect) => {
                crate::model::Glob::new(pattern, *dialect).matches(key)
            }
        }
    }

    /// Fills `page`; returns the last key looked at, or `None` if no row is left.
    fn fill(&self, reading: &Reading, page: &mut Page) -> Result<Option<Vec<u8>>> {
        let connection = reading.connection();
        let sql = statement::scan(self.keys_only, self.end.is_some(), self.reverse);
        let mut select = connection.prepare_cached(sql)?;
        let mut rows = query_range(&mut select, self)?;
        let page_len = self
            .page_len
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        while let Some(row) = rows.next()? {
            let key = blob(row, 0)?;
            if self.matches(key) {
                let version = row.get::<_, i64>(1)? as u64;
                let expires_at = expiry(row, 2)?;
                let mut push = |value: &[u8]| {
                    page.push(PageEntry {
                        group: &self.group,
                        key,
                        value,
                        version,
                        expires_at,
                    });
                };
                match self
                    .keys_only
                    .then_some(ValueRef::Blob(b""))
                    .map_or_else(|| row.get_ref(3), Ok)?
                {
                    ValueRef::Integer(id) => stored_value(connection, id, push)?,
                    ValueRef::Blob(value) => push(value),
                    _ => push(blob(row, 3)?),
                }
            }
            if page.len() >= page_len || page.byte_len() >= PAGE_BYTES_MAX {
                return Ok(Some(key.to_vec()));
            }
        }
        Ok(None)
    }
}

fn query_range<'s>(
    select: &'s mut Statement<'_>,
    cursor: &EntryCursor,
) -> Result<rusqlite::Rows<'s>> {
    let (group, from, now) = (&cursor.group, &cursor.from, cursor.now.as_millis());
    Ok(match &cursor.end {
        Some(end) => select.query(params![group, from, now, end])?,
        None => select.query(params![group, from, now])?,
    })
}

impl Cursor for EntryCursor {
    fn next_page(&mut self, page: &mut Page) -> Result<()> {
        page.clear();
        // Taken out, so that an error or the end gives the snapshot back.
        let Some(reading) = self.reading.take() else {
            return Ok(());
        };
        let last = self.fill(&reading, page)?;
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
        let Some(reading) = self.reading.take() else {
            return Ok(());
        };
        let connection = reading.connection();
        let mut next = connection.prepare_cached(statement::NEXT_GROUP)?;
        let mut has_live = connection.prepare_cached(statement::HAS_LIVE)?;
        while page.len() < FIRST_PAGE_LEN {
            let mut rows = next.query([&self.from])?;
            let Some(row) = rows.next()? else {
                return Ok(());
            };
            let group = blob(row, 0)?;
            if self.end.as_deref().is_some_and(|end| group >= end) {
                return Ok(());
            }
            if has_live.exists(params![group, self.now.as_millis()])? {
                page.push(PageEntry {
                    group,
                    key: b"",
                    value: b"",
                    version: 0,
                    expires_at: None,
                });
            }
            self.from = after(group.to_vec());
        }
        drop((next, has_live));
        self.reading = Some(reading);
        Ok(())
    }
}

/// Returns the byte string that directly follows `key`.
fn after(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}
