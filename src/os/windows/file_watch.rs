//! A watch of the writes to a file, which this system does not have: it reports a write when the
//! file is written to the disk, or closed.

use std::io;
use std::path::Path;

use super::descriptors::Descriptor;

/// No value of it exists.
#[derive(Debug)]
pub(crate) enum FileWatch {}

impl FileWatch {
    /// Fails with [`io::ErrorKind::Unsupported`].
    pub(crate) fn new(_: &Path) -> io::Result<FileWatch> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn pause(&mut self) {
        match *self {}
    }

    pub(crate) fn resume(&mut self) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn is_paused(&self) -> bool {
        match *self {}
    }

    pub(crate) fn raw(&self) -> Descriptor {
        match *self {}
    }

    pub(crate) fn clear(&self) {
        match *self {}
    }
}
