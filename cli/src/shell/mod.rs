//! The prompt: each line is a command line without `kv` and without the store's name.

mod complete;
mod history;

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal};

use clap::Parser;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use crate::arguments::{Command, Scope, ShellLine};
use crate::outcome::{self, Answer, Failure, Result};
use crate::session::Session;
use crate::shell::complete::Completion;
use crate::shown::shown;

const WELCOME: &str = "Tab completes; 'help' lists the commands, 'use GROUP' changes the group, \
                       'exit' or Ctrl-D ends.";

/// What a line wants.
enum Line {
    Nothing,
    End,
    Use(OsString),
    Command(Box<ShellLine>),
    /// The parser has answered it already.
    Answered(Result<Answer>),
}

/// Runs lines of standard input until they end: from a person with a prompt, else until one fails.
pub fn run(session: &Session) -> Result<Answer> {
    let whole = Session::new(session.place().clone(), Scope::default());
    session.keep(whole.change()?);
    let mut scope = session.scope().clone();
    match io::stdin().is_terminal() {
        true => run_prompt(session, &mut scope),
        false => run_script(session, &mut scope),
    }
}

fn run_script(session: &Session, scope: &mut Scope) -> Result<Answer> {
    session.leave_input_to_script();
    let mut answer = Answer::Yes;
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let ended = match parse(&line?) {
            Line::End => break,
            line => run_line(session, scope, line),
        };
        match ended {
            Ok(Answer::Yes) => {}
            Ok(Answer::No) => answer = Answer::No,
            Err(failure @ Failure::No(_)) => {
                failure.print();
                answer = Answer::No;
            }
            Err(failure) => return Err(failure.context(format_args!("line {number}"))),
        }
    }
    Ok(answer)
}

fn run_prompt(session: &Session, scope: &mut Scope) -> Result<Answer> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .history_ignore_space(true)
        .auto_add_history(true)
        .build();
    let mut editor: Editor<Completion, FileHistory> =
        Editor::with_config(config).map_err(|error| failure_of(&error))?;
    let history = history::path();
    if let Some(path) = &history {
        // The first time there is none.
        let _ = editor.load_history(path);
    }
    eprintln!("{WELCOME}");
    let mut ended = Ok(Answer::Yes);
    loop {
        let within = session.within(scope.clone());
        editor.set_helper(Some(Completion::new(within.change()?, within.group()?.as_bytes())));
        match editor.readline(&prompt(scope)) {
            Ok(line) => match parse(&line) {
                Line::End => break,
                line => match run_line(session, scope, line) {
                    Ok(_) => {}
                    Err(Failure::ClosedPipe) => {
                        ended = Err(Failure::ClosedPipe);
                        break;
                    }
                    Err(failure) => failure.print(),
                },
            },
            // Ctrl-C gives the line up.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => {
                ended = Err(failure_of(&error));
                break;
            }
        }
    }
    if let Some(path) = &history {
        history::save(&mut editor, path);
    }
    ended
}

fn prompt(scope: &Scope) -> String {
    let namespace = scope.namespace.as_deref().map(|it| format!("{it}/"));
    let group = scope.group.as_deref().map(|it| shown(it.as_encoded_bytes()));
    let place = namespace.unwrap_or_default() + &group.unwrap_or_default();
    if place.is_empty() { "kv> ".to_owned() } else { format!("kv {place}> ") }
}

fn parse(line: &str) -> Line {
    let words = match shell_words::split(line) {
        Ok(words) => words,
        Err(error) => return Line::Answered(Err(Failure::usage(error.to_string()))),
    };
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Line::Nothing,
        ["exit" | "quit"] => Line::End,
        ["use"] => Line::Use(OsString::new()),
        ["use", group] => Line::Use(group.into()),
        _ => match ShellLine::try_parse_from(words) {
            Ok(line) => Line::Command(Box::new(line)),
            Err(error) => Line::Answered(outcome::of_parser(&error)),
        },
    }
}

fn run_line(session: &Session, scope: &mut Scope, line: Line) -> Result<Answer> {
    match line {
        Line::Nothing | Line::End => Ok(Answer::Yes),
        Line::Use(group) => {
            scope.group = Some(group).filter(|it| !it.is_empty());
            Ok(Answer::Yes)
        }
        Line::Answered(answer) => answer,
        Line::Command(line) => {
            if matches!(line.command, Command::Shell(_)) {
                return Err(Failure::usage("this is the shell already"));
            }
            let within = Scope {
                group: line.scope.group.or_else(|| scope.group.clone()),
                namespace: line.scope.namespace.or_else(|| scope.namespace.clone()),
            };
            line.command.run(&session.within(within))
        }
    }
}

fn failure_of(error: &ReadlineError) -> Failure {
    Failure::other(format!("the prompt: {error}"))
}
