//! `kv get` and `kv take`: read one value.

use std::ffi::OsString;
use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use kv::Key;

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::json;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::progress;
use crate::session::Session;
use crate::stored_value::StoredValue;
use crate::units::{self, bytes, remaining};

/// Arguments of `kv get`.
#[derive(Debug, Args)]
#[command(after_help = "\
A value of any size is read and printed in pieces:
  kv get --raw video > video.mp4
  kv get video --offset 1GiB --length 64KiB | xxd")]
pub struct Get {
    /// The key
    key: OsString,
    #[command(flatten)]
    print: PrintOptions,
    /// Only the bytes from this one on, as they are stored; the first is 0
    #[arg(long, value_name = "SIZE", value_parser = units::size, allow_negative_numbers = true)]
    offset: Option<u64>,
    /// At most this many bytes, as they are stored
    #[arg(long, value_name = "SIZE", value_parser = units::size, allow_negative_numbers = true)]
    length: Option<u64>,
}

/// Arguments of `kv take`.
#[derive(Debug, Args)]
pub struct Take {
    /// The key
    key: OsString,
    #[command(flatten)]
    print: PrintOptions,
}

/// The options for printing a value.
#[derive(Debug, Args)]
struct PrintOptions {
    /// The bytes as they are stored; the same as --output raw
    #[arg(long, conflicts_with = "output")]
    raw: bool,
    /// Format of the value [default: json]
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON in indented lines; a value that is not JSON as a JSON string
    Json,
    /// The bytes as they are stored
    Raw,
    /// The value with its version, ttl and size
    Table,
}

impl Get {
    /// Prints the value.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let format = self.format()?;
        let store = session.read()?;
        Interrupt::install()?;
        let key = escaped(bytes(&self.key));
        let failed =
            |failure: Failure| failure.context(format!("failed to get value for key '{key}'"));
        let reader = store.read_value(session.group()?, Key::new(bytes(&self.key))?);
        let reader = reader.map_err(|error| failed(error.into()))?;
        let missing = || Failure::Negative(format!("key not found: {key}"));
        let value = StoredValue::new(reader.ok_or_else(|| failed(missing()))?)
            .part(self.offset.unwrap_or(0), self.length);
        // On a terminal the bar would be drawn among the bytes.
        let value = match io::stdout().is_terminal() {
            true => value,
            false => {
                let bar = progress::bar_of_value("reading", Some(value.len()));
                value.with_bar(bar)
            }
        };
        print(bytes(&self.key), value, format).map_err(failed)
    }

    /// Returns the format: of a part of the value always the bytes.
    fn format(&self) -> Result<Format> {
        match self.offset.or(self.length) {
            None => Ok(self.print.format()),
            Some(_) => match self.print.output {
                None | Some(Format::Raw) => Ok(Format::Raw),
                Some(_) => Err(Failure::usage(
                    "--offset and --length print the bytes as they are stored; use them with \
                     --raw, or without --output",
                )),
            },
        }
    }
}

impl Take {
    /// Deletes the value and prints it.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.change()?;
        match store.take(session.group()?, Key::new(bytes(&self.key))?)? {
            Some(entry) => {
                print(bytes(&self.key), StoredValue::of_entry(entry), self.print.format())
            }
            None => Err(Failure::not_found(bytes(&self.key))),
        }
    }
}

impl PrintOptions {
    fn format(&self) -> Format {
        match self.raw {
            true => Format::Raw,
            false => self.output.unwrap_or(Format::Json),
        }
    }
}

fn print(key: &[u8], mut value: StoredValue, format: Format) -> Result<Outcome> {
    let mut out = Output::new();
    match format {
        Format::Json => json::write_value(&mut out, &mut value)?,
        Format::Raw => out.value(&mut value)?,
        Format::Table => {
            let info = value.info();
            out.line(&format!("key      {}", escaped(key)))?;
            out.line(&format!("version  {}", info.version))?;
            out.line(&format!("ttl      {}", remaining(info.expires_at)))?;
            out.line(&format!("size     {}", info.size))?;
            out.text("value    ")?;
            value.each_text(|piece| out.text(&escaped(piece)))?;
            out.text("\n")?;
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}
