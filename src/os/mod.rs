//! Functions of the operating system that the standard library lacks, and those that each system
//! has in a form of its own.
//!
//! The system is one of two folders, which have the same functions: `unix`, with a part for Linux
//! and one for the others, and `windows`. The files beside them are for every system.

mod connect;
mod file_id;
mod file_lock;
mod fork;
mod fork_local;
mod held;
mod lock_holders;
mod ready;
mod system;
#[cfg(unix)]
mod unix;
mod wait;
mod whole_file;
#[cfg(windows)]
mod windows;

pub(crate) use connect::{begin_connect, begin_connect_unix, finish_connect};
pub(crate) use file_id::Identity;
pub(crate) use file_lock::FileLock;
pub use fork::is_forked;
pub(crate) use fork::{OpenMark, watch_forks};
pub(crate) use fork_local::ForkLocal;
pub use held::side_path;
pub(crate) use held::{Held, HeldFile, JOURNAL, SHM, WAL, find_held, with_free_file};
pub(crate) use lock_holders::{LockHolders, lock_holders};
pub(crate) use ready::Ready;
pub use system::descriptors::accept_open_files;
pub(crate) use system::descriptors::{Descriptor, foreign_descriptors, number_of};
#[cfg(unix)]
pub(crate) use system::descriptors::{forget_own, record_own};
pub(crate) use system::error_code;
pub(crate) use system::event_flag::EventFlag;
pub(crate) use system::file_watch::FileWatch;
pub(crate) use system::files::{
    FileAt, REMOVES_OPEN_FILES, allocate, check_writable, create_private_folder, identity,
    identity_of, look, open_at_once, private_options,
};
pub(crate) use system::locks::{file_locks, lock_alone, process_name, try_lock};
pub(crate) use system::paths::{c_path, canonicalize, is_drive, uri_path};
pub(crate) use system::socket::{descriptor_of, receive, send};
pub(crate) use system::threads::{is_current, sleep_precisely, spawn};
pub(crate) use wait::{wait_readable, wait_ready};
pub use whole_file::WholeFile;
pub(crate) use whole_file::{create_folders, create_private, follow, sync_folder};
