//! Values that are not inline: their overflow rows and streams.

use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::stream::StoredStream;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::write::table::{SqliteTable, ValueLocation, missing_row};
use crate::error::Result;
use crate::model::{Group, Key};

/// Bytes of a value that is inline even beside a long key.
const SHORT_VALUE_MAX: usize = 64;

/// The longest value in an overflow row of its own. A longer one is in pieces, so that a reader can
/// keep it while it is overwritten.
const OVERFLOW_MAX: usize = 1 << 20;

impl SqliteTable<'_> {
    pub(super) fn delete(
        &mut self,
        group: &[u8],
        key: &[u8],
        location: ValueLocation,
    ) -> Result<()> {
        let names = [Blob(group), Blob(key)];
        if self.session.execute(Sql::Delete, &names)? == 0 {
            return Err(missing_row());
        }
        if self.lru.is_some() {
            self.session.execute(Sql::DeleteAccess, &names)?;
        }
        self.delete_overflow_row(location)
    }

    pub(super) fn delete_overflow_row(&mut self, location: ValueLocation) -> Result<()> {
        let ValueLocation::Overflow(id) = location else { return Ok(()) };
        let Some(stream) = StoredStream::of(self.session, id) else {
            return self.session.execute(Sql::DeleteOverflow, &[Integer(id)]).map(drop);
        };
        let now = match self.streams.has(stream.id()) {
            true => i64::MIN,
            false => self.now.as_millis(),
        };
        self.has_retired |= stream.retire(self.session, now)?;
        Ok(())
    }

    /// Returns whether a value is stored inline. A short one is inline even beside a long key: an
    /// overflow row would cost more than it saves.
    pub(super) fn fits_inline(&self, group: Group<'_>, key: Key<'_>, value: &[u8]) -> bool {
        let len = group.as_bytes().len() + key.as_bytes().len() + value.len();
        len <= self.inline_limit || value.len() <= SHORT_VALUE_MAX
    }

    /// Writes a value into the overflow row of `old`, or into a new one, or in pieces; returns the
    /// id of the row or stream.
    pub(super) fn write_overflow_row(
        &mut self,
        value: &[u8],
        old: Option<ValueLocation>,
    ) -> Result<i64> {
        let is_large = value.len() > OVERFLOW_MAX && self.session.format() != Format::One;
        match old {
            Some(ValueLocation::Overflow(id))
                if !is_large && StoredStream::of(self.session, id).is_none() =>
            {
                self.session.execute(Sql::UpdateOverflow, &[Integer(id), Blob(value)])?;
                return Ok(id);
            }
            Some(location) => self.delete_overflow_row(location)?,
            None => {}
        }
        match is_large {
            true => StoredStream::write(self.session, value).map(StoredStream::overflow),
            false => self.session.insert(Sql::InsertOverflow, &[Blob(value)]),
        }
    }
}
