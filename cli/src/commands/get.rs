//! `kv get` and `kv take`: read values.

use std::ffi::OsString;
use std::io::{self, IsTerminal};

use clap::Args;
use kv::{Key, Store};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::format::{Format, FormatArgument};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::print_value;
use crate::progress;
use crate::session::Session;
use crate::stored_value::StoredValue;
use crate::units::{self, bytes};

/// Arguments of `kv get`.
#[derive(Debug, Args)]
#[command(after_help = "\
Several keys are read from one snapshot. A value of any size is read and printed in pieces.

Examples:
  kv get user:7                               # JSON in indented lines
  kv get user:7 --pointer /address/city       # a part of JSON, by its JSON pointer
  kv get user:7 user:8 -o json                # an object in each line
  kv get video --raw > video.mp4              # the bytes as they are stored
  kv get video --offset 1GiB --length 64KiB | xxd")]
pub struct Get {
    /// The keys
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<OsString>,
    #[command(flatten)]
    print: PrintOptions,
    /// Only the part of a JSON value that this JSON pointer (RFC 6901) names, such as /user/name
    #[arg(short, long, value_name = "POINTER", conflicts_with_all = ["offset", "length"])]
    pointer: Option<String>,
    /// Only the bytes from this one on, as they are stored; the first is 0
    #[arg(long, value_name = "SIZE", value_parser = units::size, allow_negative_numbers = true)]
    offset: Option<u64>,
    /// At most this many bytes, as they are stored
    #[arg(long, value_name = "SIZE", value_parser = units::size, allow_negative_numbers = true)]
    length: Option<u64>,
}

/// Arguments of `kv take`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv take job:17                              # read it, and delete it, in one step
  kv take job:17 --raw > job")]
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
    #[command(flatten)]
    format: FormatArgument,
}

impl Get {
    /// Prints the values, and reports the keys that were not found.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let format = self.format()?;
        let [key] = &self.keys[..] else {
            return self.print_several(session, format);
        };
        let store = session.read()?;
        Interrupt::install()?;
        let value = self.value(session, &store, key)?;
        let value = value.ok_or_else(|| self.failed(key, Failure::not_found(bytes(key))))?;
        // On a terminal the bar would be drawn among the bytes.
        let mut value = match io::stdout().is_terminal() {
            true => value,
            false => {
                let bar = progress::bar_of_value("reading", Some(value.len()));
                value.with_bar(bar)
            }
        };
        let mut out = Output::new();
        print_value::begin(&mut out, format)?;
        print_value::write(&mut out, bytes(key), &mut value, format)
            .map_err(|failure| self.failed(key, failure))?;
        out.finish()?;
        Ok(Outcome::Success)
    }

    /// Prints the values of several keys, of one snapshot.
    fn print_several(&self, session: &Session, format: Format) -> Result<Outcome> {
        if format == Format::Raw {
            return Err(Failure::usage(
                "the bytes of several values would run into each other; name one key, or use \
                 --output json",
            ));
        }
        let store = session.read_snapshot()?;
        let interrupt = Interrupt::install()?;
        let (mut found, mut outcome) = (0, Outcome::Success);
        let mut out = Output::new();
        print_value::begin(&mut out, format)?;
        for key in &self.keys {
            interrupt.check(String::new)?;
            let Some(mut value) = self.value(session, &store, key)? else {
                out.flush()?;
                Failure::not_found(bytes(key)).print();
                outcome = Outcome::Negative;
                continue;
            };
            if format == Format::Text {
                out.text(if found == 0 { "" } else { "\n" })?;
                print_value::write_title(&mut out, bytes(key))?;
            }
            print_value::write(&mut out, bytes(key), &mut value, format)
                .map_err(|failure| self.failed(key, failure))?;
            found += 1;
        }
        out.finish()?;
        Ok(outcome)
    }

    /// Returns the value of a key, or the part of it that is asked for.
    fn value(
        &self,
        session: &Session,
        store: &Store,
        key: &OsString,
    ) -> Result<Option<StoredValue>> {
        let failed = |error: kv::Error| self.failed(key, error.into());
        let (group, name) = (session.group()?, Key::new(bytes(key))?);
        if let Some(pointer) = &self.pointer {
            let found = kv::get_json(store, group, name, pointer).map_err(failed)?;
            if found.is_none() && store.exists(group, name).map_err(failed)? {
                let message = format!("the JSON has no {pointer:?}");
                return Err(self.failed(key, Failure::Negative(message)));
            }
            return Ok(found.map(StoredValue::of_entry));
        }
        let reader = store.read_value(group, name).map_err(failed)?;
        let part = |value: StoredValue| value.part(self.offset.unwrap_or(0), self.length);
        Ok(reader.map(|reader| part(StoredValue::new(reader))))
    }

    fn failed(&self, key: &OsString, failure: Failure) -> Failure {
        let key = escaped(bytes(key));
        failure.context(format!("failed to get value for key '{key}'"))
    }

    /// Returns the format: of a part of the bytes always the bytes.
    fn format(&self) -> Result<Format> {
        match self.offset.or(self.length) {
            None => Ok(self.print.format()),
            Some(_) => match self.print.format.or(Format::Raw) {
                Format::Raw => Ok(Format::Raw),
                _ => Err(Failure::usage(
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
        let taken = store.take(session.group()?, Key::new(bytes(&self.key))?)?;
        let entry = taken.ok_or_else(|| Failure::not_found(bytes(&self.key)))?;
        let (mut out, format) = (Output::new(), self.print.format());
        print_value::begin(&mut out, format)?;
        print_value::write(&mut out, bytes(&self.key), &mut StoredValue::of_entry(entry), format)?;
        out.finish()?;
        Ok(Outcome::Success)
    }
}

impl PrintOptions {
    fn format(&self) -> Format {
        if self.raw { Format::Raw } else { self.format.or(Format::Text) }
    }
}
