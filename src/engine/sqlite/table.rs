//! The rows of a file inside a write transaction.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row as SqlRow, params};

use crate::clock::Timestamp;
use crate::engine::apply::{Row, Stamp, Table};
use crate::engine::sqlite::statement;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Expiry, Group, Key, Value, prefix_end};

/// The longest value that rests in its row; longer ones have a row of their own in `kv_values`.
///
/// Measured, see docs/storage.md: below, one table is faster; above, two.
pub const INLINE_VALUE_MAX: usize = 1024;

/// The tables, as one connection sees them within its transaction.
pub struct SqliteTable<'c> {
    connection: &'c Connection,
}

/// Where a value rests: in its row, or in `kv_values` under an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In its row.
    Inline,
    /// In `kv_values`.
    Stored(i64),
}

impl<'c> SqliteTable<'c> {
    /// Returns the tables of `connection`, which is in a transaction.
    pub fn new(connection: &'c Connection) -> Self {
        SqliteTable { connection }
    }

    /// Removes at most `limit` rows dead at `now`, those that died first; returns how many.
    pub fn remove_dead(&mut self, now: Timestamp, limit: usize) -> Result<u64> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut dead: Vec<(Vec<u8>, Vec<u8>, Place)> = Vec::new();
        let mut select = self.connection.prepare_cached(statement::DEAD)?;
        let mut rows = select.query(params![now.as_millis(), limit])?;
        while let Some(row) = rows.next()? {
            dead.push((row.get(0)?, row.get(1)?, place(row, 2)?));
        }
        for (group, key, place) in &dead {
            self.delete(group, key, *place)?;
        }
        Ok(dead.len() as u64)
    }

    fn delete(&mut self, group: &[u8], key: &[u8], place: Place) -> Result<()> {
        self.connection
            .prepare_cached(statement::DELETE)?
            .execute(params![group, key])?;
        self.drop_stored(place)
    }

    fn drop_stored(&mut self, place: Place) -> Result<()> {
        if let Place::Stored(id) = place {
            self.connection
                .prepare_cached(statement::DELETE_VALUE)?
                .execute([id])?;
        }
        Ok(())
    }

    /// Puts a long value where `old` had its own, or in a new row; returns the id.
    fn store(&mut self, value: &[u8], old: Option<Place>) -> Result<i64> {
        if let Some(Place::Stored(id)) = old {
            let mut update = self
                .connection
                .prepare_cached(statement::UPDATE_STORED_VALUE)?;
            update.execute(params![id, value])?;
            return Ok(id);
        }
        Ok(self
            .connection
            .prepare_cached(statement::INSERT_VALUE)?
            .insert([value])?)
    }
}

impl Table for SqliteTable<'_> {
    type Place = (Place, Option<Expiry>);

    fn find(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<Self::Place>>> {
        let mut find = self.connection.prepare_cached(statement::FIND)?;
        let mut rows = find.query(params![group.as_bytes(), key.as_bytes()])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let (version, expires_at) = (row.get::<_, i64>(0)? as u64, expiry(row, 1)?);
        Ok(Some(Row {
            version,
            expires_at,
            place: (place(row, 2)?, expires_at),
        }))
    }

    fn value(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Self::Place>) -> Result<Value> {
        match row.place.0 {
            Place::Stored(id) => stored_value(self.connection, id, |value| value.into()),
            Place::Inline => {
                let mut get = self.connection.prepare_cached(statement::GET)?;
                let mut rows = get.query(params![group.as_bytes(), key.as_bytes()])?;
                let row = rows.next()?.ok_or_else(|| broken("a row vanished"))?;
                Ok(blob(row, 0)?.into())
            }
        }
    }

    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        stamp: Stamp,
        old: Option<&Row<Self::Place>>,
    ) -> Result<()> {
        let (group, key) = (group.as_bytes(), key.as_bytes());
        let version = stamp.version as i64;
        let expires_at = stamp.expires_at.map(Expiry::as_millis);
        let old_place = old.map(|row| row.place.0);
        let stored;
        let cell = if value.len() > INLINE_VALUE_MAX {
            stored = self.store(value, old_place)?;
            ValueRef::Integer(stored)
        } else {
            if let Some(place) = old_place {
                self.drop_stored(place)?;
            }
            ValueRef::Blob(value)
        };
        let cell = rusqlite::types::ToSqlOutput::Borrowed(cell);
        match old {
            None => self
                .connection
                .prepare_cached(statement::INSERT)?
                .execute(params![group, key, version, expires_at, cell])?,
            Some(row) if row.place.1 == stamp.expires_at => self
                .connection
                .prepare_cached(statement::UPDATE_VALUE)?
                .execute(params![group, key, version, cell])?,
            Some(_) => self
                .connection
                .prepare_cached(statement::UPDATE)?
                .execute(params![group, key, version, expires_at, cell])?,
        };
        Ok(())
    }

    fn set_expiry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        expires_at: Option<Expiry>,
    ) -> Result<()> {
        let expires_at = expires_at.map(Expiry::as_millis);
        let mut update = self.connection.prepare_cached(statement::UPDATE_EXPIRY)?;
        update.execute(params![group.as_bytes(), key.as_bytes(), expires_at])?;
        Ok(())
    }

    fn remove(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Self::Place>) -> Result<()> {
        self.delete(group.as_bytes(), key.as_bytes(), row.place.0)
    }

    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64> {
        let group = group.as_bytes();
        let count = |row: &SqlRow<'_>| row.get::<_, i64>(0);
        let prepare = |sql| self.connection.prepare_cached(sql);
        let live = match prefix_end(prefix) {
            Some(end) => {
                let range = params![group, prefix, end];
                let live = prepare(statement::COUNT_PREFIX_BELOW)?
                    .query_row(params![group, prefix, now.as_millis(), end], count)?;
                prepare(statement::DELETE_PREFIX_VALUES_BELOW)?.execute(range)?;
                prepare(statement::DELETE_PREFIX_BELOW)?.execute(range)?;
                live
            }
            None => {
                let range = params![group, prefix];
                let live = prepare(statement::COUNT_PREFIX)?
                    .query_row(params![group, prefix, now.as_millis()], count)?;
                prepare(statement::DELETE_PREFIX_VALUES)?.execute(range)?;
                prepare(statement::DELETE_PREFIX)?.execute(range)?;
                live
            }
        };
        Ok(live as u64)
    }
}

/// Calls `read` with the value under `id` in `kv_values`.
pub fn stored_value<R>(
    connection: &Connection,
    id: i64,
    read: impl FnOnce(&[u8]) -> R,
) -> Result<R> {
    let mut get = connection.prepare_cached(statement::GET_VALUE)?;
    let mut rows = get.query([id])?;
    match rows.next()? {
        Some(row) => Ok(read(blob(row, 0)?)),
        None => Err(broken("a value is missing from kv_values")),
    }
}

/// Returns the bytes in a column.
pub fn blob<'r>(row: &'r SqlRow<'_>, column: usize) -> Result<&'r [u8]> {
    match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Ok(bytes),
        other => Err(broken(format!("{} where bytes belong", other.data_type()))),
    }
}

/// Returns the expiry in a column.
pub fn expiry(row: &SqlRow<'_>, column: usize) -> Result<Option<Expiry>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Expiry::at_millis))
}

fn place(row: &SqlRow<'_>, column: usize) -> Result<Place> {
    Ok(row
        .get::<_, Option<i64>>(column)?
        .map_or(Place::Inline, Place::Stored))
}

fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, message.into())
}
