//! POSIX systems.

pub(crate) mod descriptors;
pub(crate) mod error_code;
pub(crate) mod files;
pub(crate) mod forks;
mod kernel;
pub(crate) mod locks;
pub(crate) mod paths;
pub(crate) mod poll;
pub(crate) mod replace;
pub(crate) mod socket;
pub(crate) mod threads;
#[cfg(not(target_vendor = "apple"))]
mod timed_poll;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

pub(crate) use kernel::{event_flag, file_watch};
