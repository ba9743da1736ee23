//! Restoring: the contents of a backup replace those of an open file in one transaction, which
//! other processes see as they see every commit.

use std::path::Path;
use std::sync::Arc;

use rusqlite::backup::StepResult;
use rusqlite::params;

use crate::call::{CallContext, UNBOUND};
use crate::clock::Timestamp;
use crate::engine::BackupProgress;
use crate::engine::sqlite::SqliteEngine;
use crate::engine::sqlite::changes::log::{self, LogEnd};
use crate::engine::sqlite::file::alone::Alone;
use crate::engine::sqlite::file::connect::{FileId, connect, connect_first};
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::options::{LogOptions, SqliteOptions};
use crate::engine::sqlite::file::schema::{find_meta, has_change_log, in_transaction, write_meta};
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::tables;
use crate::engine::sqlite::maintenance::backup::{copy_into, copy_pages, copying};
use crate::engine::sqlite::native::Binding;
use crate::engine::sqlite::write::session::WriteSession;
use crate::engine::sqlite::write::version::VersionRecord;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Version;
use crate::os::WholeFile;

/// The place of a restore in the change log: the log goes on with one lost change, which stands for
/// all that the restore has changed, and then the change that `FormatSql::log_restored` adds.
const LOST: i64 = 1;

impl SqliteEngine {
    /// Replaces everything in the file by the backup at `path`.
    ///
    /// The backup is copied beside the file first, where its versions and its change log are
    /// adapted to those of the file; then the copy is written into the file as one transaction.
    /// `progress` is called for the first copy only, because the second holds the write lock.
    pub(super) fn replace_contents(
        &self,
        call: &CallContext,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        if FileId::of(path)? == FileId::of(&self.options.path)? {
            return Err(Error::new(ErrorKind::Argument, "the backup is the store itself"));
        }
        let scratch = WholeFile::scratch(&self.options.path)?;
        let alone = Alone::of(path)?;
        // Neither the backup nor its copy is a store that is open: their failures poison nothing.
        let (backup, _) = connect_first(&self.reading(path), &Arc::default())?;
        let copy = copy_into(call, &backup, scratch.path(), progress)?;
        drop(backup);
        alone.as_ref().map_or(Ok(()), Alone::check)?;
        check(&copy)?;
        drop(copy);
        let mut image = self.open_image(scratch.path())?;
        self.writer.alone(call, |session| self.write_image(call, session, &mut image))
    }

    /// Opens the copy of the backup, in the format that all processes use the file in.
    fn open_image(&self, path: &Path) -> Result<Session> {
        let format = self.readers.read(&UNBOUND, |reader| Ok(reader.format()))?;
        let options = SqliteOptions { read_only: false, ..self.reading(path) };
        let (connection, found) = match format == Format::NEWEST {
            true => connect_first(&options, &Arc::default())?,
            false => connect(&options, &Arc::default(), &UNBOUND)?,
        };
        if found != format {
            let (found, format) = (found.number(), format.number());
            let message = format!(
                "the backup has format {found} and the store {format}; close the store in all \
                 processes and open it again, which upgrades it"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(Session::new(connection, found))
    }

    /// Writes the image into the file, while no other thread of this process writes.
    fn write_image(
        &self,
        call: &CallContext,
        session: &mut WriteSession,
        image: &mut Session,
    ) -> Result<()> {
        check_pages(image.connection(), session.connection())?;
        if has_change_log(session.connection())? {
            switch_log_on(image, session.connection())?;
        }
        // A failed fsync of the target poisons the store.
        let (mut target, format) = connect(&self.options, self.writer.poison(), call)?;
        let bind = || Binding::new(target.raw(), call, self.options.busy_timeout);
        let binding = call.is_bound().then(bind).transpose();
        let binding = binding.map_err(|error| target.explain(error))?;
        let (newest, end) = copying(image.connection(), &mut target, |pages| {
            // A step of no pages takes the write lock, so that versions and log stay as they are.
            if pages.step(0)? != StepResult::More {
                let message = "another process writes; try again";
                return Err(Error::new(ErrorKind::Busy, message).into());
            }
            let now = self.clock.now();
            let own = session.newest();
            let (newest, end) = self.readers.read(&UNBOUND, |reader| {
                let record = VersionRecord::read(reader.connection())?;
                Ok((record.upper_bound(own, now), log::end(reader)?))
            })?;
            let image_newest = VersionRecord::read(image.connection())?.upper_bound(own, now);
            let wall = u64::try_from(now.as_micros()).unwrap_or(0);
            let newest = own.max(newest).max(image_newest).max(wall) + 1;
            adapt(image, newest, end, now)?;
            copy_pages(call, pages, &mut |_| true)?;
            Ok((newest, end))
        })
        .map_err(|error| call.explain(error))?;
        drop(binding);
        self.publish_restored(Session::new(target, format), newest, end)
    }

    /// Publishes to the watches of this process that changes are missing.
    fn publish_restored(
        &self,
        mut target: Session,
        newest: Version,
        end: Option<LogEnd>,
    ) -> Result<()> {
        if end.is_none() {
            let _paused = self.publisher.pause();
            self.publisher.observer().publish_gap(0, newest);
            return Ok(());
        }
        // After a failure the WAL watcher tries again.
        let _ = self.publisher.catch_up(&mut target);
        Ok(())
    }

    /// Returns the options with which a file at `path` is read.
    fn reading(&self, path: &Path) -> SqliteOptions {
        SqliteOptions {
            create: false,
            read_only: true,
            busy_timeout: self.options.busy_timeout,
            ..SqliteOptions::new(path)
        }
    }
}

/// Switches the change log of the image on, with the limits that the file has.
fn switch_log_on(image: &mut Session, file: &Connection) -> Result<()> {
    if has_change_log(image.connection())? {
        return Ok(());
    }
    let log = LogOptions { enabled: Some(true), ..LogOptions::default() };
    log::configure(image, log, 0)?;
    for name in ["changes_keep", "changes_keep_ms"] {
        write_meta(image.connection(), name, find_meta(file, name)?.unwrap_or(0))?;
    }
    Ok(())
}

/// Fails if the copy of a backup is damaged.
fn check(image: &Connection) -> Result<()> {
    image.verify("PRAGMA quick_check(1)").map_err(|error| match error.kind() {
        ErrorKind::Corrupt => error.context("the backup is damaged"),
        _ => error,
    })
}

/// Fails if the pages of the image cannot replace those of the file.
fn check_pages(image: &Connection, file: &Connection) -> Result<()> {
    let len = |it: &Connection| it.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0));
    let (new, old) = (len(image)?, len(file)?);
    if new == old {
        return Ok(());
    }
    let message = format!("the backup has pages of {new} bytes and the store of {old}; copy it");
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// Makes the image the next state of the file: `newest` is above all versions of both, and the
/// change log goes on after `end`.
fn adapt(image: &Session, newest: Version, end: Option<LogEnd>, now: Timestamp) -> Result<()> {
    let connection = image.connection();
    in_transaction(connection, || {
        VersionRecord { newest, is_exact: true }.write(connection)?;
        let Some(end) = end else { return Ok(()) };
        let version = newest as i64;
        connection.execute_batch("DELETE FROM kv_changes")?;
        write_meta(connection, "changes_from", version - 1)?;
        let place = params![version, end.seq.saturating_add(LOST + 1), now.as_millis()];
        connection.execute(image.sql().log_restored, place)?;
        connection.execute(image.sql().log_emptied, place)?;
        connection.execute(tables::SET_RESTORED, params![version]).map(drop)
    })
}
