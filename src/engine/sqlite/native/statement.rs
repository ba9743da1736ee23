//! Prepared statements that copy no parameters and need no look-up by their text.

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr::NonNull;

use rusqlite::{Connection, ffi};

use crate::error::{Error, ErrorKind, Result};

/// A prepared statement. It must be dropped before its connection.
#[derive(Debug)]
pub(crate) struct Statement {
    raw: NonNull<ffi::sqlite3_stmt>,
}

// SAFETY: a statement may move between threads; its connection, which moves with it, was opened
// without a mutex and is used by one thread at a time.
unsafe impl Send for Statement {}

/// A parameter of a statement, borrowed from the caller.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parameter<'a> {
    Blob(&'a [u8]),
    Integer(i64),
    Null,
}

impl From<Option<i64>> for Parameter<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Parameter::Null, Parameter::Integer)
    }
}

impl Statement {
    /// Prepares `sql` for many runs.
    pub(crate) fn prepare(connection: &Connection, sql: &str) -> rusqlite::Result<Statement> {
        let mut raw = std::ptr::null_mut();
        let len = c_int::try_from(sql.len()).unwrap_or(c_int::MAX);
        // SAFETY: the handle is open, the text has `len` bytes, and `raw` is ours to be written.
        let status = unsafe {
            ffi::sqlite3_prepare_v3(
                connection.handle(),
                sql.as_ptr().cast(),
                len,
                ffi::SQLITE_PREPARE_PERSISTENT,
                &raw mut raw,
                std::ptr::null_mut(),
            )
        };
        match NonNull::new(raw) {
            Some(raw) if status == ffi::SQLITE_OK => Ok(Statement { raw }),
            // SAFETY: the handle is open; its message is of the call that has just failed.
            _ => Err(unsafe { last_error(connection.handle()) }),
        }
    }

    /// Runs the statement and calls `each` for its rows until it returns false or fails.
    pub(crate) fn query<E: From<rusqlite::Error>>(
        &mut self,
        parameters: &[Parameter<'_>],
        mut each: impl FnMut(Row<'_>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let run = Run { statement: self };
        // SAFETY: `run` ends before the caller's borrow of the parameters does.
        unsafe { run.statement.bind(parameters, ffi::SQLITE_STATIC()) }?;
        while run.statement.step()? && each(run.statement.row())? {}
        Ok(())
    }

    /// Runs a statement that returns no rows; returns how many rows it has changed.
    pub(crate) fn execute(&mut self, parameters: &[Parameter<'_>]) -> rusqlite::Result<u64> {
        self.query::<rusqlite::Error>(parameters, |_| Ok(true))?;
        // SAFETY: a statement's connection is open as long as the statement is there.
        let changes = unsafe { ffi::sqlite3_changes(ffi::sqlite3_db_handle(self.raw.as_ptr())) };
        Ok(u64::try_from(changes).unwrap_or(0))
    }

    /// Begins a run, which [`step`](Statement::step) continues and [`reset`](Statement::reset)
    /// ends. The parameters are copied.
    pub(crate) fn begin(&mut self, parameters: &[Parameter<'_>]) -> rusqlite::Result<()> {
        // SAFETY: SQLite makes its own copies before this returns.
        unsafe { self.bind(parameters, ffi::SQLITE_TRANSIENT()) }
    }

    /// Moves to the next row; returns whether there is one.
    pub(crate) fn step(&mut self) -> rusqlite::Result<bool> {
        // SAFETY: the statement is ours. Its parameters were copied, or live as long as the run
        // that [`query`](Statement::query) makes.
        match unsafe { ffi::sqlite3_step(self.raw.as_ptr()) } {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            status => self.check(status).map(|()| false),
        }
    }

    /// Returns the current row, to which the last step has moved.
    pub(crate) fn row(&self) -> Row<'_> {
        Row { raw: self.raw, _borrow: PhantomData }
    }

    /// Ends the run, if there is one.
    pub(crate) fn reset(&mut self) {
        // SAFETY: the statement is ours. The status repeats that of the last step, which was
        // reported.
        unsafe { ffi::sqlite3_reset(self.raw.as_ptr()) };
    }

    /// Returns the rowid of the last insert on this statement's connection.
    pub(crate) fn last_insert_rowid(&self) -> i64 {
        // SAFETY: as in `execute`.
        unsafe { ffi::sqlite3_last_insert_rowid(ffi::sqlite3_db_handle(self.raw.as_ptr())) }
    }

    /// Binds parameters to a statement that is reset; with `SQLITE_TRANSIENT` as `lifetime` SQLite
    /// copies them.
    ///
    /// # Safety
    /// With `SQLITE_STATIC` the parameters outlive the steps of the run that begins here. Every run
    /// binds all parameters again.
    unsafe fn bind(
        &mut self,
        parameters: &[Parameter<'_>],
        lifetime: ffi::sqlite3_destructor_type,
    ) -> rusqlite::Result<()> {
        for (index, parameter) in (1..).zip(parameters) {
            let raw = self.raw.as_ptr();
            // SAFETY: the statement is ours; SQLite reads bound bytes only in steps, which they
            // outlive, as the caller promises.
            let status = unsafe {
                match *parameter {
                    Parameter::Integer(number) => ffi::sqlite3_bind_int64(raw, index, number),
                    Parameter::Null => ffi::sqlite3_bind_null(raw, index),
                    // NULL as a pointer would bind a NULL; the empty blob is another value.
                    Parameter::Blob([]) => ffi::sqlite3_bind_zeroblob(raw, index, 0),
                    Parameter::Blob(bytes) => ffi::sqlite3_bind_blob64(
                        raw,
                        index,
                        bytes.as_ptr().cast(),
                        bytes.len() as u64,
                        lifetime,
                    ),
                }
            };
            self.check(status)?;
        }
        Ok(())
    }

    fn check(&self, status: c_int) -> rusqlite::Result<()> {
        match status {
            ffi::SQLITE_OK => Ok(()),
            // SAFETY: a statement's connection is open as long as the statement is there.
            _ => Err(unsafe { last_error(ffi::sqlite3_db_handle(self.raw.as_ptr())) }),
        }
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the statement is ours and was not finalized before.
        unsafe { ffi::sqlite3_finalize(self.raw.as_ptr()) };
    }
}

/// One run of a statement, which is reset at its end, in a panic too.
struct Run<'s> {
    statement: &'s mut Statement,
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.statement.reset();
    }
}

/// The current row of a statement.
#[derive(Debug)]
pub(crate) struct Row<'r> {
    raw: NonNull<ffi::sqlite3_stmt>,
    _borrow: PhantomData<&'r ()>,
}

impl<'r> Row<'r> {
    /// Returns the integer in a column, or `None` if it holds something else.
    pub(crate) fn integer(&self, column: i32) -> Option<i64> {
        let value = self.value(column);
        // SAFETY: the value belongs to the row, which stays until the next step.
        unsafe {
            (ffi::sqlite3_value_type(value) == ffi::SQLITE_INTEGER)
                .then(|| ffi::sqlite3_value_int64(value))
        }
    }

