//! The parts of JSON text that was checked: each bracket and quote has its partner.
//!
//! The text is walked, not parsed once more: a part is found by its brackets and strings alone.

/// Returns the member of an object, of several of one name the last, or the element of an array
/// that `step` names.
pub(super) fn child<'j>(json: &'j str, step: &str) -> Option<&'j str> {
    let mut parts = Parts { rest: json.get(1..)? };
    match json.as_bytes().first() {
        Some(b'{') => {
            let mut found = None;
            while let Some(name) = parts.next() {
                let value = parts.next()?;
                if is_name(name, step) {
                    found = Some(value);
                }
            }
            found
        }
        Some(b'[') => parts.nth(index(step)?),
        _ => None,
    }
}

/// Returns the index that a step names: digits without leading zeros.
fn index(step: &str) -> Option<usize> {
    let is_canonical = step == "0" || !step.starts_with('0');
    let is_number = is_canonical && step.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| step.parse().ok())?
}

/// The elements of an array, or the names and values of an object.
struct Parts<'j> {
    /// The text behind the parts that were returned.
    rest: &'j str,
}

impl<'j> Iterator for Parts<'j> {
    type Item = &'j str;

    fn next(&mut self) -> Option<&'j str> {
        let rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', ',', ':']);
        let bytes = rest.as_bytes();
        let len = match bytes.first()? {
            b'}' | b']' => return None,
            b'"' => string_len(bytes),
            b'{' | b'[' => bracketed_len(bytes),
            _ => bytes.iter().position(|it| b" \t\n\r,}]".contains(it)).unwrap_or(bytes.len()),
        };
        let (part, rest) = rest.split_at_checked(len)?;
        self.rest = rest;
        Some(part)
    }
}

/// Returns the length of the string at the start of `json`, with its quotes.
fn string_len(json: &[u8]) -> usize {
    let mut is_escaped = false;
    let ends = |byte: &u8| match byte {
        _ if is_escaped => {
            is_escaped = false;
            false
        }
        b'\\' => {
            is_escaped = true;
            false
        }
        _ => *byte == b'"',
    };
    json.iter().skip(1).position(ends).map_or(json.len(), |at| at + 2)
}

/// The brackets of JSON outside of its strings: for each the offset behind it, and the depth there.
struct Brackets<'j> {
    json: &'j [u8],
    at: usize,
    depth: usize,
}

impl Iterator for Brackets<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            match self.json.get(self.at)? {
                b'"' => {
                    self.at += string_len(self.json.get(self.at..)?);
                    continue;
                }
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 1;
            return Some((self.at, self.depth));
        }
    }
}

fn brackets(json: &[u8]) -> Brackets<'_> {
    Brackets { json, at: 0, depth: 0 }
}

/// Returns the depth of the nesting of arrays and objects.
pub(super) fn depth(json: &[u8]) -> usize {
    brackets(json).map(|(_, depth)| depth).max().unwrap_or(0)
}

/// Returns the length of the array or object at the start of `json`, with its brackets.
fn bracketed_len(json: &[u8]) -> usize {
    brackets(json).find(|(_, depth)| *depth == 0).map_or(json.len(), |(at, _)| at)
}

/// Returns whether a quoted name is this one.
fn is_name(quoted: &str, name: &str) -> bool {
    let text = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(quoted);
    match text.contains('\\') {
        false => text == name,
        true => unescaped(text).is_some_and(|it| it == name),
    }
}

/// Returns the text that escapes stand for; `None` if it has half of a surrogate pair.
fn unescaped(text: &str) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(it) = chars.next() {
        if it != '\\' {
            result.push(it);
            continue;
        }
        result.push(match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = code_unit(&mut chars)?;
                match char::from_u32(first) {
                    Some(it) => it,
                    None => {
                        let mut after = chars.clone();
                        let is_pair = after.next() == Some('\\') && after.next() == Some('u');
                        let second = if is_pair { code_unit(&mut after)? } else { 0 };
                        chars = after;
                        char::decode_utf16([first as u16, second as u16]).next()?.ok()?
                    }
                }
            }
            itself => itself,
        });
    }
    Some(result)
}

/// Takes the four digits of an escape.
fn code_unit(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit * 16 + chars.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_brackets_and_strings() {
        let json = r#"[ 1 ,"a]\"," , {"k" : [1, {}]},[],true ,null]"#;
        let parts: Vec<_> = Parts { rest: &json[1..] }.collect();
        assert_eq!(parts, ["1", r#""a]\",""#, r#"{"k" : [1, {}]}"#, "[]", "true", "null"]);
        assert_eq!(child(json, "5"), Some("null"));
        assert_eq!(child(json, "6"), None);
        assert_eq!(child("[]", "0"), None);
        assert_eq!(child("{}", ""), None);
    }

    #[test]
    fn names_are_compared_without_their_escapes() {
        let json =
            r#"{"a\u00e4\n": 1, "\ud83d\ude00": 2, "\ud83d": 3, "q\"\\\/": 4, "x": 5, "x": 6}"#;
        for (name, value) in [("a\u{e4}\n", "1"), ("\u{1f600}", "2"), ("q\"\\/", "4"), ("x", "6")] {
            assert_eq!(child(json, name), Some(value), "{name}");
        }
        assert_eq!(child(json, "\u{fffd}"), None);
        assert_eq!(child(json, "\\ud83d"), None);
    }
}
