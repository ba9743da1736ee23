//! Values printed as indented JSON.
//!
//! The stored JSON is copied piece by piece, so numbers, the order of names, and duplicate names
//! are printed as they are stored, and a value of any size takes the memory of a piece.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use data_encoding::BASE64;

use crate::escape::{escaped_json, needs_escape};
use crate::failure::Result;
use crate::json_line::{push_bytes, push_text};
use crate::output::Output;
use crate::stored_value::StoredValue;
use crate::value_kind::{Kind, kind_of};

const NAME: Style = AnsiColor::Blue.on_default().bold();
const STRING: Style = AnsiColor::Green.on_default();
const NUMBER: Style = AnsiColor::Cyan.on_default();
const WORD: Style = AnsiColor::Magenta.on_default();

/// Returns `text` as a JSON string.
pub fn quoted(text: &str) -> Vec<u8> {
    let mut json = Vec::new();
    push_bytes(&mut json, text.as_bytes());
    json
}

/// Writes a value as JSON in indented lines. Text that is not JSON is written as a string, bytes
/// that are not UTF-8 as `{"base64": "..."}`.
pub fn write_value(out: &mut Output, value: &mut StoredValue) -> Result<()> {
    let kind = kind_of(value)?;
    let mut printer = Printer::new(out);
    match kind {
        Kind::Json => {
            value.each_text(|piece| printer.write(&String::from_utf8_lossy(piece)))?;
        }
        Kind::Text => {
            printer.write("\"")?;
            let mut json = Vec::new();
            value.each_text(|piece| {
                json.clear();
                push_text(&mut json, &String::from_utf8_lossy(piece));
                printer.write(&String::from_utf8_lossy(&json))
            })?;
            printer.write("\"")?;
        }
        Kind::Bytes => {
            printer.write("{\"base64\":\"")?;
            value.each(|piece| printer.write(&BASE64.encode(piece)))?;
            printer.write("\"}")?;
        }
    }
    printer.finish()
}

/// Writes a value as a field of a JSON line has it: text as a string, also if it is JSON, and bytes
/// that are not UTF-8 as `{"base64": "..."}`.
pub fn write_bytes(out: &mut Output, value: &mut StoredValue) -> Result<()> {
    if kind_of(value)? == Kind::Bytes {
        out.text("{\"base64\":\"")?;
        value.each(|piece| out.text(&BASE64.encode(piece)))?;
        return out.text("\"}");
    }
    out.text("\"")?;
    let mut json = Vec::new();
    value.each_text(|piece| {
        json.clear();
        push_text(&mut json, &String::from_utf8_lossy(piece));
        out.bytes(&json)
    })?;
    out.text("\"")
}

/// Prints valid JSON that comes in pieces, indented by two spaces.
struct Printer<'o> {
    out: &'o mut Output,
    /// The arrays and objects that are open, each with whether it is an object.
    open: Vec<bool>,
    /// Whether the last token opened an array or object, which may be empty.
    has_opened: bool,
    /// Whether the next string is a name.
    is_name: bool,
    token: Token,
}

/// The token that the next piece goes on with.
#[derive(Clone, Copy)]
enum Token {
    None,
    /// A string, and whether its next character is escaped.
    String(Style, bool),
    /// A number or a word.
    Word(Style),
}

impl<'o> Printer<'o> {
    fn new(out: &'o mut Output) -> Printer<'o> {
        let (open, token) = (Vec::new(), Token::None);
        Printer { out, open, has_opened: false, is_name: false, token }
    }

    /// Prints a piece, which is cut between characters.
    fn write(&mut self, piece: &str) -> Result<()> {
        let mut rest = piece;
        while let Some(first) = rest.bytes().next() {
            rest = match self.token {
                Token::String(style, is_escaped) => self.string(style, rest, 0, is_escaped)?,
                Token::Word(style) => self.word(style, rest, false)?,
                Token::None if first.is_ascii_whitespace() => rest.trim_ascii_start(),
                Token::None => self.begin(first, rest)?,
            };
        }
        Ok(())
    }

    /// Prints a token, or its beginning if the piece ends within it; returns what follows.
    fn begin<'p>(&mut self, first: u8, rest: &'p str) -> Result<&'p str> {
        let closes = matches!(first, b'}' | b']');
        if closes {
            self.open.pop();
        }
        // Nothing stands between the brackets of an empty array or object.
        if std::mem::take(&mut self.has_opened) != closes {
            self.end_line()?;
        }
        match first {
            b'"' => {
                let style = if self.is_name { NAME } else { STRING };
                return self.string(style, rest, 1, false);
            }
            b'{' | b'[' | b'}' | b']' | b',' | b':' => {}
            b'-' | b'0'..=b'9' => return self.word(NUMBER, rest, true),
            _ => return self.word(WORD, rest, true),
        }
        let (token, after) = rest.split_at(1);
        self.out.text(if first == b':' { ": " } else { token })?;
        match first {
            b'{' | b'[' => {
                self.open.push(first == b'{');
                self.has_opened = true;
            }
            b',' => self.end_line()?,
            _ => {}
        }
        self.is_name = first != b':' && self.open.last().is_some_and(|is_object| *is_object);
        Ok(after)
    }

    /// Prints a string up to its end or that of the piece; `from` is behind its first quote.
    fn string<'p>(
        &mut self,
        style: Style,
        rest: &'p str,
        from: usize,
        mut is_escaped: bool,
    ) -> Result<&'p str> {
        let ends = |byte| match byte {
            _ if is_escaped => {
                is_escaped = false;
                false
            }
            b'\\' => {
                is_escaped = true;
                false
            }
            _ => byte == b'"',
        };
        let end = rest.bytes().skip(from).position(ends).map(|at| from + at + 1);
        let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
        self.token = if end.is_some() { Token::None } else { Token::String(style, is_escaped) };
        // On a terminal, characters that control it are written as escapes of JSON.
        let escaped = match self.out.is_terminal() && text.contains(needs_escape) {
            true => Cow::Owned(escaped_json(text)),
            false => Cow::Borrowed(text),
        };
        self.styled(style, from > 0, &escaped)?;
        Ok(after)
    }

    /// Prints a number or a word up to its end or that of the piece.
    fn word<'p>(&mut self, style: Style, rest: &'p str, begins: bool) -> Result<&'p str> {
        let end = rest.bytes().position(|byte| b" \t\r\n{}[],:\"".contains(&byte));
        self.token = if end.is_some() { Token::None } else { Token::Word(style) };
        let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
        self.styled(style, begins, text)?;
        Ok(after)
    }

    /// Prints text of a token, which ends unless it is the one that the next piece goes on with.
    fn styled(&mut self, style: Style, begins: bool, text: &str) -> Result<()> {
        if begins {
            self.out.begin_style(style)?;
        }
        self.out.text(text)?;
        match self.token {
            Token::None => self.out.end_style(style),
            Token::String(..) | Token::Word(_) => Ok(()),
        }
    }

    /// Ends the last line.
    fn finish(self) -> Result<()> {
        if let Token::Word(style) = self.token {
            self.out.end_style(style)?;
        }
        self.out.text("\n")
    }

    fn end_line(&mut self) -> Result<()> {
        self.out.text("\n")?;
        (0..self.open.len()).try_for_each(|_| self.out.text("  "))
    }
}
