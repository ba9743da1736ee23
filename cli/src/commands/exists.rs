//! `kv exists`: whether a key is there.

use std::ffi::OsString;

use clap::Args;
use kv::Key;

use crate::outcome::{Answer, Result};
use crate::output::Output;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv exists`.
#[derive(Debug, Args)]
pub struct Exists {
    key: OsString,
}

impl Exists {
    /// Prints `true` or `false`, and ends with 0 or 1.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.read()?;
        let exists = store.exists(session.group()?, Key::new(bytes(&self.key))?)?;
        let mut out = Output::new();
        out.line(if exists { "true" } else { "false" })?;
        out.finish()?;
        Ok(Answer::from(exists))
    }
}
