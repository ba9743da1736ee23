//! Changes: the change log in the file, and its publication to the hub, commits of other processes
//! included.

pub mod log;
pub mod publisher;
pub mod triggers;
pub mod wal_watcher;
