//! The rows of a file inside a write transaction.

use crate::clock::Timestamp;
use crate::engine::apply::{KeyedRow, Row, RowMeta, Table};
use crate::engine::sqlite::changes::log::{self, LogEnd};
use crate::engine::sqlite::eviction::lru::{self, LruOrder};
use crate::engine::sqlite::eviction::quotas::QuotaCache;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::native::{Parameter, Row as SqlRow};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ChangeKind, Expiry, Group, GroupRange, Key, QuotaState, Usage, Value, Version, prefix_end,
};

/// A value that is put into its row in any case.
const SHORT_VALUE_MAX: usize = 64;

/// The tables, as one session sees them within its transaction.
pub struct SqliteTable<'s> {
    session: &'s mut Session,
    /// Where the log of changes ends, if one is kept.
    log: Option<&'s mut LogEnd>,
    accounts: &'s mut QuotaCache,
    /// Bytes of group, key and value that one row may hold.
    inline_limit: usize,
    is_limited: bool,
    /// The uses that decide who is evicted, if anybody is.
    uses: Option<&'s LruOrder>,
    /// The use with which the batch began.
    mark: i64,
}

/// Where a value rests: in its row, or in `kv_values` under an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueLocation {
    /// In its row.
    Inline,
    /// In `kv_values`.
    Stored(i64),
}

impl<'s> SqliteTable<'s> {
    /// Returns the tables of `session`, which is in a transaction.
    pub fn new(
        session: &'s mut Session,
        log: Option<&'s mut LogEnd>,
        accounts: &'s mut QuotaCache,
        inline_limit: usize,
    ) -> Self {
        SqliteTable { session, log, accounts, inline_limit, is_limited: false, uses: None, mark: 0 }
    }

    /// Says that the file may hold only so much, and how it evicts if it does.
    pub fn limit(&mut self, uses: Option<&'s LruOrder>) {
        self.is_limited = true;
        self.uses = uses;
        self.mark = uses.map_or(0, LruOrder::next);
    }

    fn list(
        &mut self,
        sql: Sql,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<KeyedRow<ValueLocation>>> {
        let mut listed = Vec::new();
        self.session.query(sql, parameters, |_, row| {
            let version = row.expect_integer(2)? as u64;
            let found = Row { version, expires_at: expiry(&row, 3), location: location(&row, 4) };
            let (group, key) = (row.expect_blob(0)?.into(), row.expect_blob(1)?.into());
            listed.push(KeyedRow { group, key, row: found });
            Ok(true)
        })?;
        Ok(listed)
    }

    fn delete(&mut self, group: &[u8], key: &[u8], location: ValueLocation) -> Result<()> {
        let names = [Blob(group), Blob(key)];
        self.session.execute(Sql::Delete, &names)?;
        if self.uses.is_some() {
            self.session.execute(Sql::DeleteUse, &names)?;
        }
        self.drop_stored(location)
    }

    fn drop_stored(&mut self, location: ValueLocation) -> Result<()> {
        if let ValueLocation::Stored(id) = location {
            self.session.execute(Sql::DeleteStored, &[Integer(id)])?;
        }
        Ok(())
    }

    /// Answers whether a value goes into its row. A short one does so even beside a long key: it
    /// would save less than a row of its own costs.
    fn fits_inline(&self, group: Group<'_>, key: Key<'_>, value: &[u8]) -> bool {
        let len = group.as_bytes().len() + key.as_bytes().len() + value.len();
        len <= self.inline_limit || value.len() <= SHORT_VALUE_MAX
    }

    /// Puts a long value where `old` had its own, or in a new row; returns the id.
    fn store(&mut self, value: &[u8], old: Option<ValueLocation>) -> Result<i64> {
        if let Some(ValueLocation::Stored(id)) = old {
            self.session.execute(Sql::UpdateStored, &[Integer(id), Blob(value)])?;
            return Ok(id);
        }
        self.session.insert(Sql::InsertStored, &[Blob(value)])
    }
}

impl Table for SqliteTable<'_> {
    type Location = ValueLocation;

    fn overwrites(&self) -> bool {
        true
    }

    fn is_limited(&self) -> bool {
        self.is_limited
    }

    fn evicts(&self) -> bool {
        self.uses.is_some()
    }

    fn touch(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        let Some(uses) = self.uses else { return Ok(()) };
        let names = [Blob(group.as_bytes()), Blob(key.as_bytes())];
        let parameters = [Integer(uses.next()), names[0], names[1]];
        self.session.execute(Sql::Use, &parameters).map(drop)
    }

    fn least_recently_used(&mut self) -> Result<Option<KeyedRow<ValueLocation>>> {
        let Some(uses) = self.uses else { return Ok(None) };
        let mut has_adopted = false;
        loop {
            let mark = [Integer(self.mark)];
            let oldest = self.session.query_first(Sql::OldestUse, &mark, |_, row| {
                let names = (row.expect_blob(1)?.into(), row.expect_blob(2)?.into());
                Ok((row.expect_integer(0)?, names))
            })?;
            let Some((used, (group, key))) = oldest else {
                // Maybe another program has written what there is.
                if has_adopted || lru::adopt(self.session.connection())? == 0 {
                    return Ok(None);
                }
                has_adopted = true;
                continue;
            };
            let (group, key): (Box<[u8]>, Box<[u8]>) = (group, key);
            // What was read since this batch began is as good as not read yet.
            if let Some(pending_access) =
                uses.pending_access(&group, &key).filter(|it| (used + 1..self.mark).contains(it))
            {
                uses.move_to(self.session, &group, &key, pending_access)?;
                continue;
            }
            match self.find(Group::new(&group)?, Key::new(&key)?)? {
                Some(row) => return Ok(Some(KeyedRow { group, key, row })),
                // Another program has removed it.
                None => self.session.execute(Sql::DeleteUse, &[Blob(&group), Blob(&key)])?,
            };
        }
    }

