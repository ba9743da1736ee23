//! The error kinds of SQLite's failures, and the numbers of the operating system behind them.

use std::io;

use rusqlite::ffi;

use crate::engine::sqlite::native::Errnos;
use crate::error::{Error, ErrorKind};
use crate::os::error_code;

/// Returns the error of a call on a connection that has met `errnos`: if the operating system has
/// failed, with its number and the kind that this number has everywhere.
pub(crate) fn with_number(error: rusqlite::Error, errnos: &Errnos) -> Error {
    let Errnos { statement, file, log, read, last } = *errnos;
    let (code, message) = match error {
        rusqlite::Error::SqliteFailure(failure, message) => (failure.extended_code, message),
        rusqlite::Error::SqlInputError { error, msg, .. } => (error.extended_code, Some(msg)),
        // Errors of rusqlite itself mean a row of a type that this library never writes.
        _ => return Error::new(ErrorKind::Corrupt, format!("unexpected row: {error}")),
    };
    let text = message.unwrap_or_else(|| ffi::code_to_str(code).to_owned());
    let text = match own_words(code) {
        "" => text,
        own => format!("{own}: {text}"),
    };
    let (text, number) = match code & 0xFF {
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN => {
            (text, [statement, file, log].into_iter().find(|number| *number != 0))
        }
        ffi::SQLITE_CORRUPT => {
            // SQLite reports a failed read as damage of the file.
            let is_failure = |number: &i32| error_code::READ_FAILURES.contains(number);
            match [file, log, read].into_iter().find(is_failure) {
                Some(number) => ("reading failed".to_owned(), Some(number)),
                None => (text, None),
            }
        }
        // The only reason for which SQLite reports this.
        ffi::SQLITE_READONLY if code == ffi::SQLITE_READONLY_DIRECTORY => {
            let message = format!("{text} (sqlite {code}): the folder denies writing");
            return Error::new(ErrorKind::ReadOnly, message).with_os_error(error_code::DENIED);
        }
        // SQLite could not look at the file's path, or found another file there.
        ffi::SQLITE_READONLY if code == ffi::SQLITE_READONLY_DBMOVED => {
            if last == 0 {
                let message = "the database file was moved, removed or replaced; open it again";
                return Error::new(ErrorKind::Io, format!("{message} (sqlite {code})"));
            }
            ("the database file could not be looked at".to_owned(), Some(last))
        }
        // SQLite reports no other error in this way, and keeps no number of it.
        ffi::SQLITE_FULL => (text, Some(error_code::DISK_FULL)),
        _ => (text, None),
    };
    let Some(number) = number else {
        let advice = advice(code);
        return Error::new(kind_of(code), format!("{text} (sqlite {code}){advice}"));
    };
    let system = io::Error::from_raw_os_error(number);
    let message = format!("{text} (sqlite {code}): {system}");
    Error::new(Error::from(system).kind(), message).with_os_error(number)
}

/// Returns what an error of SQLite means to the user of a store; empty where its message says it.
fn own_words(code: i32) -> &'static str {
    match code & 0xFF {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => "the file is in use",
        ffi::SQLITE_NOMEM => "there is not enough memory",
        ffi::SQLITE_READONLY => "the file cannot be written",
        ffi::SQLITE_CORRUPT => "the file is damaged",
        ffi::SQLITE_NOTADB => "the file is no database, or an encrypted one",
        ffi::SQLITE_CANTOPEN => "the file cannot be opened",
        ffi::SQLITE_IOERR => "the file cannot be read or written",
        ffi::SQLITE_TOOBIG => "a key or value is too large",
        ffi::SQLITE_ERROR | ffi::SQLITE_CONSTRAINT | ffi::SQLITE_SCHEMA => {
            "the file does not have the tables of a store"
        }
        _ => "",
    }
}

/// Returns the message about a fault that a check has found.
pub(super) fn damage(fault: &str) -> String {
    format!("the file is damaged: {fault}; 'kv recover' saves what can be read")
}

/// Returns what the user of a store can do about an error of SQLite.
fn advice(code: i32) -> &'static str {
    match code & 0xFF {
        ffi::SQLITE_CORRUPT => "; 'kv check' shows the damage, 'kv recover' saves what can be read",
        ffi::SQLITE_NOTADB => "; name a file of kv, or a new one",
        _ => "",
    }
}

/// Returns the kind of a failure that no call of the operating system has caused.
fn kind_of(code: i32) -> ErrorKind {
    match code & 0xFF {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => ErrorKind::Busy,
        // Only the context of a call interrupts; `CallContext::explain` then makes it Deadline or
        // Cancelled.
        ffi::SQLITE_INTERRUPT => ErrorKind::Cancelled,
        ffi::SQLITE_NOMEM => ErrorKind::Memory,
        ffi::SQLITE_READONLY => ErrorKind::ReadOnly,
        ffi::SQLITE_CORRUPT => ErrorKind::Corrupt,
        ffi::SQLITE_NOTADB => ErrorKind::Format,
        ffi::SQLITE_PERM | ffi::SQLITE_AUTH => ErrorKind::Permission,
        ffi::SQLITE_TOOBIG => ErrorKind::TooLarge,
        // A table that does not have our schema: another application's, or changed by one.
        ffi::SQLITE_ERROR | ffi::SQLITE_CONSTRAINT | ffi::SQLITE_SCHEMA => ErrorKind::Format,
        _ => ErrorKind::Io,
    }
}

/// Returns whether `error` is a lock of another connection, for which the busy handler has waited.
pub(crate) fn is_lock(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return false;
    };
    failure.extended_code == ffi::SQLITE_BUSY
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
