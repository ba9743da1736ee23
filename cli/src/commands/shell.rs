//! `kv shell`: commands from a prompt.

use clap::{Args, ValueHint};

use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::session::Session;
use crate::shell::{self, Line};
use crate::store_arguments::StoreArguments;

/// Arguments of `kv shell`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv shell app.db
  kv shell < commands                         # a script, which ends at the first error
  kv shell redis://localhost:6379/0
  kv shell new.db --create < commands")]
pub struct Shell {
    /// Path or location of the store, in place of --store
    #[arg(value_name = "LOCATION", value_hint = ValueHint::FilePath)]
    location: Option<String>,
}

impl Shell {
    /// Runs the lines of standard input to its end.
    pub fn run<L: Line>(&self, session: &Session) -> Result<Outcome> {
        let Some(location) = &self.location else { return shell::run::<L>(session) };
        let arguments = session.store_arguments();
        if arguments.is_named() {
            return Err(Failure::usage(
                "the store is named twice; leave out --store, --db-path and --config, or the argument",
            ));
        }
        let named = StoreArguments::of_location(location);
        let arguments = StoreArguments { create: arguments.create, ..named };
        shell::run::<L>(&Session::new(arguments, session.group_arguments().clone()))
    }
}
