//! The command `kv`: a store in a terminal.
//!
//! ```text
//! main
//! arguments           the list of commands, with their help
//! commands/           one file for each command: its arguments and `run`
//! shell/              the prompt
//! browse/             the full-screen view
//! live_stats/         figures as they change
//! terminal/           the screen and the keys of a full-screen view
//! hints               commands for words of other tools
//! session             the store of a command line, opened as a command needs it
//! importer, foreign   writing many entries; data of other systems
//! value, value_input  values of the command line, in files, on standard input
//! stored_value        values of a store, piece by piece
//! damaged             a damaged database, page by page
//! format              the formats in which all commands print
//! print_value, columns, figures, event_lines    values, entries, figures and events in a format
//! json, json_line ... values for people; JSON lines for programs
//! entry_lines, import_line, long_import    the lines of an export
//! change_source       whether a watch receives the changes of other processes
//! log_lines           the log of the library
//! locked_program      a program that runs while a lock is held
//! export_target       a whole file, or a pipe or device that is written as it is
//! output, failure, outcome, escape, colour ...
//! ```
//!
//! Imports run downwards: no two files import each other, not even through others.

mod arguments;
mod browse;
mod change_source;
mod char_pieces;
mod colour;
mod columns;
mod commands;
mod damaged;
mod entry_lines;
mod escape;
mod event_lines;
mod export_target;
mod failure;
mod figures;
mod foreign;
mod format;
mod hints;
mod import_entry;
mod import_line;
mod importer;
mod input;
mod interrupt;
mod json;
mod json_fields;
mod json_line;
mod line_reader;
mod live_stats;
mod locked_program;
mod log_lines;
mod long_import;
mod moment;
mod outcome;
mod output;
mod parser;
mod print_value;
mod progress;
mod session;
mod shell;
mod signal;
mod store_arguments;
mod stored_value;
mod terminal;
mod units;
mod value;
mod value_input;
mod value_kind;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use signal_hook::consts::SIGPIPE;

use crate::arguments::CommandLine;
use crate::failure::Failure;
use crate::session::Session;

fn main() -> ExitCode {
    // As of `flock app.db kv ...`, which hands the file down: this program closes none of them.
    kv::accept_open_files();
    let result = match CommandLine::try_parse() {
        Ok(line) => {
            line.log.begin().and_then(|()| line.command.run(&Session::new(line.store, line.group)))
        }
        Err(message) => {
            let words: Vec<String> = env::args_os().skip(1).map(text_of).collect();
            parser::print(&CommandLine::command(), &words, &message)
        }
    };
    // The last records of the store stand before the message of the command.
    log_lines::end();
    match result {
        Ok(outcome) => outcome.exit_code(),
        Err(Failure::ClosedPipe) => end_by_sigpipe(),
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}

fn text_of(word: OsString) -> String {
    word.to_string_lossy().into_owned()
}

/// Ends the process by SIGPIPE, as a program ends that writes into a closed pipe.
fn end_by_sigpipe() -> ExitCode {
    // Returns only if the signal cannot be raised; then the exit status reports the error.
    let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
    Failure::ClosedPipe.exit_code()
}
