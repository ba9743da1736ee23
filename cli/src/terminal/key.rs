//! The keys of a keyboard, as a terminal sends them.
//!
//! The bytes are parsed here and not by crossterm, whose reader waits within a sequence that is cut
//! and never ends once the terminal is gone.

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A letter with Ctrl, in lower case.
    Ctrl(char),
    Enter,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Escape,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

/// The bytes of keys, of which the last may be cut.
#[derive(Default)]
pub struct KeyBytes {
    bytes: Vec<u8>,
}

/// The longest sequence that is waited for; a longer one is no key.
const SEQUENCE_LEN_MAX: usize = 32;

impl KeyBytes {
    /// Adds bytes that the terminal has sent.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns whether a key is cut, so that more bytes will follow at once; or it is Escape.
    pub fn is_cut(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// Returns the whole keys and keeps the rest. With `is_end` no more bytes follow at once: a cut
    /// sequence is Escape and the characters behind it.
    pub fn take(&mut self, is_end: bool) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut rest = &self.bytes[..];
        while !rest.is_empty() {
            let (key, len) = match next(rest) {
                Some(found) => found,
                None if is_end || rest.len() > SEQUENCE_LEN_MAX => {
                    (rest.starts_with(b"\x1b").then_some(Key::Escape), 1)
                }
                None => break,
            };
            keys.extend(key);
            rest = rest.get(len..).unwrap_or_default();
        }
        self.bytes = rest.to_vec();
        keys
    }
}

/// Returns the first key and the number of its bytes; `None` if it is cut. Bytes that are no key
/// are left out.
fn next(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    match bytes {
        [] => None,
        [0x1b, rest @ ..] => match rest {
            [] => None,
            [b'[', rest @ ..] => control_sequence(rest).map(|(key, len)| (key, len + 2)),
            [b'O', last, ..] => Some((of_final(*last), 3)),
            [b'O'] => None,
            [0x1b, ..] => Some((Some(Key::Escape), 1)),
            // A key with Alt has no meaning here.
            _ => Some((None, 2)),
        },
        [b'\r' | b'\n', ..] => Some((Some(Key::Enter), 1)),
        [b'\t', ..] => Some((Some(Key::Tab), 1)),
        [0x7f | 0x08, ..] => Some((Some(Key::Backspace), 1)),
        [byte @ 1..=26, ..] => Some((Some(Key::Ctrl(char::from(byte - 1 + b'a'))), 1)),
        [byte @ (0x20..=0x7e), ..] => Some((Some(Key::Char(char::from(*byte))), 1)),
        _ => character(bytes),
    }
}

/// Returns a character of UTF-8 and its length.
fn character(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let len = match bytes.first()? {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((None, 1)),
    };
    let text = std::str::from_utf8(bytes.get(..len)?).ok();
    match text.and_then(|it| it.chars().next()) {
        Some(it) => Some((Some(Key::Char(it)), len)),
        None => Some((None, 1)),
    }
}

/// Returns the key of a sequence, whose first two bytes were removed, and its length.
fn control_sequence(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let end = bytes.iter().position(|it| !(0x20..=0x3f).contains(it))?;
    let (parameters, last) = (bytes.get(..end)?, *bytes.get(end)?);
    let number: Vec<u8> = parameters.iter().copied().take_while(u8::is_ascii_digit).collect();
    let key = match (last, &number[..]) {
        (b'~', b"1" | b"7") => Some(Key::Home),
        (b'~', b"4" | b"8") => Some(Key::End),
        (b'~', b"3") => Some(Key::Delete),
        (b'~', b"5") => Some(Key::PageUp),
        (b'~', b"6") => Some(Key::PageDown),
        _ => of_final(last),
    };
    Some((key, end + 1))
}

fn of_final(last: u8) -> Option<Key> {
    Some(match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'M' => Key::Enter,
        b'Z' => Key::BackTab,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut input = KeyBytes::default();
        input.push(bytes);
        input.take(true)
    }

    #[test]
    fn the_sequences_of_terminals_are_keys() {
        let cases: [(&[u8], Key); 16] = [
            (b"a", Key::Char('a')),
            ("\u{e4}".as_bytes(), Key::Char('\u{e4}')),
            ("\u{1f600}".as_bytes(), Key::Char('\u{1f600}')),
            (b"\r", Key::Enter),
            (b"\t", Key::Tab),
            (b"\x7f", Key::Backspace),
            (b"\x03", Key::Ctrl('c')),
            (b"\x1b", Key::Escape),
            (b"\x1b[A", Key::Up),
            (b"\x1bOB", Key::Down),
            (b"\x1b[1;5C", Key::Right),
            (b"\x1b[H", Key::Home),
            (b"\x1b[4~", Key::End),
            (b"\x1b[5~", Key::PageUp),
            (b"\x1b[3~", Key::Delete),
            (b"\x1b[Z", Key::BackTab),
        ];
        for (bytes, expected) in cases {
            assert_eq!(keys(bytes), [expected], "{bytes:?}");
        }
    }

    #[test]
    fn a_key_that_comes_in_pieces_is_one_key() {
        for bytes in [&b"\x1b[5~"[..], b"\x1bOA", "\u{4e2d}".as_bytes(), b"\x1b[1;2B"] {
            let mut input = KeyBytes::default();
            for byte in &bytes[..bytes.len() - 1] {
                input.push(&[*byte]);
                assert_eq!(input.take(false), [], "{bytes:?}");
                assert!(input.is_cut());
            }
            input.push(&bytes[bytes.len() - 1..]);
            assert_eq!(input.take(false), keys(bytes));
            assert!(!input.is_cut());
        }
    }

    #[test]
    fn bytes_that_are_no_key_are_left_out_and_never_waited_for_long() {
        assert_eq!(keys(b"\xff\x00a"), [Key::Char('a')]);
        assert_eq!(keys(b"\x1b[200~x"), [Key::Char('x')]);
        assert_eq!(keys(b"\x1bqx"), [Key::Char('x')]);
        assert_eq!(keys(b"\x1b["), [Key::Escape, Key::Char('[')]);
        let mut input = KeyBytes::default();
        input.push(&[b"\x1b[".to_vec(), vec![b'1'; SEQUENCE_LEN_MAX]].concat());
        assert_eq!(input.take(false).first(), Some(&Key::Escape));
    }
}
