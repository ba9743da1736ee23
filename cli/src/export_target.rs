//! The place to which an export writes.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread;

use kv::WholeFile;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use crate::input::{self, POLL_INTERVAL};

/// Symbolic links that are followed from one path.
const LINKS_MAX: usize = 40;

/// A file that appears when it is whole, or a pipe or device that is written as it is.
pub enum ExportTarget {
    Whole(Box<WholeFile>),
    Through(File),
}

impl ExportTarget {
    /// Opens what stands at `path`. A regular file is replaced only if `overwrites`. A signal ends
    /// the wait for a reader of a named pipe.
    pub fn open(path: &Path, overwrites: bool) -> io::Result<ExportTarget> {
        let kind = fs::metadata(path).map(|it| it.file_type());
        match kind {
            Ok(kind) if kind.is_fifo() => return open_pipe(path).map(ExportTarget::Through),
            // Nothing is replaced. Behind a descriptor can be a regular file, with a beginning.
            Ok(kind) if kind.is_char_device() || is_descriptor(path) => {
                return OpenOptions::new().append(true).open(path).map(ExportTarget::Through);
            }
            _ => {}
        }
        match overwrites {
            true => WholeFile::replace(path),
            false => WholeFile::create(path),
        }
        .map(|file| ExportTarget::Whole(Box::new(file)))
    }

    /// Returns the open file.
    pub fn out(&self) -> &File {
        match self {
            ExportTarget::Whole(file) => file.file(),
            ExportTarget::Through(file) => file,
        }
    }

    /// Ends the export: a file appears under its name.
    pub fn finish(self) -> io::Result<()> {
        match self {
            ExportTarget::Whole(file) => file.publish(),
            ExportTarget::Through(_) => Ok(()),
        }
    }
}

/// Opens a named pipe as soon as it has a reader, unless a signal ends the wait.
fn open_pipe(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.bits() as i32;
    loop {
        match OpenOptions::new().append(true).custom_flags(flags).open(path) {
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NXIO) => {
                input::fail_if_stopped()?;
                thread::sleep(POLL_INTERVAL);
            }
            opened => {
                let file = opened?;
                fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
                return Ok(file);
            }
        }
    }
}

/// Returns whether `path` is another name of standard output, such as `/dev/stdout`.
pub fn is_stdout(path: &Path) -> bool {
    let id = |path: &Path| fs::metadata(path).map(|it| (it.dev(), it.ino())).ok();
    path == Path::new("-")
        || is_descriptor(path) && id(path).is_some() && id(path) == id(Path::new("/dev/stdout"))
}

/// Returns whether `path` leads to a descriptor of a process, as `/dev/fd/3` does.
fn is_descriptor(path: &Path) -> bool {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let Ok(folder) = fs::canonicalize(folder.unwrap_or(Path::new("."))) else { return false };
        if folder.starts_with("/proc") {
            return true;
        }
        match fs::read_link(&path) {
            Ok(next) => path = folder.join(next),
            Err(_) => return false,
        }
    }
    false
}
