//! `kv incr` and `kv append`: changes that depend on what is there.

use std::ffi::OsString;

use clap::Args;
use kv::Key;

use crate::outcome::{Answer, Result};
use crate::output::Output;
use crate::session::Session;
use crate::units::{self, bytes};
use crate::value::ValueArgument;

/// Arguments of `kv incr`.
#[derive(Debug, Args)]
pub struct Incr {
    key: OsString,
    /// What to add; a missing key counts as 0
    #[arg(default_value_t = 1, allow_negative_numbers = true)]
    by: i64,
    /// How long the key lives if this makes it
    #[arg(long, value_name = "DURATION", value_parser = units::ttl, default_value = "0")]
    ttl: i64,
}

/// Arguments of `kv append`.
#[derive(Debug, Args)]
pub struct Append {
    key: OsString,
    #[command(flatten)]
    value: ValueArgument,
}

impl Incr {
    /// Prints the sum.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let key = Key::new(bytes(&self.key))?;
        let store = session.create()?;
        print(store.increment(session.group()?, key, self.by, self.ttl)?)
    }
}

impl Append {
    /// Prints the new length in bytes.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let (key, value) = (Key::new(bytes(&self.key))?, self.value.read(session)?);
        print(session.create()?.append(session.group()?, key, &value)?)
    }
}

fn print(number: impl std::fmt::Display) -> Result<Answer> {
    let mut out = Output::new();
    out.line(&number.to_string())?;
    out.finish()?;
    Ok(Answer::Yes)
}
