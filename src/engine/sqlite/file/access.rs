//! Files that cannot be written, and connections that SQLite opened for reading only, because
//! opening a file for writing has failed.
//!
//! SQLite then opens the file again, for reading, and does not report it. If the cause lasts, such
//! as a read-only file system, the store can be read. If it was a moment without descriptors, the
//! connection would refuse all writes, or all checkpoints, for as long as it is open.

use std::io;
use std::iter;
use std::path::Path;

use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::options::SqliteOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::os::{self, error_code};

/// The first version of SQLite that checks a WAL without a checkpoint.
const NOOP_CHECKPOINTS_SINCE: i32 = 3_051_000;

/// Fails if SQLite opened the database file at `path` for reading only, although this process
/// may write it. `cause` is the number of the failed call; 0 if it is unknown.
pub(crate) fn check_file(connection: &Connection, path: &Path, cause: i32) -> Result<()> {
    let is_readonly = connection.raw().is_readonly("main");
    match is_readonly.map_err(|error| connection.explain(error))? {
        true => refuse(path, cause).map(|denial| connection.note_denial(denial)),
        false => Ok(()),
    }
}

/// Fails like [`check_file`] because of the WAL or its index, if `connection` has read from a
/// database that has them.
pub(crate) fn check_log(
    connection: &Connection,
    options: &SqliteOptions,
    cause: i32,
) -> Result<()> {
    if options.read_only || rusqlite::version_number() < NOOP_CHECKPOINTS_SINCE {
        return Ok(());
    }
    match connection.query_row("PRAGMA wal_checkpoint(NOOP)", [], |_| Ok(())) {
        Err(error) if error.kind() == ErrorKind::ReadOnly => {
            refuse(&options.path, cause).map(|denial| connection.note_denial(denial))
        }
        // Any other failure is met, and reported, by the first use.
        _ => Ok(()),
    }
}

/// Fails, unless `cause` or the rights of this process forbid it to write the files; then returns
/// the number of that.
fn refuse(path: &Path, cause: i32) -> Result<i32> {
    if error_code::LASTING.contains(&cause) {
        return Ok(cause);
    }
    if let Some(denial) = write_denial(path) {
        return Ok(denial.raw_os_error().unwrap_or(0));
    }
    let message = "a file of the store could not be opened for writing";
    // A later call may have replaced the number.
    Err(match error_code::PASSING.contains(&cause) {
        true => Error::from(io::Error::from_raw_os_error(cause)).context(message),
        false => Error::new(ErrorKind::Io, format!("{message}; try again")),
    })
}

/// Returns why the file at `path` cannot be written: the medium, or the permissions of the file, of
/// the log and wal-index beside it, or of the folder if they have to be created. `None` if it can,
/// or cannot for any other reason.
pub(crate) fn write_denial(path: &Path) -> Option<io::Error> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let beside = [os::WAL, os::SHM].map(|suffix| os::side_path(path, suffix));
    let needed = beside.iter().map(|it| if it.exists() { it.as_path() } else { folder });
    let is_denial =
        |it: &io::Error| it.raw_os_error().is_some_and(|it| error_code::LASTING.contains(&it));
    let denied = |it: &Path| os::check_writable(it).err().filter(is_denial);
    iter::once(path).chain(needed).find_map(denied)
}
