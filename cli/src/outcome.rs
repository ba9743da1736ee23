//! The outcome of a command that did not fail.

use std::process::ExitCode;

/// The outcome of a command that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The command is done, or the result is yes: exit status 0.
    Success,
    /// The result is no, such as of `kv exists`: exit status 1.
    Negative,
    /// The exit status of a program that the command has run.
    Status(u8),
}

impl Outcome {
    /// Returns the outcome of a command that asks a question.
    pub fn from(is_yes: bool) -> Outcome {
        if is_yes { Outcome::Success } else { Outcome::Negative }
    }

    /// Returns the exit status.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Outcome::Success => 0,
            Outcome::Negative => 1,
            Outcome::Status(status) => status,
        })
    }
}
