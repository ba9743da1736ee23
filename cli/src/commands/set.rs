//! `kv set`: writes one value.

use std::ffi::OsString;

use clap::Args;
use kv::{Condition, Key, Put, Version};

use crate::json;
use crate::outcome::{Answer, Failure, Result};
use crate::output::Output;
use crate::session::Session;
use crate::shown::shown;
use crate::units::{self, bytes};
use crate::value::ValueArgument;

/// Arguments of `kv set`.
#[derive(Debug, Args)]
pub struct Set {
    key: OsString,
    #[command(flatten)]
    value: ValueArgument,
    /// Parse the value as JSON and refuse it if it is none; it is stored as it is written
    #[arg(long)]
    json: bool,
    /// Store the value as a JSON string, for programs that read every value as JSON
    #[arg(long, conflicts_with = "json")]
    json_string: bool,
    /// Let it live for this long: 500ms, 90s, 5m, 12h, 7d; 0 for ever
    #[arg(long, value_name = "DURATION", value_parser = units::ttl)]
    ttl: Option<i64>,
    /// Only if the key is absent
    #[arg(long, conflicts_with = "if_version")]
    if_absent: bool,
    /// Only if the key is at this version
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
    if_version: Option<Version>,
    /// Print the version that was written
    #[arg(long)]
    print_version: bool,
}

impl Set {
    /// Writes the value.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let value = self.checked_value(session)?;
        let key = Key::new(bytes(&self.key))?;
        let condition = match self.if_version {
            Some(version) => Condition::Version(version),
            None if self.if_absent => Condition::Absent,
            None => Condition::Any,
        };
        // A key that has to be at a version is in a store that is there.
        let store = match self.if_version {
            Some(_) => session.change()?,
            None => session.create()?,
        };
        match store.put(session.group()?, key, &value, condition, units::expiry(self.ttl)?)? {
            Put::Conflict(version) => Err(conflict(key.as_bytes(), version)),
            Put::Written(version) => {
                if self.print_version {
                    let mut out = Output::new();
                    out.line(&version.to_string())?;
                    out.finish()?;
                }
                Ok(Answer::Yes)
            }
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
            let text = std::str::from_utf8(&value)
                .map_err(|_| Failure::usage("a JSON string has to be UTF-8"))?;
            return Ok(json::quoted(text));
        }
        Ok(value)
    }
}

/// Returns the failure of a condition on a key that is at `version`.
pub fn conflict(key: &[u8], version: Version) -> Failure {
    let key = shown(key);
    Failure::No(match version {
        0 => format!("condition failed: key is absent: {key}"),
        _ => format!("condition failed: key is at version {version}: {key}"),
    })
}
