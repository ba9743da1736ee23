//! A look at a file with a log beside it, before SQLite opens both: a refused file stays as it is.
//!
//! SQLite would move the log of any database into the file when it is closed, write a wal-index for
//! it, and roll back a journal. So what is not a store is found out before, by a connection that
//! does none of this.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::OpenFlags;

use crate::engine::poison::Poison;
use crate::engine::sqlite::file::alone::immutable_uri;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::foreign;
use crate::engine::sqlite::file::journal;
use crate::engine::sqlite::file::options::SqliteOptions;
use crate::engine::sqlite::file::schema;
use crate::engine::sqlite::native::set_busy_timeout;
use crate::error::{ErrorKind, Result};
use crate::os;

/// Fails with [`ErrorKind::Format`] or [`ErrorKind::Corrupt`] if the file has a log or a journal
/// beside it and cannot be opened as a store, and leaves all of them as they are.
///
/// Any other failure, such as that another process uses the file, decides nothing: the opening
/// itself meets it again.
pub(super) fn check_left_over(options: &SqliteOptions, poison: &Arc<Poison>) -> Result<()> {
    let len_of = |suffix| fs::metadata(os::side_path(&options.path, suffix)).map(|it| it.len());
    let looked = match (len_of(os::JOURNAL), len_of(os::WAL)) {
        (Ok(1..), _) => look_past_journal(options, poison),
        (_, Ok(_)) => look_with_log(options, poison),
        _ => Ok(()),
    };
    looked.or_else(|error| match error.kind() {
        ErrorKind::Format | ErrorKind::Corrupt => Err(error),
        _ => Ok(()),
    })
}

/// Looks at the file and its log alone. In the exclusive mode SQLite keeps the wal-index in memory
/// of the connection, and the log is not moved when that is closed.
fn look_with_log(options: &SqliteOptions, poison: &Arc<Poison>) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let (connection, _) = Connection::open(&options.path, flags, poison)?;
    connection.checkpoint_on_close(false)?;
    let untimed = set_busy_timeout(connection.raw(), Duration::ZERO);
    untimed.map_err(|error| connection.explain(error))?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    if schema::format_of(&connection)?.is_some() {
        return Ok(());
    }
    foreign::check(&connection, options)?;
    if options.read_only { Err(schema::no_store()) } else { Ok(()) }
}

/// Looks at the file as it is without its journal. Half a transaction may be in it, so that damage
/// is no reason to refuse it: the journal may undo that. Nor is a header that is missing, if the
/// journal restores it.
fn look_past_journal(options: &SqliteOptions, poison: &Arc<Poison>) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let uri = immutable_uri(&options.path);
    let (connection, _) = Connection::open(Path::new(&uri), flags, poison)?;
    match schema::format_of(&connection) {
        Err(error) if error.kind() == ErrorKind::Format => {
            let version = connection.query_row("PRAGMA schema_version", [], |_| Ok(()));
            let has_header = version.is_ok();
            if !has_header && journal::restores_header(&options.path) { Ok(()) } else { Err(error) }
        }
        _ => Ok(()),
    }
}
