//! Figures: amounts with names, printed in the format that is asked for.

use anstyle::{AnsiColor, Style};
use kv::Scaled;

use crate::failure::Result;
use crate::format::Format;
use crate::json_line::JsonLine;
use crate::moment;
use crate::output::Output;
use crate::units::{short, short_size};

const LABEL: Style = AnsiColor::Blue.on_default().bold();

/// An amount, which a terminal shows with a unit.
#[derive(Debug, Clone)]
pub enum Amount {
    /// A number of things.
    Count(u64),
    /// A number of bytes.
    Bytes(u64),
    /// A duration in milliseconds.
    Millis(i64),
    /// An exact number of seconds.
    Seconds(Scaled),
    /// A moment in milliseconds since 1970.
    Moment(i64),
    /// A word that is no amount.
    Word(String),
}

/// An amount with its name, which has underscores in place of spaces.
#[derive(Debug, Clone)]
pub struct Figure {
    /// The name in JSON.
    pub name: &'static str,
    /// The amount.
    pub amount: Amount,
}

impl Amount {
    /// Returns the amount for people.
    pub fn with_unit(&self) -> String {
        match self {
            Amount::Count(count) => count.to_string(),
            Amount::Bytes(bytes) => short_size(*bytes),
            Amount::Millis(millis) => short(*millis),
            Amount::Seconds(seconds) => seconds.to_string(),
            Amount::Moment(millis) => moment::shown(*millis),
            Amount::Word(word) => word.clone(),
        }
    }

    /// Returns the exact amount; durations have their unit, as arguments do.
    pub fn exact(&self) -> String {
        match self {
            Amount::Count(number) | Amount::Bytes(number) => number.to_string(),
            Amount::Millis(millis) => format!("{millis}ms"),
            Amount::Seconds(seconds) => seconds.to_string(),
            Amount::Moment(millis) => millis.to_string(),
            Amount::Word(word) => word.clone(),
        }
    }

    /// Returns the amount for people on a terminal, and the exact one elsewhere.
    pub fn shown(&self, out: &Output) -> String {
        if out.is_terminal() { self.with_unit() } else { self.exact() }
    }
}

/// Returns a figure.
pub fn figure(name: &'static str, amount: Amount) -> Figure {
    Figure { name, amount }
}

/// Prints figures and returns the number of lines: each in a line of its own, or all in one line of
/// JSON.
pub fn print(out: &mut Output, format: Format, figures: &[Figure]) -> Result<usize> {
    if format == Format::Json {
        let mut buffer = Vec::new();
        write_json(&mut buffer, figures);
        out.bytes(&buffer)?;
        return Ok(1);
    }
    let width = figures.iter().map(|it| it.name.len()).max().unwrap_or(0).max("figure".len());
    if format == Format::Table {
        out.line(&format!("{:<width$}  amount", "figure"))?;
    }
    for Figure { name, amount } in figures {
        match format {
            Format::Raw => out.line(&format!("{name} {}", amount.exact()))?,
            _ => {
                out.styled(LABEL, &format!("{:<width$}", name.replace('_', " ")))?;
                out.line(&format!("  {}", amount.shown(out)))?;
            }
        }
    }
    Ok(figures.len() + usize::from(format == Format::Table))
}

fn write_json(buffer: &mut Vec<u8>, figures: &[Figure]) {
    let mut line = JsonLine::begin(buffer);
    for Figure { name, amount } in figures {
        line = match amount {
            Amount::Count(number) | Amount::Bytes(number) => line.json(name, number),
            Amount::Millis(millis) | Amount::Moment(millis) => line.json(name, millis),
            Amount::Seconds(seconds) => line.json(name, seconds),
            Amount::Word(word) => line.bytes(name, word.as_bytes()),
        };
    }
    line.end();
}
