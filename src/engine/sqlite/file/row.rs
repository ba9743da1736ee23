//! Rows of the tables of a store, as sessions read them: values and their places, expiries, counts,
//! the names of groups.

use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::stream::StoredStream;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::native::{Parameter, Row as SqlRow};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Expiry;

/// Returns the number in the only row of a counting statement.
pub(crate) fn count_rows(
    session: &mut Session,
    sql: Sql,
    parameters: &[Parameter<'_>],
) -> Result<u64> {
    let count = session.query_first(sql, parameters, |_, row| row.expect_integer(0))?;
    Ok(count.unwrap_or(0) as u64)
}

/// Returns the first name from `from` on of a group that has a row, live or expired.
pub(crate) fn next_group(session: &mut Session, from: &[u8]) -> Result<Option<Vec<u8>>> {
    let next = session
        .query_first(Sql::NextGroup, &[Blob(from)], |_, row| Ok(row.expect_blob(0)?.to_vec()))?;
    // A damaged index could lead back, for ever.
    if next.as_ref().is_some_and(|name| &name[..] < from) {
        let message = "the groups of kv_entries are not in order";
        return Err(Error::new(ErrorKind::Corrupt, message));
    }
    Ok(next)
}

/// Calls `read` with the value of the overflow row or the stream `id`, and returns its result.
pub(crate) fn overflow_value<R>(
    session: &mut Session,
    id: i64,
    read: impl FnOnce(&[u8]) -> R,
) -> Result<R> {
    if let Some(stream) = StoredStream::of(session, id) {
        return stream.value(session).map(|value| read(&value));
    }
    let found = session
        .query_first(Sql::GetOverflow, &[Integer(id)], |_, row| Ok(read(row.expect_blob(0)?)))?;
    found.ok_or_else(|| Error::new(ErrorKind::Corrupt, "a value is missing from kv_values"))
}

/// Returns the length of the value of the overflow row or the stream `id`.
pub(crate) fn overflow_len(session: &mut Session, id: i64) -> Result<u64> {
    match StoredStream::of(session, id) {
        Some(stream) => stream.size(session),
        None => count_rows(session, Sql::OverflowLen, &[Integer(id)]),
    }
}

/// A value in the row of a query that selects the value and, behind it, the id of its overflow row.
pub(crate) enum StoredValue<'r> {
    /// The bytes of an inline value.
    Inline(&'r [u8]),
    /// The id of its overflow row.
    Overflow(i64),
}

/// Returns the value in a column, before the column with the id of its overflow row.
///
/// Another program may have written a number in place of a value; format 2 reads it as its text.
pub(crate) fn stored_value<'r>(
    format: Format,
    row: &SqlRow<'r>,
    column: i32,
) -> Result<StoredValue<'r>> {
    Ok(match row.blob(column) {
        Some([]) => row.integer(column + 1).map_or(StoredValue::Inline(b""), StoredValue::Overflow),
        Some(value) => StoredValue::Inline(value),
        None if format == Format::One => StoredValue::Overflow(row.expect_integer(column)?),
        None => StoredValue::Inline(row.any_bytes(column)),
    })
}

/// Returns the expiry in a column.
pub(crate) fn expiry(row: &SqlRow<'_>, column: i32) -> Option<Expiry> {
    row.integer(column).map(Expiry::at_millis)
}
