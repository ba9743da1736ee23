//! `kv shell`: commands from a prompt.

use clap::Args;

use crate::outcome::{Answer, Result};
use crate::session::Session;
use crate::shell;

/// Arguments of `kv shell`.
#[derive(Debug, Args)]
pub struct Shell {}

impl Shell {
    /// Runs lines until there are no more.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        shell::run(session)
    }
}
