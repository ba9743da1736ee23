//! The prompt. Each line is a command line without `kv` and without the options of the store.

mod complete;
mod history;

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal};

use clap::Parser;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::parser;
use crate::session::Session;
use crate::shell::complete::Completion;
use crate::store_arguments::GroupArguments;

const WELCOME: &str = "Tab completes; 'help' lists the commands, 'use GROUP' changes the group, \
                       'exit' or Ctrl-D ends.";

/// A command that was parsed from a line. The list of commands implements it.
pub trait Line: Parser {
    /// Returns the group and the namespace that the line names.
    fn group_arguments(&self) -> &GroupArguments;

    /// Runs the command.
    fn run(&self, session: &Session) -> Result<Outcome>;
}

/// A line after parsing.
enum Input<L> {
    Empty,
    End,
    Use(OsString),
    Command(Box<L>),
    /// A line that the parser dealt with: a request for help, or a wrong line.
    Handled(Result<Outcome>),
}

/// Runs the lines of standard input: from a terminal with a prompt until it ends, else as a script
/// until a line fails.
pub fn run<L: Line>(session: &Session) -> Result<Outcome> {
    let whole = Session::new(session.store_arguments().clone(), GroupArguments::default());
    session.keep(whole.change()?);
    let mut current = session.group_arguments().clone();
    match io::stdin().is_terminal() {
        true => run_prompt::<L>(session, &mut current),
        false => run_script::<L>(session, &mut current),
    }
}

fn run_script<L: Line>(session: &Session, current: &mut GroupArguments) -> Result<Outcome> {
    session.reserve_input_for_script();
    let mut outcome = Outcome::Success;
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let result = match parse::<L>(&line?) {
            Input::End => break,
            input => run_input(session, current, input),
        };
        match result {
            Ok(Outcome::Success) => {}
            Ok(Outcome::Negative | Outcome::Status(_)) => outcome = Outcome::Negative,
            Err(failure @ Failure::Negative(_)) => {
                failure.print();
                outcome = Outcome::Negative;
            }
            Err(failure) => return Err(failure.context(format_args!("line {number}"))),
        }
    }
    Ok(outcome)
}

fn run_prompt<L: Line>(session: &Session, current: &mut GroupArguments) -> Result<Outcome> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .history_ignore_space(true)
        .auto_add_history(true)
        .build();
    let mut editor: Editor<Completion, FileHistory> =
        Editor::with_config(config).map_err(|error| failure_of(&error))?;
    let history = history::path();
    if let Some(path) = &history {
        // The file is missing the first time.
        let _ = editor.load_history(path);
    }
    eprintln!("{WELCOME}");
    let result = read_lines::<L>(session, current, &mut editor);
    if let Some(path) = &history {
        history::save(&mut editor, path);
    }
    result
}

fn read_lines<L: Line>(
    session: &Session,
    current: &mut GroupArguments,
    editor: &mut Editor<Completion, FileHistory>,
) -> Result<Outcome> {
    loop {
        let narrowed = session.with_group(current.clone());
        let group = narrowed.group()?.as_bytes().to_vec();
        editor.set_helper(Some(Completion::new(L::command(), narrowed.change()?, group)));
        let input = match editor.readline(&prompt(current)) {
            Ok(line) => parse::<L>(&line),
            // Ctrl-C discards the line.
            Err(ReadlineError::Interrupted) => Input::Empty,
            Err(ReadlineError::Eof) => Input::End,
            Err(error) => return Err(failure_of(&error)),
        };
        if matches!(input, Input::End) {
            return Ok(Outcome::Success);
        }
        match run_input(session, current, input) {
            Ok(_) => {}
            Err(Failure::ClosedPipe) => return Err(Failure::ClosedPipe),
            Err(failure) => failure.print(),
        }
    }
}

fn prompt(current: &GroupArguments) -> String {
    let namespace = current.namespace.as_deref().map(|it| format!("{it}/"));
    let group = current.group.as_deref().map(|it| escaped(it.as_encoded_bytes()));
    let path = namespace.unwrap_or_default() + &group.unwrap_or_default();
    if path.is_empty() { "kv> ".to_owned() } else { format!("kv {path}> ") }
}

fn parse<L: Line>(line: &str) -> Input<L> {
    let words = match shell_words::split(line) {
        Ok(words) => words,
        Err(error) => return Input::Handled(Err(Failure::usage(error.to_string()))),
    };
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Input::Empty,
        ["exit" | "quit"] => Input::End,
        ["use"] => Input::Use(OsString::new()),
        ["use", group] => Input::Use(group.into()),
        _ => match L::try_parse_from(words) {
            Ok(line) => Input::Command(Box::new(line)),
            Err(message) => Input::Handled(parser::print(&message)),
        },
    }
}

fn run_input<L: Line>(
    session: &Session,
    current: &mut GroupArguments,
    input: Input<L>,
) -> Result<Outcome> {
    match input {
        Input::Empty | Input::End => Ok(Outcome::Success),
        Input::Use(group) => {
            current.group = Some(group).filter(|it| !it.is_empty());
            Ok(Outcome::Success)
        }
        Input::Handled(result) => result,
        Input::Command(line) => {
            let named = line.group_arguments();
            let group_arguments = GroupArguments {
                group: named.group.clone().or_else(|| current.group.clone()),
                namespace: named.namespace.clone().or_else(|| current.namespace.clone()),
            };
            line.run(&session.with_group(group_arguments))
        }
    }
}

fn failure_of(error: &ReadlineError) -> Failure {
    Failure::other(format!("the prompt: {error}"))
}
