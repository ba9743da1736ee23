//! The rows of a file, as the batch applier sees them in a write transaction.

use crate::clock::Timestamp;
use crate::engine::STEP_BYTES;
use crate::engine::apply::{KeyedRow, Row, RowMeta, Table};
use crate::engine::sqlite::cache::{KeyChange, Touched};
use crate::engine::sqlite::changes::log::{self, LogEnd};
use crate::engine::sqlite::eviction::lru::{self, LruOrder};
use crate::engine::sqlite::eviction::quotas::QuotaCache;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::row::{
    count_rows, expiry, next_group, overflow_len, overflow_value,
};
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::stream::StoredStream;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::native::{Parameter, Row as SqlRow};
use crate::engine::sqlite::open_streams::OpenStreams;
use crate::engine::sqlite::write::digest::digest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ChangeKind, Expiry, Group, GroupRange, Key, KeyRange, NewValue, QuotaState, RangeDigest, Usage,
    Value, Version, copy_value, prefix_end,
};

/// The tables of a file within the transaction of one session.
pub(crate) struct SqliteTable<'s> {
    pub(super) session: &'s mut Session,
    /// The end of the change log; `None` without one.
    log: Option<&'s mut LogEnd>,
    accounts: &'s mut QuotaCache,
    /// The most bytes of group, key and value in one row.
    pub(super) inline_limit: usize,
    is_limited: bool,
    /// The LRU order, if the file evicts.
    pub(super) lru: Option<&'s LruOrder>,
    /// The access number at which the batch began; later accesses are its own.
    began_at: i64,
    /// The time of the transaction's changes.
    pub(super) now: Timestamp,
    /// The record of what the transaction touches, if there is an entry cache.
    touched: Option<&'s mut Touched>,
    /// The streams that this process has open.
    pub(super) streams: &'s OpenStreams,
    /// Whether streams are left to the purge.
    pub(super) has_retired: bool,
}

/// The location of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueLocation {
    /// In the row of its entry.
    Inline,
    /// In the overflow row with this id, in `kv_values`; or, if it is negative, in pieces.
    Overflow(i64),
}

impl<'s> SqliteTable<'s> {
    /// Returns the tables of `session`, which is in a transaction.
    pub(crate) fn new(
        session: &'s mut Session,
        log: Option<&'s mut LogEnd>,
        accounts: &'s mut QuotaCache,
        streams: &'s OpenStreams,
        inline_limit: usize,
        now: Timestamp,
    ) -> Self {
        SqliteTable {
            session,
            log,
            accounts,
            inline_limit,
            is_limited: false,
            lru: None,
            began_at: 0,
            now,
            touched: None,
            streams,
            has_retired: false,
        }
    }

    /// Makes the table record what it touches.
    pub(crate) fn record(&mut self, touched: &'s mut Touched) {
        self.touched = Some(touched);
    }

    fn touch_key(&mut self, group: Group<'_>, key: Key<'_>, change: KeyChange<&[u8]>) {
        if let Some(touched) = &mut self.touched {
            touched.record(group, key, change);
        }
    }

    /// Makes the table that of a file with limits; with `lru` it evicts.
    pub(crate) fn limit(&mut self, lru: Option<&'s LruOrder>) {
        self.is_limited = true;
        self.lru = lru;
        self.began_at = lru.map_or(0, LruOrder::next);
    }

