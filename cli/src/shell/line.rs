//! The commands that a shell can run, of which it knows no more than this.

use clap::Parser;

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::store_arguments::GroupArguments;

/// A command that was parsed from a line. The list of commands implements it.
pub trait Line: Parser {
    /// Returns the group and the namespace that the line names.
    fn group_arguments(&self) -> &GroupArguments;

    /// Runs the command.
    fn run(&self, session: &Session) -> Result<Outcome>;
}
