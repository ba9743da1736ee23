//! A connection to a database file. Every error of SQLite passes through it.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{OpenFlags, OptionalExtension, Params, Row, ffi};

use crate::engine::poison::Poison;
use crate::engine::sqlite::file::{error, lock_wait};
use crate::engine::sqlite::native;
use crate::error::{Error, ErrorKind, Result};
use crate::observe::{LogLevel, Topic};

/// A connection to a database file: the only place that sees errors of SQLite.
///
/// A failed fsync poisons the store of the connection, whatever statement has met it. Once the
/// store is poisoned, the close does not move the WAL into the file: frames that an fsync did not
/// reach would replace pages that the disk still has.
pub(crate) struct Connection {
    raw: rusqlite::Connection,
    poison: Arc<Poison>,
    /// Whether reading or writing has failed since the connection was opened.
    has_failed: Cell<bool>,
    /// The number of the failure for which SQLite has opened a file for reading only; 0 for none.
    denial: Cell<i32>,
}

impl Connection {
    /// Opens a connection to the file at `path`, of the store that `poison` belongs to. Returns it
    /// with the number of a failed call that SQLite has made up for, or 0.
    pub(crate) fn open(
        path: &Path,
        flags: OpenFlags,
        poison: &Arc<Poison>,
    ) -> Result<(Connection, i32)> {
        match native::open(path, flags) {
            Ok((raw, cause)) => {
                let (poison, has_failed, denial) =
                    (poison.clone(), Cell::default(), Cell::default());
                Ok((Connection { raw, poison, has_failed, denial }, cause))
            }
            Err((error, number)) => {
                let errnos = native::Errnos { statement: number, ..native::Errnos::default() };
                Err(error::with_number(error, &errnos))
            }
        }
    }

    /// Returns the connection as the functions of SQLite take it. The caller passes their errors to
    /// [`explain`](Connection::explain).
    pub(crate) fn raw(&self) -> &rusqlite::Connection {
        &self.raw
    }

    /// Returns the same for functions that need it exclusively.
    pub(crate) fn raw_mut(&mut self) -> &mut rusqlite::Connection {
        &mut self.raw
    }

    /// Returns the error of the last call on this connection, with the operating system's number if
    /// that has failed.
    pub(crate) fn explain(&self, error: rusqlite::Error) -> Error {
        if error::is_failed_sync(&error) {
            self.poison.set(format_args!("a sync has failed: {error}"));
        }
        let is_lock = error::is_lock(&error);
        let error = error::with_number(error, &native::Errnos::of(&self.raw));
        if is_lock {
            return Error::new(ErrorKind::Busy, self.lock_message());
        }
        if error.os_error() != 0 {
            self.has_failed.set(true);
        }
        self.with_denial(error)
    }

    #[cold]
    fn lock_message(&self) -> String {
        lock_wait::message(self.raw.path().map(Path::new), native::waited())
    }

    /// Records why SQLite has opened a file for reading only.
    pub(crate) fn note_denial(&self, number: i32) {
        self.denial.set(number);
    }

    /// Returns the error of a refused write with the number of what denies it, if that is known.
    pub(crate) fn with_denial(&self, error: Error) -> Error {
        let number = self.denial.get();
        if error.kind() != ErrorKind::ReadOnly || error.os_error() != 0 || number == 0 {
            return error;
        }
        let system = io::Error::from_raw_os_error(number);
        error.context(format_args!("the file can only be read: {system}")).with_os_error(number)
    }

    /// Fails with the first fault that `pragma`, one of SQLite's checks of all pages, finds, and
    /// with what can be done about it.
    pub(crate) fn verify(&self, pragma: &str) -> Result<()> {
        let first: String = self.query_row(pragma, [], |row| row.get(0))?;
        if first == "ok" {
            return Ok(());
        }
        // SQLite reports a page that it could not read as damaged.
        let unread = self.explain_code(ffi::SQLITE_CORRUPT);
        Err(match unread.os_error() {
            0 => Error::new(ErrorKind::Corrupt, error::damage(&first)),
            _ => unread,
        })
    }

    /// Returns the error of a call of SQLite that has returned `code` and left no message.
    pub(crate) fn explain_code(&self, code: i32) -> Error {
        self.explain(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    /// Returns whether reading or writing has failed since the connection was opened.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed.get()
    }

    /// Returns whether an fsync has failed since the store was opened.
    pub(crate) fn is_poisoned(&self) -> bool {
        self.poison.check().is_err()
    }

    /// Writes a record of the engine into the log.
    pub(crate) fn log(&self, level: LogLevel, topic: Topic, message: fmt::Arguments<'_>) {
        self.poison.log(level, topic, message);
    }

    /// Returns whether no transaction is open.
    pub(crate) fn is_autocommit(&self) -> bool {
        self.raw.is_autocommit()
    }

    /// Runs statements that return no rows.
    pub(crate) fn execute_batch(&self, sql: &str) -> Result<()> {
        self.raw.execute_batch(sql).map_err(|error| self.explain(error))
    }

    /// Runs a statement and returns how many rows it has changed.
    pub(crate) fn execute(&self, sql: &str, parameters: impl Params) -> Result<usize> {
        let run = || self.raw.prepare_cached(sql)?.execute(parameters);
        run().map_err(|error| self.explain(error))
    }

    /// Runs a query that returns one row, and returns what `read` makes of it.
    pub(crate) fn query_row<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        self.raw.query_row(sql, parameters, read).map_err(|error| self.explain(error))
    }

    /// Runs a query that is prepared once, and returns what `read` makes of its first row, or
    /// `None` without one.
    pub(crate) fn find_row<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let run = || self.raw.prepare_cached(sql)?.query_row(parameters, read).optional();
        run().map_err(|error| self.explain(error))
    }

    /// Runs a query and returns what `read` makes of its rows.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let run = || self.raw.prepare(sql)?.query_map([], read)?.collect::<Result<_, _>>();
        run().map_err(|error| self.explain(error))
    }

    /// Makes the pages that were written to the file survive a loss of power.
    pub(crate) fn sync(&self) -> Result<()> {
        match native::sync_database_file(&self.raw) {
            ffi::SQLITE_OK => Ok(()),
            code => Err(self.explain_code(code)),
        }
    }

    /// Switches the checkpoint on or off that the last close of a file makes.
    pub(crate) fn checkpoint_on_close(&self, on: bool) -> Result<()> {
        self.set(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !on)
    }

    /// Keeps the writes of the connection from running triggers.
    pub(crate) fn run_no_triggers(&self) -> Result<()> {
        self.set(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
    }

    fn set(&self, config: DbConfig, on: bool) -> Result<()> {
        let set = self.raw.set_db_config(config, on);
        set.map(drop).map_err(|error| self.explain(error))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_poisoned() {
            // It cannot fail on an open connection.
            let _ = self.checkpoint_on_close(false);
        }
    }
}
