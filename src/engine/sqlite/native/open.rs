//! Opening a connection, with the number of the operating system's error.

use std::ffi::CStr;
use std::path::Path;
use std::ptr;

use rusqlite::{Connection, OpenFlags, ffi};

use crate::engine::sqlite::native::errno::{forget_errno, open_failure};
use crate::engine::sqlite::native::system_calls::replace_system_calls;
use crate::os::c_path;

/// Opens a connection to the file at `path`. Returns it with the number of a system call's failure
/// that SQLite has made up for, or the error with the number of its cause; 0 for none.
pub(crate) fn open(
    path: &Path,
    flags: OpenFlags,
) -> Result<(Connection, i32), (rusqlite::Error, i32)> {
    let path = c_path(path).map_err(|_| (rusqlite::Error::InvalidPath(path.to_owned()), 0))?;
    let flags = flags | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut handle = ptr::null_mut();
    replace_system_calls();
    forget_errno();
    // SAFETY: the path ends with a NUL, and `handle` is ours to be written.
    let status =
        unsafe { ffi::sqlite3_open_v2(path.as_ptr(), &raw mut handle, flags.bits(), ptr::null()) };
    let errno = open_failure();
    if status == ffi::SQLITE_OK {
        // SAFETY: the handle is open, and nothing else owns it. Versions that do not know the flag
        // above switch extended codes on here.
        let connection = unsafe {
            ffi::sqlite3_extended_result_codes(handle, 1);
            Connection::from_handle_owned(handle)
        };
        return connection.map(|it| (it, errno)).map_err(|error| (error, 0));
    }
    // SAFETY: the handle is NULL, or that of a failed opening, which has a message and a number and
    // which is closed once.
    let (message, number) = unsafe {
        let message = CStr::from_ptr(ffi::sqlite3_errmsg(handle)).to_string_lossy().into_owned();
        let number = if handle.is_null() { errno } else { ffi::sqlite3_system_errno(handle) };
        ffi::sqlite3_close(handle);
        (message, number)
    };
    Err((rusqlite::Error::SqliteFailure(ffi::Error::new(status), Some(message)), number))
}
