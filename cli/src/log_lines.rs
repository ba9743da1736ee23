//! The log of the library on standard error, one line for each record.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

use clap::{Args, ValueEnum};
use kv::{LogLevel, LogRecord};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::moment;

/// The variable that names the level if the option does not.
const VARIABLE: &str = "KV_LOG";
/// The most lines that are held while a view has the terminal. Older ones are left out.
const HELD_MAX: usize = 1000;

/// The lines that wait for the end of a view; `None` if none has the terminal.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// The option that switches the log on.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Log")]
pub struct LogArgument {
    /// Print what the library does by itself on standard error: records of this level and those
    /// above it [default: off] [variable: KV_LOG]
    #[arg(long, global = true, value_enum, value_name = "LEVEL", hide_possible_values = true)]
    #[arg(long_help = "\
Print what the library does by itself on standard error: records of this level and those above it [default: off] \
[variable: KV_LOG]

off: none; error: a store refuses writes; warn: something is slow, or fails for a while; info: a store is opened, \
closed or recovered, a server connected; debug: checkpoints, purges, repeated calls")]
    log: Option<Level>,
}

/// A level of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

impl LogArgument {
    /// Begins to print the records of the level that is asked for.
    pub fn begin(&self) -> Result<()> {
        let level = match (self.log, env::var_os(VARIABLE)) {
            (Some(level), _) => level,
            (None, None) => return Ok(()),
            (None, Some(text)) if text.is_empty() => return Ok(()),
            (None, Some(text)) => level_of(&text.to_string_lossy())?,
        };
        if level == Level::Off {
            return Ok(());
        }
        Ok(kv::set_log(level.into(), Some(Box::new(print)))?)
    }
}

/// Prints the records that are left, and ends the log.
pub fn end() {
    // It fails only in the thread of the log.
    let _ = kv::set_log(LogLevel::Off, None);
}

/// Keeps the records back while a view has the terminal, if that is where they are printed.
pub fn hold() {
    if io::stderr().is_terminal() {
        held().get_or_insert_default();
    }
}

/// Prints the records that were kept back.
pub fn release() {
    let lines = held().take().unwrap_or_default();
    lines.iter().for_each(|line| write(line));
}

fn held() -> std::sync::MutexGuard<'static, Option<Vec<String>>> {
    HELD.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn level_of(text: &str) -> Result<Level> {
    Level::from_str(text, true).map_err(|_| {
        let names = "off, error, warn, info, debug";
        Failure::usage(format!("{VARIABLE} is {text:?}, which is no level of the log: {names}"))
    })
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> LogLevel {
        match level {
            Level::Off => LogLevel::Off,
            Level::Error => LogLevel::Error,
            Level::Warn => LogLevel::Warn,
            Level::Info => LogLevel::Info,
            Level::Debug => LogLevel::Debug,
        }
    }
}

fn print(record: &LogRecord) {
    let line = line_of(record);
    match &mut *held() {
        None => write(&line),
        Some(lines) => {
            if lines.len() == HELD_MAX {
                lines.remove(0);
            }
            lines.push(line);
        }
    }
}

/// Writes a line. Standard error may be closed; that ends no command.
fn write(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Returns the line of a record: time, level, topic, store, message.
fn line_of(record: &LogRecord) -> String {
    let LogRecord { level, topic, time_ms, store, message } = record;
    let level = match level {
        LogLevel::Off => "off",
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let store = if store.is_empty() { String::new() } else { format!(" {store}") };
    let line = format!("{} {level} {topic}{store}: {message}", moment::exact(*time_ms));
    escaped(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_that_controls_no_terminal() {
        let record = LogRecord {
            level: LogLevel::Warn,
            topic: "stall",
            time_ms: 0,
            store: "sqlite:a\x1b[31m.db".to_owned(),
            message: "one\ntwo".to_owned(),
        };
        let line = line_of(&record);
        assert!(line.ends_with(" warn stall sqlite:a\\x1b[31m.db: one\\ntwo"), "{line}");
        let record = LogRecord { store: String::new(), ..record };
        assert!(line_of(&record).ends_with(" warn stall: one\\ntwo"));
    }

    #[test]
    fn a_level_has_a_name_in_any_case() {
        assert_eq!(level_of("Debug").ok(), Some(Level::Debug));
        let message = level_of("loud").expect_err("no level").to_string();
        assert!(message.contains("\"loud\"") && message.contains("warn"), "{message}");
    }
}
