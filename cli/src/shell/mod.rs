//! The shell: commands from a prompt or a script. Each is a command line without `kv` and without
//! the options of the store.

mod complete;
mod help;
mod history;
mod line;
mod opening;
mod parse;
mod prompt;
mod quote;
mod script;
mod state;
mod words;

use std::io::{self, IsTerminal};

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::shell::state::State;

pub use crate::shell::line::Line;

/// Runs the commands of standard input: from a terminal with a prompt until it ends, else as a
/// script until a command fails.
pub fn run<L: Line>(session: &Session) -> Result<Outcome> {
    let is_script = !io::stdin().is_terminal();
    let state = State {
        session: opening::open(session.store_arguments().clone(), !is_script)?,
        current: session.group_arguments().clone(),
        is_timed: false,
        is_script,
    };
    match is_script {
        true => script::run::<L>(state),
        false => prompt::run::<L>(state),
    }
}
