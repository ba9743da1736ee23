//! The version of a value, and the form of an entry in a named group.

use std::borrow::Cow;

use sha1::{Digest, Sha1};

use crate::model::{EntryRef, Expiry, Version};

/// Returns the version of a value: the first 8 bytes of its SHA-1, so that it changes with the
/// value when another client writes it too.
pub(super) fn version_of(value: &[u8]) -> Version {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 20]>::from(Sha1::digest(value));
    Version::from_be_bytes([a, b, c, d, e, f, g, h]).max(1)
}

/// Returns the spelling of a version in scripts.
pub(super) fn version_text(version: Version) -> String {
    format!("{version:016x}")
}

/// Returns the version that a script has spelt.
pub(super) fn parse_version(text: &[u8]) -> Option<Version> {
    Version::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

/// Returns the field of a key in a group's hash. Fields that begin with one zero byte are the
/// index of the group.
pub(super) fn field_of(key: &[u8]) -> Cow<'_, [u8]> {
    match key {
        [0, ..] => Cow::Owned([b"\0", key].concat()),
        _ => Cow::Borrowed(key),
    }
}

/// Returns the entry in a field of a group's hash: `EXPIRY;VALUE`. A field without such a beginning
/// was written by another client; it is a value that never expires.
pub(super) fn entry_of(field: &[u8]) -> EntryRef<'_> {
    let (expires_at, value) = split(field).unwrap_or((None, field));
    EntryRef { value, version: version_of(value), expires_at }
}

/// Returns the expiry that a script has spelt: milliseconds, or nothing for never.
pub(super) fn parse_expiry(text: &[u8]) -> Option<Expiry> {
    let millis = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(Expiry::at_millis(millis))
}

fn split(field: &[u8]) -> Option<(Option<Expiry>, &[u8])> {
    // No expiry has more digits.
    const DIGITS_MAX: usize = 19;
    let head = field.get(..DIGITS_MAX + 1).unwrap_or(field);
    let semicolon = head.iter().position(|byte| !byte.is_ascii_digit())?;
    let value = field.get(semicolon..)?.strip_prefix(b";")?;
    Some((parse_expiry(field.get(..semicolon)?), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_follows_the_value_and_is_never_zero() {
        assert_eq!(version_text(version_of(b"abc")), "a9993e364706816a");
        assert_ne!(version_of(b"a"), version_of(b"b"));
        assert_eq!(parse_version(b"a9993e364706816a"), Some(version_of(b"abc")));
        assert_eq!(parse_version(b"x"), None);
    }

    #[test]
    fn a_field_is_an_expiry_and_a_value() {
        let parts = |field| {
            let entry: EntryRef<'_> = entry_of(field);
            (entry.expires_at.map(Expiry::as_millis), entry.value)
        };
        assert_eq!(parts(b";blue"), (None, &b"blue"[..]));
        assert_eq!(parts(b"1700000000000;;a"), (Some(1_700_000_000_000), &b";a"[..]));
        assert_eq!(parts(b";"), (None, &b""[..]));
        for foreign in [&b"blue"[..], b"", b"12", b"1a;b", b"12345678901234567890;x"] {
            assert_eq!(parts(foreign), (None, foreign));
        }
    }
}
