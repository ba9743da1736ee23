//! How a command ends, and what number the program ends with.

use std::fmt;
use std::io;
use std::process::ExitCode;

use kv::ErrorKind;

use crate::output::standard_error_is_coloured;
use crate::shown::shown_text;

/// What came of a command that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is done, or yes: 0.
    Yes,
    /// What was asked for is not there, or a condition does not hold: 1.
    No,
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Failure {
    /// What was asked for is not there, or a condition does not hold, with a message: 1.
    No(String),
    /// The command line is wrong: 2.
    Usage(String),
    /// Everything else: 3.
    Other(String),
    /// Nobody reads the output any more. There is nothing to tell, and nobody to be told.
    ClosedPipe,
    /// A signal asked to stop, and this is what was done by then: 128 and its number.
    Stopped(i32, String),
}

/// What a command's steps return.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Answer {
    /// Returns the answer to a question.
    pub fn from(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }

    /// Returns what the program ends with.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

impl Failure {
    /// Returns a failure that says `message`.
    pub fn other(message: impl Into<String>) -> Failure {
        Failure::Other(message.into())
    }

    /// Returns a wrong command line.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage(message.into())
    }

    /// Returns the same failure with `context` and a colon before its message.
    pub fn context(self, context: impl fmt::Display) -> Failure {
        self.said(|message| format!("{context}: {message}"))
    }

    /// Returns the same failure with a semicolon and `note` behind its message.
    pub fn note(self, note: &str) -> Failure {
        self.said(|message| format!("{message}; {note}"))
    }

    fn said(self, say: impl FnOnce(String) -> String) -> Failure {
        match self {
            Failure::No(message) => Failure::No(say(message)),
            Failure::Usage(message) => Failure::Usage(say(message)),
            Failure::Other(message) => Failure::Other(say(message)),
            Failure::ClosedPipe => Failure::ClosedPipe,
            Failure::Stopped(signal, message) => Failure::Stopped(signal, say(message)),
        }
    }

    /// Says on standard error what happened; on a terminal no byte of it does anything there.
    pub fn print(&self) {
        let name = match standard_error_is_coloured() {
            true => "\x1b[1;31mkv:\x1b[0m",
            false => "kv:",
        };
        match self.message() {
            "" => {}
            message => eprintln!("{name} {}", shown_text(message)),
        }
    }

    fn message(&self) -> &str {
        match self {
            Failure::No(message)
            | Failure::Usage(message)
            | Failure::Other(message)
            | Failure::Stopped(_, message) => message,
            Failure::ClosedPipe => "",
        }
    }

    /// Returns what the program ends with.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::No(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Other(_) | Failure::ClosedPipe => 3,
            Failure::Stopped(signal, _) => 128_u8.saturating_add(*signal as u8),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl From<kv::Error> for Failure {
    fn from(error: kv::Error) -> Failure {
        let message = error.message().to_owned();
        match error.kind() {
            // An argument of the library is one of the command line.
            ErrorKind::Argument => Failure::Usage(message),
            _ => Failure::Other(message),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::Other(error.to_string()),
        }
    }
}

/// Prints what the parser of the command line has to say: help or version on standard output, what
/// is wrong on standard error.
pub fn of_parser(error: &clap::Error) -> Result<Answer> {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => Ok(Answer::Yes),
            Err(error) => Err(error.into()),
        };
    }
    let plain = error.render().to_string();
    match shown_text(&plain) == plain {
        // The parser's own colours.
        true => drop(error.print()),
        false => eprint!("{}", shown_text(&plain)),
    }
    Err(Failure::Usage(String::new()))
}

/// Ends the program as one that writes into a closed pipe ends: by SIGPIPE, without a word.
pub fn end_as_writers_do() -> ExitCode {
    // If the signal cannot be had, the number says that something was amiss.
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
    Failure::ClosedPipe.exit_code()
}
