//! Values printed as indented JSON.
//!
//! The stored JSON is copied token by token, so numbers, the order of names, and duplicate names
//! are printed as they are stored.

use anstyle::{AnsiColor, Style};

use crate::escape::{escaped_json, needs_escape};
use crate::failure::Result;
use crate::json_line::push_bytes;
use crate::output::Output;

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
pub fn write_value(out: &mut Output, value: &[u8]) -> Result<()> {
    match kv::check_json(value) {
        Ok(json) => write(out, json)?,
        Err(_) => {
            let mut json = Vec::new();
            push_bytes(&mut json, value);
            write(out, &String::from_utf8_lossy(&json))?;
        }
    }
    out.text("\n")
}

/// Writes valid JSON, indented by two spaces.
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

/// Writes a string; on a terminal, characters that control it are written as escapes of JSON.
fn write_string(out: &mut Output, style: Style, token: &str) -> Result<()> {
    if !out.is_terminal() || !token.contains(needs_escape) {
        return out.styled(style, token);
    }
    out.styled(style, &escaped_json(token))
}
