//! A row of a table of options, and the parsing of its value.

use std::time::Duration;

use crate::config::nearest::suggestion;
use crate::config::unit::{parse_count, parse_duration, parse_size, parse_switch};
use crate::error::{Error, ErrorKind, Result};

/// An option of an engine whose options are an `O`.
pub(crate) struct Rule<O> {
    /// The name of the option.
    pub name: &'static str,
    /// The default as a location spells it; empty if there is none.
    pub default: &'static str,
    /// The meaning in one line, without the words of [`Takes::Switch`] and [`Takes::Word`].
    pub meaning: &'static str,
    /// Whether the option is stored in the file and holds for all processes. The default is then
    /// that of a new file, and an option that is omitted keeps its stored value.
    pub stored: bool,
    /// The kind of its value.
    pub takes: Takes<O>,
}

/// The kind of an option's value, with the function that sets it.
pub(crate) enum Takes<O> {
    /// `on` or `off`.
    Switch(fn(&mut O, bool)),
    /// A duration with its unit.
    Duration(fn(&mut O, Duration)),
    /// Bytes, maybe with a unit.
    Size(fn(&mut O, u64)),
    /// A whole number; the message of a refusal does not show it.
    Count(fn(&mut O, u64) -> Result<()>),
    /// One of these words.
    Word(&'static [&'static str], fn(&mut O, &str)),
    /// Any text; the message of a refusal does not show it, because it may be secret.
    Text(fn(&mut O, &str) -> Result<()>),
}

/// Returns the names of the options in tables.
pub(crate) fn names_of<O>(tables: &[&[Rule<O>]]) -> Vec<&'static str> {
    tables.iter().copied().flatten().map(|rule| rule.name).collect()
}

/// Returns the row of an option that holds for one process.
pub(super) const fn rule<O>(
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
    takes: Takes<O>,
) -> Rule<O> {
    Rule { name, default, meaning, stored: false, takes }
}

/// Returns the row of an option that holds for all processes if `in_file` is true.
pub(super) const fn stored<O>(in_file: bool, rule: Rule<O>) -> Rule<O> {
    Rule { stored: in_file, ..rule }
}

impl<O> Rule<O> {
    /// Sets the option to the value that `text` spells; fails with [`ErrorKind::Argument`] and a
    /// message that names the fault.
    pub(crate) fn set(&self, options: &mut O, text: &str) -> Result<()> {
        match &self.takes {
            Takes::Switch(set) => set(options, parse_switch(text)?),
            Takes::Duration(set) => set(options, parse_duration(text)?),
            Takes::Size(set) => set(options, parse_size(text)?),
            Takes::Count(set) => set(options, parse_count(text)?)?,
            Takes::Word(words, set) if words.contains(&text) => set(options, text),
            Takes::Word(..) => {
                let near = suggestion(text, self.takes.words());
                let message = format!("{text:?} is not {}{near}", self.takes.describe());
                return Err(Error::new(ErrorKind::Argument, message));
            }
            Takes::Text(set) => set(options, text)?,
        }
        Ok(())
    }
}

impl<O> Takes<O> {
    /// Returns the kind of value in the words of a message.
    pub(crate) fn describe(&self) -> String {
        match self {
            Takes::Switch(_) => "on or off".to_owned(),
            Takes::Duration(_) => "a duration such as 500ms or 5s".to_owned(),
            Takes::Size(_) => "a size such as 65536 or 16MiB".to_owned(),
            Takes::Count(_) => "a whole number".to_owned(),
            Takes::Word(words, _) => words.join(" or "),
            Takes::Text(_) => "a text".to_owned(),
        }
    }

    /// Returns the type of the value, as docs/services.md describes the types.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Takes::Switch(_) => "switch",
            Takes::Duration(_) => "duration",
            Takes::Size(_) => "size",
            Takes::Count(_) => "whole number",
            Takes::Word(..) | Takes::Text(_) => "text",
        }
    }

    /// Returns the words of which the value is one; none if it may be another.
    pub(crate) fn words(&self) -> &'static [&'static str] {
        match self {
            Takes::Switch(_) => &["on", "off"],
            Takes::Word(words, _) => words,
            _ => &[],
        }
    }
}
