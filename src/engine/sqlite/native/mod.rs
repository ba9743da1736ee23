//! Calls of SQLite that rusqlite lacks or makes slow: statements that copy nothing, the header of
//! the wal-index, the system's error numbers, the system calls by which SQLite opens files. All
//! `unsafe` code of this engine is here.

mod busy;
mod commit_frames;
mod database_file;
mod errno;
mod open;
#[cfg(unix)]
mod open_failures;
mod statement;
#[cfg(unix)]
mod system_calls;
#[cfg(windows)]
#[path = "handles.rs"]
mod system_calls;
mod wal_index;

pub(super) use busy::{Binding, begin_waits, set_busy_timeout, waited};
pub(super) use commit_frames::CommitFrames;
pub(super) use database_file::{page_cache_bytes, sync_database_file};
pub(super) use errno::{Errnos, forget_errno, open_failure};
pub(super) use open::open;
pub(super) use statement::{Parameter, Row, Statement};
pub(super) use system_calls::{is_recording, replace_system_calls};
pub(super) use wal_index::{WalHeader, WalIndex};
