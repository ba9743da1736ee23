//! A watch: the events of a selection, first those of its backlog, then those of its queue.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use crate::call::{CallContext, UNBOUND};
use crate::engine::{Engine, capability};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Event, Group, GroupRange, Key, Pattern, Query, Scan, VALUE_LEN_MAX, Values, Version,
};
use crate::os::is_forked;
use crate::watch::backlog::Backlog;
use crate::watch::index::Number;
use crate::watch::queue::{Subscription, Waited};
use crate::watch::selection::{Selection, Selector};
use crate::watch::subscribers::{Subscribers, WatchState};

/// The smallest queue of a watch, in changes.
pub const WATCH_CAPACITY_MIN: usize = 16;
/// The queue of a watch that names none, in changes.
pub const WATCH_CAPACITY_DEFAULT: usize = 1024;
/// The largest queue of a watch, in changes.
pub const WATCH_CAPACITY_MAX: usize = 1 << 24;

/// The first event of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WatchStart {
    /// The next commit.
    #[default]
    Now,
    /// The existing entries, each as if it were set, then [`Event::Synced`], then the next commit.
    Existing,
    /// The first change after this version. It needs the change log.
    Since(Version),
}

/// A queue of events, from the instant of its opening. One thread polls at a time; any thread may
/// close it.
pub struct Watch {
    /// The context of the store through which it was opened, which its polls obey while they wait.
    call: CallContext,
    subscribers: Arc<Subscribers>,
    state: Arc<WatchState>,
    number: Number,
}

impl Watch {
    /// Begins to watch the changes of `engine` in `selection`, with room for `capacity` changes
    /// that were not yet polled.
    pub fn open(
        subscribers: &Arc<Subscribers>,
        engine: &dyn Engine,
        call: &CallContext,
        selection: Selection,
        capacity: usize,
        start: WatchStart,
    ) -> Result<Watch> {
        if !(WATCH_CAPACITY_MIN..=WATCH_CAPACITY_MAX).contains(&capacity) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "a watch has room for {WATCH_CAPACITY_MIN} to {WATCH_CAPACITY_MAX} changes, \
                     not for {capacity}"
                ),
            ));
        }
        let memory = subscribers.hub().memory().clone();
        let subscription = Subscription::new(selection.within(engine.prefix()), capacity, memory);
        Watch::subscribe(subscribers, engine, call, selection, subscription, start)
    }

    /// Begins the watch of a call that waits for a change in `selection`. It is also woken, by
    /// [`Event::Lagged`], when another process has made a commit that is in no change log.
    pub(crate) fn open_for_wait(
        subscribers: &Arc<Subscribers>,
        engine: &dyn Engine,
        call: &CallContext,
        selection: Selection,
    ) -> Result<Watch> {
        let subscription = Subscription::for_wait(selection.within(engine.prefix()));
        let start = WatchStart::Now;
        let watch = Watch::subscribe(subscribers, engine, call, selection, subscription, start)?;
        if subscribers.waits_have_ended() {
            watch.close();
        }
        Ok(watch)
    }

    fn subscribe(
        subscribers: &Arc<Subscribers>,
        engine: &dyn Engine,
        call: &CallContext,
        selection: Selection,
        subscription: Subscription,
        start: WatchStart,
    ) -> Result<Watch> {
        let (hub, prefix, subscription) =
            (subscribers.hub(), engine.prefix(), Arc::new(subscription));
        let mut number = None;
        let begun = begin(engine, call, &selection, &subscription, start, &mut || {
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
        let prefix = prefix.into();
        let state = Arc::new(WatchState { selection, subscription, prefix, backlog });
        subscribers.add(number, state.clone());
        Ok(Watch { call: call.clone(), subscribers: subscribers.clone(), state, number })
    }

    /// Returns the next event, waiting for it for `timeout` or, without one, for ever; `None` when
    /// that time has passed.
    ///
    /// Fails with [`ErrorKind::Closed`] once the watch or its store is closed, also while it
    /// waits, and with [`ErrorKind::Busy`] if another thread polls at the same time. A wait obeys
    /// the context of the store through which the watch was opened.
    pub fn poll(&self, timeout: Option<Duration>) -> Result<Option<Event>> {
        // A timeout beyond the end of the clock is none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut fits = |_: &Event| true;
        self.next(&mut fits, |subscription, _| subscription.wait(&self.call, deadline))
    }

    /// Returns the next event if it is there and `fits` returns true for it; otherwise it stays.
    /// Does not wait. Fails as [`Watch::poll`].
    pub fn take_if(&self, mut fits: impl FnMut(&Event) -> bool) -> Result<Option<Event>> {
        self.next(&mut fits, |subscription, fits| subscription.take_if(fits))
    }

    /// Returns a descriptor that is readable while there is a queued event or more of the
    /// backlog, and once the watch is closed. It belongs to the watch and is closed with it.
    pub fn fd(&self) -> Result<i32> {
        let is_done = self.hold()?.is_done();
        Ok(self.state.subscription.fd(!is_done)?)
    }

    /// Closes the watch and wakes the thread that polls it.
    pub fn close(&self) {
        self.subscribers.close(self.number);
    }

    fn next(
        &self,
        fits: &mut dyn FnMut(&Event) -> bool,
        queue: impl FnOnce(&Subscription, &mut dyn FnMut(&Event) -> bool) -> Waited,
    ) -> Result<Option<Event>> {
        let mut backlog = self.hold()?;
        let subscription = &self.state.subscription;
        if !backlog.is_done() {
            let peeked = backlog.peek(&self.state.selection);
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
            Waited::Event(event) => Ok(Some(self.state.unscoped(event))),
            Waited::TimedOut => Ok(None),
            Waited::Ended(error) => Err(error),
            Waited::Closed => Err(closed()),
        }
    }

    /// Makes this thread the one that polls.
    fn hold(&self) -> Result<MutexGuard<'_, Backlog>> {
        if is_forked() {
            let message = "the watch was opened before this process was forked: close its store \
                           before the fork, or start a new program (exec) in the child";
            return Err(Error::new(ErrorKind::Forked, message));
        }
        let held = self.state.backlog.try_lock();
        // A close holds the backlog too, after it has ended the subscription.
        held.ok_or_else(|| match self.state.subscription.is_closed() {
            true => closed(),
            false => Error::new(ErrorKind::Busy, "the watch is in use by another call"),
        })
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the watch or its store was closed")
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.close();
    }
}

