//! The end of a WAL that a crash has left.
//!
//! SQLite recovers the WAL up to its last whole commit and goes on behind it with the same salt.
//! The frames behind it stay: those of commits whose beginning a loss of power has torn. If the
//! next commit writes the torn page again with the same bytes, and power is lost once more, those
//! frames are whole again, and writes that were read as missing would come back. So a recovered WAL
//! is moved into the database file and started over, with another salt.

use std::time::Duration;

use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::native::{WalIndex, set_busy_timeout};
use crate::error::Result;
use crate::observe::{LogLevel, Topic};

/// Empties the WAL of `connection` if nothing was committed since it was recovered. While a
/// snapshot of another process needs it, it stays.
pub(super) fn end_recovered_wal(connection: &Connection, busy_timeout: Duration) -> Result<()> {
    let header = WalIndex::of(connection.raw()).map(|index| index.header());
    let Some(header) = header.filter(|header| header.is_recovered()) else { return Ok(()) };
    let message = format_args!(
        "the last process ended without closing the file; {} frames of its WAL were recovered",
        header.frames()
    );
    connection.log(LogLevel::Info, Topic::Recovery, message);
    let set = |timeout| {
        set_busy_timeout(connection.raw(), timeout).map_err(|error| connection.explain(error))
    };
    set(Duration::ZERO)?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    set(busy_timeout)?;
    match emptied {
        Err(error) if connection.is_poisoned() => Err(error),
        // Any other failure decides nothing: the frames are still there, can be read, and the next
        // checkpoint meets it again.
        _ => Ok(()),
    }
}
