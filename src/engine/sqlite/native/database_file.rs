//! The file of a database, as SQLite has opened it.

use std::os::raw::c_int;
use std::ptr::NonNull;

use rusqlite::{Connection, ffi};

/// Returns the file of a connection, which lives as long as that; `None` if SQLite has none.
pub(super) fn database_file(connection: &Connection) -> Option<NonNull<ffi::sqlite3_file>> {
    let mut file: *mut ffi::sqlite3_file = std::ptr::null_mut();
    // SAFETY: the handle is open for as long as `connection` is borrowed; the control writes one
    // pointer to `file`.
    let status = unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_FILE_POINTER,
            (&raw mut file).cast(),
        )
    };
    NonNull::new(file).filter(|_| status == ffi::SQLITE_OK)
}

/// Returns the memory of the page cache of a connection.
pub(crate) fn page_cache_bytes(connection: &Connection) -> u64 {
    let (mut bytes, mut highest): (c_int, c_int) = (0, 0);
    let used = ffi::SQLITE_DBSTATUS_CACHE_USED;
    // SAFETY: the handle is open for as long as `connection` is borrowed; the call writes to both
    // numbers.
    let status = unsafe {
        ffi::sqlite3_db_status(connection.handle(), used, &raw mut bytes, &raw mut highest, 0)
    };
    if status == ffi::SQLITE_OK { u64::try_from(bytes).unwrap_or(0) } else { 0 }
}

/// Makes the pages that were written to the database file survive a loss of power; returns the
/// code of SQLite's failure, or `SQLITE_OK`.
pub(crate) fn sync_database_file(connection: &Connection) -> c_int {
    let Some(file) = database_file(connection) else { return ffi::SQLITE_OK };
    // SAFETY: the file is one of a connection that is open, and that only this thread uses; its
    // methods, if there, live as long as it does.
    unsafe {
        let sync = file.as_ref().pMethods.as_ref().and_then(|methods| methods.xSync);
        sync.map_or(ffi::SQLITE_OK, |sync| sync(file.as_ptr(), ffi::SQLITE_SYNC_NORMAL))
    }
}
