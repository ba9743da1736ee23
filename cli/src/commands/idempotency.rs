//! `kv idempotency`: the idempotency records of operations that must run once.

use std::ffi::OsString;

use clap::{Args, Subcommand};
use kv::{Idempotency as Records, Key, RecordState};

use crate::failure::{Failure, Result};
use crate::figures::{self, Amount, figure};
use crate::format::{Format, FormatArgument};
use crate::json;
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::stored_value::StoredValue;
use crate::units::bytes;

/// Arguments of `kv idempotency`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv idempotency show payment-4711
  kv idempotency forget payment-4711          # the operation can run again")]
pub struct Idempotency {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the state of an operation, and the response if it is completed
    #[command(after_help = "\
Examples:
  kv idempotency show payment-4711")]
    Show {
        /// The key of the operation
        key: OsString,
        /// Only the response, as it is stored; the same as --output raw
        #[arg(long, conflicts_with = "output")]
        raw: bool,
        #[command(flatten)]
        format: FormatArgument,
    },
    /// Remove the record of an operation, so that it can run again
    #[command(after_help = "\
Examples:
  kv idempotency forget payment-4711")]
    Forget {
        /// The key of the operation
        key: OsString,
    },
}

impl Idempotency {
    /// Shows or removes a record.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        match &self.action {
            Action::Show { key, raw, format } => {
                let store = session.read()?;
                let found = Records::new(&store).get(Key::new(bytes(key))?)?;
                let format = if *raw { Format::Raw } else { format.or(Format::Text) };
                print(found.ok_or_else(|| Failure::not_found(bytes(key)))?, format)
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

fn print(record: RecordState, format: Format) -> Result<Outcome> {
    let mut out = Output::new();
    let (state, response) = match record {
        RecordState::Completed(entry) => ("completed", Some(StoredValue::of_entry(entry))),
        RecordState::InProgress => ("in progress", None),
    };
    match (format, response) {
        (Format::Raw, Some(mut response)) => out.value(&mut response)?,
        (Format::Raw, None) => return Ok(Outcome::Negative),
        (Format::Text, response) => {
            out.line(state)?;
            if let Some(mut response) = response {
                json::write_value(&mut out, &mut response)?;
            }
        }
        (Format::Json, Some(mut response)) => {
            let mut line = Vec::new();
            JsonLine::begin(&mut line).bytes("state", state.as_bytes()).open("response");
            out.bytes(&line)?;
            json::write_bytes(&mut out, &mut response)?;
            out.text("}\n")?;
        }
        (Format::Json | Format::Table, response) => {
            let mut figures = vec![figure("state", Amount::Word(state.to_owned()))];
            let size = response.map(|it| Amount::Bytes(it.len()));
            figures.extend(size.map(|size| figure("response", size)));
            figures::print(&mut out, format, &figures)?;
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}
