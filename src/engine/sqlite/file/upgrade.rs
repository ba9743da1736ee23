//! The upgrade of a file of format 1 to format 2.
//!
//! A process that has the file open relies on its format. So the upgrade locks the file
//! exclusively, which fails while any other connection has it open, and makes all changes in one
//! transaction. A file in use stays in format 1 and is used as it is.

use std::time::Duration;

use crate::engine::sqlite::changes::triggers;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::schema::{format_of, has_change_log, in_transaction, write_meta};
use crate::engine::sqlite::file::tables;
use crate::engine::sqlite::native::set_busy_timeout;
use crate::error::{Error, ErrorKind, Result};

/// Adds the columns of `kv_entries`, and moves the ids of overflow rows into theirs. A number that
/// is no id is a value that another program has written; it stays.
const UPGRADE_ENTRIES: &str = "
    ALTER TABLE kv_entries ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE kv_entries ADD COLUMN overflow INTEGER;
    UPDATE kv_entries SET overflow = value, value = x''
    WHERE typeof(value) = 'integer'
    AND EXISTS (SELECT 1 FROM kv_values WHERE id = kv_entries.value);";

/// Adds the columns of `kv_changes`. A change without a time has that of its version.
const UPGRADE_CHANGES: &str = "
    ALTER TABLE kv_changes ADD COLUMN time INTEGER;
    ALTER TABLE kv_changes ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE kv_changes ADD COLUMN size INTEGER;";

/// Upgrades the file to format 2, if this connection can have it alone. The connection has not read
/// from the file yet, and is closed afterwards.
pub(super) fn upgrade(connection: &Connection) -> Result<()> {
    let is_readonly = connection.raw().is_readonly("main");
    if is_readonly.map_err(|error| connection.explain(error))? {
        return Ok(());
    }
    let untimed = set_busy_timeout(connection.raw(), Duration::ZERO);
    untimed.map_err(|error| connection.explain(error))?;
    let locked = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL";
    connection
        .execute_batch(locked)
        .and_then(|()| in_transaction(connection, || upgrade_tables(connection)))
        .or_else(keep_format)
}

fn upgrade_tables(connection: &Connection) -> Result<()> {
    if format_of(connection)? != Some(Format::One) {
        return Ok(());
    }
    let has_log = has_change_log(connection)?;
    if has_log {
        connection.execute_batch(triggers::DROP_TRIGGERS)?;
    }
    connection.execute_batch(UPGRADE_ENTRIES)?;
    connection.execute_batch(tables::CREATE_STREAMS)?;
    if has_log {
        connection.execute_batch(UPGRADE_CHANGES)?;
        triggers::create_triggers(connection, Format::Two)?;
    }
    write_meta(connection, "format", Format::Two.number())
}

/// The file is in use, on a full disk or on a medium that is not written: it is used as it is.
fn keep_format(error: Error) -> Result<()> {
    match error.kind() {
        ErrorKind::Busy | ErrorKind::Full | ErrorKind::ReadOnly => Ok(()),
        _ => Err(error),
    }
}