    /// Returns the bytes of a blob or a text in a column, or `None` if it holds something else.
    pub(crate) fn blob(&self, column: i32) -> Option<&'r [u8]> {
        let value = self.value(column);
        // SAFETY: the value belongs to the row, which stays until the next step.
        let kind = unsafe { ffi::sqlite3_value_type(value) };
        matches!(kind, ffi::SQLITE_BLOB | ffi::SQLITE_TEXT).then(|| Self::bytes_of(value))
    }

    /// Returns the bytes in a column; a number as its decimal text, NULL as no bytes.
    pub(crate) fn any_bytes(&self, column: i32) -> &'r [u8] {
        // SAFETY: the statement is at a row. SQLite converts a number to text in place; the bytes
        // stay until the next step, or until a conversion to another type, which is never made.
        unsafe {
            let raw = self.raw.as_ptr();
            let data: *const u8 = ffi::sqlite3_column_blob(raw, column).cast();
            let len = usize::try_from(ffi::sqlite3_column_bytes(raw, column)).unwrap_or(0);
            if data.is_null() { &[] } else { std::slice::from_raw_parts(data, len) }
        }
    }

    /// Returns the integer in a column that is always an integer in a STRICT table, without a check
    /// of its type.
    pub(crate) fn strict_integer(&self, column: i32) -> i64 {
        // SAFETY: the statement is at a row; a column that it does not have reads as 0.
        unsafe { ffi::sqlite3_column_int64(self.raw.as_ptr(), column) }
    }

    /// Returns the bytes in a column that is always a blob in a STRICT table, without a check of
    /// its type.
    pub(crate) fn strict_blob(&self, column: i32) -> &'r [u8] {
        Self::bytes_of(self.value(column))
    }

    fn bytes_of(value: *mut ffi::sqlite3_value) -> &'r [u8] {
        // SAFETY: the value belongs to the row, which stays until the next step, as its bytes do.
        unsafe {
            let data: *const u8 = ffi::sqlite3_value_blob(value).cast();
            let len = usize::try_from(ffi::sqlite3_value_bytes(value)).unwrap_or(0);
            // SQLite returns NULL for an empty blob.
            if data.is_null() { &[] } else { std::slice::from_raw_parts(data, len) }
        }
    }

    /// Returns the integer in a column; fails if it holds something else.
    pub(crate) fn expect_integer(&self, column: i32) -> Result<i64> {
        match self.strict_integer(column) {
            // A value that is not an integer may read as 0.
            0 => self.integer(column).ok_or_else(|| unexpected(column, "an integer")),
            number => Ok(number),
        }
    }

    /// Returns the bytes in a column; fails if it holds something else.
    pub(crate) fn expect_blob(&self, column: i32) -> Result<&'r [u8]> {
        self.blob(column).ok_or_else(|| unexpected(column, "bytes"))
    }

    fn value(&self, column: i32) -> *mut ffi::sqlite3_value {
        // SAFETY: the statement is at a row; a column that it does not have reads as NULL.
        unsafe { ffi::sqlite3_column_value(self.raw.as_ptr(), column) }
    }
}

fn unexpected(column: i32, expected: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("column {column} of a row is not {expected}"))
}

/// Returns the error of the last call on a connection.
///
/// # Safety
/// `connection` is open or NULL.
unsafe fn last_error(connection: *mut ffi::sqlite3) -> rusqlite::Error {
    // SAFETY: `connection` is open or NULL, and SQLite's message stays until the next call on it.
    let (code, message) = unsafe {
        let message = CStr::from_ptr(ffi::sqlite3_errmsg(connection));
        (ffi::sqlite3_extended_errcode(connection), message.to_string_lossy().into_owned())
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(message))
}
