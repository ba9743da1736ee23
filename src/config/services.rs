//! The services file: named stores in YAML.

use std::env;
use std::fmt;
use std::io::Read;
use std::path::Path;

use crate::config::expand::{expand, lone_variable};
use crate::config::location::Location;
use crate::config::nearest::suggestion;
use crate::config::options::{
    LOG, MEMORY, REDIS, REDIS_SERVER, Rule, SQLITE, Takes, checked_path, name_hint, names_of,
};
use crate::config::yaml::{
    Content, Document, Fault, MappingEntry, Node, Place, Scalar, Value, shown,
};
use crate::engine::file_use::while_unused;
use crate::engine::log::LogEngineOptions;
use crate::engine::memory::MemoryOptions;
use crate::engine::redis::RedisOptions;
use crate::engine::sqlite::SqliteOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;
use crate::os;

/// The longest services file, in bytes.
pub(super) const FILE_LEN_MAX: usize = 1024 * 1024;

/// The entry of one service in a services file.
#[derive(Debug)]
pub(super) struct Found {
    /// The location of its store.
    pub location: Location,
    /// File, line and service, for messages.
    pub origin: String,
}

/// Returns the entry of `service` in the file at `path`.
///
/// The message of [`ErrorKind::Config`] names file, line, column, service and key, and never a
/// password. Only the entry of `service` is checked: other parts of the file may belong to other
/// programs, and their variables need not be set.
pub(super) fn find(path: &str, service: &str) -> Result<Found> {
    let text = read(path).map_err(|error| {
        error.context(format_args!("read services file {}", Quoted(path.as_bytes())))
    })?;
    let origin = |place: Option<Place>| Origin { path, place }.to_string();
    let wrong = |fault: Fault| {
        let origin = origin(fault.place);
        Error::new(ErrorKind::Config, format!("{origin}: {}", fault.message))
    };
    let document = Document::parse(&text).map_err(wrong)?;
    let entry = find_service(&document, service).map_err(wrong)?;
    let name = Quoted(service.as_bytes());
    let location = read_service(&document, entry).map_err(|Fault { place, message }| {
        wrong(Fault { place, message: format!("service {name}: {message}") })
    })?;
    Ok(Found { location, origin: format!("{}: service {name}", origin(Some(entry.place))) })
}

