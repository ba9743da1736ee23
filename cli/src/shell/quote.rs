//! Names that are written as words of a line, whole or as far as they are known.

/// The way in which a word is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// Without quotes.
    Bare,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
}

impl Quoting {
    /// Returns the quoting of a word that was begun with `typed`, for the name `name`.
    pub fn of(typed: &str, name: &str) -> Quoting {
        match typed.chars().next() {
            Some('\'') => Quoting::Single,
            Some('"') => Quoting::Double,
            _ if needs_quotes(name) => Quoting::Single,
            _ => Quoting::Bare,
        }
    }

    /// Returns `name` as the beginning of a word, after which more of the word can follow.
    pub fn begin(self, name: &str) -> String {
        match self {
            Quoting::Bare => name.to_owned(),
            Quoting::Single => format!("'{}", name.replace('\'', "'\\''")),
            Quoting::Double => {
                let mut text = "\"".to_owned();
                for it in name.chars() {
                    if matches!(it, '$' | '`' | '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(it);
                }
                text
            }
        }
    }

    /// Returns `name` as a whole word, and a space behind it.
    pub fn whole(self, name: &str) -> String {
        let end = match self {
            Quoting::Bare if name.is_empty() => "'' ",
            Quoting::Bare => " ",
            Quoting::Single => "' ",
            Quoting::Double => "\" ",
        };
        self.begin(name) + end
    }
}

/// Returns whether a name, or its beginning, is no part of a word without quotes.
fn needs_quotes(name: &str) -> bool {
    name.starts_with(['#', '{', '['])
        || name.contains(|it: char| it.is_whitespace() || "'\"\\*?[]$`&|;<>()!".contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::words::split;

    #[test]
    fn every_quoting_writes_a_word_that_is_the_name() {
        for name in ["user:1", "a b", "it's", "\"$x\"\\", "{\"a\"", "#", "", "\u{e4}\u{4e2d}"] {
            for typed in ["", "'", "\""] {
                let word = Quoting::of(typed, name).whole(name);
                let words = split(&word).words;
                assert_eq!(words.len(), 1, "{word}");
                assert_eq!(words[0].text, name, "{word}");
            }
        }
    }

    #[test]
    fn a_begun_word_is_the_name_so_far() {
        for typed in ["x", "'", "\""] {
            let quoting = Quoting::of(typed, "a b'c");
            assert_eq!(split(&quoting.begin("a b'c")).words[0].text, "a b'c");
        }
        assert_eq!(Quoting::of("", "--plain"), Quoting::Bare);
        assert_eq!(Quoting::of("", ""), Quoting::Bare);
    }
}
