//! What rusqlite does not offer, or not fast enough: statements that copy nothing, a look at the
//! write-ahead log's index, the system's error number. All `unsafe` of this engine is here.

mod busy;
mod statement;
mod wal_index;

pub use busy::{Binding, set_busy_timeout};
pub use statement::{Parameter, Row, Statement};
pub use wal_index::{WalHeader, WalIndex};

use rusqlite::{Connection, ffi};

/// Returns the operating system's error number of the connection's last failed call.
pub fn system_errno(connection: &Connection) -> i32 {
    // SAFETY: the handle is open for as long as `connection` is borrowed.
    unsafe { ffi::sqlite3_system_errno(connection.handle()) }
}