/// A place in a file, as messages name it.
struct Origin<'a> {
    path: &'a str,
    place: Option<Place>,
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "services file {}", Quoted(self.path.as_bytes()))?;
        match self.place {
            Some(Place { line, column }) => write!(f, ", line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

fn read(path: &str) -> Result<String> {
    while_unused(Path::new(path), || read_file(path))?
}

fn read_file(path: &str) -> Result<String> {
    let file = os::open_at_once(Path::new(path))?;
    if !file.metadata()?.is_file() {
        return Err(Error::new(ErrorKind::Config, "it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(FILE_LEN_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > FILE_LEN_MAX {
        let message = format!("it is over the limit of {FILE_LEN_MAX} bytes");
        return Err(Error::new(ErrorKind::Config, message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|it| **it == b'\n').count() + 1;
        Error::new(ErrorKind::Config, format!("line {line} is not UTF-8"))
    })
}

fn find_service<'a>(document: &'a Document, service: &str) -> Result<&'a MappingEntry, Fault> {
    let root = document.root();
    let services = entries_of(root, "the file")?.iter().find(|it| it.key == "services");
    let services = services.ok_or_else(|| root.place.fault("it has no key \"services\""))?;
    let named = entries_of(document.node(services), "key \"services\"")?;
    named.iter().find(|it| it.key == service).ok_or_else(|| {
        let name = Quoted(service.as_bytes());
        let hint = service_hint(service, named);
        services.place.fault(format!("there is no service {name}{hint}"))
    })
}

/// Returns the part of a message that names the nearest service of a file, or its services if they
/// are few.
fn service_hint(service: &str, named: &[MappingEntry]) -> String {
    const NAMED_MAX: usize = 5;
    let known: Vec<&str> = named.iter().map(|it| it.key.as_str()).collect();
    let near = suggestion(service, &known);
    if !near.is_empty() || named.is_empty() || named.len() > NAMED_MAX {
        return near;
    }
    let names: Vec<String> = named.iter().map(|it| shown(&it.key)).collect();
    format!("; the file has {}", names.join(", "))
}

fn read_service(document: &Document, service: &MappingEntry) -> Result<Location, Fault> {
    let (mut kind, mut config) = (None, None);
    for entry in entries_of(document.node(service), "it")? {
        match entry.key.as_str() {
            "type" => kind = Some(document.node(entry)),
            "config" => config = Some(document.node(entry)),
            key => return Err(unknown_key(entry, &suggestion(key, &["type", "config"]))),
        }
    }
    let kind = kind.ok_or_else(|| service.place.fault("it has no key \"type\""))?;
    let (name, is_literal) = text_of(kind, "type")?;
    let config = Config { document, place: service.place, entries: config_entries(config)? };
    match name.as_str() {
        "kvstore_sqlite" => config.sqlite(),
        "kvstore_log" => config.log(),
        "kvstore_memory" => config.memory(),
        "kvstore_redis" => config.redis(),
        _ => {
            let name = if is_literal { format!(" {}", shown(&name)) } else { String::new() };
            let known = "kvstore_sqlite, kvstore_log, kvstore_memory and kvstore_redis";
            Err(kind.place.fault(format!("unknown type{name}; known are {known}")))
        }
    }
}

fn config_entries(config: Option<&Node>) -> Result<&[MappingEntry], Fault> {
    match config {
        // `config:` without a value.
        Some(Node { content: Content::Scalar(scalar), .. }) if scalar.value() == Value::Null => {
            Ok(&[])
        }
        Some(config) => entries_of(config, "key \"config\""),
        None => Ok(&[]),
    }
}

/// The keys of one service's `config`.
struct Config<'a> {
    document: &'a Document,
    /// The place of the service, for messages about a missing key.
    place: Place,
    entries: &'a [MappingEntry],
}

impl Config<'_> {
    /// Returns the path of a store that has one.
    fn path(&self) -> Result<String, Fault> {
        let path = self.entries.iter().find(|it| it.key == "path");
        let path = path.ok_or_else(|| self.place.fault("its config has no key \"path\""))?;
        let node = self.document.node(path);
        let (text, is_literal) = text_of(node, "path")?;
        checked_path(&text).map_err(|error| refused(node, "path", is_literal, &error))?;
        Ok(text)
    }

    fn sqlite(&self) -> Result<Location, Fault> {
        let mut options = SqliteOptions::new(self.path()?);
        self.apply(&[SQLITE], &["path"], &mut options)?;
        Ok(Location::Sqlite(options))
    }

    fn log(&self) -> Result<Location, Fault> {
        let mut options = LogEngineOptions::new(self.path()?);
        self.apply(&[LOG], &["path"], &mut options)?;
        Ok(Location::Log(options))
    }

    fn memory(&self) -> Result<Location, Fault> {
        let mut options = MemoryOptions::default();
        self.apply(&[MEMORY], &[], &mut options)?;
        Ok(Location::Memory { name: None, options })
    }

    fn redis(&self) -> Result<Location, Fault> {
        let mut options = RedisOptions::default();
        self.apply(&[REDIS_SERVER, REDIS], &[], &mut options)?;
        options.client.check().map_err(|error| self.place.fault(error.message()))?;
        Ok(Location::Redis(options))
    }

    /// Sets the option that each key names, except the keys in `handled`.
    fn apply<O>(
        &self,
        rules: &[&[Rule<O>]],
        handled: &[&str],
        options: &mut O,
    ) -> Result<(), Fault> {
        let others = self.entries.iter().filter(|it| !handled.contains(&it.key.as_str()));
        for entry in others {
            let rule = rules.iter().copied().flatten().find(|rule| rule.name == entry.key);
            let rule = rule.ok_or_else(|| {
                let known = [&names_of(rules), handled].concat();
                unknown_key(entry, &name_hint(&entry.key, &known))
            })?;
            set_option(rule, options, self.document.node(entry))?;
        }
        Ok(())
    }
}

