//! The state that the commands of a shell share and change.

use std::time::Instant;

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::shell::line::Line;
use crate::shell::opening;
use crate::shell::parse::Input;
use crate::store_arguments::{GroupArguments, StoreArguments};

/// The store, the group and the settings that the commands of a shell share.
pub struct State {
    /// The session of the store, which is open.
    pub session: Session,
    /// The group and the namespace that are in use.
    pub current: GroupArguments,
    /// Whether the time of each command is printed.
    pub is_timed: bool,
    /// Whether the commands come from a script.
    pub is_script: bool,
}

impl State {
    /// Returns the session of a command that names no group.
    pub fn narrowed(&self) -> Session {
        self.session.with_group(self.current.clone())
    }

    /// Runs a command; the end of the shell is none.
    pub fn run<L: Line>(&mut self, input: Input<L>) -> Result<Outcome> {
        match input {
            Input::Empty | Input::End => Ok(Outcome::Success),
            Input::Use(group) => {
                let current = &mut self.current;
                let before = current.group.replace(group);
                current.group = current.group.take().filter(|it| !it.is_empty());
                // A name that cannot be a group leaves the shell where it is.
                let checked = self.narrowed().group().map(drop);
                if checked.is_err() {
                    self.current.group = before;
                }
                checked.map(|()| Outcome::Success)
            }
            Input::Open { location, create } => self.switch(&location, create),
            Input::Timing(is_timed) => {
                self.is_timed = is_timed.unwrap_or(!self.is_timed);
                eprintln!("timing is {}", if self.is_timed { "on" } else { "off" });
                Ok(Outcome::Success)
            }
            Input::Handled(result) => result,
            Input::Command(line) => self.run_line(&*line),
        }
    }

    fn run_line<L: Line>(&self, line: &L) -> Result<Outcome> {
        let named = line.group_arguments();
        let group_arguments = GroupArguments {
            group: named.group.clone().or_else(|| self.current.group.clone()),
            namespace: named.namespace.clone().or_else(|| self.current.namespace.clone()),
        };
        let begun = Instant::now();
        let result = line.run(&self.session.with_group(group_arguments));
        if self.is_timed {
            eprintln!("time: {:.3} ms", begun.elapsed().as_secs_f64() * 1_000.0);
        }
        result
    }

    /// Opens another store in place of this one, which stays open if that fails.
    fn switch(&mut self, location: &str, create: bool) -> Result<Outcome> {
        let arguments = StoreArguments { create, ..StoreArguments::of_location(location) };
        let opened = opening::open(arguments, !self.is_script);
        let session = opened.map_err(|failure| failure.note("the store before stays open"))?;
        if self.is_script {
            session.reserve_input_for_script();
        }
        self.session = session;
        self.current = GroupArguments::default();
        Ok(Outcome::Success)
    }
}
