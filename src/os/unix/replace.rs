//! The names and properties that a new file gets.

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use super::kernel;
use super::paths::c_path;

/// Renames a file; fails if something has the new name.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    kernel::rename_to_new(&c_path(from)?, &c_path(to)?)
}

/// Gives a file the mode of the one that it replaces, and its owner.
pub(crate) fn take_over(file: &File, old: &Metadata) -> io::Result<()> {
    // An owner that cannot be kept is no reason to fail.
    let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))
}

/// Makes the names in a folder survive a loss of power, where the file system can.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if is_unsupported(&error) => Ok(()),
        synced => synced,
    }
}

/// Returns whether a file system lacks what it was asked for.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    let lacking =
        [libc::EINVAL, libc::ENOSYS, libc::EOPNOTSUPP, libc::EPERM, libc::EACCES, libc::EMLINK];
    error.raw_os_error().is_some_and(|errno| lacking.contains(&errno))
}

/// Returns what a file is that is not a regular one.
pub(crate) fn kind_of(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        "folder"
    } else if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    }
}
