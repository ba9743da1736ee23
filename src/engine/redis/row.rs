//! The version of a value, and the form of an entry in a named group.

use std::borrow::Cow;

use sha1::{Digest, Sha1};

use crate::model::{EntryInfo, EntryRef, Expiry, PIECE_LEN, Version};

/// The bytes beyond which the version of a value is made of the hashes of its pieces;
/// src/engine/redis/scripts/rows.lua has the reason.
pub(super) const PARTED_LEN: usize = 16 << 20;

/// Returns the version of a value: the first 8 bytes of its SHA-1, so that it changes with the
/// value when another client writes it too. Of a long value it is that of the hashes of its
/// pieces.
pub(super) fn version_of(value: &[u8]) -> Version {
    if value.len() <= PARTED_LEN {
        return version_in(Sha1::digest(value).into());
    }
    let hashes: String = value.chunks(PIECE_LEN).map(hash_text).collect();
    version_of(hashes.as_bytes())
}

/// Returns the spelling of a SHA-1 in scripts.
pub(super) fn hash_text(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the version of a value with this SHA-1.
pub(super) fn version_in([a, b, c, d, e, f, g, h, ..]: [u8; 20]) -> Version {
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

/// Returns the entry in a field of a group's hash: `EXPIRY;VALUE`. A field without such a
/// beginning was written by another client; it is a value that never expires.
pub(super) fn entry_of(field: &[u8]) -> EntryRef<'_> {
    let (expires_at, value) = split(field, b';').unwrap_or((None, field));
    EntryRef { value, version: version_of(value), expires_at }
}

/// Returns the expiry of the entry in a field.
pub(super) fn expiry_of(field: &[u8]) -> Option<Expiry> {
    let pieces = pieces_in(field).map(|it| it.expires_at);
    pieces.or_else(|| split(field, b';').map(|it| it.0)).flatten()
}

/// Returns the entry without its value, if the field is that of a value in pieces:
/// `EXPIRY!VERSION:SIZE`.
pub(super) fn pieces_in(field: &[u8]) -> Option<EntryInfo> {
    // A version has 16 digits.
    const COLON: usize = 16;
    let (expires_at, stream) = split(field, b'!')?;
    let (version, size) = parse_described(stream)?;
    (stream.get(COLON) == Some(&b':')).then_some(EntryInfo { size, version, expires_at })
}

/// Parses the description of a value that scripts return instead of its bytes: the version, and
/// the size if it was requested.
pub(super) fn parse_described(text: &[u8]) -> Option<(Version, u64)> {
    let (version, size) = match text.iter().position(|byte| *byte == b':') {
        Some(colon) => (text.get(..colon)?, std::str::from_utf8(text.get(colon + 1..)?).ok()?),
        None => (text, "0"),
    };
    Some((parse_version(version)?, size.parse().ok()?))
}

/// Returns the expiry that a script has spelt: milliseconds, or nothing for never.
pub(super) fn parse_expiry(text: &[u8]) -> Option<Expiry> {
    let millis = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(Expiry::at_millis(millis))
}

/// Returns the expiry before a mark, and the bytes behind it.
fn split(field: &[u8], mark: u8) -> Option<(Option<Expiry>, &[u8])> {
    // No expiry has more digits.
    const DIGITS_MAX: usize = 19;
    let head = field.get(..DIGITS_MAX + 1).unwrap_or(field);
    let at = head.iter().position(|byte| !byte.is_ascii_digit())?;
    let value = field.get(at..)?.strip_prefix(&[mark])?;
    Some((parse_expiry(field.get(..at)?), value))
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

    #[test]
    fn no_other_field_is_taken_for_a_value_in_pieces() {
        let parts = |field| {
            let info = pieces_in(field)?;
            Some((info.expires_at.map(Expiry::as_millis), info.version, info.size))
        };
        let version = 0xa999_3e36_4706_816a;
        assert_eq!(parts(b"!a9993e364706816a:786437"), Some((None, version, 786_437)));
        let mortal = b"1700000000000!a9993e364706816a:5";
        assert_eq!(parts(mortal), Some((Some(1_700_000_000_000), version, 5)));
        for other in [
            &b";!a9993e364706816a:5"[..],
            b"!a9993e364706816a",
            b"!a9993e36:5",
            b"!a9993e364706816a:",
            b"!a9993e364706816a:5x",
            b"!g9993e364706816a:5",
            b"!",
        ] {
            assert_eq!(parts(other), None, "{}", other.escape_ascii());
        }
    }
}
