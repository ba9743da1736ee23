//! Changes: the change log in the file, and the publication of commits to the hub, those of other
//! processes included.

pub mod log;
pub mod publisher;
pub mod triggers;
pub mod wal_watcher;
