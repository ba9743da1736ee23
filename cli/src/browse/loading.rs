//! The thread that calls the store, so that a slow store does not keep the view from its keys.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use kv::{Delete, ErrorKind, ExpireOutcome, ExpiryRule, Group, Key, Store};

use crate::browse::mailbox::{Mailbox, Request};
use crate::browse::reading::{count, groups, page, value};
use crate::browse::requests::{Failed, Name, Replies, Reply, Write};
use crate::browse::watching::Watching;
use crate::change_source::is_live;
use crate::escape::escaped_text;
use crate::failure::Result;
use crate::session::Session;
use crate::store_arguments::{GroupArguments, StoreArguments};

/// The longest time that the calls for one request may take.
const CALL_TIME: Duration = Duration::from_secs(10);

/// The options that name the store, for a thread that opens it again.
pub struct StoreOptions {
    pub store: StoreArguments,
    pub group: GroupArguments,
}

impl StoreOptions {
    fn session(&self) -> Session {
        Session::new(self.store.clone(), self.group.clone())
    }
}

/// The thread.
pub struct Loading {
    thread: JoinHandle<()>,
    mailbox: Arc<Mailbox>,
}

impl Loading {
    /// Begins to read requests from `mailbox` and to send replies. The store is bound to the
    /// context of the mailbox, and is the only handle of it: a write opens it again.
    pub fn begin(
        store: Store,
        options: StoreOptions,
        mailbox: Arc<Mailbox>,
        replies: Replies,
        interval: Duration,
    ) -> Loading {
        let loader_mailbox = mailbox.clone();
        let thread = thread::spawn(move || {
            let _end = SendsEnd(replies.clone());
            let mut loader =
                Loader { opened: None, options, mailbox: loader_mailbox, replies, interval };
            loader.opened = Some(loader.watched(store));
            while let Some(request) = loader.mailbox.take(CALL_TIME) {
                loader.serve(request);
            }
        });
        Loading { thread, mailbox }
    }

    /// Ends the thread, after the writes that were posted.
    pub fn end(self) {
        self.mailbox.close();
        // A panic was printed by then.
        let _ = self.thread.join();
    }
}

/// Sends the end of the thread, also after a panic.
struct SendsEnd(Replies);

impl Drop for SendsEnd {
    fn drop(&mut self) {
        self.0.send(Reply::Ended);
    }
}

struct Loader {
    /// The store, bound to the context of the mailbox; `None` after it could not be opened again.
    opened: Option<(Store, Watching)>,
    options: StoreOptions,
    mailbox: Arc<Mailbox>,
    replies: Replies,
    interval: Duration,
}

impl Loader {
    fn serve(&mut self, request: Request) {
        match self.reply(&request) {
            Ok(reply) => self.replies.send(reply),
            Err(error) if error.kind() == ErrorKind::Cancelled => self.mailbox.put_back(request),
            Err(error) => {
                let failed = match request {
                    Request::Write { .. } => Failed::Write,
                    Request::Page(page) => Failed::Page(page.generation),
                    Request::Value(name) => Failed::Value(name),
                    Request::Groups(_) => Failed::Groups,
                    Request::Count(group) => Failed::Count(group),
                    // The next change is the next occasion.
                    Request::Watch => return,
                };
                self.replies.send(Reply::Failed(failed, escaped_text(error.message())));
            }
        }
    }

    fn reply(&mut self, request: &Request) -> kv::Result<Reply> {
        let mailbox = self.mailbox.clone();
        match request {
            Request::Write { name, version, write } => self.write(name, *version, write),
            Request::Page(request) => page(self.store()?, request).map(Reply::Page),
            Request::Value(name) => {
                let content = value(self.store()?, mailbox.calls(), name)?;
                Ok(Reply::Value(name.clone(), content))
            }
            Request::Groups(prefix) => groups(self.store()?, prefix).map(Reply::Groups),
            Request::Count(group) => {
                count(self.store()?, group).map(|count| Reply::Count(group.clone(), count))
            }
            Request::Watch => self.watch().map(|()| Reply::Touched),
        }
    }

    /// Begins to watch again, if a watch would receive the changes of other processes now.
    fn watch(&mut self) -> kv::Result<()> {
        let arguments = self.options.store.clone();
        let store = self.store()?;
        if is_live(store, &arguments)?
            && let Some((store, _)) = self.opened.take()
        {
            self.opened = Some(self.watched(store));
        }
        Ok(())
    }

    /// Returns the store, which is opened again if that failed before.
    fn store(&mut self) -> kv::Result<&Store> {
        if self.opened.is_none() {
            self.open()?;
        }
        let message = "the store is not open";
        let opened = self.opened.as_ref().map(|(store, _)| store);
        opened.ok_or_else(|| kv::Error::new(ErrorKind::Closed, message))
    }

    fn open(&mut self) -> kv::Result<()> {
        let store = library(self.options.session().read())?.bind(self.mailbox.calls());
        self.opened = Some(self.watched(store));
        Ok(())
    }

    /// Returns a store with the threads that notice its changes.
    fn watched(&self, store: Store) -> (Store, Watching) {
        let watching = Watching::begin(&store, &self.options.store, &self.replies, self.interval);
        (store, watching)
    }

    /// Applies a write. A store that is open for reading is opened for writing meanwhile: one
    /// process opens a file in one way at a time.
    fn write(&mut self, name: &Name, version: u64, write: &Write) -> kv::Result<Reply> {
        let written = |is_done, is_reported| Reply::Written {
            name: name.clone(),
            write: write.clone(),
            is_done,
            is_reported,
        };
        match apply(self.store()?, name, version, write) {
            Err(error) if error.kind() == ErrorKind::ReadOnly => {}
            applied => return applied.map(|is_done| written(is_done, true)),
        }
        self.opened = None;
        let changed = library(self.options.session().change());
        let applied = changed
            .and_then(|store| apply(&store.bind(self.mailbox.calls()), name, version, write));
        // An error is reported by the next request too.
        let opened = self.open();
        let is_done = applied?;
        opened.map(|()| written(is_done, false))
    }
}

/// Returns an error of the command as one of the library.
fn library<T>(result: Result<T>) -> kv::Result<T> {
    result.map_err(|failure| kv::Error::new(ErrorKind::Io, failure.to_string()))
}

/// Returns whether the write was applied: the entry exists, and for a delete is at the version.
fn apply(store: &Store, name: &Name, version: u64, write: &Write) -> kv::Result<bool> {
    let (group, key) = (Group::new(&name.group)?, Key::new(&name.key)?);
    match write {
        Write::Delete => {
            store.delete_version(group, key, version).map(|it| matches!(it, Delete::Deleted))
        }
        Write::Expire(ttl_ms) => store
            .expire(group, key, *ttl_ms, ExpiryRule::new(0)?)
            .map(|it| it == ExpireOutcome::Set),
    }
}
