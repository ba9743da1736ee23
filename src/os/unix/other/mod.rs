//! POSIX systems without Linux' own calls: macOS and FreeBSD.

pub(super) mod allocate;
#[cfg(target_vendor = "apple")]
mod coarse_poll;
pub(crate) mod event_flag;
pub(super) mod file_locks;
pub(crate) mod file_watch;
mod rename;

#[cfg(not(target_vendor = "apple"))]
pub(super) use super::timed_poll::poll;
#[cfg(target_vendor = "apple")]
pub(super) use coarse_poll::poll;
pub(super) use libc::{__error as errno_location, fstat, stat as Stat};
pub(super) use rename::rename_to_new;

/// The folder of the open descriptors.
pub(super) const DESCRIPTORS: &str = "/dev/fd";

/// The flag that keeps a send from raising SIGPIPE. On macOS it is a property of the socket, which
/// its creation sets.
#[cfg(target_vendor = "apple")]
pub(super) const NO_SIGNAL: libc::c_int = 0;
#[cfg(not(target_vendor = "apple"))]
pub(super) use libc::MSG_NOSIGNAL as NO_SIGNAL;

/// Sleeps are as precise as the system makes them.
pub(crate) fn sleep_precisely() {}
