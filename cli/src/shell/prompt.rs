//! The prompt on a terminal.

use std::time::Duration;

use kv::CallContext;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};
use signal_hook::consts::SIGINT;

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::shell::complete::Completion;
use crate::shell::history::{self, Lines};
use crate::shell::line::Line;
use crate::shell::opening::short_name;
use crate::shell::parse::{Input, parse};
use crate::shell::state::State;
use crate::shell::words::{Open, split};
use crate::signal;

const WELCOME: &str = "Tab completes; 'help' lists the commands, 'use GROUP' changes the group, \
                       'exit' or Ctrl-D ends.";
/// The longest time in which the groups are counted for the welcome.
const COUNT_TIME: Duration = Duration::from_millis(100);
/// The largest number of groups that are counted for it.
const COUNT_MAX: usize = 100;

/// The editor of the lines.
type LineEditor = Editor<Completion, FileHistory>;

/// Runs the commands that are entered, until the prompt ends.
pub fn run<L: Line>(mut state: State) -> Result<Outcome> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .history_ignore_space(true)
        .max_history_size(history::LEN_MAX)
        .map_err(|error| failure_of(&error))?
        .build();
    let editor: rustyline::Result<LineEditor> = Editor::with_config(config.clone());
    let mut editor = editor.map_err(|error| failure_of(&error))?;
    let mut lines = Lines::load(&mut editor, config);
    Interrupt::install_for_prompt()?;
    eprintln!("kv {}: {}\n{WELCOME}", env!("CARGO_PKG_VERSION"), description(&state)?);
    let result = run_commands::<L>(&mut state, &mut editor, &mut lines);
    lines.save();
    result
}

fn run_commands<L: Line>(
    state: &mut State,
    editor: &mut LineEditor,
    lines: &mut Lines,
) -> Result<Outcome> {
    loop {
        Interrupt::pause();
        let Some(text) = read_command::<L>(state, editor)? else { return Ok(Outcome::Success) };
        lines.add(editor, &text);
        // Text that is pasted may have several commands.
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (command, next) = rest.split_at(split(rest).next);
            rest = next;
            let input = parse::<L>(command);
            if matches!(input, Input::End) {
                return Ok(Outcome::Success);
            }
            Interrupt::resume();
            signal::clear();
            match state.run(input) {
                Ok(_) => {}
                Err(Failure::ClosedPipe) => return Err(Failure::ClosedPipe),
                Err(Failure::Interrupted(SIGINT, done)) => {
                    Failure::Interrupted(SIGINT, done).print();
                    rest = "";
                }
                // A termination ends the command, and the shell too.
                Err(failure @ Failure::Interrupted(..)) => return Err(failure),
                Err(failure) => failure.print(),
            }
        }
    }
}

/// Reads the lines of a command; `None` at the end of the input. Ctrl-C discards the lines, and
/// returns an empty command.
fn read_command<L: Line>(state: &State, editor: &mut LineEditor) -> Result<Option<String>> {
    let (mut text, mut open) = (String::new(), None);
    let first = prompt(state)?;
    loop {
        let completion = Completion::new(L::command(), state.narrowed(), text.clone());
        editor.set_helper(Some(completion));
        let prompt = open.map_or(first.clone(), |open: Open| {
            let width = first.chars().count().saturating_sub(3);
            format!("{:.>width$} > ", open.mark())
        });
        match editor.readline(&prompt) {
            Ok(line) => text.push_str(&line),
            Err(ReadlineError::Interrupted) => return Ok(Some(String::new())),
            Err(ReadlineError::Eof) => {
                let Some(open) = open else { return Ok(None) };
                Failure::usage(open.message()).print();
                return Ok(Some(String::new()));
            }
            Err(error) => return Err(failure_of(&error)),
        }
        open = split_all(&text);
        if open.is_none() {
            return Ok(Some(text));
        }
        text.push('\n');
    }
}

/// Returns the unfinished part of the last of several commands.
fn split_all(text: &str) -> Option<Open> {
    let mut rest = text;
    loop {
        let words = split(rest);
        rest = rest.get(words.next..).unwrap_or_default();
        if rest.is_empty() {
            return words.open;
        }
    }
}

/// Returns the prompt: the name of the store, and the namespace and the group that are in use.
fn prompt(state: &State) -> Result<String> {
    let name = short_name(&state.session.store_arguments().store_name()?);
    let current = &state.current;
    let namespace = current.namespace.as_deref().map(|it| format!("{it}/"));
    let group = current.group.as_deref().map(|it| escaped(it.as_encoded_bytes()));
    let path = namespace.unwrap_or_default() + &group.unwrap_or_default();
    Ok(match path.is_empty() {
        true => format!("kv {name}> "),
        false => format!("kv {name} [{path}]> "),
    })
}

/// Returns the name of the store, and the number of its groups if that is soon counted.
fn description(state: &State) -> Result<String> {
    let name = short_name(&state.session.store_arguments().store_name()?);
    let calls = CallContext::new();
    calls.arm(Some(COUNT_TIME));
    let store = state.narrowed().change()?.bind(&calls);
    let count = || -> kv::Result<usize> {
        let (mut cursor, mut count) = (store.groups(b"")?, 0);
        while count <= COUNT_MAX && cursor.next()?.is_some() {
            count += 1;
        }
        Ok(count)
    };
    Ok(match count() {
        Ok(0) => format!("{name}, empty"),
        Ok(1) => format!("{name}, 1 group"),
        Ok(count @ ..=COUNT_MAX) => format!("{name}, {count} groups"),
        Ok(_) => format!("{name}, over {COUNT_MAX} groups"),
        Err(_) => name,
    })
}

/// Returns the failure of the line editor.
fn failure_of(error: &ReadlineError) -> Failure {
    Failure::other(format!("the prompt: {error}"))
}
