//! The parts of a value as a cursor.

use std::ops::Range;

use memchr::memmem::Finder;

use crate::engine::Cursor;
use crate::error::Result;
use crate::model::{Entry, Group, Key, ScanEntry};
use crate::store::Store;

/// Returns a cursor over the parts of the value under a key between the occurrences of
/// `separator`, or `None` if the key is absent or expired.
///
/// Without an occurrence the whole value is the only part, also if it is empty; between two
/// adjacent occurrences is an empty part. An empty separator cuts after each UTF-8 character, and
/// each byte that belongs to no character is a part; an empty value then has no part.
///
/// The cursor's entries have the group, an empty key, the part as their value, and the version and
/// expiry of the whole value.
pub fn get_split(
    store: &Store,
    group: Group<'_>,
    key: Key<'_>,
    separator: &[u8],
) -> Result<Option<Box<dyn Cursor>>> {
    let cut = match separator {
        b"" => Cut::Characters,
        _ => Cut::Separator(Box::new(Finder::new(separator).into_owned())),
    };
    parts(store, group, key, cut)
}

/// Returns a cursor over the parts of the value under a key between white space, as Unicode defines
/// it, or `None` if the key is absent or expired. No part is empty, so an empty or blank value has
/// none.
///
/// The cursor's entries are those of [`get_split`].
pub fn get_fields(
    store: &Store,
    group: Group<'_>,
    key: Key<'_>,
) -> Result<Option<Box<dyn Cursor>>> {
    parts(store, group, key, Cut::WhiteSpace)
}

fn parts(
    store: &Store,
    group: Group<'_>,
    key: Key<'_>,
    cut: Cut,
) -> Result<Option<Box<dyn Cursor>>> {
    let entry = store.get(group, key)?;
    let group = group.as_bytes().to_vec();
    Ok(entry.map(|entry| Box::new(Parts { group, entry, cut, rest: Some(0) }) as Box<dyn Cursor>))
}

/// The places at which a value is cut.
enum Cut {
    Separator(Box<Finder<'static>>),
    Characters,
    WhiteSpace,
}

struct Parts {
    group: Vec<u8>,
    entry: Entry,
    cut: Cut,
    /// The index at which the rest of the value begins; `None` after the last part.
    rest: Option<usize>,
}

impl Cursor for Parts {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let first = self.rest.and_then(|start| self.cut.first(&self.entry.value, start));
        let Some((part, rest)) = first else {
            self.rest = None;
            return Ok(None);
        };
        self.rest = rest;
        let value = self.entry.value.get(part).unwrap_or_default();
        Ok(Some(ScanEntry {
            group: &self.group,
            key: b"",
            value,
            value_size: value.len() as u64,
            version: self.entry.version,
            expires_at: self.entry.expires_at,
        }))
    }
}

impl Cut {
    /// Returns the first part of `value` from `start` on, and the index of the rest if there is
    /// one.
    fn first(&self, value: &[u8], start: usize) -> Option<(Range<usize>, Option<usize>)> {
        let rest = value.get(start..)?;
        match self {
            Cut::Separator(separator) => Some(match separator.find(rest) {
                Some(len) => (start..start + len, Some(start + len + separator.needle().len())),
                None => (start..value.len(), None),
            }),
            Cut::Characters => {
                let end = start + first_character(rest)?.1;
                Some((start..end, Some(end)))
            }
            Cut::WhiteSpace => {
                let start = start + run(rest, true);
                let end = start + run(value.get(start..)?, false);
                (start < end).then_some((start..end, Some(end)))
            }
        }
    }
}

/// Returns the length of the run of white space, or without `is_white` of other bytes, at the start
/// of `bytes`.
fn run(bytes: &[u8], is_white: bool) -> usize {
    let mut len = 0;
    while let Some((character, width)) = first_character(bytes.get(len..).unwrap_or_default()) {
        if character.is_some_and(char::is_whitespace) != is_white {
            break;
        }
        len += width;
    }
    len
}

/// Returns the first character of `bytes` and its length, no character and 1 if the first byte
/// begins none, or `None` if there are no bytes.
fn first_character(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    const CHARACTER_LEN_MAX: usize = 4;
    let first = *bytes.first()?;
    if first.is_ascii() {
        return Some((Some(char::from(first)), 1));
    }
    let head = bytes.get(..CHARACTER_LEN_MAX).unwrap_or(bytes);
    let character = head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    Some((character, character.map_or(1, char::len_utf8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(cut: Cut, value: &[u8]) -> Vec<&[u8]> {
        let mut rest = Some(0);
        let mut parts = Vec::new();
        while let Some((part, next)) = rest.and_then(|start| cut.first(value, start)) {
            parts.push(&value[part]);
            rest = next;
        }
        parts
    }

    fn split<'v>(value: &'v str, separator: &str) -> Vec<&'v [u8]> {
        cut(
            Cut::Separator(Box::new(Finder::new(separator.as_bytes()).into_owned())),
            value.as_bytes(),
        )
    }

    #[test]
    fn a_separator_cuts_as_the_standard_library_does() {
        for separator in [",", ", ", "ab", "aa", "\u{e9}"] {
            for value in
                ["", ",", ",,", "a,b", "a, b,", "aaa", "aaaa", "abab", "cab", "\u{e9}a\u{e9}"]
            {
                let expected: Vec<&[u8]> = value.split(separator).map(str::as_bytes).collect();
                assert_eq!(split(value, separator), expected, "{value:?} by {separator:?}");
            }
        }
    }

    #[test]
    fn white_space_cuts_as_the_standard_library_does() {
        for value in [
            "",
            " ",
            "a",
            " a\tb\r\n",
            "\u{a0}a\u{2003}\u{3000}b\u{85}",
            "\u{200b}a\0b",
            "\u{fffd} x",
        ] {
            let expected: Vec<&[u8]> = value.split_whitespace().map(str::as_bytes).collect();
            assert_eq!(cut(Cut::WhiteSpace, value.as_bytes()), expected, "{value:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_characters_are_parts_of_fields_and_characters_of_their_own() {
        let value = b"\xE2\x82 \xFFa\xC2\xA0\xED\xA0\x80\xF0\x9F";
        let fields: [&[u8]; 3] = [b"\xE2\x82", b"\xFFa", b"\xED\xA0\x80\xF0\x9F"];
        assert_eq!(cut(Cut::WhiteSpace, value), fields);

        let characters = cut(Cut::Characters, "a\u{e9}\u{1f600}".as_bytes());
        assert_eq!(characters, ["a".as_bytes(), "\u{e9}".as_bytes(), "\u{1f600}".as_bytes()]);
        let characters: [&[u8]; 4] = [b"\xF0", b"\x9F", b"\x98", b"a"];
        assert_eq!(cut(Cut::Characters, b"\xF0\x9F\x98a"), characters);
        assert!(cut(Cut::Characters, b"").is_empty());
    }
}
