//! Calls of SQLite that rusqlite lacks or makes slow: statements that copy nothing, the header of
//! the wal-index, the system's error number. All `unsafe` code of this engine is here.

mod busy;
mod statement;
mod wal_index;

pub(super) use busy::{Binding, set_busy_timeout};
pub(super) use statement::{Parameter, Row, Statement};
pub(super) use wal_index::{WalHeader, WalIndex};

use rusqlite::{Connection, ffi};

/// Returns the operating system's error number of the connection's last failed call.
pub(super) fn system_errno(connection: &Connection) -> i32 {
    // SAFETY: the handle is open for as long as `connection` is borrowed.
    unsafe { ffi::sqlite3_system_errno(connection.handle()) }
}
