//! Messages of the command line's parser.

use crate::escape::escaped_text;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;

/// Prints a message of the parser: help and version on standard output, an error on standard error.
///
/// Returns success for help and version, otherwise a failure without a message of its own.
pub fn print(message: &clap::Error) -> Result<Outcome> {
    if !message.use_stderr() {
        message.print()?;
        return Ok(Outcome::Success);
    }
    let plain = message.render().to_string();
    match escaped_text(&plain) == plain {
        // Printed by the parser, which adds its colours.
        true => drop(message.print()),
        false => eprint!("{}", escaped_text(&plain)),
    }
    Err(Failure::Usage(String::new()))
}
