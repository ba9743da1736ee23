//! The sockets that programs wait for, and the files of this process.
//!
//! A lock belongs to the handle by which it was taken, and ends with that. So other handles of a
//! file endanger nothing, and none is looked for.

use std::os::windows::io::RawSocket;

use crate::os::file_id::Identity;

/// A socket: the only thing that all programs can wait for.
pub(crate) type Descriptor = RawSocket;

/// Returns a socket as programs in C have it: of a handle, 32 bits have a meaning.
pub(crate) fn number_of(descriptor: Descriptor) -> i32 {
    descriptor as i32
}

/// A file that is this library's own.
#[derive(Debug)]
pub(crate) struct OwnDescriptor;

impl OwnDescriptor {
    pub(crate) fn new<T>(_: &T) -> OwnDescriptor {
        OwnDescriptor
    }
}

/// Accepts the files that this process has open now; there is nothing to do.
pub fn accept_open_files() {}

/// Returns no handle.
pub(crate) fn foreign_descriptors(_: &[Identity]) -> Vec<(Descriptor, Identity)> {
    Vec::new()
}
