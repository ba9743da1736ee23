//! Files: their identity, reads and writes at an offset, access.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt, OpenOptionsExt};
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_FLAG_BACKUP_SEMANTICS, GetFileInformationByHandle,
};

use crate::os::file_id::Identity;

/// Whether a file can be removed that SQLite has open: it shares reading and writing alone.
pub(crate) const REMOVES_OPEN_FILES: bool = false;

/// Returns the identity of the file at `path`; `None` if there is none.
pub(crate) fn identity(path: &Path) -> Option<Identity> {
    open_for_nothing(path).and_then(|file| identity_of(&file)).ok()
}

/// Returns the identity of an open file.
pub(crate) fn identity_of(file: &File) -> io::Result<Identity> {
    // SAFETY: the structure is plain data.
    let mut found: BY_HANDLE_FILE_INFORMATION = unsafe { std::mem::zeroed() };
    // SAFETY: the handle is open, and the structure is ours to be written.
    if unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut found) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let number = (u64::from(found.nFileIndexHigh) << 32) | u64::from(found.nFileIndexLow);
    Ok((found.dwVolumeSerialNumber.into(), number))
}

/// Returns the metadata of the file at `path`, and its identity.
pub(crate) fn look(path: &Path) -> io::Result<(Metadata, Identity)> {
    let file = open_for_nothing(path)?;
    Ok((file.metadata()?, identity_of(&file)?))
}

/// Opens a file or folder for its properties alone, which no other opening hinders.
fn open_for_nothing(path: &Path) -> io::Result<File> {
    OpenOptions::new().access_mode(0).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

/// Reads and writes at an offset. They move the file's own position, which nothing may rely on that
/// uses them.
pub(crate) trait FileAt {
    /// Reads up to the length of `bytes`, and returns how many bytes were read.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills `bytes`, or fails with [`io::ErrorKind::UnexpectedEof`].
    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `bytes`.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
}

impl FileAt for File {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.seek_read(bytes, offset)
    }

    fn read_exact_at(&self, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let len = self.read_at(bytes, offset)?;
            if len == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes = bytes.get_mut(len..).unwrap_or_default();
            offset += len as u64;
        }
        Ok(())
    }

    fn write_all_at(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let len = self.seek_write(bytes, offset)?;
            if len == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = bytes.get(len..).unwrap_or_default();
            offset += len as u64;
        }
        Ok(())
    }
}

/// Makes a file at least `len` bytes long. The system gives it the space, and zeros from `from` on.
/// Fails on a full disk.
pub(crate) fn allocate(file: &File, _from: u64, len: u64) -> io::Result<()> {
    match file.metadata()?.len() < len {
        true => file.set_len(len),
        false => Ok(()),
    }
}

/// Returns options with which a file is created. It has the rights of its folder.
pub(crate) fn private_options() -> OpenOptions {
    OpenOptions::new()
}

/// Creates a folder, which has the rights of the one above it.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// Opens a file for reading, or a folder, to see which it is.
pub(crate) fn open_at_once(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS).open(path)
}

/// Fails unless this process may write to the file at `path`. The rights of a folder show when a
/// file is created there.
pub(crate) fn check_writable(path: &Path) -> io::Result<()> {
    match path.is_dir() {
        true => Ok(()),
        false => OpenOptions::new().write(true).open(path).map(drop),
    }
}
