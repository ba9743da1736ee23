//! The words of a line, by the rules of a POSIX shell, and of JSON for the value of a write.

/// The part of an input that ends before it is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Text in quotes of this kind.
    Quote(char),
    /// JSON whose first bracket is this one.
    Json(char),
    /// A backslash at the end of a line, which joins the next line to it.
    Escape,
}

impl Open {
    /// Returns the message about an input that ends here.
    pub fn message(self) -> String {
        match self {
            Open::Quote(_) => "missing closing quote".to_owned(),
            Open::Json(bracket) => format!(
                "missing closing bracket of the JSON that begins with {bracket}; a value that is no \
                 JSON and begins so needs quotes"
            ),
            Open::Escape => "no line follows the backslash at the end".to_owned(),
        }
    }

    /// Returns the mark of the prompt for the next line.
    pub fn mark(self) -> char {
        match self {
            Open::Quote(mark) | Open::Json(mark) => mark,
            Open::Escape => '\\',
        }
    }
}

/// A word of a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    /// The offset of its first byte in the input, which may be a quote.
    pub begin: usize,
    /// The offset behind its last byte.
    pub end: usize,
    /// The word without quotes and backslashes.
    pub text: String,
}

/// The words of the first command of an input.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// The words, with the last one as far as it goes.
    pub words: Vec<Word>,
    /// The unfinished part, if there is one.
    pub open: Option<Open>,
    /// The offset of the next command: behind the line end of this one.
    pub next: usize,
}

/// Splits the first command of `input`.
pub fn split(input: &str) -> Words {
    let mut scanner = Scanner { input, at: 0, words: Vec::new(), open: None };
    while let Some(next) = scanner.peek() {
        match next {
            '\n' => {
                scanner.at += 1;
                break;
            }
            _ if next.is_whitespace() => scanner.at += next.len_utf8(),
            '\\' if scanner.rest().starts_with("\\\n") => scanner.at += 2,
            '#' => scanner.skip_comment(),
            _ => scanner.read_word(),
        }
    }
    Words { words: scanner.words, open: scanner.open, next: scanner.at }
}

struct Scanner<'i> {
    input: &'i str,
    at: usize,
    words: Vec<Word>,
    open: Option<Open>,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn skip_comment(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn read_word(&mut self) {
        let begin = self.at;
        if self.is_json_expected() && self.read_json() {
            return;
        }
        let mut text = String::new();
        while let Some(next) = self.peek().filter(|it| !it.is_whitespace()) {
            self.at += next.len_utf8();
            match next {
                '\'' => self.read_single_quoted(&mut text),
                '"' => self.read_double_quoted(&mut text),
                '\\' => match self.next() {
                    Some('\n') => {}
                    Some(escaped) => text.push(escaped),
                    None => self.open = Some(Open::Escape),
                },
                _ => text.push(next),
            }
        }
        // A backslash and a line end alone are no word.
        let is_word = !text.is_empty() || self.input.get(begin..self.at).is_some_and(is_quoted);
        if is_word {
            self.words.push(Word { begin, end: self.at, text });
        }
    }

    fn read_single_quoted(&mut self, text: &mut String) {
        while let Some(next) = self.next() {
            if next == '\'' {
                return;
            }
            text.push(next);
        }
        self.open = Some(Open::Quote('\''));
    }

    fn read_double_quoted(&mut self, text: &mut String) {
        while let Some(next) = self.next() {
            match next {
                '"' => return,
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(escaped @ ('$' | '`' | '"' | '\\')) => text.push(escaped),
                    Some(other) => text.extend(['\\', other]),
                },
                _ => text.push(next),
            }
        }
        self.open = Some(Open::Quote('"'));
    }

    /// Returns whether the word here may be the value of a write, which may be JSON without quotes
    /// around it.
    fn is_json_expected(&self) -> bool {
        matches!(self.peek(), Some('{' | '['))
            && self.words.len() >= 2
            && self.words.first().is_some_and(|it| ["set", "append"].contains(&&*it.text))
    }

    /// Reads JSON up to the bracket that closes it; returns false, and reads nothing, if its
    /// brackets do not match or no space follows it.
    fn read_json(&mut self) -> bool {
        let (begin, rest) = (self.at, self.rest());
        let Some(opening) = rest.chars().next() else { return false };
        let Some(len) = json_len(rest) else { return false };
        let (text, follows) = rest.split_at(len.unwrap_or(rest.len()));
        if !follows.chars().next().is_none_or(char::is_whitespace) {
            return false;
        }
        let text = text.to_owned();
        if len.is_none() {
            self.open = Some(Open::Json(opening));
        }
        self.at += text.len();
        self.words.push(Word { begin, end: self.at, text });
        true
    }
}

