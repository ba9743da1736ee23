//! `kv set`: writes one value.

use std::ffi::OsString;

use clap::Args;
use kv::{Condition, Key, Put, Version};

use crate::failure::{Failure, Result};
use crate::json;
use crate::outcome::Outcome;
use crate::output::print_line;
use crate::session::Session;
use crate::units::{self, bytes};
use crate::value::ValueArgument;

/// Arguments of `kv set`.
#[derive(Debug, Args)]
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
    /// Time until the key expires: 500ms, 90s, 5m, 12h, 7d; 0 for never
    #[arg(long, value_name = "DURATION", value_parser = units::ttl)]
    ttl: Option<i64>,
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
        let value = self.checked_value(session)?;
        let key = Key::new(bytes(&self.key))?;
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
        match store.put(session.group()?, key, &value, condition, units::expiry(self.ttl)?)? {
            Put::Conflict(version) => Err(Failure::conflict(key.as_bytes(), version)),
            Put::Written(version) => match self.print_version {
                true => print_line(&version.to_string()),
                false => Ok(Outcome::Success),
            },
        }
    }

    /// Returns the bytes to store.
    fn checked_value(&self, session: &Session) -> Result<Vec<u8>> {
        let value = self.value.read(session)?;
        if self.json {
            kv::check_json(&value).map_err(|error| {
                Failure::usage(format!("failed to parse value as JSON: {error}"))
            })?;
        }
        if self.json_string {
            let text = std::str::from_utf8(&value).map_err(|_| {
                Failure::usage("the value is not UTF-8, so it cannot be a JSON string")
            })?;
            return Ok(json::quoted(text));
        }
        Ok(value)
    }
}
