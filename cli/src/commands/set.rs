//! `kv set`: writes one value.

use std::ffi::OsString;

use clap::Args;
use kv::{Condition, Key, Put, SetExpiry, Store, ValueWriter, Version, WriteRules};

use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::json;
use crate::moment;
use crate::outcome::Outcome;
use crate::output::print_line;
use crate::session::Session;
use crate::units::{self, bytes};
use crate::value::ValueArgument;
use crate::value_input::{LongInput, ValueInput};

/// Arguments of `kv set`.
#[derive(Debug, Args)]
#[command(after_help = "\
A value in a file or on standard input may have any size; it is written in pieces, and appears when
it is complete.

Examples:
  kv set colour blue
  kv set session:1 ada --ttl 30m
  kv set offer half-price --expires-at '2026-12-24 18:00'
  kv set --json user:7 '{\"theme\": \"dark\"}'
  kv set lock me --if-absent                  # exit status 1 if it exists
  kv set video @video.mp4
  tar c photos | kv set photos - --ttl 30d")]
pub struct Set {
    /// The key
    key: OsString,
    #[command(flatten)]
    value: ValueArgument,
    /// Refuse a value that is not JSON; JSON is stored as it is written
    #[arg(long)]
    json: bool,
    /// Store the value as a JSON string, for programs that read every value as JSON
    #[arg(long, conflicts_with = "json")]
    json_string: bool,
    /// Time until the key expires: 500ms, 1.5s, 5m, 1h30m, 7d, 2w; 0 for never
    #[arg(long, value_name = "DURATION", value_parser = units::ttl)]
    ttl: Option<i64>,
    /// Moment at which the key expires: 2026-12-24, '2026-12-24 18:00', 2026-12-24T18:00:00Z, or
    /// milliseconds since 1970
    #[arg(long, value_name = "MOMENT", value_parser = moment::parse, conflicts_with = "ttl")]
    expires_at: Option<i64>,
    /// Only if the key is absent
    #[arg(long, conflicts_with = "if_version")]
    if_absent: bool,
    /// Only if the key is at this version
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
    if_version: Option<Version>,
    /// Print the version of the entry
    #[arg(long)]
    print_version: bool,
}

impl Set {
    /// Writes the value.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let key = Key::new(bytes(&self.key))?;
        let input = self.input(session)?;
        let condition = match self.if_version {
            Some(version) => Condition::Version(version),
            None if self.if_absent => Condition::Absent,
            None => Condition::Any,
        };
        // A key that is at a version is in a store that exists.
        let store = match self.if_version {
            Some(_) => session.change()?,
            None => session.create()?,
        };
        let expiry = match self.expires_at {
            Some(at) => SetExpiry::from_expires_at(at),
            None => units::expiry(self.ttl)?,
        };
        let group = session.group()?;
        let put = match input {
            ValueInput::Whole(value) => store.put(group, key, &value, condition, expiry)?,
            ValueInput::Long(input) => {
                let rules = WriteRules { condition, expiry, durability: None };
                write_pieces(&store, store.write_value(group, key, rules)?, input)?
            }
        };
        match put {
            Put::Conflict(version) => Err(Failure::conflict(key.as_bytes(), version)),
            Put::Written(version) => match self.print_version {
                true => print_line(&version.to_string()),
                false => Ok(Outcome::Success),
            },
        }
    }

    /// Returns the bytes to store. JSON is checked as a whole.
    fn input(&self, session: &Session) -> Result<ValueInput> {
        if !self.json && !self.json_string {
            return self.value.open(session);
        }
        let value = self.value.read(session)?;
        if self.json {
            kv::check_json(&value).map_err(|error| {
                Failure::usage(format!("failed to parse value as JSON: {error}"))
            })?;
            return Ok(ValueInput::Whole(value));
        }
        let text = std::str::from_utf8(&value)
            .map_err(|_| Failure::usage("the value is not UTF-8, so it cannot be a JSON string"))?;
        Ok(ValueInput::Whole(json::quoted(text)))
    }
}

/// Writes a long value and commits it. Without the commit it is discarded, also by a signal.
fn write_pieces(store: &Store, mut writer: ValueWriter, input: LongInput) -> Result<Put> {
    let interrupt = Interrupt::install()?;
    let written = input.each(&interrupt, |piece| Ok(writer.write(store, piece)?));
    written.map_err(|failure| failure.note("nothing was written"))?;
    Ok(writer.commit(store)?)
}
