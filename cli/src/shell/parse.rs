//! A command of the shell, parsed.

use std::ffi::OsString;

use clap::CommandFactory;

use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::parser;
use crate::shell::help;
use crate::shell::line::Line;
use crate::shell::words::{Words, split};

/// The beginning of the usage of the shell as a whole.
const ALL_USAGE: &str = "Usage: kv [OPTIONS] <COMMAND>";

/// A command after parsing.
pub enum Input<L> {
    /// No command, such as a comment.
    Empty,
    /// The end of the shell.
    End,
    /// Change the group.
    Use(OsString),
    /// Open another store.
    Open {
        /// Its path or location.
        location: String,
        /// Whether a missing one is created.
        create: bool,
    },
    /// Print the time of each command, or not; `None` switches.
    Timing(Option<bool>),
    /// A command of kv.
    Command(Box<L>),
    /// A command that is done, or is refused: a request for help, or a wrong command.
    Handled(Result<Outcome>),
}

/// Parses the first command of `text`, which is finished.
pub fn parse<L: Line>(text: &str) -> Input<L> {
    let text = text.trim_start();
    // The commands of psql begin with a backslash, which is no escape then.
    let psql = text.strip_prefix('\\').filter(|it| !it.starts_with(['\n', '\\', ' ']));
    let Words { mut words, open, .. } = split(psql.unwrap_or(text));
    if let Some(open) = open {
        return Input::Handled(Err(Failure::usage(open.message())));
    }
    if let (Some(_), Some(first)) = (psql, words.first_mut()) {
        first.text.insert(0, '\\');
    }
    let words: Vec<_> = words.into_iter().map(|it| it.text).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Input::Empty,
        ["exit" | "quit" | ".exit" | ".quit" | ".q" | "\\q"] => Input::End,
        ["use" | ".use"] => Input::Use(OsString::new()),
        ["use" | ".use", group] if !group.starts_with('-') => Input::Use(group.into()),
        ["use" | ".use", ..] => refused("use takes one group: use GROUP"),
        [".open", ref rest @ ..] => open_of(rest),
        [".timing" | "\\timing"] => Input::Timing(None),
        [".timing" | "\\timing", "on"] => Input::Timing(Some(true)),
        [".timing" | "\\timing", "off"] => Input::Timing(Some(false)),
        [".timing" | "\\timing", ..] => refused(".timing takes on, off, or nothing"),
        ["help" | ".help" | "?" | ".?" | "\\?" | "\\h" | ".h", ref names @ ..] => {
            Input::Handled(print_help::<L>(names))
        }
        _ => match L::try_parse_from(&words) {
            Ok(line) => Input::Command(Box::new(line)),
            Err(message) => Input::Handled(handle::<L>(&words, &message)),
        },
    }
}

fn refused<L>(message: &str) -> Input<L> {
    Input::Handled(Err(Failure::usage(message)))
}

fn open_of<L>(words: &[&str]) -> Input<L> {
    let create = words.contains(&"--create");
    let mut others = words.iter().filter(|it| **it != "--create");
    match (others.next(), others.next()) {
        (Some(location), None) if !location.starts_with('-') => {
            Input::Open { location: (*location).to_owned(), create }
        }
        _ => refused(".open takes one path or location: .open [--create] LOCATION"),
    }
}

fn print_help<L: Line>(names: &[&str]) -> Result<Outcome> {
    let Some(first) = names.first() else { return help::print_list(&L::command()) };
    if let Some(text) = help::of_shell_command(first) {
        return help::print_text(text);
    }
    let words: Vec<_> = ["help"].iter().chain(names).map(|it| (*it).to_owned()).collect();
    match L::try_parse_from(&words) {
        Ok(_) => Ok(Outcome::Success),
        Err(message) => handle::<L>(&words[1..], &message),
    }
}

/// Prints the help that was asked for, or fails with the message of the parser in one line, and
/// with the command of kv for the words of another tool.
fn handle<L: CommandFactory>(words: &[String], message: &clap::Error) -> Result<Outcome> {
    if !message.use_stderr() {
        message.print()?;
        return Ok(Outcome::Success);
    }
    let hint = parser::hint_about(&L::command(), words, message);
    Err(Failure::usage(hint.unwrap_or_else(|| in_one_line(message))))
}

/// Returns the message of the parser without its heading and its hint at an option `--help`.
fn in_one_line(message: &clap::Error) -> String {
    let text = message.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut line = String::new();
    for part in text.lines().map(str::trim).filter(|it| !it.is_empty()) {
        // The usage of all commands says nothing about a word that is none of them.
        if part.starts_with("For more information") || part.starts_with(ALL_USAGE) {
            break;
        }
        match line.chars().last() {
            None => {}
            Some(':') => line.push(' '),
            Some(_) => line.push_str("; "),
        }
        match part.strip_prefix("Usage: ") {
            Some(usage) => {
                line.push_str("usage: ");
                line.push_str(usage.strip_prefix("kv ").unwrap_or(usage));
            }
            None => line.push_str(part),
        }
    }
    line
}
