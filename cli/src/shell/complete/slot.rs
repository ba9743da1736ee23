//! The kind of word that is expected at a place of a line, by the description of the commands.

use clap::{Arg, ArgAction, Command, ValueHint};

/// The kind of word that is expected.
#[derive(Debug, PartialEq, Eq)]
pub enum Slot {
    /// One of these words.
    Words(Vec<String>),
    /// A number with one of these units.
    Number(&'static [&'static str]),
    /// A key of the group.
    Key,
    /// A group.
    Group,
    /// A file.
    File,
    /// A value: text, or `@` and a file.
    Value,
    /// Nothing that can be offered.
    Free,
}

const DURATIONS: &[&str] = &["ms", "s", "m", "h", "d"];
const SIZES: &[&str] = &["KiB", "MiB", "GiB"];
/// Arguments that are a key, or the beginning of one.
const KEYS: [&str; 5] = ["key", "keys", "glob", "prefix", "after"];

/// Returns the slot of a word that begins with `start` and follows the words `before`.
pub fn slot(root: &Command, before: &[&str], start: &str) -> Slot {
    let (mut command, mut positionals, mut option) = (root, 0, None);
    for word in before {
        let is_option = word.starts_with('-') && word.len() > 1 && option.is_none();
        if option.take().is_some() {
            continue;
        }
        match command.find_subcommand(word) {
            _ if is_option => option = option_with_value(root, command, word),
            Some(subcommand) => (command, positionals) = (subcommand, 0),
            None => positionals += 1,
        }
    }
    if let Some(option) = option {
        return slot_of(command, option);
    }
    if start.starts_with('-') {
        return Slot::Words(options(root, command));
    }
    if command.has_subcommands() {
        return Slot::Words(subcommands(command));
    }
    let last = command.get_positionals().last().filter(|it| takes_many(it));
    match command.get_positionals().nth(positionals).or(last) {
        Some(positional) => slot_of(command, positional),
        None => Slot::Free,
    }
}

/// Returns the words after `-g` or `--group`, and after `-n` or `--namespace`.
pub fn named<'w>(before: &[&'w str], short: &str, long: &str) -> Option<&'w str> {
    let after = |at: usize| before.get(at + 1).copied();
    before.iter().enumerate().rev().find_map(|(at, word)| match *word {
        word if word == short || word == long => after(at),
        word => word.strip_prefix(long)?.strip_prefix('='),
    })
}

/// Returns the names of the commands below `command`.
pub fn subcommands(command: &Command) -> Vec<String> {
    command.get_subcommands().map(|it| it.get_name().to_owned()).collect()
}

fn options(root: &Command, command: &Command) -> Vec<String> {
    let globals = root.get_arguments().filter(|it| it.is_global_set());
    let mut names: Vec<_> = command
        .get_arguments()
        .chain(globals)
        .filter(|it| !it.is_hide_set())
        .filter_map(|it| it.get_long())
        .chain(["help"])
        .map(|it| format!("--{it}"))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Returns the option that `word` names, if the next word is its value.
fn option_with_value<'c>(root: &'c Command, command: &'c Command, word: &str) -> Option<&'c Arg> {
    let mut arguments = command.get_arguments().chain(root.get_arguments());
    let found = match word.strip_prefix("--") {
        Some(long) => arguments.find(|it| it.get_long() == Some(long)),
        None => {
            let mut letters = word.chars().skip(1);
            let (letter, rest) = (letters.next()?, letters.next());
            arguments.find(|it| it.get_short() == Some(letter) && rest.is_none())
        }
    };
    found.filter(|it| it.get_action().takes_values())
}

fn takes_many(positional: &Arg) -> bool {
    matches!(positional.get_action(), ArgAction::Append)
}

fn slot_of(command: &Command, argument: &Arg) -> Slot {
    let words: Vec<_> =
        argument.get_possible_values().iter().map(|it| it.get_name().to_owned()).collect();
    if !words.is_empty() {
        return Slot::Words(words);
    }
    let value_name = argument.get_value_names().and_then(|it| it.first()).map(|it| it.as_str());
    match (command.get_name(), argument.get_id().as_str()) {
        (_, "group") | ("delete-group", "name") | ("groups", "prefix") | ("watch", "groups") => {
            Slot::Group
        }
        ("copy", "after") => Slot::Free,
        (_, "value") => Slot::Value,
        (_, "file") => Slot::File,
        (_, id) if KEYS.contains(&id) => Slot::Key,
        (_, id) => match (value_name, argument.get_value_hint()) {
            (Some("DURATION"), _) => Slot::Number(DURATIONS),
            _ if id == "ttl" => Slot::Number(DURATIONS),
            (Some("SIZE"), _) => Slot::Number(SIZES),
            (_, ValueHint::FilePath | ValueHint::DirPath | ValueHint::AnyPath) => Slot::File,
            _ => Slot::Free,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::ShellLine;
    use clap::CommandFactory;

    fn at(line: &str, start: &str) -> Slot {
        let before: Vec<_> = line.split_whitespace().collect();
        slot(&ShellLine::command(), &before, start)
    }

    fn words(slot: Slot) -> Vec<String> {
        match slot {
            Slot::Words(words) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_place_has_its_kind_of_word() {
        for (line, expected) in [
            ("get", Slot::Key),
            ("get -g settings", Slot::Key),
            ("-g settings get", Slot::Key),
            ("get --output json", Slot::Key),
            ("get k", Slot::Key),
            ("exists k", Slot::Free),
            ("delete a b c", Slot::Key),
            ("list --prefix", Slot::Key),
            ("list --after", Slot::Key),
            ("get -g", Slot::Group),
            ("list k --group", Slot::Group),
            ("delete-group", Slot::Group),
            ("set k", Slot::Value),
            ("set k v --ttl", Slot::Number(DURATIONS)),
            ("expire k", Slot::Number(DURATIONS)),
            ("get k --length", Slot::Number(SIZES)),
            ("import", Slot::File),
            ("export", Slot::File),
            ("batch", Slot::File),
            ("backup", Slot::File),
            ("copy memory: memory: --after", Slot::Free),
        ] {
            assert_eq!(at(line, ""), expected, "{line}");
        }
    }

    #[test]
    fn commands_options_and_their_values_are_words() {
        assert!(words(at("", "")).contains(&"get".to_owned()));
        assert!(words(at("changes", "")).contains(&"off".to_owned()));
        assert!(words(at("list", "--r")).contains(&"--reverse".to_owned()));
        assert!(words(at("list", "--r")).contains(&"--namespace".to_owned()));
        assert_eq!(words(at("list --output", "")), ["text", "table", "json", "raw"]);
        assert_eq!(words(at("import f --format", ""))[0], "lines");
    }

    #[test]
    fn the_group_of_a_line_is_found() {
        assert_eq!(named(&["get", "-g", "a"], "-g", "--group"), Some("a"));
        assert_eq!(named(&["get", "--group=b"], "-g", "--group"), Some("b"));
        assert_eq!(named(&["get", "--group"], "-g", "--group"), None);
    }
}
