//! Standard output, which carries the results of commands and nothing else.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstyle::Style;

use crate::colour;
use crate::escape::{escaped, escaped_lines, escaped_text};
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::stored_value::StoredValue;

/// Bytes that are buffered before they are written.
const BUFFER_LEN: usize = 1 << 16;

/// Standard output, buffered. Output that is not [finished](Output::finish) may be lost.
pub struct Output {
    out: BufWriter<StdoutLock<'static>>,
    is_terminal: bool,
    is_coloured: bool,
}

impl Output {
    /// Returns standard output. Only one command at a time can have it.
    pub fn new() -> Output {
        let out = io::stdout().lock();
        let (is_terminal, is_coloured) = (out.is_terminal(), colour::is_wanted(&out));
        Output { out: BufWriter::with_capacity(BUFFER_LEN, out), is_terminal, is_coloured }
    }

    /// Returns whether standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes text that holds nothing from a store.
    pub fn text(&mut self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Writes text that holds nothing from a store, in a style if colours are wanted.
    pub fn styled(&mut self, style: Style, text: &str) -> Result<()> {
        self.begin_style(style)?;
        self.text(text)?;
        self.end_style(style)
    }

    /// Begins a style if colours are wanted.
    pub fn begin_style(&mut self, style: Style) -> Result<()> {
        match self.is_coloured {
            true => self.text(&style.render().to_string()),
            false => Ok(()),
        }
    }

    /// Ends a style.
    pub fn end_style(&mut self, style: Style) -> Result<()> {
        match self.is_coloured {
            true => self.text(&style.render_reset().to_string()),
            false => Ok(()),
        }
    }

    /// Writes a line that holds nothing from a store, or only escaped bytes.
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.text(text)?;
        self.text("\n")
    }

    /// Writes the name of a key or group: escaped to one line on a terminal, else as it is.
    pub fn name(&mut self, bytes: &[u8]) -> Result<()> {
        match self.is_terminal {
            true => self.text(&escaped(bytes)),
            false => self.bytes(bytes),
        }
    }

    /// Writes text of several lines: on a terminal escaped and with an end of line, else as it is.
    pub fn lines(&mut self, text: &str) -> Result<()> {
        if !self.is_terminal {
            return self.text(text);
        }
        self.text(&escaped_text(text))?;
        if text.ends_with('\n') || text.is_empty() { Ok(()) } else { self.text("\n") }
    }

    /// Writes a value: on a terminal escaped and with an end of line, else as it is.
    pub fn value(&mut self, value: &mut StoredValue) -> Result<()> {
        if !self.is_terminal {
            return value.each(|piece| self.bytes(piece));
        }
        let mut last = b'\n';
        value.each_text(|piece| {
            last = piece.last().copied().unwrap_or(last);
            self.text(&escaped_lines(piece))
        })?;
        if last == b'\n' { Ok(()) } else { self.text("\n") }
    }

    /// Writes bytes that need no escapes.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(failed)
    }

    /// Writes the buffer to standard output.
    pub fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(failed)
    }

    /// Writes the buffer to standard output, and ends.
    pub fn finish(mut self) -> Result<()> {
        self.flush()
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::from(error).context("write standard output")
}

/// Prints one line, the whole result of a command.
pub fn print_line(text: &str) -> Result<Outcome> {
    let mut out = Output::new();
    out.line(text)?;
    out.finish()?;
    Ok(Outcome::Success)
}
