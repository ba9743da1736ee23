//! The change log: a table to which every write to the file adds, also those of other programs.

use std::sync::Arc;
use std::time::Duration;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::sqlite::changes::triggers;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::options::LogOptions;
use crate::engine::sqlite::file::schema::{find_meta, has_change_log, write_meta};
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::native::{Parameter, Row};
use crate::engine::sqlite::read::reader::ReaderPool;
use crate::engine::{ChangeCursor, STEP_BYTES};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Change, ChangeKind, Event, Group, Key, NewValue, Version};

/// Changes that are read or trimmed at a time.
const STEP: usize = 256;

/// Changes with times in the future that are passed over to find older ones behind them.
const FUTURE_MAX: usize = 16_384;

/// A position in the change log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LogEnd {
    /// The version of the change; 0 before the first.
    pub version: Version,
    /// Its sequence number. Numbers have no gaps, so that missing changes can be counted.
    pub seq: i64,
}

/// A change in the log.
pub(crate) struct Logged {
    /// Its sequence number.
    pub seq: i64,
    /// The change.
    pub change: Arc<Change>,
}

/// Fails with [`ErrorKind::Unsupported`] if the file has no change log.
pub(crate) fn check_on(connection: &Connection) -> Result<&Connection> {
    if has_change_log(connection)? {
        return Ok(connection);
    }
    let message = "the file has no change log; open it with changes=on";
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// Returns the end of the change log, or `None` without one.
pub(crate) fn end(session: &mut Session) -> Result<Option<LogEnd>> {
    if !has_change_log(session.connection())? {
        return Ok(None);
    }
    let newest = session.query_first(Sql::NewestChange, &[], |_, row| {
        Ok(LogEnd { version: row.expect_integer(0)? as u64, seq: row.expect_integer(1)? })
    })?;
    // An empty log ends where it begins.
    let begin = LogEnd { version: begin(session.connection())?, seq: 0 };
    Ok(Some(newest.unwrap_or(begin)))
}

/// Returns the version after which the change log has every change.
pub(crate) fn begin(connection: &Connection) -> Result<Version> {
    Ok(find_meta(connection, "changes_from")?.unwrap_or(0) as u64)
}

/// Appends a change with its version and the time of its commit behind `end`, which becomes its
/// position.
pub(crate) fn append(
    session: &mut Session,
    end: &mut LogEnd,
    kind: ChangeKind,
    group: Group<'_>,
    key: Option<Key<'_>>,
    value: NewValue<'_>,
    (version, time_ms): (Version, i64),
) -> Result<()> {
    let seq = end.seq.checked_add(1).ok_or_else(|| damaged("its numbers have no successor"))?;
    let (bytes, size) = match value {
        NewValue::Bytes(bytes) if kind == ChangeKind::Set => (Blob(bytes), Parameter::Null),
        NewValue::Bytes(_) => (Parameter::Null, Parameter::Null),
        NewValue::Stream(_, size) => (Parameter::Null, Integer(size as i64)),
    };
    let parameters = [
        Integer(version as i64),
        Integer(seq),
        Integer(kind.code().into()),
        Blob(group.as_bytes()),
        key.map_or(Parameter::Null, |key| Blob(key.as_bytes())),
        bytes,
        Integer(time_ms),
        size,
    ];
    let parameters = match session.format() {
        Format::One => &parameters[..6],
        Format::Two => &parameters[..],
    };
    session.execute(Sql::LogChange, parameters)?;
    *end = LogEnd { version, seq };
    Ok(())
}

/// Returns the next changes after `since`, up to and including `until`, at most [`STEP`] of them.
/// Fails with [`ErrorKind::Corrupt`] if they do not follow each other, so that a reader that
/// continues after the last one always comes to an end.
fn read(session: &mut Session, since: Version, until: Version) -> Result<Vec<Logged>> {
    let to_sql = |version: Version| Integer(version.min(i64::MAX as u64) as i64);
    let mut found: Vec<Logged> = Vec::new();
    let parameters = [to_sql(since), to_sql(until), Integer(STEP as i64)];
    session.query(Sql::Changes, &parameters, |_, row| {
        let logged = Logged { seq: row.expect_integer(1)?, change: Arc::new(change(&row)?) };
        let (last, last_seq) = match found.last() {
            Some(last) => (last.change.version(), last.seq),
            None => (since, 0),
        };
        if logged.change.version() <= last || logged.seq <= last_seq {
            return Err(damaged("its changes do not follow each other"));
        }
        found.push(logged);
        Ok(true)
    })?;
    Ok(found)
}

/// The changes after a position.
pub(crate) struct Page {
    /// The changes, in order.
    pub changes: Vec<Logged>,
    /// Whether changes before them are missing, and how many; 0 if their number is unknown.
    pub missing: Option<u64>,
    /// The position behind the last change, or behind what is missing.
    pub end: LogEnd,
}

/// Returns the next changes after `position`, up to and including version `until`. Changes are
/// missing if they were trimmed, or if the log was switched off and on since `position`. Those
/// after `until` are not asked for, and never missing.
pub(crate) fn read_page(session: &mut Session, position: LogEnd, until: Version) -> Result<Page> {
    let mut begins_at = begin(session.connection())?;
    let changes = loop {
        let changes = read(session, position.version, until)?;
        // Outside a transaction the log may be trimmed or switched meanwhile.
        let before = std::mem::replace(&mut begins_at, begin(session.connection())?);
        if before == begins_at {
            break changes;
        }
    };
    let is_cut = begins_at.min(until) > position.version;
    let end = match changes.last() {
        Some(last) => LogEnd { version: last.change.version(), seq: last.seq },
        None if is_cut => {
            LogEnd { version: begins_at.min(until), seq: seq_at(session, begins_at)? }
        }
        None => position,
    };
    let lost_up_to = match changes.first() {
        Some(first) => first.seq.saturating_sub(1),
        None if begins_at <= until => end.seq,
        // The log no longer says how many of the trimmed changes were up to `until`.
        None => position.seq,
    };
    let lost = lost_up_to.saturating_sub(position.seq).max(0) as u64;
    Ok(Page { changes, missing: (is_cut || lost > 0).then_some(lost), end })
}

/// Returns the position before the first change that the log has.
pub(crate) fn first_position(session: &mut Session) -> Result<LogEnd> {
    let version = begin(session.connection())?;
    Ok(LogEnd { version, seq: seq_at(session, version)? })
}

fn damaged(how: &str) -> Error {
    let message =
        format!("the change log is damaged: {how}; switch it off and on again, which empties it");
    Error::new(ErrorKind::Corrupt, message)
}

fn change(row: &Row<'_>) -> Result<Change> {
    let kind = ChangeKind::from_code(row.expect_integer(2)?);
    let kind = kind.ok_or_else(|| Error::new(ErrorKind::Corrupt, "a change of unknown type"))?;
    let (group, version) = (Group::new(row.expect_blob(3)?)?, row.expect_integer(0)? as u64);
    let (key, value) = (row.blob(4).unwrap_or_default(), row.blob(5).unwrap_or_default());
    let mut change = Change::new(kind, group, key, value, version);
    if let Some(size) = row.integer(7) {
        change = change.of_size(size as u64);
    }
    Ok(match row.integer(6) {
        Some(time_ms) => change.at_millis(time_ms),
        None => change,
    })
}

/// Switches the change log on or off and changes its limits, as `options` set them. The session is
/// in a transaction, and `newest` is the newest version before it.
pub(crate) fn configure(session: &mut Session, options: LogOptions, newest: Version) -> Result<()> {
    let connection = session.connection();
    let is_on = has_change_log(connection)?;
    match options.enabled {
        Some(false) if is_on => {
            connection.execute_batch(triggers::DROP_TRIGGERS)?;
            return connection.execute_batch(triggers::DROP_CHANGES);
        }
        Some(true) if !is_on => {
            connection.execute_batch(triggers::create_changes(session.format()))?;
            triggers::create_triggers(connection, session.format())?;
            write_meta(connection, "changes", 1)?;
            write_meta(connection, "changes_from", newest as i64)?;
            write_meta(connection, "changes_keep", LogOptions::KEEP_DEFAULT as i64)?;
            write_meta(connection, "changes_keep_ms", 0)?;
        }
        None if !is_on && options.keeps() => {
            let message =
                "changes_keep and changes_keep_for need changes=on: there is no change log";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        _ => {}
    }
    if let Some(count) = options.keep {
        write_meta(connection, "changes_keep", i64::try_from(count).unwrap_or(i64::MAX))?;
    }
    if let Some(age) = options.keep_for {
        write_meta(connection, "changes_keep_ms", millis(age))?;
    }
    Ok(())
}

fn millis(age: Duration) -> i64 {
    i64::try_from(age.as_millis()).unwrap_or(i64::MAX)
}

/// Trims up to [`STEP`] of the oldest changes, fewer of large ones, that are beyond the limits of
/// the log, but never the newest change. Returns whether there may be more. The session is in a
/// transaction.
pub(crate) fn trim(session: &mut Session, now: Timestamp) -> Result<bool> {
    let Some(end) = end(session)? else { return Ok(false) };
    let keep = find_meta(session.connection(), "changes_keep")?.unwrap_or(0);
    let age_ms = find_meta(session.connection(), "changes_keep_ms")?.unwrap_or(0);
    let is_surplus = |seq: i64| keep > 0 && end.seq.saturating_sub(seq) >= keep;
    let too_old = now.as_millis().saturating_sub(age_ms);
    let is_old = |time: i64| age_ms > 0 && time <= too_old;

    let (mut last, mut count, mut bytes, mut future) = (None, 0, 0, 0);
    let rows = Integer((STEP + FUTURE_MAX) as i64);
    session.query(Sql::OldestChanges, &[rows], |_, row| {
        let (version, seq) = (row.expect_integer(0)?, row.expect_integer(1)?);
        let time = row.integer(2).unwrap_or(version / 1000);
        if seq < end.seq && (is_surplus(seq) || is_old(time)) {
            last = Some(version);
            count += 1;
            bytes += row.integer(3).unwrap_or(0) as u64;
        } else if seq < end.seq && age_ms > 0 && time > now.as_millis() {
            // A clock that was ahead has dated it. It is as old as an older one behind it.
            future += 1;
        } else {
            return Ok(false);
        }
        Ok(count < STEP && bytes < STEP_BYTES && future < FUTURE_MAX)
    })?;
    if let Some(version) = last {
        if session.execute(Sql::TrimChanges, &[Integer(version)])? == 0 {
            return Err(damaged("a change cannot be removed"));
        }
        write_meta(session.connection(), "changes_from", version)?;
    }
    Ok(count == STEP || bytes >= STEP_BYTES)
}

/// A cursor over the change log.
pub(crate) struct LogCursor {
    readers: Arc<ReaderPool>,
    call: CallContext,
    /// The position of the change that was read last; at first that of the last change up to
    /// `since`.
    position: LogEnd,
    until: Version,
}

impl LogCursor {
    /// Returns a cursor over the changes after `since`; fails with [`ErrorKind::Compacted`] if some
    /// of them were trimmed.
    pub(crate) fn open(
        readers: Arc<ReaderPool>,
        call: &CallContext,
        since: Version,
        until: Option<Version>,
    ) -> Result<Self> {
        let until = until.unwrap_or(Version::MAX);
        let seq = readers.read(call, |session| {
            let begin = begin(check_on(session.connection())?)?;
            if since < begin {
                let message = format!(
                    "changes since {since} were trimmed; begin again from a snapshot, or read \
                     changes since {begin}"
                );
                return Err(Error::new(ErrorKind::Compacted, message));
            }
            seq_at(session, since)
        })?;
        let position = LogEnd { version: since, seq };
        Ok(LogCursor { readers, call: call.clone(), position, until })
    }
}

/// Returns the sequence number of the last change up to version `since`, which is not before the
/// beginning of the log.
fn seq_at(session: &mut Session, since: Version) -> Result<i64> {
    let since = Integer(since.min(i64::MAX as u64) as i64);
    let before =
        session.query_first(Sql::ChangeBefore, &[since], |_, row| row.expect_integer(0))?;
    if let Some(seq) = before {
        return Ok(seq);
    }
    let oldest = [Integer(1)];
    let first = session.query_first(Sql::OldestChanges, &oldest, |_, row| row.expect_integer(1))?;
    Ok(first.map_or(0, |seq| seq.saturating_sub(1)))
}

impl ChangeCursor for LogCursor {
    fn next_changes(&mut self) -> Result<Vec<Event>> {
        self.call.check()?;
        let since = self.position;
        let page = self.readers.read(&self.call, |session| {
            check_on(session.connection())?;
            read_page(session, since, self.until)
        })?;
        self.position = page.end;
        let gap = page.missing.map(|lost| Event::Lagged { lost, since: since.version });
        let changes = page.changes.into_iter().map(|it| Event::Change(it.change));
        Ok(gap.into_iter().chain(changes).collect())
    }
}
