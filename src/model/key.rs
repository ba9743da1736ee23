//! Names of groups and keys, and the limits of their lengths and that of values.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// The longest group name, in bytes.
pub const GROUP_LEN_MAX: usize = 64 * 1024 - 1;
/// The longest key, in bytes.
pub const KEY_LEN_MAX: usize = 64 * 1024 - 1;
/// The longest value, in bytes.
pub const VALUE_LEN_MAX: usize = 512 * 1024 * 1024;

/// The name of a group: any bytes, at most [`GROUP_LEN_MAX`]. The empty name is the default group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group<'a>(&'a [u8]);

/// A key within its group: any bytes, at most [`KEY_LEN_MAX`]. The empty key is a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<'a>(&'a [u8]);

impl<'a> Group<'a> {
    /// The default group, which has no name.
    pub const DEFAULT: Group<'static> = Group(b"");

    /// Returns the group called `name`, or [`ErrorKind::TooLarge`].
    pub fn new(name: &'a [u8]) -> Result<Self> {
        check_len("group", name.len(), GROUP_LEN_MAX)?;
        Ok(Group(name))
    }

    /// Returns the name.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Returns whether this is the default group.
    pub fn is_default(self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Key<'a> {
    /// Returns the key `name`, or [`ErrorKind::TooLarge`].
    pub fn new(name: &'a [u8]) -> Result<Self> {
        check_len("key", name.len(), KEY_LEN_MAX)?;
        Ok(Key(name))
    }

    /// Returns the key's bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Fails with [`ErrorKind::TooLarge`] if a value of `len` bytes is over its limit.
pub(crate) fn check_value(len: usize) -> Result<()> {
    check_len("value", len, VALUE_LEN_MAX)
}

fn check_len(what: &str, len: usize, max: usize) -> Result<()> {
    if len <= max { Ok(()) } else { Err(too_long(what, len, max)) }
}

#[cold]
#[inline(never)]
fn too_long(what: &str, len: usize, max: usize) -> Error {
    let message = format!("{what} of {len} bytes is over the limit of {max} bytes");
    Error::new(ErrorKind::TooLarge, message)
}

impl fmt::Debug for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Quoted(self.0), f)
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Quoted(self.0), f)
    }
}

/// Bytes as a message shows them: quoted, escaped, cut after 64.
pub(crate) struct Quoted<'a>(pub &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_MAX: usize = 64;
        let shown = self.0.get(..SHOWN_MAX).unwrap_or(self.0);
        write!(f, "\"{}\"", shown.escape_ascii())?;
        if shown.len() < self.0.len() {
            write!(f, "... ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_at_the_limit_is_a_key_and_one_byte_more_is_refused_with_both_numbers() {
        assert!(Key::new(&[0; KEY_LEN_MAX]).is_ok());

        let error = Key::new(&[0; KEY_LEN_MAX + 1]).expect_err("one byte over");

        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert_eq!(error.message(), "key of 65536 bytes is over the limit of 65535 bytes");
    }

    #[test]
    fn messages_show_control_characters_escaped_and_long_names_cut() {
        assert_eq!(Quoted(b"a\x1b[31m\0").to_string(), r#""a\x1b[31m\x00""#);
        assert!(Quoted(&[b'x'; 100]).to_string().ends_with("... (100 bytes)"));
    }
}
