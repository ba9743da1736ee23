//! `kv incr` and `kv append`: writes that depend on the current value.

use std::ffi::OsString;

use clap::Args;
use kv::{Key, TTL_DEFAULT};

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::output::print_line;
use crate::session::Session;
use crate::units::{self, bytes};
use crate::value::ValueArgument;

/// Arguments of `kv incr`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv incr visits                              # by 1
  kv incr stock -3
  kv incr requests:ada --ttl 1m               # a window that begins with its first request")]
pub struct Incr {
    /// The key
    key: OsString,
    /// Amount to add; a missing key counts as 0
    #[arg(default_value_t = 1, allow_negative_numbers = true)]
    by: i64,
    #[command(flatten)]
    creation: CreationTtl,
}

/// The ttl of a created key.
#[derive(Debug, Args)]
struct CreationTtl {
    /// Time until the key expires, if this command creates it; 0 for never
    #[arg(long, value_name = "DURATION", value_parser = units::ttl)]
    ttl: Option<i64>,
}

impl CreationTtl {
    fn ttl_ms(&self) -> i64 {
        self.ttl.unwrap_or(TTL_DEFAULT)
    }
}

/// Arguments of `kv append`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv append log 'one more line'
  date | kv append log")]
pub struct Append {
    /// The key
    key: OsString,
    #[command(flatten)]
    value: ValueArgument,
    #[command(flatten)]
    creation: CreationTtl,
}

impl Incr {
    /// Prints the sum.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let key = Key::new(bytes(&self.key))?;
        let store = session.create()?;
        let sum = store.increment(session.group()?, key, self.by, self.creation.ttl_ms())?;
        print_line(&sum.to_string())
    }
}

impl Append {
    /// Prints the new length in bytes.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let (key, value) = (Key::new(bytes(&self.key))?, self.value.read(session)?);
        let store = session.create()?;
        let len = store.append(session.group()?, key, &value, self.creation.ttl_ms())?;
        print_line(&len.to_string())
    }
}
