//! The text of a value: JSON in indented lines, other text as it is, bytes in hexadecimal.

use serde_core::de::{Deserialize, IgnoredAny};

use crate::browse::json_lines;
use crate::browse::requests::Content;
use crate::browse::styled::{Line, Part, wrap};
use crate::escape::{escaped_lines, needs_escape};
use crate::units::short_size;

/// Columns of a tab.
const TAB: &str = "    ";

/// The kind of a value, as far as its beginning shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Empty,
    Json,
    Text,
    Bytes,
}

impl Kind {
    /// Returns the name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Empty => "empty",
            Kind::Json => "json",
            Kind::Text => "text",
            Kind::Bytes => "bytes",
        }
    }
}

/// Returns the kind of a value.
pub fn kind_of(content: &Content) -> Kind {
    let Some(text) = text_of(content) else { return Kind::Bytes };
    if content.bytes.is_empty() {
        return Kind::Empty;
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let parsed = IgnoredAny::deserialize(&mut json).and_then(|_| json.end());
    let is_json = match parsed {
        Ok(()) => !is_cut(content) && is_shallow(text),
        Err(error) => is_cut(content) && error.is_eof() && text.starts_with(['{', '[']),
    };
    if is_json { Kind::Json } else { Kind::Text }
}

/// Returns the lines of a value, each of at most `columns`.
pub fn lines(content: &Content, columns: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = match (kind_of(content), text_of(content)) {
        (Kind::Empty, _) => vec![vec![(Part::Faint, "(empty)".to_owned())]],
        (Kind::Json, Some(text)) => {
            json_lines::lines(text).iter().flat_map(|line| wrap(line, columns)).collect()
        }
        (Kind::Text, Some(text)) => text_lines(text, columns),
        _ => hex_lines(&content.bytes, columns),
    };
    if is_cut(content) {
        let (shown, size) = (short_size(content.bytes.len() as u64), short_size(content.size));
        let note = format!("-- the first {shown} of {size}; 'kv get' prints all --");
        lines.extend(wrap(&vec![(Part::Faint, note)], columns));
    }
    lines
}

/// Returns whether only the beginning of the value was read.
fn is_cut(content: &Content) -> bool {
    (content.bytes.len() as u64) < content.size
}

/// Returns the text of a value; of one that is cut, up to its last whole character.
fn text_of(content: &Content) -> Option<&str> {
    match std::str::from_utf8(&content.bytes) {
        Ok(text) => Some(text),
        Err(error) if is_cut(content) && error.error_len().is_none() => {
            std::str::from_utf8(content.bytes.get(..error.valid_up_to())?).ok()
        }
        Err(_) => None,
    }
}

/// Returns whether arrays and objects are nested at most as deep as in JSON that the store checks.
fn is_shallow(json: &str) -> bool {
    kv::check_json(json.as_bytes()).is_ok()
}

fn text_lines(text: &str, columns: usize) -> Vec<Line> {
    // A return before a line end is not worth an escape.
    let text = text.replace("\r\n", "\n");
    let escaped = match text.contains(needs_escape) {
        true => escaped_lines(text.as_bytes()),
        false => text,
    };
    let lines = escaped.strip_suffix('\n').unwrap_or(&escaped).split('\n');
    lines.flat_map(|line| wrap(&vec![(Part::Plain, line.replace('\t', TAB))], columns)).collect()
}

/// Returns offset, bytes and ASCII characters, as many as fit.
fn hex_lines(bytes: &[u8], columns: usize) -> Vec<Line> {
    // Eight digits of the offset, two spaces, three columns for each byte, a space, and a
    // character for each byte.
    let len = [16, 8, 4].into_iter().find(|len| 11 + 4 * len <= columns).unwrap_or(2);
    let line = |(at, chunk): (usize, &[u8])| {
        let mut hex = String::new();
        for byte in chunk {
            hex.push_str(&format!("{byte:02x} "));
        }
        let ascii = chunk.iter().map(|byte| match byte {
            0x20..=0x7e => char::from(*byte),
            _ => '.',
        });
        vec![
            (Part::Faint, format!("{:08x}  ", at * len)),
            (Part::Number, format!("{hex:<width$} ", width = 3 * len)),
            (Part::Plain, ascii.collect()),
        ]
    };
    bytes.chunks(len).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use kv::JSON_DEPTH_MAX;

    use super::*;

    fn content(bytes: &[u8], size: usize) -> Content {
        Content { bytes: bytes.to_vec(), size: size as u64, version: 1 }
    }

    fn text(bytes: &[u8], size: usize, columns: usize) -> Vec<String> {
        let lines = lines(&content(bytes, size), columns);
        lines.iter().map(|line| line.iter().map(|(_, text)| &text[..]).collect()).collect()
    }

    #[test]
    fn the_kind_is_that_of_the_value_or_of_its_beginning() {
        let nested = "[".repeat(JSON_DEPTH_MAX + 1) + &"]".repeat(JSON_DEPTH_MAX + 1);
        for (bytes, more, expected) in [
            (&b""[..], 0, Kind::Empty),
            (b"{\"a\":1}", 0, Kind::Json),
            (b"{\"a\":1", 0, Kind::Text),
            (b"{\"a\":1", 9, Kind::Json),
            (b"{\"a\":1} ", 9, Kind::Text),
            (b"12", 9, Kind::Text),
            (b"plain", 0, Kind::Text),
            (b"\xe4\xb8", 0, Kind::Bytes),
            (b"a\xe4\xb8", 9, Kind::Text),
            (b"\xff", 9, Kind::Bytes),
            (nested.as_bytes(), 0, Kind::Text),
        ] {
            assert_eq!(kind_of(&content(bytes, bytes.len() + more)), expected, "{bytes:?} {more}");
        }
    }

    #[test]
    fn text_is_wrapped_and_what_controls_a_terminal_is_escaped() {
        assert_eq!(text(b"ab\tc\r\n\x1b[1m\n", 11, 6), ["ab    ", "c", "\\x1b[1", "m"]);
        assert_eq!(text("\u{202e}".as_bytes(), 3, 20), ["\\u{202e}"]);
    }

    #[test]
    fn bytes_are_printed_in_hexadecimal_in_as_many_columns_as_there_are() {
        let bytes: Vec<u8> = (0xf0..=0xff).chain(*b"AB").collect();
        assert_eq!(
            text(&bytes, bytes.len(), 80),
            [
                "00000000  f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff  ................",
                "00000010  41 42                                            AB",
            ]
        );
        let narrow = text(&bytes, bytes.len(), 30);
        assert!(narrow.iter().all(|line| line.len() <= 30) && narrow.len() == 5, "{narrow:?}");
    }

    #[test]
    fn a_large_value_ends_with_the_note_that_it_is_cut() {
        let lines = text(b"abc", 1 << 20, 100);
        assert_eq!(lines, ["abc", "-- the first 3 B of 1.0 MiB; 'kv get' prints all --"]);
    }
}
