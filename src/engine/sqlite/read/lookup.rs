//! Reads of one key within a read transaction.

use crate::clock::Timestamp;
use crate::engine::sqlite::file::row::{
    StoredValue, expiry, overflow_len, overflow_value, stored_value,
};
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::stream::StoredStream;
use crate::engine::sqlite::native::Parameter::Blob;
use crate::error::Result;
use crate::model::{Entry, EntryInfo, EntryRef, Expiry, Group, Key, Version};

/// The result of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found<R> {
    /// There is a live entry.
    Live(R),
    /// There is an entry that has expired.
    Expired,
    /// There is no entry.
    Absent,
}

impl<R> Found<R> {
    /// Returns what was read of the live entry.
    pub(crate) fn live(self) -> Option<R> {
        match self {
            Found::Live(read) => Some(read),
            Found::Expired | Found::Absent => None,
        }
    }
}

/// Calls `found` with the entry under a key that is live at the time of `now`. `now` is called only
/// if the entry has an expiry.
pub(crate) fn find_entry(
    session: &mut Session,
    group: Group<'_>,
    key: Key<'_>,
    now: &dyn Fn() -> Timestamp,
    found: &mut dyn FnMut(EntryRef<'_>),
) -> Result<Found<()>> {
    find_live(session, group, key, now, |session, stored, version, expires_at| {
        let mut report = |value: &[u8]| found(EntryRef { value, version, expires_at });
        match stored {
            StoredValue::Inline(value) => report(value),
            StoredValue::Overflow(id) => overflow_value(session, id, report)?,
        }
        Ok(())
    })
}

/// Returns the entry under a key that is live at the time of `now`, without its value.
pub(crate) fn find_info(
    session: &mut Session,
    group: Group<'_>,
    key: Key<'_>,
    now: &dyn Fn() -> Timestamp,
) -> Result<Option<EntryInfo>> {
    let found = find_live(session, group, key, now, |session, stored, version, expires_at| {
        let size = match stored {
            StoredValue::Inline(value) => value.len() as u64,
            StoredValue::Overflow(id) => overflow_len(session, id)?,
        };
        Ok(EntryInfo { size, version, expires_at })
    })?;
    Ok(found.live())
}

/// A live value, as a reader opens it.
pub(crate) enum FoundValue {
    /// It is there as a whole.
    Whole(Entry),
    /// It is in pieces.
    Stream(StoredStream, EntryInfo),
}

/// Returns the value under a key that is live at the time of `now`; of one in pieces, its stream.
pub(crate) fn find_value(
    session: &mut Session,
    group: Group<'_>,
    key: Key<'_>,
    now: &dyn Fn() -> Timestamp,
) -> Result<Option<FoundValue>> {
    let found = find_live(session, group, key, now, |session, stored, version, expires_at| {
        let whole = |value: &[u8]| EntryRef { value, version, expires_at }.to_entry();
        Ok(match stored {
            StoredValue::Inline(value) => FoundValue::Whole(whole(value)?),
            StoredValue::Overflow(id) => match StoredStream::of(session, id) {
                Some(stream) => {
                    let size = stream.size(session)?;
                    FoundValue::Stream(stream, EntryInfo { size, version, expires_at })
                }
                None => FoundValue::Whole(overflow_value(session, id, whole)??),
            },
        })
    })?;
    Ok(found.live())
}

/// Returns what `read` makes of the live row under a key.
fn find_live<R>(
    session: &mut Session,
    group: Group<'_>,
    key: Key<'_>,
    now: &dyn Fn() -> Timestamp,
    read: impl FnOnce(&mut Session, StoredValue<'_>, Version, Option<Expiry>) -> Result<R>,
) -> Result<Found<R>> {
    let parameters = [Blob(group.as_bytes()), Blob(key.as_bytes())];
    let found = session.query_first(Sql::Get, &parameters, |session, row| {
        let (version, expires_at) = (row.expect_integer(0)? as u64, expiry(&row, 1));
        if expires_at.is_some_and(|at| at.is_past(now())) {
            return Ok(Found::Expired);
        }
        let stored = stored_value(session.format(), &row, 2)?;
        read(session, stored, version, expires_at).map(Found::Live)
    })?;
    Ok(found.unwrap_or(Found::Absent))
}
