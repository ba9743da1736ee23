//! JSON as people read it, from JSON as it is stored: token by token, so that every number, name
//! and order stays what it was.

use anstyle::{AnsiColor, Style};

use crate::outcome::Result;
use crate::output::Output;
use crate::shown::{escaped_json, is_active};

const NAME: Style = AnsiColor::Blue.on_default().bold();
const STRING: Style = AnsiColor::Green.on_default();
const NUMBER: Style = AnsiColor::Cyan.on_default();
const WORD: Style = AnsiColor::Magenta.on_default();

/// Returns `text` as a JSON string.
pub fn quoted(text: &str) -> Vec<u8> {
    let mut json = Vec::new();
    crate::lines::push_bytes(&mut json, text.as_bytes());
    json
}

/// Writes a value as JSON in indented lines. One that is no JSON is a string, one that is no text
/// `{"base64": "..."}`.
pub fn write_value(out: &mut Output, value: &[u8]) -> Result<()> {
    match kv::check_json(value) {
        Ok(json) => write(out, json)?,
        Err(_) => {
            let mut json = Vec::new();
            crate::lines::push_bytes(&mut json, value);
            write(out, &String::from_utf8_lossy(&json))?;
        }
    }
    out.text("\n")
}

/// Writes text that is JSON, indented by two spaces.
pub fn write(out: &mut Output, json: &str) -> Result<()> {
    let (mut depth, mut rest) = (0_usize, json.trim_ascii_start());
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(token_len(rest));
        let after = after.trim_ascii_start();
        match first {
            '{' | '[' if after.starts_with(['}', ']']) => {
                let (close, after) = after.split_at(1);
                out.text(token)?;
                out.text(close)?;
                rest = after.trim_ascii_start();
                continue;
            }
            '{' | '[' => {
                depth += 1;
                out.text(token)?;
                end_line(out, depth)?;
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                end_line(out, depth)?;
                out.text(token)?;
            }
            ',' => {
                out.text(token)?;
                end_line(out, depth)?;
            }
            ':' => out.text(": ")?,
            '"' if after.starts_with(':') => write_string(out, NAME, token)?,
            '"' => write_string(out, STRING, token)?,
            '-' | '0'..='9' => out.styled(NUMBER, token)?,
            _ => out.styled(WORD, token)?,
        }
        rest = after;
    }
    Ok(())
}

/// Returns the length of the token that `rest` begins with.
fn token_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    match bytes.first() {
        Some(b'"') => string_len(bytes),
        Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => 1,
        _ => {
            let ends = |byte: &u8| b" \t\r\n{}[],:\"".contains(byte);
            bytes.iter().position(ends).unwrap_or(bytes.len())
        }
    }
}

fn string_len(bytes: &[u8]) -> usize {
    let mut is_escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

fn end_line(out: &mut Output, depth: usize) -> Result<()> {
    out.text("\n")?;
    (0..depth).try_for_each(|_| out.text("  "))
}

/// Writes a string; what JSON allows in it but a terminal would act on, as an escape of JSON.
fn write_string(out: &mut Output, style: Style, token: &str) -> Result<()> {
    if !out.is_terminal() || !token.contains(is_active) {
        return out.styled(style, token);
    }
    out.styled(style, &escaped_json(token))
}