/// Subscribes at an instant between two commits, and returns the events before it. They are read
/// when the watch is polled, outside of the call that begins here.
fn begin(
    engine: &dyn Engine,
    call: &CallContext,
    selection: &Selection,
    subscription: &Subscription,
    start: WatchStart,
    subscribe: &mut dyn FnMut(),
) -> Result<Backlog> {
    let existing = match start {
        WatchStart::Existing => Some(existing(selection)?),
        _ => None,
    };
    let snapshot = engine.watch(call, subscribe, existing)?;
    subscription.begin_after(snapshot.newest);
    Ok(match (start, snapshot.entries) {
        (WatchStart::Since(since), _) => {
            let log = capability::change_log(engine)?;
            Backlog::changes(log.changes(&UNBOUND, since, Some(snapshot.newest))?)
        }
        (_, Some(entries)) => Backlog::entries(entries, snapshot.newest),
        _ => Backlog::default(),
    })
}

/// Returns a query that finds every entry in `selection`, and maybe others.
fn existing(selection: &Selection) -> Result<Query<'_>> {
    // A larger value is an event without its bytes.
    let values = Values::UpTo(VALUE_LEN_MAX as u64);
    Ok(match (&selection.group, &selection.key) {
        (Selector::Exact(group), key) => {
            let all = Scan { values, ..Scan::all(Group::new(group)?) };
            Query::Entries(match key {
                Selector::Any => all,
                Selector::Prefix(prefix) => Scan { pattern: Pattern::Prefix(prefix), ..all },
                // Of the keys that begin with a key, that key itself is the first.
                Selector::Exact(key) => {
                    Key::new(key)?;
                    Scan { pattern: Pattern::Prefix(key), limit: 1, ..all }
                }
            })
        }
        (Selector::Prefix(prefix), _) => {
            Query::Range { range: GroupRange::Prefix(prefix), after: None, values }
        }
        (Selector::Any, _) => Query::Range { range: GroupRange::Prefix(b""), after: None, values },
    })
}
