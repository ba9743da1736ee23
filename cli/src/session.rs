//! The store of a command line, opened as each command needs it.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use kv::{ErrorKind, Group, Namespace, OpenOptions, Store};

use crate::escape::escaped_text;
use crate::failure::{Failure, Result};
use crate::signal;
use crate::store_arguments::{GroupArguments, StoreArguments};
use crate::units::bytes;

/// The store of a command line, and the group and namespace that it names.
pub struct Session {
    store_arguments: StoreArguments,
    group_arguments: GroupArguments,
    /// The store that the shell keeps open between its lines.
    kept: RefCell<Option<Rc<Store>>>,
    /// Whether a script is read from standard input.
    has_script: Cell<bool>,
}

impl Session {
    /// Returns the session of a command line. No store is opened yet.
    pub fn new(store_arguments: StoreArguments, group_arguments: GroupArguments) -> Session {
        Session {
            store_arguments,
            group_arguments,
            kept: RefCell::default(),
            has_script: Cell::default(),
        }
    }

    /// Returns the session of a line of the shell: the same store, with another group or
    /// namespace.
    pub fn with_group(&self, group_arguments: GroupArguments) -> Session {
        Session {
            store_arguments: self.store_arguments.clone(),
            group_arguments,
            kept: self.kept.clone(),
            has_script: self.has_script.clone(),
        }
    }

    /// Keeps the store open for all commands that follow.
    pub fn keep(&self, store: Rc<Store>) {
        *self.kept.borrow_mut() = Some(store);
    }

    /// Fails if the command line names a store or a group. For a command that takes neither.
    pub fn expect_no_store_options(&self) -> Result<()> {
        let arguments = &self.store_arguments;
        if (arguments.is_named() || arguments.create) && self.kept.borrow().is_none() {
            return Err(Failure::usage(
                "this command names its stores by its arguments; leave out --store, --db-path, \
                 --config and --create",
            ));
        }
        match self.group_arguments.group {
            None => Ok(()),
            Some(_) => Err(Failure::usage("this command is about all groups; leave out --group")),
        }
    }

    /// Reserves standard input for the script that is read from it.
    pub fn reserve_input_for_script(&self) {
        self.has_script.set(true);
    }

    /// Fails if a command may not read standard input, because a script is read from it.
    pub fn claim_input(&self) -> Result<()> {
        match self.has_script.get() {
            false => Ok(()),
            true => Err(Failure::usage("standard input holds the script; name a file")),
        }
    }

    /// Returns the options that name the store.
    pub fn store_arguments(&self) -> &StoreArguments {
        &self.store_arguments
    }

    /// Returns the options that name the group and the namespace.
    pub fn group_arguments(&self) -> &GroupArguments {
        &self.group_arguments
    }

    /// Returns the group; the default group if no option names one.
    pub fn group(&self) -> Result<Group<'_>> {
        Ok(Group::new(self.group_arguments.group.as_deref().map_or(b"", bytes))?)
    }

    /// Returns the store for reading only. A missing store is created only with `--create`.
    pub fn read(&self) -> Result<Rc<Store>> {
        match self.store_arguments.create {
            true => self.create(),
            false => self.open(for_reading()),
        }
    }

    /// Returns a snapshot of the store for reading only; a Redis has none, and is read as it is.
    pub fn read_snapshot(&self) -> Result<Store> {
        let store = self.read()?;
        match store.snapshot() {
            Ok(snapshot) => Ok(snapshot.bind(signal::calls())),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(store.bind(signal::calls())),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the store for a command that changes existing entries. A missing store is not
    /// created, and a database of another application does not become a store.
    pub fn change(&self) -> Result<Rc<Store>> {
        if self.store_arguments.create {
            return self.create();
        }
        // Opening another application's database for writing would add the tables of a store.
        drop(self.read()?);
        self.open(OpenOptions { existing: true, ..OpenOptions::default() })
    }

    /// Returns the store for writing. Reports on standard error if it was created.
    pub fn create(&self) -> Result<Rc<Store>> {
        self.create_with(OpenOptions::default())
    }

    /// Returns the store for writing, with options of `opening`; otherwise as [`Session::create`].
    pub fn create_with(&self, opening: OpenOptions) -> Result<Rc<Store>> {
        let is_foreign = self.is_foreign_database()?;
        let (store, done) = match self.open_whole(OpenOptions { existing: true, ..opening }) {
            Err(error) if self.is_store_missing(&error) => {
                (self.open_whole(opening)?, Some("created"))
            }
            opened => (opened?, is_foreign.then_some("added the tables of a store to")),
        };
        if let Some(done) = done {
            let name = self.store_arguments.store_name()?.display_name();
            eprintln!("{done} {}", escaped_text(&name));
        }
        self.narrow(store)
    }

    /// Returns whether the store is named by the database of another application, which has no
    /// tables of a store yet.
    fn is_foreign_database(&self) -> Result<bool> {
        if self.kept.borrow().is_some() || self.store_arguments.store_name()?.path().is_none() {
            return Ok(false);
        }
        let opened = self.open_whole(for_reading());
        Ok(opened.is_err_and(|error| error.kind() == ErrorKind::Format))
    }

    /// Returns whether there is no store yet, but could be one.
    pub fn is_missing(&self) -> bool {
        matches!(self.open_whole(for_reading()), Err(error) if self.is_store_missing(&error))
    }

    fn open(&self, opening: OpenOptions) -> Result<Rc<Store>> {
        let opened =
            self.open_whole(opening).map_err(|error| match self.is_store_missing(&error) {
                true => Failure::from(error)
                    .context("no store there")
                    .note("'kv set' creates one, and so does --create with any command"),
                false => error.into(),
            });
        self.narrow(opened?)
    }

    /// Returns the store within the namespace, bound to the context that a signal cancels.
    fn narrow(&self, store: Rc<Store>) -> Result<Rc<Store>> {
        let bound = match self.namespace()? {
            None => store.bind(signal::calls()),
            Some(namespace) => store.scope(&namespace)?.bind(signal::calls()),
        };
        Ok(Rc::new(bound))
    }

    fn namespace(&self) -> kv::Result<Option<Namespace>> {
        let name = self.group_arguments.namespace.as_deref();
        name.map(|name| Namespace::new(name.as_bytes())).transpose()
    }

    /// Returns whether an opening has failed because there is no store yet, and not because another
    /// file is missing.
    fn is_store_missing(&self, error: &kv::Error) -> bool {
        let number = error.os_error();
        io::Error::from_raw_os_error(number).kind() == io::ErrorKind::NotFound
            && self.store_arguments.store_name().is_ok_and(|name| name.is_cause_of(error))
    }

    fn open_whole(&self, opening: OpenOptions) -> kv::Result<Rc<Store>> {
        // A wrong name of a namespace is refused before a file is created.
        self.namespace()?;
        // The change log of a store that is open is switched by opening the store again.
        if let (Some(store), true) = (&*self.kept.borrow(), opening.changes.is_empty()) {
            return Ok(store.clone());
        }
        self.store_arguments.store_name()?.open(opening).map(Rc::new)
    }
}

/// Returns the options by which an existing store is opened for reading only.
pub fn for_reading() -> OpenOptions {
    OpenOptions { existing: true, read_only: true, ..OpenOptions::default() }
}
