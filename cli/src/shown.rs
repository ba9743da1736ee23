//! Bytes as a terminal may show them.
//!
//! A key or value can hold anything, also what would move the cursor, rename the window, or write
//! backwards. None of that reaches a terminal: it is spelled out.

/// Returns `bytes` in one line: what does more than show itself as an escape, such as `\n`, `\x1b`,
/// `\u{202e}`, and what is not UTF-8 as `\xff`.
pub fn shown(bytes: &[u8]) -> String {
    spelled(bytes, |_| false)
}

/// Returns `text` in its lines, otherwise like [`shown`].
pub fn shown_text(text: &str) -> String {
    shown_lines(text.as_bytes())
}

/// Returns `bytes` in their lines, tabs included, otherwise like [`shown`].
pub fn shown_lines(bytes: &[u8]) -> String {
    spelled(bytes, |it| it == '\n' || it == '\t')
}

/// Answers whether a character does more on a terminal than to show itself.
pub fn is_active(it: char) -> bool {
    // The second half are separators of lines, and marks that turn the direction of what follows.
    it.is_control()
        || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns a string of JSON in which what acts on a terminal is an escape of JSON.
pub fn escaped_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 16);
    for it in json.chars() {
        match is_active(it) {
            // None of them is so far up that it would take two escapes.
            true => text.push_str(&format!("\\u{:04x}", u32::from(it))),
            false => text.push(it),
        }
    }
    text
}

fn spelled(bytes: &[u8], as_it_is: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for it in chunk.valid().chars() {
            match it {
                _ if !is_active(it) || as_it_is(it) => text.push(it),
                _ if it.is_ascii() => text.extend(spelled_byte(it as u8)),
                _ => text.extend(it.escape_unicode()),
            }
        }
        for byte in chunk.invalid() {
            text.extend(spelled_byte(*byte));
        }
    }
    text
}

fn spelled_byte(byte: u8) -> impl Iterator<Item = char> {
    std::ascii::escape_default(byte).map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_itself_stays() {
        for text in ["", "user:1", "\u{e4}\u{4e2d}\u{1f600} ~", "a\\b \"c\""] {
            assert_eq!(shown(text.as_bytes()), text);
        }
    }

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
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
            assert_eq!(shown(bytes), expected);
        }
    }

    #[test]
    fn lines_stay_lines_where_that_is_asked_for() {
        assert_eq!(shown_lines(b"a\n\tb\r\x1b"), "a\n\tb\\r\\x1b");
    }
}
