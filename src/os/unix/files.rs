//! Files: their identity, creation for their owner alone, access.

use std::ffi::CString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
pub(crate) use std::os::unix::fs::FileExt as FileAt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

pub(crate) use super::kernel::allocate::allocate;
use crate::os::file_id::Identity;

/// Whether a file can be removed that is open.
pub(crate) const REMOVES_OPEN_FILES: bool = true;

/// Returns the identity of the file at `path`; `None` if there is none.
pub(crate) fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).as_ref().map(of_metadata).ok()
}

/// Returns the identity of an open file.
pub(crate) fn identity_of(file: &File) -> io::Result<Identity> {
    Ok(of_metadata(&file.metadata()?))
}

/// Returns the metadata of the file at `path`, and its identity.
pub(crate) fn look(path: &Path) -> io::Result<(Metadata, Identity)> {
    let metadata = fs::metadata(path)?;
    let identity = of_metadata(&metadata);
    Ok((metadata, identity))
}

fn of_metadata(file: &Metadata) -> Identity {
    (file.dev(), file.ino())
}

/// Returns options with which a file is created that only its owner may read and write.
pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Creates a folder that only its owner may use.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Opens a file for reading. The opening of a pipe does not wait for a writer.
pub(crate) fn open_at_once(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Fails unless this process may write to the file or folder at `path`; opens nothing.
pub(crate) fn check_writable(path: &Path) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the path is a string that ends with a NUL.
    match unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK, libc::AT_EACCESS) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
