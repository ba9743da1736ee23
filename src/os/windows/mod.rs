//! Windows.

pub(crate) mod descriptors;
pub(crate) mod error_code;
pub(crate) mod event_flag;
pub(crate) mod file_watch;
pub(crate) mod files;
pub(crate) mod forks;
pub(crate) mod locks;
pub(crate) mod paths;
pub(crate) mod poll;
pub(crate) mod replace;
pub(crate) mod socket;
pub(crate) mod threads;
