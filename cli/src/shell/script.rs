//! A script: commands of standard input, until one fails.

use std::io::{self, BufRead};

use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::shell::line::Line;
use crate::shell::parse::{Input, parse};
use crate::shell::state::State;
use crate::shell::words::split;

/// Runs the commands. A command may have several lines; a message names the first.
pub fn run<L: Line>(mut state: State) -> Result<Outcome> {
    state.session.reserve_input_for_script();
    let mut outcome = Outcome::Success;
    let mut lines = (1_u64..).zip(io::stdin().lock().lines());
    Interrupt::pause();
    while let Some((number, line)) = lines.next() {
        let in_line = |failure| of_line(failure, number);
        let mut command = line.map_err(|error| in_line(Failure::from(error)))?;
        while let Some(open) = split(&command).open {
            let Some((_, line)) = lines.next() else {
                return Err(in_line(Failure::usage(open.message())));
            };
            command = command + "\n" + &line.map_err(|error| in_line(Failure::from(error)))?;
        }
        Interrupt::resume();
        let result = match parse::<L>(&command) {
            Input::End => break,
            input => state.run(input),
        };
        match result {
            Ok(Outcome::Success) => {}
            Ok(Outcome::Negative | Outcome::Status(_)) => outcome = Outcome::Negative,
            Err(failure @ Failure::Negative(_)) => {
                in_line(failure).print();
                outcome = Outcome::Negative;
            }
            Err(failure) => return Err(in_line(failure)),
        }
        Interrupt::pause();
    }
    Ok(outcome)
}

/// Returns the failure with the number of the line, and always with a message.
fn of_line(failure: Failure, number: u64) -> Failure {
    match failure {
        Failure::Interrupted(signal, done) if done.is_empty() => {
            Failure::Interrupted(signal, format!("line {number}: stopped"))
        }
        failure => failure.context(format_args!("line {number}")),
    }
}
