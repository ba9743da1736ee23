//! `kv shell`: commands from a prompt.

use clap::Args;

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::shell::{self, Line};

/// Arguments of `kv shell`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv shell
  kv shell < commands                         # a script, which ends at the first error")]
pub struct Shell {}

impl Shell {
    /// Runs the lines of standard input to its end.
    pub fn run<L: Line>(&self, session: &Session) -> Result<Outcome> {
        shell::run::<L>(session)
    }
}
