//! Files that are read alone: no log lies beside them, so that no process has them open for
//! writing. Such a file is read without locks and without a wal-index. Nothing is created beside
//! it, so it may be on a medium or in a folder that cannot be written.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, ErrorKind};
use crate::os::{self, Identity};

/// A file as it was when reading began.
#[derive(Debug, Clone)]
pub(crate) struct Alone {
    path: PathBuf,
    state: FileState,
}

/// The size and time of the file, which every write changes. The change counter in the file would
/// not do, because a checkpoint need not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileState {
    id: Identity,
    len: u64,
    written: SystemTime,
}

impl Alone {
    /// Returns the state of the file at `path`, or `None` if a log or journal lies beside it, or if
    /// there is no file.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Alone>> {
        Ok(state(path)?.map(|state| Alone { path: path.to_owned(), state }))
    }

    /// Fails if the file was written since, or is not alone any more.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if state(&self.path)? == Some(self.state) {
            return Ok(());
        }
        let message = "another process changed the file while it was read; read again";
        Err(Error::new(ErrorKind::Busy, message))
    }

    /// Returns the name by which SQLite reads the file without locks.
    pub(crate) fn uri(&self) -> String {
        immutable_uri(&self.path)
    }
}

/// Returns the name by which SQLite reads the file at `path` without locks, log and journal.
pub(super) fn immutable_uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in os::uri_path(path).iter() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            // A write into memory does not fail.
            byte => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri + "?immutable=1"
}

fn state(path: &Path) -> io::Result<Option<FileState>> {
    let len_of = |suffix| match fs::symlink_metadata(os::side_path(path, suffix)) {
        Ok(it) => Ok(Some(it.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    // An empty journal is that of a transaction that has ended, or has not begun to write.
    if len_of(os::WAL)?.is_some() || len_of(os::JOURNAL)?.is_some_and(|len| len > 0) {
        return Ok(None);
    }
    let (file, id) = match os::look(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    Ok(Some(FileState { id, len: file.len(), written: file.modified()? }))
}
