//! `kv incr` and `kv append`: changes that depend on what is there.

use std::ffi::OsString;

use clap::Args;
use kv::{Key, TTL_DEFAULT};

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
    #[command(flatten)]
    created: Created,
}

/// How long a key lives that a command makes.
#[derive(Debug, Args)]
struct Created {
    /// How long the key lives if this makes it; 0 is for ever
    #[arg(long, value_name = "DURATION", value_parser = units::ttl)]
    ttl: Option<i64>,
}

impl Created {
    fn ttl_ms(&self) -> i64 {
        self.ttl.unwrap_or(TTL_DEFAULT)
    }
}

/// Arguments of `kv append`.
#[derive(Debug, Args)]
pub struct Append {
    key: OsString,
    #[command(flatten)]
    value: ValueArgument,
    #[command(flatten)]
    created: Created,
}

impl Incr {
    /// Prints the sum.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let key = Key::new(bytes(&self.key))?;
        let store = session.create()?;
        print(store.increment(session.group()?, key, self.by, self.created.ttl_ms())?)
    }
}

impl Append {
    /// Prints the new length in bytes.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let (key, value) = (Key::new(bytes(&self.key))?, self.value.read(session)?);
        let store = session.create()?;
        print(store.append(session.group()?, key, &value, self.created.ttl_ms())?)
    }
}

fn print(number: impl std::fmt::Display) -> Result<Answer> {
    let mut out = Output::new();
    out.line(&number.to_string())?;
    out.finish()?;
    Ok(Answer::Yes)
}
