//! Why a command ended early, and the exit status for it.

use std::fmt;
use std::io;
use std::process::ExitCode;

use kv::{ErrorKind, Version};

use crate::colour;
use crate::escape::{escaped, escaped_text};
use crate::signal;

/// Why a command ended early. The messages are lower case and have no full stop.
#[derive(Debug)]
pub enum Failure {
    /// A key is not found, or a condition does not hold: exit status 1.
    Negative(String),
    /// The command line is wrong: 2.
    Usage(String),
    /// Any other error: 3.
    Other(String),
    /// The reader of standard output has closed it. No message is printed.
    ClosedPipe,
    /// The number of the signal that stopped the command, and the work that was done before it:
    /// 128 and the number.
    Interrupted(i32, String),
}

/// The result of a part of a command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// Returns a failure with exit status 3.
    pub fn other(message: impl Into<String>) -> Failure {
        Failure::Other(message.into())
    }

    /// Returns the failure of a wrong command line.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage(message.into())
    }

    /// Returns the failure of a command whose key is absent or expired.
    pub fn not_found(key: &[u8]) -> Failure {
        Failure::Negative(format!("key not found: {}", escaped(key)))
    }

    /// Returns the failure of a condition on a key that is at `version`; 0 is absent.
    pub fn conflict(key: &[u8], version: Version) -> Failure {
        let key = escaped(key);
        Failure::Negative(match version {
            0 => format!("condition failed: key is absent: {key}"),
            _ => format!("condition failed: key is at version {version}: {key}"),
        })
    }

    /// Returns the same failure with `context` and a colon before its message.
    pub fn context(self, context: impl fmt::Display) -> Failure {
        self.map_message(|message| format!("{context}: {message}"))
    }

    /// Returns the same failure with a semicolon and `note` after its message.
    pub fn note(self, note: &str) -> Failure {
        self.map_message(|message| format!("{message}; {note}"))
    }

    /// Prints the message on standard error, escaped so that it cannot control a terminal.
    pub fn print(&self) {
        let name = match colour::is_wanted(&io::stderr()) {
            true => "\x1b[1;31mkv:\x1b[0m",
            false => "kv:",
        };
        match self.message() {
            "" => {}
            message => eprintln!("{name} {}", escaped_text(message)),
        }
    }

    /// Returns the exit status.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Negative(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Other(_) | Failure::ClosedPipe => 3,
            Failure::Interrupted(signal, _) => 128_u8.saturating_add(*signal as u8),
        })
    }

    fn map_message(self, map: impl FnOnce(String) -> String) -> Failure {
        match self {
            Failure::Negative(message) => Failure::Negative(map(message)),
            Failure::Usage(message) => Failure::Usage(map(message)),
            Failure::Other(message) => Failure::Other(map(message)),
            Failure::ClosedPipe => Failure::ClosedPipe,
            Failure::Interrupted(signal, message) => Failure::Interrupted(signal, map(message)),
        }
    }

    fn message(&self) -> &str {
        match self {
            Failure::Negative(message)
            | Failure::Usage(message)
            | Failure::Other(message)
            | Failure::Interrupted(_, message) => message,
            Failure::ClosedPipe => "",
        }
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
            ErrorKind::Cancelled => match signal::received() {
                Some(number) => Failure::Interrupted(number, "stopped".to_owned()),
                None => Failure::Other(message),
            },
            // Arguments of the library are those of the command line.
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
