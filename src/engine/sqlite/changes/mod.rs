//! Changes: the change log in the file, and the publication of commits to the hub, those of other
//! processes included.

pub(super) mod log;
pub(super) mod publisher;
pub(super) mod triggers;
pub(super) mod wal_watcher;