fn is_quoted(text: &str) -> bool {
    text.contains(['\'', '"'])
}

/// Returns the length of the JSON at the beginning of `text`, to the bracket that closes its first
/// one: `Some(None)` if the text ends before, `None` if another kind of bracket is closed.
fn json_len(text: &str) -> Option<Option<usize>> {
    let (mut closing, mut is_string, mut is_escaped) = (Vec::new(), false, false);
    for (at, it) in text.char_indices() {
        match it {
            _ if is_escaped => is_escaped = false,
            '\\' if is_string => is_escaped = true,
            '"' => is_string = !is_string,
            _ if is_string => {}
            '{' => closing.push('}'),
            '[' => closing.push(']'),
            '}' | ']' if closing.pop() != Some(it) => return None,
            '}' | ']' if closing.is_empty() => return Some(Some(at + 1)),
            _ => {}
        }
    }
    Some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(input: &str) -> (Vec<String>, Option<Open>) {
        let Words { words, open, .. } = split(input);
        (words.into_iter().map(|it| it.text).collect(), open)
    }

    #[test]
    fn words_are_those_of_a_posix_shell() {
        let cases: [(&str, &[&str]); 9] = [
            ("", &[]),
            ("  get\tk  ", &["get", "k"]),
            ("get 'a b' \"c d\"", &["get", "a b", "c d"]),
            ("get a' 'b\" \"c", &["get", "a b c"]),
            ("get '' \"\"", &["get", "", ""]),
            ("get a\\ b \"\\\"\\$\\n\"", &["get", "a b", "\"$\\n"]),
            ("get k # and 'a comment", &["get", "k"]),
            ("get a\\\nb \\\n c", &["get", "ab", "c"]),
            ("get '\u{e4}\n'", &["get", "\u{e4}\n"]),
        ];
        for (input, expected) in cases {
            let expected = expected.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(texts(input), (expected, None), "{input:?}");
        }
    }

    #[test]
    fn a_line_end_outside_of_quotes_ends_the_command() {
        let input = "set a 1 # one\nset b 2";
        let first = split(input);
        assert_eq!((first.words.len(), first.next, first.open), (3, 14, None));
        assert_eq!(texts(&input[14..]).0, ["set", "b", "2"]);
    }

    #[test]
    fn json_of_a_write_is_taken_as_it_is_written() {
        for json in ["{}", "{\"a\": [1, \"}\\\"\"]}", "[\n {\"it's\": 1},\n 2 ]", "[a b]"] {
            assert_eq!(texts(&format!("set k {json} --json")).0, ["set", "k", json, "--json"]);
            assert_eq!(texts(&format!("append k {json}")).0, ["append", "k", json]);
        }
        // Not as a key, nor as a glob, nor with brackets that do not match or text behind them.
        assert_eq!(texts("get {\"a\"}").0, ["get", "{a}"]);
        assert_eq!(texts("list [a-z]* [").0, ["list", "[a-z]*", "["]);
        assert_eq!(texts("set {\"k\" v").0, ["set", "{k", "v"]);
        assert_eq!(texts("set k [\"a\"}").0, ["set", "k", "[a}"]);
        assert_eq!(texts("set k [\"a\"]b").0, ["set", "k", "[a]b"]);
        assert_eq!(texts("set k '{\"a\": 1'").0, ["set", "k", "{\"a\": 1"]);
    }

    #[test]
    fn an_unfinished_part_is_reported() {
        for (input, open) in [
            ("get 'a", Open::Quote('\'')),
            ("get \"a'", Open::Quote('"')),
            ("get \"a\\", Open::Quote('"')),
            ("get k \\", Open::Escape),
            ("get k\\", Open::Escape),
            ("set k {", Open::Json('{')),
            ("set k [{\"a\": \"}]", Open::Json('[')),
            ("set k {\n\"a\":\n", Open::Json('{')),
        ] {
            assert_eq!(texts(input).1, Some(open), "{input:?}");
        }
        assert_eq!(texts("get k # \\").1, None);
    }

    #[test]
    fn a_word_has_its_place_in_the_input() {
        let words = split("get 'us er").words;
        assert_eq!(words[1], Word { begin: 4, end: 10, text: "us er".to_owned() });
        // A line that a backslash joins to the next is no part of the next word.
        let words = split("get \\\nus").words;
        assert_eq!(words[1], Word { begin: 6, end: 8, text: "us".to_owned() });
    }
}
