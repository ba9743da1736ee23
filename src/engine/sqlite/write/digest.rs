//! The digest of the live rows of a range of keys.

use crate::clock::Timestamp;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::Parameter::Blob;
use crate::error::Result;
use crate::model::{Expiry, KeyRange, RangeDigest, RangeHasher, Scan};

/// Returns the digest of the rows of `range` that are live at `now`, as `session` sees them.
pub(crate) fn digest(
    session: &mut Session,
    range: KeyRange<'_>,
    now: Timestamp,
) -> Result<RangeDigest> {
    let (from, end) = Scan::of_range(range).half_open_range();
    let group = Blob(range.group.as_bytes());
    let bounded = [group, Blob(&from), Blob(end.as_deref().unwrap_or_default())];
    let parameters = if end.is_some() { &bounded[..] } else { &bounded[..2] };
    let mut digest = RangeHasher::default();
    session.query(Sql::scan(true, end.is_some(), false), parameters, |_, row| {
        if row.integer(2).map(Expiry::at_millis).is_none_or(|at| !at.is_past(now)) {
            digest.add(row.expect_blob(0)?, row.expect_integer(1)? as u64);
        }
        Ok(true)
    })?;
    Ok(digest.finish())
}
