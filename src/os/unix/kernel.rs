//! The part for this kernel.

#[cfg(target_os = "linux")]
pub(crate) use super::linux::*;
#[cfg(not(target_os = "linux"))]
pub(crate) use super::other::*;
