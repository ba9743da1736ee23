//! Messages of the command line's parser.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::escape::escaped_text;
use crate::failure::{Failure, Result};
use crate::hints::hint;
use crate::outcome::Outcome;

/// Prints a message of the parser: help and version on standard output, an error on standard error.
/// `words` is the line that was parsed.
///
/// Returns success for help and version. The failure of an error has a message of its own only if
/// it is about a word of another tool, whose command of kv it then names.
pub fn print(command: &Command, words: &[String], message: &clap::Error) -> Result<Outcome> {
    if !message.use_stderr() {
        message.print()?;
        return Ok(Outcome::Success);
    }
    if let Some(hint) = hint_about(command, words, message) {
        return Err(Failure::usage(hint + " ('kv help' lists the commands)"));
    }
    let plain = message.render().to_string();
    match escaped_text(&plain) == plain {
        // Printed by the parser, which adds its colours.
        true => drop(message.print()),
        false => eprint!("{}", escaped_text(&plain)),
    }
    Err(Failure::Usage(String::new()))
}

/// Returns the message about a word or an option of another tool, with the command of kv for it;
/// `None` if the parser's message is about anything else.
pub fn hint_about(command: &Command, words: &[String], message: &clap::Error) -> Option<String> {
    match message.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(message, ContextKind::InvalidSubcommand)?;
            let lower = word.to_lowercase();
            if lower != word && command.find_subcommand(&lower).is_some() {
                return Some(format!("there is no {word}; commands are in lower case: {lower}"));
            }
            Some(format!("there is no {word}; {}", hint(word)?))
        }
        ErrorKind::UnknownArgument => {
            let argument = text(message, ContextKind::InvalidArg)?;
            let option = argument.split('=').next().unwrap_or_default();
            let name = words.iter().find(|it| command.find_subcommand(it).is_some())?;
            Some(format!("{name} has no {option}; {}", hint(&format!("{name} {option}"))?))
        }
        _ => None,
    }
}

fn text(message: &clap::Error, kind: ContextKind) -> Option<&str> {
    match message.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}
