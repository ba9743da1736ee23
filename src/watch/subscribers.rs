//! The watches and callbacks of one store, which end with it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::engine::Engine;
use crate::model::Event;
use crate::watch::backlog::Backlog;
use crate::watch::callbacks::Callback;
use crate::watch::hub::Hub;
use crate::watch::index::Number;
use crate::watch::queue::Subscription;
use crate::watch::selection::Selection;

/// The watches and callbacks of one store, and the hub that publishes its changes to them.
pub struct Subscribers {
    hub: Arc<Hub>,
    watches: Mutex<HashMap<Number, Arc<WatchState>>>,
    callbacks: Mutex<Vec<Number>>,
    /// Whether [`Subscribers::end_waits`] was called.
    waits_ended: AtomicBool,
}

/// The parts of one watch.
pub struct WatchState {
    /// The selection, in the names of the store.
    pub selection: Selection,
    /// The queue, whose selection is in the names of the hub.
    pub subscription: Arc<Subscription>,
    /// The prefix that group names have in the hub and not in the store.
    pub prefix: Box<[u8]>,
    /// The events before those of the queue; locked by the thread that polls.
    pub backlog: Mutex<Backlog>,
}

impl WatchState {
    /// Returns an event of the hub in the names of the store.
    pub fn unscoped(&self, event: Event) -> Event {
        match &event {
            Event::Change(change) if !self.prefix.is_empty() => {
                change.within(&self.prefix).map_or(event, |local| Event::Change(Arc::new(local)))
            }
            _ => event,
        }
    }
}

impl Subscribers {
    /// Returns the empty list of a store whose changes `hub` publishes.
    pub fn new(hub: Arc<Hub>) -> Arc<Self> {
        Arc::new(Subscribers {
            hub,
            watches: Mutex::default(),
            callbacks: Mutex::default(),
            waits_ended: AtomicBool::new(false),
        })
    }

    /// Returns the hub.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Adds a watch under the number of its subscription.
    pub fn add(&self, number: Number, watch: Arc<WatchState>) {
        self.watches.lock().insert(number, watch);
    }

    /// Closes a watch and wakes the thread that polls it. Does nothing if it is closed already.
    pub fn close(&self, number: Number) {
        // A statement of its own: no lock is held while a thread finishes a read of the backlog.
        let watch = self.watches.lock().remove(&number);
        if let Some(watch) = watch {
            self.end(number, &watch);
        }
    }

    /// Closes the watches of calls that wait, now and those that are added later.
    pub fn end_waits(&self) {
        self.waits_ended.store(true, Ordering::SeqCst);
        let watches = self.watches.lock();
        let waits = watches.iter().filter(|(_, watch)| watch.subscription.is_for_wait());
        let numbers: Vec<_> = waits.map(|(number, _)| *number).collect();
        drop(watches);
        numbers.into_iter().for_each(|number| self.close(number));
    }

    /// Returns whether calls that wait have to end.
    pub fn waits_have_ended(&self) -> bool {
        self.waits_ended.load(Ordering::SeqCst)
    }

    /// Closes all watches and ends all callbacks.
    pub fn close_all(&self) {
        let watches = std::mem::take(&mut *self.watches.lock());
        for (number, watch) in watches {
            self.end(number, &watch);
        }
        let callbacks = std::mem::take(&mut *self.callbacks.lock());
        self.hub.remove_callbacks(&callbacks);
    }

    fn end(&self, number: Number, watch: &WatchState) {
        self.hub.unsubscribe(number, &watch.subscription);
        *watch.backlog.lock() = Backlog::default();
    }

    /// Calls `callback` for each change of `engine` that this process commits from now on, in the
    /// thread that has committed it.
    pub fn on_change(self: &Arc<Self>, engine: &dyn Engine, callback: Callback) -> CallbackHandle {
        let prefix: Box<[u8]> = engine.prefix().into();
        let callback: Callback = match prefix.is_empty() {
            true => callback,
            false => Box::new(move |change| {
                if let Some(local) = change.within(&prefix) {
                    callback(&local);
                }
            }),
        };
        let number = self.hub.on_change(callback);
        self.callbacks.lock().push(number);
        CallbackHandle { subscribers: self.clone(), number }
    }
}

/// A callback that was registered.
pub struct CallbackHandle {
    subscribers: Arc<Subscribers>,
    number: Number,
}

impl CallbackHandle {
    /// Ends the callback. A dispatch that is under way, in another thread or around this very call,
    /// may still call it; it is dropped after the last such call.
    pub fn end(self) {
        let mut callbacks = self.subscribers.callbacks.lock();
        let before = callbacks.len();
        callbacks.retain(|number| *number != self.number);
        let was_there = callbacks.len() < before;
        drop(callbacks);
        if was_there {
            self.subscribers.hub.remove_callbacks(&[self.number]);
        }
    }
}
