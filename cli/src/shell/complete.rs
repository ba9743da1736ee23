//! What Tab offers: commands, options, groups, and keys of the store.

use std::rc::Rc;

use clap::CommandFactory;
use kv::{Group, Pattern, Scan, Store, Values};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::arguments::ShellLine;
use crate::shown::is_active;

/// Names offered at once.
const OFFERED_MAX: usize = 200;
/// Commands of the prompt that are no commands elsewhere.
const OWN: [&str; 3] = ["exit", "help", "use"];

/// Knows the commands, and the keys of one group.
pub struct Completion {
    store: Rc<Store>,
    group: Vec<u8>,
}

impl Completion {
    /// Returns the completion for a group.
    pub fn new(store: Rc<Store>, group: &[u8]) -> Completion {
        Completion { store, group: group.to_vec() }
    }

    /// Returns what a word that begins with `start`, after the words `before` it, can become.
    fn offers(&self, before: &[&str], start: &str) -> Vec<String> {
        let command = ShellLine::command();
        let Some((first, _)) = before.split_first() else {
            let names = command.get_subcommands().map(|it| it.get_name().to_owned());
            let mut names: Vec<_> = names.chain(OWN.map(str::to_owned)).collect();
            names.retain(|it| it.starts_with(start));
            names.sort();
            names.dedup();
            return names;
        };
        if start.starts_with('-') {
            let arguments = command.find_subcommand(first).into_iter();
            let arguments = arguments.flat_map(|it| it.get_arguments());
            let options = arguments.filter_map(|it| it.get_long()).map(|it| format!("--{it}"));
            let own = ["--group", "--namespace"].map(str::to_owned);
            return options.chain(own).filter(|it| it.starts_with(start)).collect();
        }
        let is_group = ["use", "delete-group"].contains(first)
            || before.last().is_some_and(|it| ["-g", "--group"].contains(it));
        // What cannot be asked for is not offered.
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

/// Returns a name as a word of a line, if it can be one.
fn offered(name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name).ok()?;
    (!text.contains(is_active)).then(|| shell_words::quote(text).into_owned())
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
