//! `kv exists`: whether a key exists.

use std::ffi::OsString;

use clap::Args;
use kv::Key;

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv exists`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv exists user:7                            # true or false, exit status 0 or 1
  if kv exists user:7 >/dev/null; then echo there; fi")]
pub struct Exists {
    /// The key
    key: OsString,
}

impl Exists {
    /// Prints `true` or `false`; the exit status is 0 or 1.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        let exists = store.exists(session.group()?, Key::new(bytes(&self.key))?)?;
        let mut out = Output::new();
        out.line(if exists { "true" } else { "false" })?;
        out.finish()?;
        Ok(Outcome::from(exists))
    }
}
