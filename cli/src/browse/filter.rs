//! The filter of the keys that are shown: a prefix, or a glob.

use kv::{Dialect, Glob, Pattern};

/// The filter of keys, as it was typed. An empty one selects all keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<u8>);

impl Filter {
    /// Returns the filter of a text: a glob if it has `*`, `?` or `[`, else a prefix.
    pub fn of_text(text: &str) -> Filter {
        Filter(text.as_bytes().to_vec())
    }

    /// Returns the filter of the keys that begin with `prefix`.
    pub fn of_prefix(prefix: &[u8]) -> Filter {
        match prefix.iter().any(is_special) {
            false => Filter(prefix.to_vec()),
            // In a glob, each of these stands for itself within brackets.
            true => Filter(prefix.iter().flat_map(literal).chain([b'*']).collect()),
        }
    }

    /// Returns whether all keys are selected.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text of the filter.
    pub fn text(&self) -> &[u8] {
        &self.0
    }

    /// Returns the pattern for a scan.
    pub fn pattern(&self) -> Pattern<'_> {
        match self.0.iter().any(is_special) {
            true => Pattern::Glob(Glob::new(&self.0, Dialect::Sqlite)),
            false => Pattern::Prefix(&self.0),
        }
    }
}

fn is_special(byte: &u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[')
}

fn literal(byte: &u8) -> Vec<u8> {
    if is_special(byte) { vec![b'[', *byte, b']'] } else { vec![*byte] }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Filter {
        fn matches(&self, key: &[u8]) -> bool {
            match self.pattern() {
                Pattern::Prefix(prefix) => key.starts_with(prefix),
                Pattern::Glob(glob) => glob.matches(key),
            }
        }
    }

    #[test]
    fn a_text_with_a_special_character_is_a_glob_and_any_other_a_prefix() {
        for (text, key, expected) in [
            ("", &b"any"[..], true),
            ("user:", b"user:1", true),
            ("user:", b"a user:1", false),
            ("*:1", b"user:1", true),
            ("user:?", b"user:12", false),
            ("[uv]*", b"v", true),
        ] {
            assert_eq!(Filter::of_text(text).matches(key), expected, "{text}");
        }
    }

    #[test]
    fn a_prefix_is_taken_byte_for_byte() {
        for prefix in [&b"a*b"[..], b"[x]", b"?", b"plain", b"\xff*"] {
            let filter = Filter::of_prefix(prefix);
            assert!(filter.matches(&[prefix, b"tail"].concat()), "{filter:?}");
            assert!(!filter.matches(b"axb[]"), "{filter:?}");
        }
    }
}
