//! A rename that replaces nothing.

use std::ffi::{CStr, c_char, c_int};
use std::io;

/// Renames a file; fails if something has the new name.
pub(crate) fn rename_to_new(from: &CStr, to: &CStr) -> io::Result<()> {
    // SAFETY: both paths are strings that end with a NUL.
    match unsafe { rename_without_replacing(from.as_ptr(), to.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Calls renameat2 for two paths that do not begin at an open folder.
#[cfg(target_env = "gnu")]
unsafe fn rename_without_replacing(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller passes strings.
    unsafe { libc::renameat2(libc::AT_FDCWD, from, libc::AT_FDCWD, to, libc::RENAME_NOREPLACE) }
}

/// Calls renameat2 by its number, as musl 1.2.3 has no function for it.
#[cfg(not(target_env = "gnu"))]
unsafe fn rename_without_replacing(from: *const c_char, to: *const c_char) -> c_int {
    let (here, flags) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    // SAFETY: the caller passes strings.
    unsafe { libc::syscall(libc::SYS_renameat2, here, from, here, to, flags) as c_int }
}
