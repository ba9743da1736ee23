//! The tables of options as text, for the documentation and the help that show them.

use crate::config::options::log::LOG;
use crate::config::options::redis::{REDIS, REDIS_SERVER};
use crate::config::options::rule::Rule;
use crate::config::options::sqlite::{MEMORY, SQLITE};

/// The options of one kind of store.
#[derive(Debug)]
pub struct OptionTable {
    /// The stores that have the options, and how a location names them.
    pub title: &'static str,
    /// The options, in the order in which they are shown.
    pub rows: Vec<OptionRow>,
}

/// An option in a table.
#[derive(Debug)]
pub struct OptionRow {
    /// The name.
    pub name: &'static str,
    /// The type of the value in a services file.
    pub type_name: &'static str,
    /// The words of which the value is one; none if it may be another.
    pub words: &'static [&'static str],
    /// The default; empty if there is none.
    pub default: &'static str,
    /// The meaning in one line, without the words.
    pub meaning: &'static str,
    /// Whether the option is stored in the file.
    pub stored: bool,
}

/// Returns the tables of the options that locations and services files have: those of a file, of a
/// store with a log, of a store in memory, of a store in a Redis, and of a Redis server.
pub fn option_tables() -> [OptionTable; 5] {
    [
        table("SQLite file: sqlite:PATH?NAME=VALUE&...", SQLITE),
        table("Store with a log: log:PATH?NAME=VALUE&...", LOG),
        table("Store in memory: memory:?NAME=VALUE&...", MEMORY),
        table("Store in a Redis: redis://USER:PASSWORD@HOST:PORT/DB?NAME=VALUE&...", REDIS),
        table("Redis server: keys of a services file, and parts of a location", REDIS_SERVER),
    ]
}

/// Returns the first stores that have an option of this name.
pub(super) fn stores_with(name: &str) -> Option<&'static str> {
    fn has<O>(rules: &[Rule<O>], name: &str) -> bool {
        rules.iter().any(|rule| rule.name == name)
    }
    let stores = [
        ("SQLite file", has(SQLITE, name)),
        ("Store with a log", has(LOG, name)),
        ("Store in a Redis", has(REDIS, name)),
        ("Redis server", has(REDIS_SERVER, name)),
    ];
    stores.into_iter().find(|(_, has_it)| *has_it).map(|(stores, _)| stores)
}

fn table<O>(title: &'static str, rules: &[Rule<O>]) -> OptionTable {
    OptionTable { title, rows: rules.iter().map(row).collect() }
}

fn row<O>(rule: &Rule<O>) -> OptionRow {
    let Rule { name, default, meaning, stored, ref takes } = *rule;
    let (type_name, words) = (takes.type_name(), takes.words());
    OptionRow { name, type_name, words, default, meaning, stored }
}

impl OptionRow {
    /// Returns the name, with a star if the option is stored in the file.
    pub fn starred_name(&self) -> String {
        let star = if self.stored { " *" } else { "" };
        format!("{}{star}", self.name)
    }

    /// Returns the words of which the value is one, if there are any, and the meaning.
    pub fn full_meaning(&self) -> String {
        match self.words {
            [] => self.meaning.to_owned(),
            words => format!("{}: {}", words.join(" or "), self.meaning),
        }
    }
}
