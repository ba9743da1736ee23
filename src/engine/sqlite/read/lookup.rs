//! Reads of one key within a read transaction.

use crate::clock::Timestamp;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::write::table::{
    StoredValue, count_rows, expiry, overflow_value, stored_value,
};
use crate::error::Result;
use crate::model::{EntryInfo, EntryRef, Expiry, Group, Key, Version};

/// Calls `found` with the entry under a key that is live at the time of `now`, and returns whether
/// there is one. `now` is called only if the entry has an expiry.
pub(crate) fn find_entry(
    session: &mut Session,
    group: Group<'_>,
    key: Key<'_>,
    now: &dyn Fn() -> Timestamp,
    found: &mut dyn FnMut(EntryRef<'_>),
) -> Result<bool> {
    let live = find_live(session, group, key, now, |session, stored, version, expires_at| {
        let mut report = |value: &[u8]| found(EntryRef { value, version, expires_at });
        match stored {
            StoredValue::Inline(value) => report(value),
            StoredValue::Overflow(id) => overflow_value(session, id, report)?,
        }
        Ok(())
    })?;
    Ok(live.is_some())
}

/// Returns the entry under a key that is live at the time of `now`, without its value.
pub(crate) fn find_info(
    session: &mut Session,
    group: Group<'_>,
    key: Key<'_>,
    now: &dyn Fn() -> Timestamp,
) -> Result<Option<EntryInfo>> {
    find_live(session, group, key, now, |session, stored, version, expires_at| {
        let size = match stored {
            StoredValue::Inline(value) => value.len() as u64,
            StoredValue::Overflow(id) => count_rows(session, Sql::OverflowLen, &[Integer(id)])?,
        };
        Ok(EntryInfo { size, version, expires_at })
    })
}

/// Returns what `read` makes of the live row under a key.
fn find_live<R>(
    session: &mut Session,
    group: Group<'_>,
    key: Key<'_>,
    now: &dyn Fn() -> Timestamp,
    read: impl FnOnce(&mut Session, StoredValue<'_>, Version, Option<Expiry>) -> Result<R>,
) -> Result<Option<R>> {
    let parameters = [Blob(group.as_bytes()), Blob(key.as_bytes())];
    let live = session.query_first(Sql::Get, &parameters, |session, row| {
        let (version, expires_at) = (row.expect_integer(0)? as u64, expiry(&row, 1));
        if expires_at.is_some_and(|at| at.is_past(now())) {
            return Ok(None);
        }
        let stored = stored_value(session.format(), &row, 2)?;
        read(session, stored, version, expires_at).map(Some)
    })?;
    Ok(live.flatten())
}
