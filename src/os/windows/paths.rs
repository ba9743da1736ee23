//! Paths as other libraries want them: UTF-8.

use std::borrow::Cow;
use std::ffi::CString;
use std::io;
use std::path::{Path, PathBuf};

/// The beginning of a path that the system takes as it is.
const VERBATIM: &str = r"\\?\";
/// The longest path that needs no such beginning, in UTF-16.
const SHORT_MAX: usize = 259;

/// Returns a path as a C string; fails if it contains a NUL, or half of a character.
pub(crate) fn c_path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.to_str().ok_or(io::ErrorKind::InvalidInput)?)?)
}

/// Returns the path of a file without links, and without `\\?\` unless it is too long.
pub(crate) fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    let whole = path.canonicalize()?;
    let short = whole.to_str().and_then(|it| it.strip_prefix(VERBATIM)).map(|rest| {
        rest.strip_prefix(r"UNC\").map_or(rest.to_owned(), |share| format!(r"\\{share}"))
    });
    Ok(match short {
        Some(short) if short.encode_utf16().count() <= SHORT_MAX => short.into(),
        _ => whole,
    })
}

/// Returns whether a path may begin with this text and a colon: one letter.
pub(crate) fn is_drive(text: &str) -> bool {
    text.len() == 1 && text.starts_with(|it: char| it.is_ascii_alphabetic())
}

/// Returns an absolute path as it stands in a URI, not yet encoded: `/C:/folder/file`, or
/// `////server/share/file`.
pub(crate) fn uri_path(path: &Path) -> Cow<'_, [u8]> {
    let text = path.to_string_lossy().replace('\\', "/");
    let prefix = if text.starts_with("//") { "//" } else { "/" };
    Cow::Owned((prefix.to_owned() + &text).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_uri_has_slashes() {
        let of = |path: &str| String::from_utf8(uri_path(Path::new(path)).into_owned());
        assert_eq!(of(r"C:\a b\c.db").as_deref(), Ok("/C:/a b/c.db"));
        assert_eq!(of(r"\\server\share\c.db").as_deref(), Ok("////server/share/c.db"));
    }
}
