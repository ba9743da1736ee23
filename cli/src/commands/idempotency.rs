//! `kv idempotency`: the idempotency records of operations that must run once.

use std::ffi::OsString;

use clap::{Args, Subcommand};
use kv::{Idempotency as Records, Key, RecordState};

use crate::failure::{Failure, Result};
use crate::json;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::stored_value::StoredValue;
use crate::units::bytes;

/// Arguments of `kv idempotency`.
#[derive(Debug, Args)]
pub struct Idempotency {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the state of an operation, and the response if it is completed
    Show {
        /// The key of the operation
        key: OsString,
        /// Only the response, as it is stored
        #[arg(long)]
        raw: bool,
    },
    /// Remove the record of an operation, so that it can run again
    Forget {
        /// The key of the operation
        key: OsString,
    },
}

impl Idempotency {
    /// Shows or removes a record.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        match &self.action {
            Action::Show { key, raw } => {
                let store = session.read()?;
                let found = Records::new(&store).get(Key::new(bytes(key))?)?;
                print(found.ok_or_else(|| Failure::not_found(bytes(key)))?, *raw)
            }
            Action::Forget { key } => {
                let store = session.change()?;
                match Records::new(&store).forget(Key::new(bytes(key))?)? {
                    true => Ok(Outcome::Success),
                    false => Err(Failure::not_found(bytes(key))),
                }
            }
        }
    }
}

fn print(record: RecordState, raw: bool) -> Result<Outcome> {
    let mut out = Output::new();
    match record {
        RecordState::Completed(entry) if raw => out.value(&mut StoredValue::of_entry(entry))?,
        RecordState::Completed(entry) => {
            out.line("completed")?;
            json::write_value(&mut out, &mut StoredValue::of_entry(entry))?;
        }
        RecordState::InProgress if raw => return Ok(Outcome::Negative),
        RecordState::InProgress => out.line("in progress")?,
    }
    out.finish()?;
    Ok(Outcome::Success)
}
