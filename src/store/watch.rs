//! Hearing of changes: watches, which are asked, and callbacks, which are called.

use std::collections::HashMap;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use crate::call::{CallContext, UNBOUND};
use crate::engine::{ChangeCursor, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Event, Group, GroupRange, Key, Pattern, Query, Scan, Selection, Selector, Version,
};
use crate::os::is_forked;
use crate::store::Store;
use crate::store::backlog::Backlog;
use crate::watch::{Callback, Hub, Number, Subscription, Waited};

/// The smallest queue of a watch, in changes.
pub const WATCH_CAPACITY_MIN: usize = 16;
/// The queue of a watch that names none, in changes.
pub const WATCH_CAPACITY_DEFAULT: usize = 1024;
/// The largest queue of a watch, in changes.
pub const WATCH_CAPACITY_MAX: usize = 1 << 24;

/// Where a watch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// With the next commit.
    #[default]
    Now,
    /// With the entries that are there, each as if it were set, then [`Event::Synced`], then the
    /// next commit.
    Existing,
    /// With the first change after this version. It needs the log of changes.
    Since(Version),
}

/// Everything that is registered with one store, and ends with it.
pub struct Listeners {
    hub: Arc<Hub>,
    watches: Mutex<HashMap<Number, Arc<Listener>>>,
    callbacks: Mutex<Vec<Number>>,
}

/// What a watch consists of.
struct Listener {
    /// What is meant, in the names of the store.
    selection: Selection,
    /// The same in those of the hub.
    subscription: Arc<Subscription>,
    /// What the names of the hub have before those of the store.
    scope: Box<[u8]>,
    /// What is told before the queue; locked by who polls.
    backlog: Mutex<Backlog>,
}

impl Listener {
    /// Returns an event of the hub in the names of the store.
    fn localised(&self, event: Event) -> Event {
        match &event {
            Event::Change(change) if !self.scope.is_empty() => {
                change.within(&self.scope).map_or(event, |local| Event::Change(Arc::new(local)))
            }
            _ => event,
        }
    }
}

impl Listeners {
    /// Returns the empty list of a store whose commits `hub` hears of.
    pub fn new(hub: Arc<Hub>) -> Arc<Self> {
        Arc::new(Listeners { hub, watches: Mutex::default(), callbacks: Mutex::default() })
    }

    /// Ends all: whoever polls is woken.
    pub fn end(&self) {
        let watches = std::mem::take(&mut *self.watches.lock());
        for (number, listener) in watches {
            self.end_watch(number, &listener);
        }
        let callbacks = std::mem::take(&mut *self.callbacks.lock());
        self.hub.off_change(&callbacks);
    }

    fn end_watch(&self, number: Number, listener: &Listener) {
        self.hub.unsubscribe(number, &listener.subscription);
        *listener.backlog.lock() = Backlog::default();
    }
}

impl Store {
    /// Begins to watch what `selection` means, with room for `capacity` changes that were not
    /// asked for yet.
    pub fn watch(&self, selection: Selection, capacity: usize, start: Start) -> Result<Watch> {
        if !(WATCH_CAPACITY_MIN..=WATCH_CAPACITY_MAX).contains(&capacity) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "a watch has room for {WATCH_CAPACITY_MIN} to {WATCH_CAPACITY_MAX} changes, \
                     not for {capacity}"
                ),
            ));
        }
        let engine = self.open_engine()?;
        let hub = &self.shared.hub;
        let subscription = Subscription::new(selection.within(&self.shared.scope), capacity);
        let subscription = Arc::new(subscription);
        let mut number = None;
        let begun = begin(engine, &self.call, &selection, &subscription, start, &mut || {
            number = Some(hub.subscribe(subscription.clone()));
        });
        let number = number.unwrap_or_default();
        let backlog = match begun {
            Ok(backlog) => Mutex::new(backlog),
            Err(error) => {
                hub.unsubscribe(number, &subscription);
                return Err(error);
            }
        };
        let scope = self.shared.scope.clone();
        let listener = Arc::new(Listener { selection, subscription, scope, backlog });
        self.shared.listeners.watches.lock().insert(number, listener.clone());
        Ok(Watch { listeners: self.shared.listeners.clone(), listener, number })
    }

    /// Calls `callback` with every change that this process commits from now on, in the thread
    /// that commits it, when it is committed. See [`Registration::end`].
    pub fn on_change(&self, callback: Callback) -> Result<Registration> {
        self.open_engine()?;
        let scope = self.shared.scope.clone();
        let callback: Callback = match scope.is_empty() {
            true => callback,
            false => Box::new(move |change| {
                if let Some(local) = change.within(&scope) {
                    callback(&local);
                }
            }),
        };
        let number = self.shared.hub.on_change(callback);
        self.shared.listeners.callbacks.lock().push(number);
        Ok(Registration { listeners: self.shared.listeners.clone(), number })
    }

    /// Returns a cursor over the log of changes after version `since`; 0 for all there were.
    pub fn changes(&self, since: Version) -> Result<Box<dyn ChangeCursor>> {
        self.open_engine()?.changes(&self.call, since, None)
    }

    /// Returns the version since which the log of changes has every change.
    pub fn oldest_change(&self) -> Result<Version> {
        self.open_engine()?.oldest_change(&self.call)
    }
}