    fn list(
        &mut self,
        sql: Sql,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<KeyedRow<ValueLocation>>> {
        let mut rows = Vec::new();
        self.session.query(sql, parameters, |_, row| {
            rows.push(keyed_row(&row)?);
            Ok(true)
        })?;
        Ok(rows)
    }

    /// Lists rows until they have [`STEP_BYTES`], without that of `own`. The length of each is
    /// behind its other columns.
    fn list_step(
        &mut self,
        sql: Sql,
        parameters: &[Parameter<'_>],
        own: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<Vec<KeyedRow<ValueLocation>>> {
        let own = own.map(|(group, key)| (group.as_bytes(), key.as_bytes()));
        let (mut rows, mut bytes) = (Vec::new(), 0);
        self.session.query(sql, parameters, |_, row| {
            let found = keyed_row(&row)?;
            if own != Some((&*found.group, &*found.key)) {
                rows.push(found);
                bytes += row.integer(5).unwrap_or(0) as u64;
            }
            Ok(bytes < STEP_BYTES)
        })?;
        Ok(rows)
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
        self.lru.is_some()
    }

    fn touch(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        let Some(lru) = self.lru else { return Ok(()) };
        let names = [Blob(group.as_bytes()), Blob(key.as_bytes())];
        let parameters = [Integer(lru.next()), names[0], names[1]];
        self.session.execute(Sql::SetAccess, &parameters).map(drop)
    }

    fn note_use(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        match self.lru {
            Some(lru) if !lru.record(group, key) => self.touch(group, key),
            _ => Ok(()),
        }
    }

    fn least_recently_used(&mut self) -> Result<Option<KeyedRow<ValueLocation>>> {
        let Some(order) = self.lru else { return Ok(None) };
        let (mut has_adopted, mut last) = (false, i64::MIN);
        loop {
            let began_at = [Integer(self.began_at)];
            let oldest = self.session.query_first(Sql::OldestAccess, &began_at, |_, row| {
                let names = (row.expect_blob(1)?.into(), row.expect_blob(2)?.into());
                Ok((row.expect_integer(0)?, names))
            })?;
            let Some((position, (group, key))) = oldest else {
                // Entries that another program has written are not in the order yet.
                if has_adopted || lru::adopt(self.session.connection())? == 0 {
                    return Ok(None);
                }
                (has_adopted, last) = (true, i64::MIN);
                continue;
            };
            // Each row that was looked at has moved on or was removed. In a damaged table it stays.
            if position <= last {
                return Err(lru::damaged(position));
            }
            last = position;
            let (group, key): (Box<[u8]>, Box<[u8]>) = (group, key);
            // A pending access that is newer than the position moves the row, unless it came after
            // the batch began.
            let is_newer = |number: &i64| (position + 1..self.began_at).contains(number);
            if let Some(number) = order.pending_access(&group, &key).filter(is_newer) {
                order.move_to(self.session, &group, &key, number)?;
                continue;
            }
            match self.find(Group::new(&group)?, Key::new(&key)?)? {
                Some(row) => return Ok(Some(KeyedRow { group, key, row })),
                // Another program has removed it.
                None => self.session.execute(Sql::DeleteAccess, &[Blob(&group), Blob(&key)])?,
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
        value: NewValue<'_>,
        version: Version,
    ) -> Result<()> {
        match &mut self.log {
            Some(end) => {
                let time = self.now.as_millis();
                log::append(self.session, end, kind, group, key, value, (version, time))
            }
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
            ValueLocation::Overflow(id) => {
                overflow_value(self.session, id, copy_value).and_then(|value| value).map(Some)
            }
            ValueLocation::Inline => {
                let parameters = [Blob(group.as_bytes()), Blob(key.as_bytes())];
                self.session
                    .query_first(Sql::Get, &parameters, |_, row| Ok(row.any_bytes(2).into()))
            }
        };
        value?.ok_or_else(missing_row)
    }

    fn overwrite(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        meta: RowMeta,
        alike: bool,
    ) -> Result<bool> {
        if !self.fits_inline(group, key, value) {
            return Ok(false);
        }
        let parameters = [
            Blob(group.as_bytes()),
            Blob(key.as_bytes()),
            Integer(meta.version as i64),
            meta.expires_at.map(Expiry::as_millis).into(),
            Blob(value),
        ];
        let sql = if alike { Sql::OverwriteAlike } else { Sql::Overwrite };
        let is_written = self.session.execute(sql, &parameters)? == 1;
        if is_written {
            self.touch_key(group, key, KeyChange::Set(value, meta.version, meta.expires_at));
        }
        Ok(is_written)
    }

    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: NewValue<'_>,
        meta: RowMeta,
        old: Option<&Row<ValueLocation>>,
    ) -> Result<()> {
        let location = old.map(|row| row.location);
        let (inline, overflow) = match value {
            NewValue::Bytes(value) if !self.fits_inline(group, key, value) => {
                (&b""[..], Integer(self.write_overflow_row(value, location)?))
            }
            NewValue::Bytes(value) => {
                self.delete_overflow_row(location.unwrap_or(ValueLocation::Inline))?;
                (value, Parameter::Null)
            }
            NewValue::Stream(id, size) => {
                let stream = StoredStream::with_id(id);
                stream.adopt(self.session, size)?;
                self.delete_overflow_row(location.unwrap_or(ValueLocation::Inline))?;
                (&b""[..], Integer(stream.overflow()))
            }
        };
        let parameters = [
            Blob(group.as_bytes()),
            Blob(key.as_bytes()),
            Integer(meta.version as i64),
            meta.expires_at.map(Expiry::as_millis).into(),
            Blob(inline),
            overflow,
        ];
        let sql = if old.is_some() { Sql::Update } else { Sql::Insert };
        let change = match value {
            NewValue::Bytes(value) => KeyChange::Set(value, meta.version, meta.expires_at),
            NewValue::Stream(..) => KeyChange::Unknown,
        };
        self.touch_key(group, key, change);
        self.session.execute(sql, &parameters).map(drop)
    }

    fn set_expiry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        expires_at: Option<Expiry>,
    ) -> Result<()> {
        self.touch_key(group, key, KeyChange::Expires(expires_at));
        let expires_at = expires_at.map(Expiry::as_millis).into();
        let parameters = [Blob(group.as_bytes()), Blob(key.as_bytes()), expires_at];
        self.session.execute(Sql::UpdateExpiry, &parameters).map(drop)
    }

    fn remove(&mut self, group: Group<'_>, key: Key<'_>, row: &Row<ValueLocation>) -> Result<()> {
        self.touch_key(group, key, KeyChange::Removed);
        self.delete(group.as_bytes(), key.as_bytes(), row.location)
    }

    fn digest(&mut self, range: KeyRange<'_>, now: Timestamp) -> Result<RangeDigest> {
        digest(self.session, range, now)
    }

    fn count_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64> {
        let end = prefix_end(prefix);
        let now = Integer(now.as_millis());
        let sql = if end.is_some() { Sql::CountPrefixBelow } else { Sql::CountPrefix };
        count_rows(self.session, sql, &with_end(&[Blob(group.as_bytes()), Blob(prefix), now], &end))
    }

    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<()> {
        if let Some(touched) = &mut self.touched {
            touched.record_everything();
        }
        let end = prefix_end(prefix);
        let (delete_overflow, retire, delete, delete_accesses) = match end {
            Some(_) => (
                Sql::DeletePrefixOverflowBelow,
                Sql::RetirePrefixBelow,
                Sql::DeletePrefixBelow,
                Sql::DeleteAccessesBelow,
            ),
            None => (
                Sql::DeletePrefixOverflow,
                Sql::RetirePrefix,
                Sql::DeletePrefix,
                Sql::DeleteAccesses,
            ),
        };
        let names = [Blob(group.as_bytes()), Blob(prefix)];
        let parameters = with_end(&names, &end);
        self.session.execute(delete_overflow, &parameters)?;
        if self.session.format() != Format::One {
            self.has_retired |= self.session.execute(retire, &parameters)? > 0;
        }
        if self.lru.is_some() {
            self.session.execute(delete_accesses, &parameters)?;
        }
        self.session.execute(delete, &parameters).map(drop)
    }

    fn list_groups(&mut self, prefix: &[u8]) -> Result<Vec<Box<[u8]>>> {
        let mut names: Vec<Box<[u8]>> = Vec::new();
        let mut from = prefix.to_vec();
        loop {
            let next = next_group(self.session, &from)?;
            let Some(name) = next.filter(|name| name.starts_with(prefix)) else {
                return Ok(names);
            };
            from = [&name[..], &[0]].concat();
            names.push(name.into());
        }
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
        own: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<Vec<KeyedRow<ValueLocation>>> {
        let limit = limit + usize::from(own.is_some());
        let limit = Integer(i64::try_from(limit).unwrap_or(i64::MAX));
        let now = Integer(now.as_millis());
        match range.bounds() {
            (from, Some(end)) => {
                let parameters = [now, limit, Blob(from), Blob(&end)];
                self.list_step(Sql::ListExpiredBelow, &parameters, own)
            }
            // Without an end are only the range of all groups and ranges of names that begin with
            // 0xFF, which no namespace has.
            (b"", None) => self.list_step(Sql::ListExpired, &[now, limit], own),
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
            ValueLocation::Overflow(id) => overflow_len(self.session, id),
        }
    }

    fn account(&mut self, namespace: &[u8]) -> Result<Option<QuotaState>> {
        self.accounts.get(self.session, namespace)
    }

    fn set_usage(&mut self, namespace: &[u8], usage: Usage) -> Result<()> {
        self.accounts.set_usage(self.session, namespace, usage)
    }
}

/// Returns the row of a statement that selects group, key, version, expiry and the id of the
/// overflow row.
fn keyed_row(row: &SqlRow<'_>) -> Result<KeyedRow<ValueLocation>> {
    let version = row.expect_integer(2)? as u64;
    let found = Row { version, expires_at: expiry(row, 3), location: location(row, 4) };
    let (group, key) = (row.expect_blob(0)?.into(), row.expect_blob(1)?.into());
    Ok(KeyedRow { group, key, row: found })
}

pub(super) fn missing_row() -> Error {
    Error::new(ErrorKind::Corrupt, "the row of an entry is missing from kv_entries")
}

/// Returns `parameters`, followed by the end of a range if it has one.
fn with_end<'p>(parameters: &[Parameter<'p>], end: &'p Option<Vec<u8>>) -> Vec<Parameter<'p>> {
    parameters.iter().copied().chain(end.as_deref().map(Blob)).collect()
}

fn location(row: &SqlRow<'_>, column: i32) -> ValueLocation {
    row.integer(column).map_or(ValueLocation::Inline, ValueLocation::Overflow)
}
