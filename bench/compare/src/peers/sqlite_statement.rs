//! The raw SQLite calls: a connection and its prepared statements, and nothing in between.

use std::ffi::{CStr, CString, c_int};
use std::path::Path;
use std::ptr;

use anyhow::{Context, Result, anyhow, bail};
use libsqlite3_sys as ffi;

/// A connection without SQLite's own mutex: its user makes sure that one thread at a time calls.
pub struct Connection {
    handle: *mut ffi::sqlite3,
}

// SAFETY: an SQLITE_OPEN_NOMUTEX connection may be used from any thread, one at a time, and every
// method that calls SQLite is reached through the exclusive borrow or the lock of its owner.
unsafe impl Send for Connection {}

impl Connection {
    pub fn open(path: &Path) -> Result<Self> {
        let name = CString::new(path.as_os_str().as_encoded_bytes())?;
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE | ffi::SQLITE_OPEN_NOMUTEX;
        let mut handle = ptr::null_mut();
        // SAFETY: the name is NUL-terminated and `handle` is a valid place for the connection.
        let code = unsafe { ffi::sqlite3_open_v2(name.as_ptr(), &mut handle, flags, ptr::null()) };
        // SQLite hands out a connection even when opening fails; owning it here frees it then.
        let connection = Self { handle };
        if code != ffi::SQLITE_OK {
            return Err(failure(handle, code)).context("open");
        }
        Ok(connection)
    }

    /// Runs statements that return nothing of interest.
    pub fn execute(&self, sql: &CStr) -> Result<()> {
        // SAFETY: the connection is open, the text NUL-terminated; no callback and no message are
        // asked for.
        let code = unsafe {
            ffi::sqlite3_exec(self.handle, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut())
        };
        if code != ffi::SQLITE_OK {
            return Err(failure(self.handle, code)).with_context(|| format!("run {sql:?}"));
        }
        Ok(())
    }

    pub fn prepare(&self, sql: &CStr) -> Result<Statement> {
        let mut handle = ptr::null_mut();
        // SAFETY: the connection is open, the text NUL-terminated (length -1) and `handle` a valid
        // place.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(
                self.handle,
                sql.as_ptr(),
                -1,
                ffi::SQLITE_PREPARE_PERSISTENT,
                &mut handle,
                ptr::null_mut(),
            )
        };
        if code != ffi::SQLITE_OK {
            return Err(failure(self.handle, code)).with_context(|| format!("prepare {sql:?}"));
        }
        Ok(Statement { handle })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the handle came from sqlite3_open_v2 and is closed once; the owner drops its
        // statements first.
        unsafe { ffi::sqlite3_close(self.handle) };
    }
}

/// A prepared statement; it must be dropped before its connection.
pub struct Statement {
    handle: *mut ffi::sqlite3_stmt,
}

// SAFETY: as for its connection, in whose owner it lives.
unsafe impl Send for Statement {}

impl Statement {
    /// Binds `bytes` without copying them.
    ///
    /// # Safety
    /// `bytes` must live and stay unchanged until `reset`, and be bound again before the next
    /// `step`.
    pub unsafe fn bind(&mut self, index: c_int, bytes: &[u8]) -> Result<()> {
        // SAFETY: the statement is live; SQLITE_STATIC relies on the caller's promise about
        // `bytes`.
        let code = unsafe {
            ffi::sqlite3_bind_blob(
                self.handle,
                index,
                bytes.as_ptr().cast(),
                c_int::try_from(bytes.len())?,
                ffi::SQLITE_STATIC(),
            )
        };
        self.expect(code, ffi::SQLITE_OK)
    }

    pub fn bind_number(&mut self, index: c_int, number: i64) -> Result<()> {
        // SAFETY: the statement is live.
        let code = unsafe { ffi::sqlite3_bind_int64(self.handle, index, number) };
        self.expect(code, ffi::SQLITE_OK)
    }

    /// Returns true on a row, false at the end.
    pub fn step(&mut self) -> Result<bool> {
        // SAFETY: the statement is live, and what is bound lives until `reset`, as `bind` demands.
        match unsafe { ffi::sqlite3_step(self.handle) } {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            code => {
                let error = self.failure(code);
                self.reset();
                Err(error)
            }
        }
    }

    /// Returns a column of the current row; the next `step` or `reset` ends its life.
    pub fn column(&self, index: c_int) -> &[u8] {
        // SAFETY: the statement is live; SQLite answers a column that is not there with NULL.
        let (start, len) = unsafe {
            let start = ffi::sqlite3_column_blob(self.handle, index);
            (start, ffi::sqlite3_column_bytes(self.handle, index))
        };
        if start.is_null() {
            return &[];
        }
        // SAFETY: SQLite keeps `len` bytes at `start` until the statement is stepped or reset,
        // which takes the exclusive borrow that this slice excludes.
        unsafe { std::slice::from_raw_parts(start.cast(), len as usize) }
    }

    /// Ends the statement, and with it its implicit transaction.
    pub fn reset(&mut self) {
        // SAFETY: the statement is live; the code repeats what `step` has already reported.
        unsafe { ffi::sqlite3_reset(self.handle) };
    }

    /// Runs a statement that returns no row.
    pub fn run(&mut self) -> Result<()> {
        let row = self.step()?;
        self.reset();
        if row {
            bail!("a row came where none was expected");
        }
        Ok(())
    }

    fn expect(&self, code: c_int, wanted: c_int) -> Result<()> {
        if code == wanted {
            return Ok(());
        }
        Err(self.failure(code))
    }

    fn failure(&self, code: c_int) -> anyhow::Error {
        // SAFETY: the statement is live, so its connection is too.
        failure(unsafe { ffi::sqlite3_db_handle(self.handle) }, code)
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the handle came from sqlite3_prepare_v3 and is finalized once.
        unsafe { ffi::sqlite3_finalize(self.handle) };
    }
}

fn failure(connection: *mut ffi::sqlite3, code: c_int) -> anyhow::Error {
    // SAFETY: SQLite returns a NUL-terminated text for any connection, NULL included; it is copied
    // at once.
    let message = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(connection)) };
    anyhow!("SQLite says {} (code {code})", message.to_string_lossy())
}
