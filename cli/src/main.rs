//! The store in a terminal.
//!
//! `arguments.rs` is the command line, `session.rs` the store it means, `commands/` has a file for
//! each command, `shell/` the prompt. Standard output carries what was asked for, standard error
//! everything else; how the program ends is said in `outcome.rs`.

mod arguments;
mod commands;
mod foreign;
mod input;
mod intake;
mod interrupt;
mod json;
mod lines;
mod outcome;
mod output;
mod progress;
mod session;
mod shell;
mod shown;
mod units;
mod value;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::CommandLine;
use crate::outcome::Failure;
use crate::session::Session;

fn main() -> ExitCode {
    let ended = match CommandLine::try_parse() {
        Ok(line) => line.command.run(&Session::new(line.place, line.scope)),
        Err(error) => outcome::of_parser(&error),
    };
    match ended {
        Ok(answer) => answer.exit_code(),
        Err(Failure::ClosedPipe) => outcome::end_as_writers_do(),
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}
