//! The place to which an export writes.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use kv::WholeFile;

/// Symbolic links that are followed from one path.
const LINKS_MAX: usize = 40;

/// A file that appears when it is whole, or a pipe or device that is written as it is.
pub enum ExportTarget {
    Whole(Box<WholeFile>),
    Through(File),
}

impl ExportTarget {
    /// Opens what stands at `path`. A regular file is replaced only if `overwrites`.
    pub fn open(path: &Path, overwrites: bool) -> io::Result<ExportTarget> {
        let kind = fs::metadata(path).map(|it| it.file_type());
        let is_stream = kind.is_ok_and(|it| it.is_fifo() || it.is_char_device());
        if is_stream || is_descriptor(path) {
            // Nothing is replaced. Behind a descriptor can be a regular file, with a beginning.
            return OpenOptions::new().append(true).open(path).map(ExportTarget::Through);
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
