//! Paths as other libraries want them: bytes.

use std::borrow::Cow;
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub(crate) use std::fs::canonicalize;

/// Returns a path as a C string; fails if it contains a NUL.
pub(crate) fn c_path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

/// Returns false: the system has no drives.
pub(crate) fn is_drive(_: &str) -> bool {
    false
}

/// Returns an absolute path as it stands in a URI, not yet encoded.
pub(crate) fn uri_path(path: &Path) -> Cow<'_, [u8]> {
    Cow::Borrowed(path.as_os_str().as_bytes())
}
