//! Completion by Tab: commands, options and their values, keys, groups, files.

mod names;
mod slot;

use std::time::Duration;

use clap::Command;
use kv::{CallContext, Group, Store};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::failure::Result;
use crate::session::Session;
use crate::shell::complete::names::Names;
use crate::shell::complete::slot::{Slot, named, slot, subcommands};
use crate::shell::quote::Quoting;
use crate::shell::words::{Words, split};
use crate::store_arguments::GroupArguments;

/// The longest time for which one completion asks the store.
const TIME_MAX: Duration = Duration::from_millis(400);
/// Commands that only the shell has.
pub const SHELL_COMMANDS: [&str; 5] = [".open", ".timing", "exit", "help", "use"];

/// Completes the words of a line.
pub struct Completion {
    command: Command,
    session: Session,
    /// The lines of an unfinished command, above the one that is typed.
    begun: String,
}

impl Completion {
    /// Returns the completion for a line that follows the unfinished lines `begun`. The session has
    /// the group of the prompt.
    pub fn new(command: Command, session: Session, begun: String) -> Completion {
        Completion { command, session, begun }
    }

    fn names(&self, before: &[&str], start: &str) -> Names {
        let slot = match before {
            [] => Slot::Words(self.commands()),
            ["use" | ".use"] => Slot::Group,
            [".open", ..] => Slot::File,
            [".timing"] => Slot::Words(["on", "off"].map(str::to_owned).into()),
            ["help" | ".help" | "?"] => Slot::Words(subcommands(&self.command)),
            _ => slot(&self.command, before, start),
        };
        let found = match slot {
            Slot::Words(words) => Ok(Names::of_words(words, start)),
            Slot::Number(units) => Ok(with_units(start, units)),
            Slot::Key => self
                .store(before)
                .and_then(|(store, group)| Ok(names::keys(&store, Group::new(&group)?, start)?)),
            Slot::Group => {
                self.store(before).and_then(|(store, _)| Ok(names::groups(&store, start)?))
            }
            Slot::File => Ok(names::files(start)),
            Slot::Value => Ok(files_of_value(start)),
            Slot::Free => Ok(Names::default()),
        };
        // If the store returns an error, nothing is offered.
        found.unwrap_or_default()
    }

    /// Returns the names of the commands.
    fn commands(&self) -> Vec<String> {
        let mut names = subcommands(&self.command);
        names.retain(|it| it != "shell");
        names.extend(SHELL_COMMANDS.map(str::to_owned));
        names.sort();
        names.dedup();
        names
    }

    /// Returns the store and the group of a line, for calls that end in time.
    fn store(&self, before: &[&str]) -> Result<(Store, Vec<u8>)> {
        let current = self.session.group_arguments();
        let session = self.session.with_group(GroupArguments {
            group: named(before, "-g", "--group").map(Into::into).or(current.group.clone()),
            namespace: named(before, "-n", "--namespace")
                .map(Into::into)
                .or(current.namespace.clone()),
        });
        let calls = CallContext::new();
        calls.arm(Some(TIME_MAX));
        Ok((session.change()?.bind(&calls), session.group()?.as_bytes().to_vec()))
    }
}

/// Returns the number that was begun, with each of its units.
fn with_units(start: &str, units: &[&str]) -> Names {
    let digits = start.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    match digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        true => Names::default(),
        false => Names::of_words(units.iter().map(|unit| format!("{digits}{unit}")), start),
    }
}

/// Returns the files of a value that begins with `@`.
fn files_of_value(start: &str) -> Names {
    let Some(path) = start.strip_prefix('@') else { return Names::default() };
    let mut names = names::files(path);
    for offer in &mut names.offers {
        offer.text.insert(0, '@');
    }
    names.more = names.more.map(|more| format!("@{more}"));
    names
}

/// Returns the replacements of a word that was begun with `typed`. The one of several names is the
/// text with which all of them begin.
fn pairs(names: Names, typed: &str) -> Vec<Pair> {
    let Names { offers, more } = names;
    if let ([offer], None) = (&offers[..], &more) {
        let quoting = Quoting::of(typed, &offer.text);
        let replacement = match offer.is_whole {
            true => quoting.whole(&offer.text),
            false => quoting.begin(&offer.text),
        };
        return vec![Pair { display: offer.text.clone(), replacement }];
    }
    let shared = match &more {
        Some(shared) => shared.clone(),
        None => shared_text(offers.iter().map(|it| &*it.text)),
    };
    let replacement = Quoting::of(typed, &shared).begin(&shared);
    // The name of the default group is empty.
    let name = |text: String| if text.is_empty() { "''".to_owned() } else { text };
    let displays = offers.into_iter().map(|it| name(it.text));
    let displays = displays.chain(more.map(|_| "... and more".to_owned()));
    displays.map(|display| Pair { display, replacement: replacement.clone() }).collect()
}

/// Returns the text with which all of `names` begin.
fn shared_text<'n>(mut names: impl Iterator<Item = &'n str>) -> String {
    let first = names.next().unwrap_or_default();
    let shared = names.fold(first, |shared, name| {
        let same = shared.char_indices().zip(name.chars()).find(|((_, a), b)| a != b);
        let len = same.map_or(shared.len().min(name.len()), |((at, _), _)| at);
        shared.get(..len).unwrap_or_default()
    });
    shared.to_owned()
}

impl Completer for Completion {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let line = line.get(..position).unwrap_or(line);
        let text = format!("{}{line}", self.begun);
        let mut at = 0;
        let Words { mut words, .. } = loop {
            let rest = text.get(at..).unwrap_or_default();
            let words = split(rest);
            match words.next < rest.len() {
                true => at += words.next,
                false => break words,
            }
        };
        let last = words.pop_if(|it| at + it.end == text.len());
        let begin = last.as_ref().map_or(text.len(), |it| at + it.begin);
        // A word that begins in a line above is not completed.
        let Some(place) = begin.checked_sub(self.begun.len()) else {
            return Ok((position, Vec::new()));
        };
        let before: Vec<_> = words.iter().map(|it| &*it.text).collect();
        let names = self.names(&before, last.as_ref().map_or("", |it| &it.text));
        Ok((place, pairs(names, text.get(begin..).unwrap_or_default())))
    }
}

impl Helper for Completion {}
impl Highlighter for Completion {}
impl Validator for Completion {}

impl Hinter for Completion {
    type Hint = String;
}
