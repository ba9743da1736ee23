//! Escapes for terminals.
//!
//! A key or value can hold any bytes, also those that move the cursor, rename the window, or change
//! the direction of text. None of them reaches a terminal: each is written as an escape.

/// Returns `bytes` in one line. Characters that control a terminal are escapes, such as `\n`,
/// `\x1b` and `\u{202e}`; bytes that are not UTF-8 are escapes such as `\xff`.
pub fn escaped(bytes: &[u8]) -> String {
    escaped_unless(bytes, |_| false)
}

/// Returns `text` with its line ends and tabs, otherwise like [`escaped`].
pub fn escaped_text(text: &str) -> String {
    escaped_lines(text.as_bytes())
}

/// Returns `bytes` with their line ends and tabs, otherwise like [`escaped`].
pub fn escaped_lines(bytes: &[u8]) -> String {
    escaped_unless(bytes, |it| it == '\n' || it == '\t')
}

/// Returns whether a character controls a terminal instead of being shown by it.
pub fn needs_escape(it: char) -> bool {
    // The listed ones separate lines or change the direction of the text that follows.
    it.is_control()
        || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns `json` with the characters that control a terminal as escapes of JSON.
pub fn escaped_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 16);
    for it in json.chars() {
        match needs_escape(it) {
            // All of them are below U+10000, so one escape is enough.
            true => text.push_str(&format!("\\u{:04x}", u32::from(it))),
            false => text.push(it),
        }
    }
    text
}

fn escaped_unless(bytes: &[u8], is_kept: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for it in chunk.valid().chars() {
            match it {
                _ if !needs_escape(it) || is_kept(it) => text.push(it),
                _ if it.is_ascii() => text.extend(escaped_byte(it as u8)),
                _ => text.extend(it.escape_unicode()),
            }
        }
        for byte in chunk.invalid() {
            text.extend(escaped_byte(*byte));
        }
    }
    text
}

fn escaped_byte(byte: u8) -> impl Iterator<Item = char> {
    std::ascii::escape_default(byte).map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_does_not_control_a_terminal_is_not_escaped() {
        for text in ["", "user:1", "\u{e4}\u{4e2d}\u{1f600} ~", "a\\b \"c\""] {
            assert_eq!(escaped(text.as_bytes()), text);
        }
    }

    #[test]
    fn characters_that_control_a_terminal_are_escaped() {
        let cases: [(&[u8], &str); 7] = [
            (b"\x1b[31mred", "\\x1b[31mred"),
            (b"a\nb\tc\r", "a\\nb\\tc\\r"),
            (b"\0\x07\x7f", "\\x00\\x07\\x7f"),
            ("\u{9b}31m".as_bytes(), "\\u{9b}31m"),
            ("a\u{202e}b".as_bytes(), "a\\u{202e}b"),
            (b"\xff\xc3(", "\\xff\\xc3("),
            (b"\x9b31m", "\\x9b31m"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(escaped(bytes), expected);
        }
    }

    #[test]
    fn line_ends_and_tabs_are_kept_in_escaped_lines() {
        assert_eq!(escaped_lines(b"a\n\tb\r\x1b"), "a\n\tb\\r\\x1b");
    }
}
