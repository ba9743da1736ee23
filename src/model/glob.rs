//! Glob patterns in the dialects of SQLite and of Redis.

/// The rules of a glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// SQLite's GLOB: `*`, `?` one character, `[a-z]`, `[^x]`; nothing escapes.
    #[default]
    Sqlite,
    /// Redis' KEYS: `*`, `?` one byte, `[a-z]`, `[^x]`; a backslash escapes.
    Redis,
}

/// A pattern and its dialect. Every byte string is a pattern; one with an unclosed bracket
/// matches nothing in SQLite's dialect, and in Redis' as if the bracket were closed at its end.
/// Ranges of Redis' dialect compare bytes without sign, as Redis does where `char` has none. Any
/// number of stars matches the empty key, which Redis finds by one star only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glob<'a> {
    pattern: &'a [u8],
    dialect: Dialect,
}

impl<'a> Glob<'a> {
    /// Returns the glob `pattern` in `dialect`.
    pub fn new(pattern: &'a [u8], dialect: Dialect) -> Self {
        Glob { pattern, dialect }
    }

    /// Returns the pattern.
    pub fn pattern(&self) -> &'a [u8] {
        self.pattern
    }

    /// Returns the dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the bytes with which every match begins, so that a scan can skip all other keys.
    pub fn literal_prefix(&self) -> Vec<u8> {
        let mut prefix = Vec::new();
        let mut rest = self.pattern.iter();
        while let Some(&byte) = rest.next() {
            match byte {
                b'*' | b'?' | b'[' => break,
                b'\\' if self.dialect == Dialect::Redis => match rest.next() {
                    Some(&escaped) => prefix.push(escaped),
                    None => prefix.push(b'\\'),
                },
                _ => prefix.push(byte),
            }
        }
        prefix
    }

    /// Returns whether all of `text` matches.
    ///
    /// Takes at most `pattern` x `text` steps: after a mismatch only the latest star is extended.
    pub fn matches(&self, text: &[u8]) -> bool {
        let (mut pattern, mut rest) = (self.pattern, text);
        // The pattern after the latest star, and the text after the part that the star matches.
        let mut retry: Option<(&[u8], &[u8])> = None;
        loop {
            if let Some((b'*', after)) = pattern.split_first() {
                pattern = after;
                retry = Some((after, rest));
                continue;
            }
            if pattern.is_empty() && rest.is_empty() {
                return true;
            }
            if let Some((after, left)) = self.step(pattern, rest) {
                (pattern, rest) = (after, left);
                continue;
            }
            let Some((after_star, swallowed)) = retry else {
                return false;
            };
            let Some((_, left)) = self.next_char(swallowed) else {
                return false;
            };
            retry = Some((after_star, left));
            (pattern, rest) = (after_star, left);
        }
    }

    /// Matches one element of `pattern`, which is not a star, with the start of `text`; returns the
    /// pattern and the text after it, or `None` on a mismatch.
    fn step<'t>(&self, pattern: &'a [u8], text: &'t [u8]) -> Option<(&'a [u8], &'t [u8])> {
        let (&first, after) = pattern.split_first()?;
        let (found, left) = self.next_char(text)?;
        match first {
            b'?' => Some((after, left)),
            b'[' => {
                let (inside, after) = self.class(after, found)?;
                inside.then_some((after, left))
            }
            b'\\' if self.dialect == Dialect::Redis && !after.is_empty() => {
                let (&escaped, after) = after.split_first()?;
                (u32::from(escaped) == found).then_some((after, left))
            }
            _ => {
                // Compared as bytes, so that invalid UTF-8 matches only the same bytes.
                let (_, after) = self.next_char(pattern)?;
                let wanted = pattern.get(..pattern.len() - after.len())?;
                let there = text.get(..text.len() - left.len())?;
                (wanted == there).then_some((after, left))
            }
        }
    }

    /// Returns whether `found` is in the bracket that `rest` continues, and the pattern after the
    /// bracket; `None` if it is unclosed in SQLite's dialect.
    fn class(&self, rest: &'a [u8], found: u32) -> Option<(bool, &'a [u8])> {
        match self.dialect {
            Dialect::Sqlite => self.sqlite_class(rest, found),
            Dialect::Redis => Some(redis_class(rest, found)),
        }
    }

    fn sqlite_class(&self, mut rest: &'a [u8], found: u32) -> Option<(bool, &'a [u8])> {
        let invert = rest.first() == Some(&b'^');
        if invert {
            rest = rest.get(1..)?;
        }
        let mut seen = false;
        let mut before = None;
        // A closing bracket directly at the start is a member, not the end.
        if let Some((b']', after)) = rest.split_first() {
            seen |= found == u32::from(b']');
            rest = after;
        }
        loop {
            let (member, after) = self.next_char(rest)?;
            rest = after;
            if member == u32::from(b']') {
                return Some((seen != invert, rest));
            }
            let is_range = member == u32::from(b'-')
                && rest.first().is_some_and(|&next| next != b']')
                && before.is_some();
            if let (true, Some(low)) = (is_range, before) {
                let (high, after) = self.next_char(rest)?;
                rest = after;
                seen |= (low..=high).contains(&found);
                before = None;
            } else {
                seen |= member == found;
                before = Some(member);
            }
        }
    }

    /// Splits off one character in SQLite's dialect, one byte in Redis'.
    fn next_char<'t>(&self, text: &'t [u8]) -> Option<(u32, &'t [u8])> {
        let (&first, rest) = text.split_first()?;
        if self.dialect == Dialect::Redis || first < 0xC0 {
            return Some((u32::from(first), rest));
        }
        // SQLite reads any lead byte and all continuation bytes after it as one character.
        let len = rest.iter().take_while(|&&byte| byte & 0xC0 == 0x80).count();
        let (tail, rest) = rest.split_at(len);
        let lead = match first {
            0xC0..=0xDF => first & 0x1F,
            0xE0..=0xEF => first & 0x0F,
            0xF0..=0xF7 => first & 0x07,
            0xF8..=0xFB => first & 0x03,
            0xFC..=0xFD => first & 0x01,
            _ => 0,
        };
        let fold = |code: u32, &byte: &u8| (code << 6).wrapping_add(u32::from(byte & 0x3F));
        let code = tail.iter().fold(u32::from(lead), fold);
        let invalid = code < 0x80 || code & 0xFFFF_F800 == 0xD800 || code & 0xFFFF_FFFE == 0xFFFE;
        Some((if invalid { 0xFFFD } else { code }, rest))
    }
}

