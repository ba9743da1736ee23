//! The numbers of the operating system behind an error of SQLite.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr;

use rusqlite::{Connection, ffi};

use crate::os::error_code;

/// The numbers of the operating system's errors that a connection has met; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Errnos {
    /// The number of the last statement that failed.
    pub statement: i32,
    /// The number of the last failure on the database file.
    pub file: i32,
    /// The number of the last failure on the WAL or the journal.
    pub log: i32,
    /// The number of this thread's last read, of whatever file; 0 if it succeeded. A journal that
    /// SQLite has closed again has no other number.
    pub read: i32,
    /// The number of this thread's last system call that has failed, of whatever kind, since
    /// [`forget_errno`]; 0 for none.
    pub last: i32,
}

impl Errnos {
    /// Returns the numbers of `connection`.
    pub(crate) fn of(connection: &Connection) -> Errnos {
        let last = error_code::last();
        // SAFETY: the handle is open for as long as `connection` is borrowed.
        let handle = unsafe { connection.handle() };
        // SAFETY: as above; the numbers are read at once.
        unsafe {
            Errnos {
                statement: ffi::sqlite3_system_errno(handle),
                file: last_errno(handle, ffi::SQLITE_FCNTL_FILE_POINTER),
                log: last_errno(handle, ffi::SQLITE_FCNTL_JOURNAL_POINTER),
                read: LAST_READ.try_with(Cell::get).unwrap_or(0),
                last,
            }
        }
    }
}

thread_local! {
    /// The number of this thread's last failure to open a file for writing; 0 for none.
    static OPEN_FAILURE: Cell<c_int> = const { Cell::new(0) };
    /// The number of this thread's last read; 0 if it succeeded.
    static LAST_READ: Cell<c_int> = const { Cell::new(0) };
}

/// Returns why a file could not be opened for writing since [`forget_errno`]; if that is unknown,
/// the number of the last failed call of any kind, or 0.
pub(crate) fn open_failure() -> c_int {
    match OPEN_FAILURE.try_with(Cell::get) {
        Ok(number) if number != 0 => number,
        _ => error_code::last(),
    }
}

/// Notes that a file could not be opened for writing.
pub(super) fn note_open_failure(number: c_int) {
    // A thread that is ending has no place for the number.
    let _ = OPEN_FAILURE.try_with(|it| it.set(number));
}

/// Notes the result of a read, whose number is still that of the thread.
pub(super) fn note_read(result: isize) {
    let number = if result < 0 { error_code::last() } else { 0 };
    // A thread that is ending has no place for the number.
    let _ = LAST_READ.try_with(|it| it.set(number));
}

/// Forgets the failed system calls of this thread.
pub(crate) fn forget_errno() {
    note_open_failure(0);
    note_read(0);
    error_code::set_last(0);
}

/// Returns the number of the last failure on the file that the control `which` returns; 0 for none.
///
/// # Safety
/// `handle` is an open connection that no other thread uses.
unsafe fn last_errno(handle: *mut ffi::sqlite3, which: c_int) -> i32 {
    let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
    // SAFETY: the handle is open, as the caller promises; the control writes one pointer.
    let status = unsafe {
        ffi::sqlite3_file_control(handle, c"main".as_ptr(), which, (&raw mut file).cast::<c_void>())
    };
    if status != ffi::SQLITE_OK || file.is_null() {
        return 0;
    }
    let mut errno: c_int = 0;
    // SAFETY: SQLite returned a file, whose methods are NULL as long as it is not open; the control
    // writes one number.
    unsafe {
        let control = (*file).pMethods.as_ref().and_then(|methods| methods.xFileControl);
        if let Some(control) = control {
            control(file, ffi::SQLITE_FCNTL_LAST_ERRNO, (&raw mut errno).cast());
        }
    }
    errno
}
