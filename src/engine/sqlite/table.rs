//! The rows of a file inside a write transaction.

use crate::clock::Timestamp;
use crate::engine::apply::{Row, Stamp, Table};
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::native::{Parameter, Row as SqlRow};
use crate::engine::sqlite::session::Session;
use crate::engine::sqlite::statement::Sql;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Expiry, Group, Key, Value, prefix_end};

/// A value that is put into its row in any case.
const SHORT_VALUE_MAX: usize = 64;

/// The tables, as one session sees them within its transaction.
pub struct SqliteTable<'s> {
    session: &'s mut Session,
    /// Bytes of group, key and value that one row may hold.
    inline_limit: usize,
}

/// Where a value rests: in its row, or in `kv_values` under an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In its row.
    Inline,
    /// In `kv_values`.
    Stored(i64),
}

impl<'s> SqliteTable<'s> {
    /// Returns the tables of `session`, which is in a transaction.
    pub fn new(session: &'s mut Session, inline_limit: usize) -> Self {
        SqliteTable { session, inline_limit }
    }

    /// Removes at most `limit` rows dead at `now`, those that died first; returns how many.
    pub fn remove_dead(&mut self, now: Timestamp, limit: usize) -> Result<u64> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut dead: Vec<(Vec<u8>, Vec<u8>, Place)> = Vec::new();
        let parameters = [Integer(now.as_millis()), Integer(limit)];
        self.session.query(Sql::Dead, &parameters, |_, row| {
            dead.push((row.expect_blob(0)?.into(), row.expect_blob(1)?.into(), place(&row, 2)));
            Ok(true)
        })?;
        for (group, key, place) in &dead {
            self.delete(group, key, *place)?;
        }
        Ok(dead.len() as u64)
    }

    fn delete(&mut self, group: &[u8], key: &[u8], place: Place) -> Result<()> {
        self.session.execute(Sql::Delete, &[Blob(group), Blob(key)])?;
        self.drop_stored(place)
    }

    fn drop_stored(&mut self, place: Place) -> Result<()> {
        if let Place::Stored(id) = place {
            self.session.execute(Sql::DeleteStored, &[Integer(id)])?;
        }
        Ok(())
    }

    /// Answers whether a value goes into its row. A short one does so even beside a long key: it
    /// would save less than a row of its own costs.
    fn rests_inline(&self, group: Group<'_>, key: Key<'_>, value: &[u8]) -> bool {
        let len = group.as_bytes().len() + key.as_bytes().len() + value.len();
        len <= self.inline_limit || value.len() <= SHORT_VALUE_MAX
    }

    /// Puts a long value where `old` had its own, or in a new row; returns the id.
    fn store(&mut self, value: &[u8], old: Option<Place>) -> Result<i64> {
        if let Some(Place::Stored(id)) = old {
            self.session.execute(Sql::UpdateStored, &[Integer(id), Blob(value)])?;
            return Ok(id);
        }
        self.session.insert(Sql::InsertStored, &[Blob(value)])
    }
}

impl Table for SqliteTable<'_> {
    type Place = Place;
    const OVERWRITES: bool = true;

    fn find(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<Place>>> {
        let parameters = [Blob(group.as_bytes()), Blob(key.as_bytes())];
        self.session.query_first(Sql::Find, &parameters, |_, row| {
            let version = row.expect_integer(0)? as u64;
            Ok(Row { version, expires_at: expiry(&row, 1), place: place(&row, 2) })
        })
    }

    fn value(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Place>) -> Result<Value> {
        let value = match row.place {
            Place::Stored(id) => stored_value(self.session, id, |value| value.into()).map(Some),
            Place::Inline => {
                let parameters = [Blob(group.as_bytes()), Blob(key.as_bytes())];
                self.session
                    .query_first(Sql::Get, &parameters, |_, row| Ok(row.expect_blob(0)?.into()))
            }
        };
        value?.ok_or_else(|| Error::new(ErrorKind::Corrupt, "a row vanished"))
    }

    fn overwrite(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        stamp: Stamp,
    ) -> Result<bool> {
        if !self.rests_inline(group, key, value) {
            return Ok(false);
        }
        let parameters = [
            Blob(group.as_bytes()),
            Blob(key.as_bytes()),
            Integer(stamp.version as i64),
            stamp.expires_at.map(Expiry::as_millis).into(),
            Blob(value),
        ];
        Ok(self.session.execute(Sql::Overwrite, &parameters)? == 1)
    }

    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        stamp: Stamp,
        old: Option<&Row<Place>>,
    ) -> Result<()> {
        let place = old.map(|row| row.place);
        let cell = if !self.rests_inline(group, key, value) {
            Integer(self.store(value, place)?)
        } else {
            self.drop_stored(place.unwrap_or(Place::Inline))?;
            Blob(value)
        };
        let parameters = [
            Blob(group.as_bytes()),
            Blob(key.as_bytes()),
            Integer(stamp.version as i64),
            stamp.expires_at.map(Expiry::as_millis).into(),
            cell,
        ];
        let sql = if old.is_some() { Sql::Update } else { Sql::Insert };
        self.session.execute(sql, &parameters).map(drop)
    }

    fn set_expiry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        expires_at: Option<Expiry>,
    ) -> Result<()> {
        let expires_at = expires_at.map(Expiry::as_millis).into();
        let parameters = [Blob(group.as_bytes()), Blob(key.as_bytes()), expires_at];
        self.session.execute(Sql::UpdateExpiry, &parameters).map(drop)
    }

    fn remove(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<Place>) -> Result<()> {
        self.delete(group.as_bytes(), key.as_bytes(), row.place)
    }

    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64> {
        let (group, now) = (Blob(group.as_bytes()), Integer(now.as_millis()));
        let end = prefix_end(prefix);
        let (count, delete_stored, delete) = match end {
            Some(_) => {
                (Sql::CountPrefixBelow, Sql::DeletePrefixStoredBelow, Sql::DeletePrefixBelow)
            }
            None => (Sql::CountPrefix, Sql::DeletePrefixStored, Sql::DeletePrefix),
        };
        let end = end.as_deref().map(Blob);
        let counted: Vec<Parameter<'_>> =
            [group, Blob(prefix), now].into_iter().chain(end).collect();
        let deleted: Vec<Parameter<'_>> = [group, Blob(prefix)].into_iter().chain(end).collect();
        let live = count_rows(self.session, count, &counted)?;
        self.session.execute(delete_stored, &deleted)?;
        self.session.execute(delete, &deleted)?;
        Ok(live)
    }
}

/// Returns the number that a counting statement gives.
pub fn count_rows(session: &mut Session, sql: Sql, parameters: &[Parameter<'_>]) -> Result<u64> {
    let count = session.query_first(sql, parameters, |_, row| row.expect_integer(0))?;
    Ok(count.unwrap_or(0) as u64)
}

/// Calls `read` with the value under `id` in `kv_values` and returns what it returns.
pub fn stored_value<R>(session: &mut Session, id: i64, read: impl FnOnce(&[u8]) -> R) -> Result<R> {
    let found = session
        .query_first(Sql::GetStored, &[Integer(id)], |_, row| Ok(read(row.expect_blob(0)?)))?;
    found.ok_or_else(|| Error::new(ErrorKind::Corrupt, "a value is missing from kv_values"))
}

/// Returns the expiry in a column.
pub fn expiry(row: &SqlRow<'_>, column: i32) -> Option<Expiry> {
    row.integer(column).map(Expiry::at_millis)
}

fn place(row: &SqlRow<'_>, column: i32) -> Place {
    row.integer(column).map_or(Place::Inline, Place::Stored)
}
