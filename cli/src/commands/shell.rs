//! `kv shell`: commands from a prompt.

use clap::Args;

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::shell::{self, Line};

/// Arguments of `kv shell`.
#[derive(Debug, Args)]
pub struct Shell {}

impl Shell {
    /// Runs the lines of standard input to its end.
    pub fn run<L: Line>(&self, session: &Session) -> Result<Outcome> {
        shell::run::<L>(session)
    }
}
