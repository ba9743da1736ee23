//! The half for this system.

#[cfg(unix)]
pub(crate) use super::unix::{
    descriptors, error_code, event_flag, file_watch, files, forks, locks, paths, poll, replace,
    socket, threads,
};
#[cfg(windows)]
pub(crate) use super::windows::{
    descriptors, error_code, event_flag, file_watch, files, forks, locks, paths, poll, replace,
    socket, threads,
};
