//! What SQLite's failures mean here.

use rusqlite::ffi;

use crate::error::{Error, ErrorKind};

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let (code, message) = match error {
            rusqlite::Error::SqliteFailure(failure, message) => (failure.extended_code, message),
            rusqlite::Error::SqlInputError { error, msg, .. } => (error.extended_code, Some(msg)),
            // What rusqlite itself reports is a row of a shape we never write.
            _ => return Error::new(ErrorKind::Corrupt, format!("unexpected row: {error}")),
        };
        let kind = match code & 0xFF {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => ErrorKind::Busy,
            // Only the context of a call interrupts, and says then which of the two it was.
            ffi::SQLITE_INTERRUPT => ErrorKind::Cancelled,
            ffi::SQLITE_NOMEM => ErrorKind::Memory,
            ffi::SQLITE_READONLY => ErrorKind::ReadOnly,
            ffi::SQLITE_FULL => ErrorKind::Full,
            ffi::SQLITE_CORRUPT => ErrorKind::Corrupt,
            ffi::SQLITE_NOTADB => ErrorKind::Format,
            ffi::SQLITE_PERM | ffi::SQLITE_AUTH => ErrorKind::Permission,
            ffi::SQLITE_TOOBIG => ErrorKind::TooLarge,
            // A table that is not as we made it: somebody else's, or changed behind our back.
            ffi::SQLITE_ERROR | ffi::SQLITE_CONSTRAINT | ffi::SQLITE_SCHEMA => ErrorKind::Format,
            _ => ErrorKind::Io,
        };
        let text = message.unwrap_or_else(|| ffi::code_to_str(code).to_owned());
        let os_error = if kind == ErrorKind::Full { libc::ENOSPC } else { 0 };
        Error::new(kind, format!("{text} (sqlite {code})")).with_os_error(os_error)
    }
}

/// Answers whether `error` leaves unknown what of the log has reached the disk.
///
/// After a failed fsync the kernel may drop the pages it could not write and report success the
/// next time; only snapshot the file again shows what is there.
pub fn is_failed_sync(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return false;
    };
    matches!(failure.extended_code, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
}
