//! Whether a value is JSON, text or neither, found piece by piece.

use std::io::{self, BufReader, Read};

use kv::JSON_DEPTH_MAX;
use serde_core::de::{Deserialize, IgnoredAny};

use crate::char_pieces::CharPieces;
use crate::failure::{Failure, Result};
use crate::stored_value::StoredValue;

/// The kind of the bytes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JSON, as [`kv::check_json`] takes it.
    Json,
    /// UTF-8 that is no JSON.
    Text,
    /// Bytes that are not UTF-8.
    Bytes,
}

/// Returns the kind of a value, which is read once.
pub fn kind_of(value: &mut StoredValue) -> Result<Kind> {
    let mut checked = BufReader::new(Checked::new(value));
    let mut json = serde_json::Deserializer::from_reader(&mut checked);
    let is_json = IgnoredAny::deserialize(&mut json).and_then(|_| json.end()).is_ok();
    let mut checked = checked.into_inner();
    // The rest of a value that is no JSON may be text.
    while checked.is_text && checked.failure.is_none() && checked.advance() {}
    match checked.failure {
        Some(failure) => Err(failure),
        None if !checked.is_text || !checked.text.rest().is_empty() => Ok(Kind::Bytes),
        None if is_json && checked.depth.deepest <= JSON_DEPTH_MAX => Ok(Kind::Json),
        None => Ok(Kind::Text),
    }
}

/// The bytes of a value, which ends where it is found to be no JSON.
struct Checked<'v> {
    value: &'v mut StoredValue,
    /// The offset of the piece, its length, and the bytes of it that were read.
    at: u64,
    len: usize,
    read: usize,
    text: CharPieces,
    is_text: bool,
    depth: Depth,
    /// Why a piece could not be read.
    failure: Option<Failure>,
}

impl<'v> Checked<'v> {
    fn new(value: &'v mut StoredValue) -> Checked<'v> {
        let (text, depth) = (CharPieces::default(), Depth::default());
        Checked { value, at: 0, len: 0, read: 0, text, is_text: true, depth, failure: None }
    }

    /// Checks the next piece; returns false at the end and after a failure.
    fn advance(&mut self) -> bool {
        self.at += self.len as u64;
        (self.len, self.read) = (0, 0);
        match self.value.piece(self.at) {
            Ok(piece) => {
                self.is_text &= std::str::from_utf8(self.text.push(piece)).is_ok();
                self.depth.add(piece);
                self.len = piece.len();
            }
            Err(failure) => self.failure = Some(failure),
        }
        self.len > 0
    }
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.len && !self.advance() {
            return Ok(0);
        }
        if !self.is_text || self.depth.deepest > JSON_DEPTH_MAX {
            return Err(io::Error::other("not JSON"));
        }
        // The piece that was read last is kept.
        let piece = self.value.piece(self.at).unwrap_or_default();
        let len = piece.get(self.read..).unwrap_or_default().read(buffer)?;
        self.read += len;
        Ok(len)
    }
}

/// The depth of the nesting of arrays and objects.
#[derive(Default)]
struct Depth {
    depth: usize,
    deepest: usize,
    is_string: bool,
    is_escaped: bool,
}

impl Depth {
    fn add(&mut self, json: &[u8]) {
        for byte in json {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.is_string = !self.is_string,
                _ if self.is_string => {}
                b'[' | b'{' => {
                    self.depth += 1;
                    self.deepest = self.deepest.max(self.depth);
                }
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kv::Entry;

    use super::*;

    /// Longer than a piece, so that characters and tokens lie on both sides of its end.
    const LEN: usize = 1 << 20;

    fn kind(bytes: &[u8]) -> Kind {
        let entry = Entry { value: bytes.into(), version: 1, expires_at: None };
        kind_of(&mut StoredValue::of_entry(entry)).expect("a kind")
    }

    #[test]
    fn the_kind_is_that_of_the_whole_value() {
        let long = "\u{4e2d}".repeat(LEN);
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        let cases = [
            ("".to_owned(), Kind::Text),
            (" {\"a\": [1, true]} ".to_owned(), Kind::Json),
            ("{\"a\": 1} x".to_owned(), Kind::Text),
            (format!("\"{long}\""), Kind::Json),
            (long.clone(), Kind::Text),
            (format!("[\"{long}\"}}"), Kind::Text),
            (nested(JSON_DEPTH_MAX), Kind::Json),
            (nested(JSON_DEPTH_MAX + 1), Kind::Text),
        ];
        for (text, expected) in cases {
            assert_eq!(kind(text.as_bytes()), expected, "{:?}", text.get(..20));
            let is_json = kv::check_json(text.as_bytes()).is_ok();
            assert_eq!(is_json, expected == Kind::Json, "{:?}", text.get(..20));
        }
    }

    #[test]
    fn one_byte_that_is_not_utf8_makes_bytes_of_a_value() {
        let long = "\u{4e2d}".repeat(LEN);
        for end in [&b"\xff"[..], b"\xe4\xb8"] {
            assert_eq!(kind(&[long.as_bytes(), end].concat()), Kind::Bytes);
            assert_eq!(kind(&[b"\"", end, b"\""].concat()), Kind::Bytes);
        }
    }
}