/// Subscribes at a moment when nobody commits, and returns what is to be told before that. That is
/// read when the watch is polled, outside of the call that begins here.
fn begin(
    engine: &dyn Engine,
    call: &CallContext,
    selection: &Selection,
    subscription: &Subscription,
    start: Start,
    subscribe: &mut dyn FnMut(),
) -> Result<Backlog> {
    let existing = match start {
        Start::Existing => Some(existing(selection)?),
        _ => None,
    };
    let beginning = engine.watch(call, subscribe, existing)?;
    subscription.begin_after(beginning.newest);
    Ok(match (start, beginning.entries) {
        (Start::Since(since), _) => {
            Backlog::changes(engine.changes(&UNBOUND, since, Some(beginning.newest))?)
        }
        (_, Some(entries)) => Backlog::entries(entries, beginning.newest),
        _ => Backlog::default(),
    })
}

/// Returns the query that finds what `selection` means, and maybe more.
fn existing(selection: &Selection) -> Result<Query<'_>> {
    Ok(match (&selection.group, &selection.key) {
        (Selector::Exact(group), key) => {
            let all = Scan::all(Group::new(group)?);
            Query::Entries(match key {
                Selector::Any => all,
                Selector::Prefix(prefix) => Scan { pattern: Pattern::Prefix(prefix), ..all },
                // A key is the first of those it is a prefix of.
                Selector::Exact(key) => {
                    Key::new(key)?;
                    Scan { pattern: Pattern::Prefix(key), limit: 1, ..all }
                }
            })
        }
        (Selector::Prefix(prefix), _) => {
            Query::Range { range: GroupRange::Prefix(prefix), after: None }
        }
        (Selector::Any, _) => Query::Range { range: GroupRange::Prefix(b""), after: None },
    })
}

/// A queue of changes, from the moment it was begun. One thread asks at a time; any may close it.
pub struct Watch {
    listeners: Arc<Listeners>,
    listener: Arc<Listener>,
    number: Number,
}

impl Watch {
    /// Returns the next event, waiting for it for `timeout` or, without one, for ever; `None` when
    /// that time has passed.
    ///
    /// Fails with [`ErrorKind::Closed`] once the watch or its store is closed, also while it
    /// waits, and with [`ErrorKind::Busy`] if another thread asks at the same time.
    pub fn poll(&self, timeout: Option<Duration>) -> Result<Option<Event>> {
        // A time beyond the end of all clocks is for ever.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut fits = |_: &Event| true;
        self.next(&mut fits, |subscription, _| subscription.wait(deadline))
    }

    /// Returns the next event if it is there and `fits` says yes; otherwise it stays. Does not
    /// wait. Fails as [`Watch::poll`].
    pub fn take_if(&self, mut fits: impl FnMut(&Event) -> bool) -> Result<Option<Event>> {
        self.next(&mut fits, |subscription, fits| subscription.take_if(fits))
    }

    /// Returns a descriptor that is readable while there is something to be polled, the end of
    /// the watch included. It belongs to the watch and is closed with it.
    pub fn fd(&self) -> Result<RawFd> {
        let is_done = self.hold()?.is_done();
        Ok(self.listener.subscription.fd(!is_done)?)
    }

    /// Ends the watch: whoever polls it is woken.
    pub fn close(&self) {
        if let Some(listener) = self.listeners.watches.lock().remove(&self.number) {
            self.listeners.end_watch(self.number, &listener);
        }
    }

    fn next(
        &self,
        fits: &mut dyn FnMut(&Event) -> bool,
        queue: impl FnOnce(&Subscription, &mut dyn FnMut(&Event) -> bool) -> Waited,
    ) -> Result<Option<Event>> {
        let mut backlog = self.hold()?;
        let subscription = &self.listener.subscription;
        if !backlog.is_done() {
            let peeked = backlog.peek(&self.listener.selection);
            let peeked = peeked.map(|event| event.map(&mut *fits));
            let event = match peeked {
                Ok(Some(true)) => backlog.take(),
                Ok(Some(false)) => return Ok(None),
                Ok(None) | Err(_) => None,
            };
            if backlog.is_done() {
                subscription.quieten();
            }
            peeked?;
            if event.is_some() {
                return Ok(event);
            }
        }
        match queue(subscription, fits) {
            Waited::Event(event) => Ok(Some(self.listener.localised(event))),
            Waited::TimedOut => Ok(None),
            Waited::Closed => {
                Err(Error::new(ErrorKind::Closed, "the watch or its store was closed"))
            }
        }
    }

    /// Makes this thread the one that asks.
    fn hold(&self) -> Result<MutexGuard<'_, Backlog>> {
        if is_forked() {
            let message = "the watch was opened before this process was forked off";
            return Err(Error::new(ErrorKind::Forked, message));
        }
        let held = self.listener.backlog.try_lock();
        held.ok_or_else(|| Error::new(ErrorKind::Busy, "the watch is in use by another call"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.close();
    }
}

/// A callback that is registered.
pub struct Registration {
    listeners: Arc<Listeners>,
    number: Number,
}

impl Registration {
    /// Ends the registration. A dispatch that is under way, in another thread or around this very
    /// call, may still call the callback; it is dropped when none can any more.
    pub fn end(self) {
        let mut callbacks = self.listeners.callbacks.lock();
        let before = callbacks.len();
        callbacks.retain(|number| *number != self.number);
        let was_there = callbacks.len() < before;
        drop(callbacks);
        if was_there {
            self.listeners.hub.off_change(&[self.number]);
        }
    }
}
