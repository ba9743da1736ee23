//! Completion by Tab: commands, options, groups, and keys of the store.

use std::rc::Rc;

use clap::Command;
use kv::{Group, Pattern, Scan, Store, Values};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::escape::needs_escape;

/// The largest number of names that are offered at once.
const OFFERED_MAX: usize = 200;
/// Commands that only the prompt has.
const PROMPT_COMMANDS: [&str; 3] = ["exit", "help", "use"];

/// Completes the names of commands and options, and the keys of one group.
pub struct Completion {
    command: Command,
    store: Rc<Store>,
    group: Vec<u8>,
}

impl Completion {
    /// Returns the completion for the keys of `group`.
    pub fn new(command: Command, store: Rc<Store>, group: Vec<u8>) -> Completion {
        Completion { command, store, group }
    }

    /// Returns the words that begin with `start` and can follow the words `before`.
    fn offers(&self, before: &[&str], start: &str) -> Vec<String> {
        let Some((first, _)) = before.split_first() else {
            let names = self.command.get_subcommands().map(|it| it.get_name().to_owned());
            let mut names: Vec<_> = names.chain(PROMPT_COMMANDS.map(str::to_owned)).collect();
            names.retain(|it| it.starts_with(start));
            names.sort();
            names.dedup();
            return names;
        };
        if start.starts_with('-') {
            let arguments = self.command.find_subcommand(first).into_iter();
            let arguments = arguments.flat_map(|it| it.get_arguments());
            let options = arguments.filter_map(|it| it.get_long()).map(|it| format!("--{it}"));
            let own = ["--group", "--namespace"].map(str::to_owned);
            return options.chain(own).filter(|it| it.starts_with(start)).collect();
        }
        let is_group = ["use", "delete-group"].contains(first)
            || before.last().is_some_and(|it| ["-g", "--group"].contains(it));
        // If the store returns an error, nothing is offered.
        if is_group { self.groups(start) } else { self.keys(start) }.unwrap_or_default()
    }

    fn groups(&self, start: &str) -> kv::Result<Vec<String>> {
        let mut cursor = self.store.groups(start.as_bytes())?;
        let mut names = Vec::new();
        while let (Some(entry), true) = (cursor.next()?, names.len() < OFFERED_MAX) {
            names.extend(offered(entry.group));
        }
        Ok(names)
    }

    fn keys(&self, start: &str) -> kv::Result<Vec<String>> {
        let group = Group::new(&self.group)?;
        let pattern = Pattern::Prefix(start.as_bytes());
        let limit = OFFERED_MAX as u64;
        let mut cursor =
            self.store.scan(Scan { pattern, limit, values: Values::None, ..Scan::all(group) })?;
        let mut names = Vec::new();
        while let Some(entry) = cursor.next()? {
            names.extend(offered(entry.key));
        }
        Ok(names)
    }
}

/// Returns a name quoted as a word of a line; `None` if it cannot be typed.
fn offered(name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name).ok()?;
    (!text.contains(needs_escape)).then(|| shell_words::quote(text).into_owned())
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
        let at = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let (before, start) = line.split_at(at);
        let before: Vec<&str> = before.split_whitespace().collect();
        let offers = self.offers(&before, start).into_iter();
        let pair = |it: String| Pair { display: it.clone(), replacement: it };
        Ok((at, offers.map(pair).collect()))
    }
}

impl Helper for Completion {}
impl Highlighter for Completion {}
impl Validator for Completion {}

impl Hinter for Completion {
    type Hint = String;
}