    fn is_logged(&self) -> bool {
        self.log.is_some()
    }

    fn log(
        &mut self,
        kind: ChangeKind,
        group: Group<'_>,
        key: Option<Key<'_>>,
        value: &[u8],
        version: Version,
    ) -> Result<()> {
        match &mut self.log {
            Some(end) => log::append(self.session, end, kind, group, key, value, version),
            None => Ok(()),
        }
    }

    fn find(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Row<ValueLocation>>> {
        let parameters = [Blob(group.as_bytes()), Blob(key.as_bytes())];
        self.session.query_first(Sql::Find, &parameters, |_, row| {
            let version = row.expect_integer(0)? as u64;
            Ok(Row { version, expires_at: expiry(&row, 1), location: location(&row, 2) })
        })
    }

    fn value(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<ValueLocation>) -> Result<Value> {
        let value = match row.location {
            ValueLocation::Stored(id) => {
                stored_value(self.session, id, |value| value.into()).map(Some)
            }
            ValueLocation::Inline => {
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
        stamp: RowMeta,
        alike: bool,
    ) -> Result<bool> {
        if !self.fits_inline(group, key, value) {
            return Ok(false);
        }
        let parameters = [
            Blob(group.as_bytes()),
            Blob(key.as_bytes()),
            Integer(stamp.version as i64),
            stamp.expires_at.map(Expiry::as_millis).into(),
            Blob(value),
        ];
        let sql = if alike { Sql::OverwriteAlike } else { Sql::Overwrite };
        Ok(self.session.execute(sql, &parameters)? == 1)
    }

    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        stamp: RowMeta,
        old: Option<&Row<ValueLocation>>,
    ) -> Result<()> {
        let location = old.map(|row| row.location);
        let cell = if !self.fits_inline(group, key, value) {
            Integer(self.store(value, location)?)
        } else {
            self.drop_stored(location.unwrap_or(ValueLocation::Inline))?;
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

    fn remove(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<ValueLocation>) -> Result<()> {
        self.delete(group.as_bytes(), key.as_bytes(), row.location)
    }

    fn count_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64> {
        let end = prefix_end(prefix);
        let now = Integer(now.as_millis());
        let sql = if end.is_some() { Sql::CountPrefixBelow } else { Sql::CountPrefix };
        count_rows(self.session, sql, &with_end(&[Blob(group.as_bytes()), Blob(prefix), now], &end))
    }

    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<()> {
        let end = prefix_end(prefix);
        let (delete_stored, delete, delete_uses) = match end {
            Some(_) => (Sql::DeletePrefixStoredBelow, Sql::DeletePrefixBelow, Sql::DeleteUsesBelow),
            None => (Sql::DeletePrefixStored, Sql::DeletePrefix, Sql::DeleteUses),
        };
        let names = [Blob(group.as_bytes()), Blob(prefix)];
        let parameters = with_end(&names, &end);
        self.session.execute(delete_stored, &parameters)?;
        if self.uses.is_some() {
            self.session.execute(delete_uses, &parameters)?;
        }
        self.session.execute(delete, &parameters).map(drop)
    }

    fn list_prefix(
        &mut self,
        group: Group<'_>,
        prefix: &[u8],
    ) -> Result<Vec<KeyedRow<ValueLocation>>> {
        let end = prefix_end(prefix);
        let sql = if end.is_some() { Sql::ListPrefixBelow } else { Sql::ListPrefix };
        self.list(sql, &with_end(&[Blob(group.as_bytes()), Blob(prefix)], &end))
    }

    fn list_expired(
        &mut self,
        range: GroupRange<'_>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<KeyedRow<ValueLocation>>> {
        let limit = Integer(i64::try_from(limit).unwrap_or(i64::MAX));
        let now = Integer(now.as_millis());
        match range.bounds() {
            (from, Some(end)) => {
                self.list(Sql::ListDeadBelow, &[now, limit, Blob(from), Blob(&end)])
            }
            // Only the range of all groups, or of those that begin with 0xFF, has no end.
            (b"", None) => self.list(Sql::ListDead, &[now, limit]),
            (_, None) => Ok(Vec::new()),
        }
    }

    fn has_rows(&mut self, group: Group<'_>) -> Result<bool> {
        let found =
            self.session.query_first(Sql::HasRows, &[Blob(group.as_bytes())], |_, _| Ok(()));
        Ok(found?.is_some())
    }

    fn value_len(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        row: &Row<ValueLocation>,
    ) -> Result<u64> {
        let names = [Blob(group.as_bytes()), Blob(key.as_bytes())];
        match row.location {
            ValueLocation::Inline => count_rows(self.session, Sql::ValueLen, &names),
            ValueLocation::Stored(id) => count_rows(self.session, Sql::StoredLen, &[Integer(id)]),
        }
    }

    fn account(&mut self, namespace: &[u8]) -> Result<Option<QuotaState>> {
        self.accounts.get(self.session, namespace)
    }

    fn set_usage(&mut self, namespace: &[u8], usage: Usage) -> Result<()> {
        self.accounts.set_usage(self.session, namespace, usage)
    }
}

/// Returns `parameters` with the end of a range behind them, if it has one.
fn with_end<'p>(parameters: &[Parameter<'p>], end: &'p Option<Vec<u8>>) -> Vec<Parameter<'p>> {
    parameters.iter().copied().chain(end.as_deref().map(Blob)).collect()
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

fn location(row: &SqlRow<'_>, column: i32) -> ValueLocation {
    row.integer(column).map_or(ValueLocation::Inline, ValueLocation::Stored)
}
