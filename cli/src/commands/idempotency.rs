//! `kv idempotency`: the records of operations that run once.

use std::ffi::OsString;

use clap::{Args, Subcommand};
use kv::{Idempotency as Records, Key, RecordState};

use crate::commands::get::not_found;
use crate::json;
use crate::outcome::{Answer, Result};
use crate::output::Output;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv idempotency`.
#[derive(Debug, Args)]
pub struct Idempotency {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the state of an operation, and its response if it is completed
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
    pub fn run(&self, session: &Session) -> Result<Answer> {
        match &self.action {
            Action::Show { key, raw } => {
                let store = session.read()?;
                let found = Records::new(&store).get(Key::new(bytes(key))?)?;
                print(&found.ok_or_else(|| not_found(bytes(key)))?, *raw)
            }
            Action::Forget { key } => {
                let store = session.change()?;
                match Records::new(&store).forget(Key::new(bytes(key))?)? {
                    true => Ok(Answer::Yes),
                    false => Err(not_found(bytes(key))),
                }
            }
        }
    }
}

fn print(record: &RecordState, raw: bool) -> Result<Answer> {
    let mut out = Output::new();
    match record {
        RecordState::Completed(entry) if raw => out.value(&entry.value)?,
        RecordState::Completed(entry) => {
            out.line("completed")?;
            json::write_value(&mut out, &entry.value)?;
        }
        RecordState::InProgress if raw => return Ok(Answer::No),
        RecordState::InProgress => out.line("in progress")?,
    }
    out.finish()?;
    Ok(Answer::Yes)
}
