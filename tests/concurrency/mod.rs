//! Threads and processes that use one store at once.

pub mod deadlines;
pub mod entry_cache;
pub mod freshness;
pub mod no_inotify;
pub mod processes;
pub mod quota_race;
pub mod run_once;
pub mod transfers;
pub mod watch_histories;
