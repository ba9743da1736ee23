//! JSON lines, written: one object in each line. Bytes that are UTF-8 are strings, others
//! `{"base64": "..."}`.

use std::fmt;

use data_encoding::BASE64;

use crate::escape::{escaped_json, needs_escape};

/// A line that is being written.
pub struct JsonLine<'b> {
    buffer: &'b mut Vec<u8>,
    is_first: bool,
}

impl<'b> JsonLine<'b> {
    /// Begins a line at the end of `buffer`.
    pub fn begin(buffer: &'b mut Vec<u8>) -> JsonLine<'b> {
        buffer.push(b'{');
        JsonLine { buffer, is_first: true }
    }

    /// Adds a field of bytes.
    pub fn bytes(mut self, name: &str, bytes: &[u8]) -> Self {
        self.name(name);
        push_bytes(self.buffer, bytes);
        self
    }

    /// Adds a field of bytes in base64.
    pub fn base64(mut self, name: &str, bytes: &[u8]) -> Self {
        self.name(name);
        push_base64(self.buffer, bytes);
        self
    }

    /// Adds a field whose text is JSON: a number, `true`, `false`, a quoted string.
    pub fn json(mut self, name: &str, json: impl fmt::Display) -> Self {
        self.name(name);
        self.buffer.extend_from_slice(json.to_string().as_bytes());
        self
    }

    /// Adds a field if it has a value.
    pub fn maybe(self, name: &str, json: Option<impl fmt::Display>) -> Self {
        match json {
            Some(json) => self.json(name, json),
            None => self,
        }
    }

    /// Adds a field whose JSON, and the end of the line, the caller writes.
    pub fn open(mut self, name: &str) {
        self.name(name);
    }

    /// Ends the line.
    pub fn end(self) {
        self.buffer.extend_from_slice(b"}\n");
    }

    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.is_first) {
            self.buffer.push(b',');
        }
        push_string(self.buffer, name);
        self.buffer.push(b':');
    }
}

/// Appends bytes as JSON.
pub fn push_bytes(buffer: &mut Vec<u8>, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => push_string(buffer, text),
        Err(_) => {
            buffer.extend_from_slice(b"{\"base64\":");
            push_base64(buffer, bytes);
            buffer.push(b'}');
        }
    }
}

/// Appends text as it stands in a string, without the quotes. Text that is cut between characters
/// can be appended piece by piece.
pub fn push_text(buffer: &mut Vec<u8>, text: &str) {
    let begin = buffer.len();
    push_string(buffer, text);
    buffer.pop();
    buffer.remove(begin);
}

fn push_base64(buffer: &mut Vec<u8>, bytes: &[u8]) {
    buffer.push(b'"');
    buffer.extend_from_slice(BASE64.encode(bytes).as_bytes());
    buffer.push(b'"');
}

/// Appends a string. Characters that JSON allows but that control a terminal are escaped too,
/// because lines are also printed on terminals.
fn push_string(buffer: &mut Vec<u8>, text: &str) {
    let begin = buffer.len();
    // Writing a string into memory does not fail.
    let _ = serde_json::to_writer(&mut *buffer, text);
    if text.bytes().any(|byte| byte >= 0x7f) && text.contains(needs_escape) {
        let json = String::from_utf8_lossy(buffer.get(begin..).unwrap_or_default());
        let json = escaped_json(&json);
        buffer.truncate(begin);
        buffer.extend_from_slice(json.as_bytes());
    }
}
