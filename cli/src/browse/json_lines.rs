//! JSON as indented lines whose tokens have colours. The JSON may end within a token, as the
//! beginning of a large value does.

use crate::browse::styled::{Line, Part};
use crate::escape::escaped_json;

/// Columns of one level, and the deepest level that is indented.
const INDENT: usize = 2;
const DEPTH_MAX: usize = 16;

/// Returns JSON in lines. Numbers, the order of names and duplicate names stay as they are.
pub fn lines(json: &str) -> Vec<Line> {
    let mut printer = Printer::default();
    let mut rest = json.trim_ascii_start();
    while !rest.is_empty() {
        let (token, after) = rest.split_at(token_len(rest));
        printer.push(token, after.trim_ascii_start());
        rest = after.trim_ascii_start();
    }
    printer.lines.push(printer.line);
    printer.lines
}

#[derive(Default)]
struct Printer {
    lines: Vec<Line>,
    line: Line,
    depth: usize,
}

impl Printer {
    fn push(&mut self, token: &str, after: &str) {
        let next = after.bytes().next();
        match token.bytes().next() {
            Some(b'{' | b'[') => {
                self.text(Part::Plain, token);
                self.depth += 1;
                // Nothing stands between the brackets of an empty array or object.
                if !matches!(next, Some(b'}' | b']')) {
                    self.end_line();
                }
            }
            Some(b'}' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                let is_empty = self.line.last().is_some_and(|(_, it)| it == "{" || it == "[");
                if !is_empty {
                    self.end_line();
                }
                self.text(Part::Plain, token);
            }
            Some(b',') => {
                self.text(Part::Plain, token);
                self.end_line();
            }
            Some(b':') => self.text(Part::Plain, ": "),
            Some(b'"') if next == Some(b':') => self.text(Part::Name, &escaped_json(token)),
            Some(b'"') => self.text(Part::String, &escaped_json(token)),
            Some(b'-' | b'0'..=b'9') => self.text(Part::Number, token),
            _ => self.text(Part::Word, token),
        }
    }

    fn text(&mut self, part: Part, text: &str) {
        self.line.push((part, text.to_owned()));
    }

    fn end_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        let columns = self.depth.min(DEPTH_MAX) * INDENT;
        if columns > 0 {
            self.text(Part::Plain, &" ".repeat(columns));
        }
    }
}

/// Returns the length of the first token, up to the end if it is cut.
fn token_len(json: &str) -> usize {
    let bytes = json.as_bytes();
    match bytes.first() {
        Some(b'"') => {
            let mut is_escaped = false;
            let end = bytes.iter().skip(1).position(|byte| {
                let ends = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                ends
            });
            end.map_or(bytes.len(), |at| at + 2)
        }
        Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => 1,
        _ => {
            let end = bytes.iter().position(|byte| b" \t\r\n{}[],:\"".contains(byte));
            end.unwrap_or(bytes.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        let lines = lines(json);
        let line = |line: &Line| line.iter().map(|(_, text)| &text[..]).collect::<String>();
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn json_is_indented_as_get_prints_it() {
        for (json, expected) in [
            ("1", "1"),
            ("{}", "{}"),
            (" [ ] ", "[]"),
            ("[[],{}]", "[\n  [],\n  {}\n]"),
            (
                r#"{"a": 1.50,"b":["x\"]",null]}"#,
                "{\n  \"a\": 1.50,\n  \"b\": [\n    \"x\\\"]\",\n    null\n  ]\n}",
            ),
            ("\"a\u{202e}b\"", "\"a\\u202eb\""),
        ] {
            assert_eq!(text(json), expected, "{json}");
        }
    }

    #[test]
    fn the_beginning_of_json_is_printed_up_to_its_end() {
        let whole = r#"{"name":"ada","tags":[true,-1e5,"\u00e4\\"]}"#;
        let compact = |text: String| text.replace(['\n', ' '], "");
        for len in 0..=whole.len() {
            let cut = &whole[..len];
            assert_eq!(compact(text(cut)), cut, "{len}");
        }
    }

    #[test]
    fn names_strings_numbers_and_words_are_told_apart() {
        let lines = lines(r#"{"a":["b",1,true]}"#);
        let parts: Vec<_> = lines.concat();
        for expected in [
            (Part::Name, "\"a\""),
            (Part::String, "\"b\""),
            (Part::Number, "1"),
            (Part::Word, "true"),
        ] {
            assert!(parts.contains(&(expected.0, expected.1.to_owned())), "{expected:?}");
        }
    }
}
