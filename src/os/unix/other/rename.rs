//! A rename that replaces nothing.

use std::ffi::CStr;
use std::io;

/// Renames a file; fails if something has the new name.
#[cfg(target_vendor = "apple")]
pub(crate) fn rename_to_new(from: &CStr, to: &CStr) -> io::Result<()> {
    // SAFETY: both paths are strings that end with a NUL.
    match unsafe { libc::renamex_np(from.as_ptr(), to.as_ptr(), libc::RENAME_EXCL) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Fails: the system has no such call.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn rename_to_new(_: &CStr, _: &CStr) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(libc::ENOSYS))
}