fn redis_class(mut rest: &[u8], found: u32) -> (bool, &[u8]) {
    let invert = rest.first() == Some(&b'^');
    if invert {
        rest = rest.get(1..).unwrap_or_default();
    }
    let mut seen = false;
    loop {
        match *rest {
            [b'\\', member, ref after @ ..] => {
                seen |= u32::from(member) == found;
                rest = after;
            }
            [b']', ref after @ ..] => return (seen != invert, after),
            [] => return (seen != invert, rest),
            [one, b'-', other, ref after @ ..] => {
                let range = u32::from(one.min(other))..=u32::from(one.max(other));
                seen |= range.contains(&found);
                rest = after;
            }
            [member, ref after @ ..] => {
                seen |= u32::from(member) == found;
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(pattern: &str, text: &str) -> bool {
        Glob::new(pattern.as_bytes(), Dialect::Sqlite).matches(text.as_bytes())
    }

    fn redis(pattern: &[u8], text: &[u8]) -> bool {
        Glob::new(pattern, Dialect::Redis).matches(text)
    }

    #[test]
    fn a_question_mark_is_a_character_for_sqlite_and_a_byte_for_redis() {
        assert!(sqlite("?", "\u{e9}"));
        assert!(!redis(b"?", "\u{e9}".as_bytes()));
        assert!(redis(b"??", "\u{e9}".as_bytes()));
    }

    #[test]
    fn only_redis_escapes() {
        assert!(redis(br"a\*", b"a*") && !redis(br"a\*", b"ab"));
        assert!(sqlite(r"a\*", r"a\b"));
    }

    #[test]
    fn the_literal_prefix_ends_at_the_first_special_byte() {
        let prefix = |pattern, dialect| Glob::new(pattern, dialect).literal_prefix();
        assert_eq!(prefix(b"user:*", Dialect::Sqlite), b"user:");
        assert_eq!(prefix(br"a\*b?", Dialect::Redis), b"a*b");
        assert_eq!(prefix(b"[a]", Dialect::Sqlite), b"");
    }

    #[test]
    fn many_stars_stay_cheap() {
        let pattern = b"*a".repeat(2_000);
        let text = vec![b'b'; 20_000];
        assert!(!Glob::new(&pattern, Dialect::Sqlite).matches(&text));
    }
}
