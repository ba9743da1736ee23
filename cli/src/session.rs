//! The store that a command line means, opened as each command needs it.

use std::cell::{Cell, RefCell};
use std::env;
use std::io;
use std::path::Path;
use std::rc::Rc;

use kv::{Group, Namespace, OpenOptions, Store};

use crate::arguments::{Place, Scope};
use crate::outcome::{Failure, Result};
use crate::shown::{shown, shown_text};
use crate::units::bytes;

/// What a store is when nothing names one.
const DB_PATH_DEFAULT: &str = "app.db";

/// A command line's store, and where in it.
pub struct Session {
    place: Place,
    scope: Scope,
    /// What the shell keeps open between its lines.
    kept: RefCell<Option<Rc<Store>>>,
    /// Whether standard input holds the lines of a script.
    has_script: Cell<bool>,
}

/// Where a store is.
enum Target {
    Location(String),
    Service { file: String, name: String },
}

impl Session {
    /// Returns the session of a command line; nothing is opened yet.
    pub fn new(place: Place, scope: Scope) -> Session {
        Session { place, scope, kept: RefCell::default(), has_script: Cell::default() }
    }

    /// Returns the session of a line of the shell: the same store, elsewhere in it.
    pub fn within(&self, scope: Scope) -> Session {
        Session {
            place: self.place.clone(),
            scope,
            kept: self.kept.clone(),
            has_script: self.has_script.clone(),
        }
    }

    /// Keeps the store open for all commands that follow.
    pub fn keep(&self, store: Rc<Store>) {
        *self.kept.borrow_mut() = Some(store);
    }

    /// Fails if the command line names a store or a group, for a command that takes neither.
    pub fn expect_no_place(&self) -> Result<()> {
        let place = &self.place;
        let is_named = place.store.is_some() || place.db_path.is_some() || place.config.is_some();
        if (is_named || place.create) && self.kept.borrow().is_none() {
            return Err(Failure::usage("this command names its stores itself"));
        }
        match self.scope.group {
            None => Ok(()),
            Some(_) => Err(Failure::usage("this command is about all groups, without --group")),
        }
    }

    /// Leaves standard input to the script that is read from it.
    pub fn leave_input_to_script(&self) {
        self.has_script.set(true);
    }

    /// Fails if a command may not read standard input.
    pub fn claim_input(&self) -> Result<()> {
        match self.has_script.get() {
            false => Ok(()),
            true => Err(Failure::usage("standard input holds the script; name a file")),
        }
    }

    /// Returns which store is meant.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Returns where in the store this session works.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Returns the group that is meant.
    pub fn group(&self) -> Result<Group<'_>> {
        Ok(Group::new(self.scope.group.as_deref().map_or(b"", bytes))?)
    }

    /// Returns the store to read it. Nothing is created or changed, unless `--create` says so.
    pub fn read(&self) -> Result<Rc<Store>> {
        match self.place.create {
            true => self.create(),
            false => {
                self.open(OpenOptions { existing: true, read_only: true, ..OpenOptions::default() })
            }
        }
    }

    /// Returns the store to change what is in it; a missing one stays missing, and what is no
    /// store does not become one.
    pub fn change(&self) -> Result<Rc<Store>> {
        if self.place.create {
            return self.create();
        }
        // OpenOptions a file for writing would make an application's database a store.
        drop(self.read()?);
        self.open(OpenOptions { existing: true, ..OpenOptions::default() })
    }

    /// Returns the store to write into it; says on standard error if it had to be created.
    pub fn create(&self) -> Result<Rc<Store>> {
        self.create_with(OpenOptions::default())
    }

    /// Returns the store with something about it changed; otherwise like [`Session::create`].
    pub fn create_with(&self, opening: OpenOptions) -> Result<Rc<Store>> {
        match self.open_whole(OpenOptions { existing: true, ..opening }) {
            Err(error) if is_missing(&error) => {
                let store = self.open_whole(opening)?;
                eprintln!("created {}", shown_text(&self.target()?.name()));
                self.narrow(store)
            }
            opened => self.narrow(opened?),
        }
    }

    fn open(&self, opening: OpenOptions) -> Result<Rc<Store>> {
        let opened = self.open_whole(opening).map_err(|error| match is_missing(&error) {
            true => Failure::from(error).context("no store there"),
            false => error.into(),
        });
        self.narrow(opened?)
    }

    fn narrow(&self, store: Rc<Store>) -> Result<Rc<Store>> {
        Ok(match self.namespace()? {
            None => store,
            Some(namespace) => Rc::new(store.scope(&namespace)?),
        })
    }

    fn namespace(&self) -> kv::Result<Option<Namespace>> {
        let name = self.scope.namespace.as_deref();
        name.map(|name| Namespace::new(name.as_bytes())).transpose()
    }

    fn open_whole(&self, opening: OpenOptions) -> kv::Result<Rc<Store>> {
        // Before anything is created.
        self.namespace()?;
        // What is to be changed about a store that is open already is changed by opening it again.
        if let (Some(store), true) = (&*self.kept.borrow(), opening.changes.is_empty()) {
            return Ok(store.clone());
        }
        let opened = match self.target()? {
            Target::Location(location) => opening.open(&location),
            Target::Service { file, name } => opening.open_config(&file, &name),
        };
        opened.map(Rc::new)
    }

    fn target(&self) -> kv::Result<Target> {
        let place = &self.place;
        if let (Some(file), Some(name)) = (&place.config, &place.service) {
            return Ok(Target::Service { file: text(file)?.to_owned(), name: name.clone() });
        }
        if let Some(location) = &place.store {
            return Ok(Target::Location(location.clone()));
        }
        if let Some(path) = &place.db_path {
            return location_of(path).map(Target::Location);
        }
        match env::var("KV_STORE") {
            Ok(location) if !location.is_empty() => Ok(Target::Location(location)),
            Err(env::VarError::NotUnicode(_)) => Err(argument("KV_STORE is not UTF-8")),
            _ => location_of(Path::new(DB_PATH_DEFAULT)).map(Target::Location),
        }
    }
}

impl Target {
    /// Returns what a message calls it. Only files are ever created, so there is no password here.
    fn name(&self) -> String {
        match self {
            Target::Service { name, .. } => format!("the store of service {name}"),
            Target::Location(location) => match location.strip_prefix("sqlite:") {
                None => location.clone(),
                Some(rest) => rest
                    .split('?')
                    .next()
                    .unwrap_or_default()
                    .replace("%3F", "?")
                    .replace("%25", "%"),
            },
        }
    }
}

/// Returns the location of a file, whatever characters its path has.
pub fn location_of(path: &Path) -> kv::Result<String> {
    let path = text(path)?.replace('%', "%25").replace('?', "%3F");
    Ok(format!("sqlite:{path}"))
}

fn text(path: &Path) -> kv::Result<&str> {
    let shown = || shown(path.as_os_str().as_encoded_bytes());
    path.to_str().ok_or_else(|| argument(format!("the path {} is not UTF-8", shown())))
}

fn argument(message: impl Into<std::borrow::Cow<'static, str>>) -> kv::Error {
    kv::Error::new(kv::ErrorKind::Argument, message)
}

fn is_missing(error: &kv::Error) -> bool {
    io::Error::from_raw_os_error(error.os_error()).kind() == io::ErrorKind::NotFound
}
