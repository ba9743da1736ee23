//! Standard output: what was asked for, and nothing else.

use std::env;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstyle::Style;

use crate::outcome::Result;
use crate::shown::{shown, shown_lines};

/// Standard output, buffered. What is not [finished](Output::finish) may be lost.
pub struct Output {
    out: BufWriter<StdoutLock<'static>>,
    is_terminal: bool,
    is_coloured: bool,
}

impl Output {
    /// Returns standard output; one command at a time has it.
    pub fn new() -> Output {
        let out = io::stdout().lock();
        let is_terminal = out.is_terminal();
        Output {
            out: BufWriter::with_capacity(1 << 16, out),
            is_terminal,
            is_coloured: is_terminal && colours_are_wanted(),
        }
    }

    /// Answers whether a person is looking.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes text of our own.
    pub fn text(&mut self, text: &str) -> Result<()> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Writes text of our own in a style, where there are colours.
    pub fn styled(&mut self, style: Style, text: &str) -> Result<()> {
        match self.is_coloured {
            true => Ok(write!(self.out, "{style}{text}{style:#}")?),
            false => self.text(text),
        }
    }

    /// Writes a line of our own.
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.text(text)?;
        self.text("\n")
    }

    /// Writes bytes of the store as they are, to be read by a program; in a line, spelled out, to
    /// be read by a person.
    pub fn name(&mut self, bytes: &[u8]) -> Result<()> {
        match self.is_terminal {
            true => self.text(&shown(bytes)),
            false => self.bytes(bytes),
        }
    }

    /// Writes a value of the store as it is, to be read by a program; in its lines, spelled out,
    /// to be read by a person, who gets a last end of line too.
    pub fn value(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.is_terminal {
            return self.bytes(bytes);
        }
        self.text(&shown_lines(bytes))?;
        match bytes.last() {
            None | Some(b'\n') => Ok(()),
            Some(_) => self.text("\n"),
        }
    }

    /// Writes bytes that no terminal would take amiss.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.out.write_all(bytes)?)
    }

    /// Hands over what was written so far.
    pub fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }

    /// Hands over what was written, and ends.
    pub fn finish(mut self) -> Result<()> {
        self.flush()
    }
}

/// Answers whether messages may have colours.
pub fn standard_error_is_coloured() -> bool {
    io::stderr().is_terminal() && colours_are_wanted()
}

/// Follows <https://no-color.org>: set and not empty means none.
fn colours_are_wanted() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|it| !it.is_empty());
    !is_set("NO_COLOR") && env::var_os("TERM").is_none_or(|it| it != "dumb")
}
