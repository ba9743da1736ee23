//! The error kinds of SQLite's failures.

use rusqlite::ffi;

use crate::error::{Error, ErrorKind};

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let (code, message) = match error {
            rusqlite::Error::SqliteFailure(failure, message) => (failure.extended_code, message),
            rusqlite::Error::SqlInputError { error, msg, .. } => (error.extended_code, Some(msg)),
            // Errors of rusqlite itself mean a row of a type that this library never writes.
            _ => return Error::new(ErrorKind::Corrupt, format!("unexpected row: {error}")),
        };
        let kind = match code & 0xFF {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => ErrorKind::Busy,
            // Only the context of a call interrupts; `CallContext::explain` then makes it Deadline
            // or Cancelled.
            ffi::SQLITE_INTERRUPT => ErrorKind::Cancelled,
            ffi::SQLITE_NOMEM => ErrorKind::Memory,
            ffi::SQLITE_READONLY => ErrorKind::ReadOnly,
            ffi::SQLITE_FULL => ErrorKind::Full,
            ffi::SQLITE_CORRUPT => ErrorKind::Corrupt,
            ffi::SQLITE_NOTADB => ErrorKind::Format,
            ffi::SQLITE_PERM | ffi::SQLITE_AUTH => ErrorKind::Permission,
            ffi::SQLITE_TOOBIG => ErrorKind::TooLarge,
            // A table that does not have our schema: another application's, or changed by one.
            ffi::SQLITE_ERROR | ffi::SQLITE_CONSTRAINT | ffi::SQLITE_SCHEMA => ErrorKind::Format,
            _ => ErrorKind::Io,
        };
        let text = message.unwrap_or_else(|| ffi::code_to_str(code).to_owned());
        let os_error = if kind == ErrorKind::Full { libc::ENOSPC } else { 0 };
        Error::new(kind, format!("{text} (sqlite {code})")).with_os_error(os_error)
    }
}

/// Returns whether `error` is a failed fsync, after which the contents of the WAL on disk are
/// unknown.
///
/// The kernel may then drop the pages that it could not write and report success for the next
/// fsync. Only opening the file again shows the true contents.
pub(crate) fn is_failed_sync(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return false;
    };
    matches!(failure.extended_code, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
}