fn set_option<O>(rule: &Rule<O>, options: &mut O, node: &Node) -> Result<(), Fault> {
    let takes = &rule.takes;
    let mismatch = |what: &str| Err(wrong_type(node, rule.name, &takes.describe(), what));
    let value = match scalar_of(node, rule.name, &takes.describe())?.value() {
        Value::Text(text) => {
            let (text, is_literal) = expanded(node, rule.name, text)?;
            if is_literal && matches!(takes, Takes::Count(_)) {
                return mismatch("a text");
            }
            // The error of a rule for texts does not show the text.
            let may_show = is_literal || matches!(takes, Takes::Text(_));
            return rule.set(options, &text).map_err(|error| match may_show {
                true => refused(node, rule.name, true, &error),
                false => wrong_variable(node, rule.name, &takes.describe()),
            });
        }
        Value::Null => return mismatch("nothing"),
        Value::Float => return mismatch("a number"),
        Value::Boolean(on) => match takes {
            Takes::Switch(_) if on => "on",
            Takes::Switch(_) => "off",
            _ => return mismatch("true or false"),
        },
        Value::Integer(digits) => match takes {
            Takes::Size(_) | Takes::Count(_) | Takes::Duration(_) => digits,
            _ => return mismatch("a number"),
        },
    };
    rule.set(options, value).map_err(|error| refused(node, rule.name, true, &error))
}

/// Returns the text of `key`, and whether it comes from the file alone, without variables.
fn text_of(node: &Node, key: &str) -> Result<(String, bool), Fault> {
    let mismatch = |what| Err(wrong_type(node, key, "a text", what));
    match scalar_of(node, key, "a text")?.value() {
        Value::Text(text) => expanded(node, key, text),
        Value::Null => mismatch("nothing"),
        Value::Boolean(_) => mismatch("true or false"),
        Value::Integer(_) | Value::Float => mismatch("a number"),
    }
}

/// The key whose variable may be empty.
const PASSWORD: &str = "password";

/// Returns `text` with its variables replaced, and whether it had none.
fn expanded(node: &Node, key: &str, text: &str) -> Result<(String, bool), Fault> {
    let look_up = |name: &str| env::var_os(name);
    // A server without a password is one whose variable is empty or not set.
    if key == PASSWORD
        && let Some(name) = lone_variable(text)
        && look_up(name).is_none_or(|value| value.is_empty())
    {
        return Ok((String::new(), false));
    }
    let expanded = expand(text, look_up)
        .map_err(|message| node.place.fault(format!("key {key:?}: {message}")))?;
    let is_literal = !text.contains("${");
    Ok((expanded.into_owned(), is_literal))
}

fn scalar_of<'a>(node: &'a Node, key: &str, wanted: &str) -> Result<&'a Scalar, Fault> {
    match &node.content {
        Content::Scalar(scalar) => Ok(scalar),
        other => Err(wrong_type(node, key, wanted, kind_of(other))),
    }
}

fn entries_of<'a>(node: &'a Node, what: &str) -> Result<&'a [MappingEntry], Fault> {
    match &node.content {
        Content::Mapping(entries) => Ok(entries),
        other => {
            Err(node.place.fault(format!("{what} has to be a mapping, and is {}", kind_of(other))))
        }
    }
}

fn kind_of(content: &Content) -> &'static str {
    match content {
        Content::Scalar(scalar) => match scalar.value() {
            Value::Null => "nothing",
            _ => "a single value",
        },
        Content::List => "a list",
        Content::Mapping(_) => "a mapping",
        Content::Tagged => "something with a tag",
    }
}

fn unknown_key(entry: &MappingEntry, hint: &str) -> Fault {
    entry.place.fault(format!("unknown key {}{hint}", shown(&entry.key)))
}

fn wrong_type(node: &Node, key: &str, wanted: &str, is: &str) -> Fault {
    let hint = match (wanted, is) {
        ("a text", "a number" | "true or false") => "; write it in quotes",
        _ => "",
    };
    node.place.fault(format!("key {key:?} has to be {wanted}, and is {is}{hint}"))
}

fn wrong_variable(node: &Node, key: &str, wanted: &str) -> Fault {
    node.place.fault(format!("key {key:?} has to be {wanted}; its variables make something else"))
}

/// Returns the fault of a refused value. `may_show` is false if the message of `error` would show
/// the value of an environment variable; the fault then has a message without it.
fn refused(node: &Node, key: &str, may_show: bool, error: &Error) -> Fault {
    let message = if may_show { error.message() } else { "its variables make no acceptable value" };
    node.place.fault(format!("key {key:?}: {message}"))
}
