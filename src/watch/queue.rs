//! The queue of one watch: bounded, with a `LAGGED` notice where changes were lost.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::call::CallContext;
use crate::error::Error;
use crate::model::{Change, Event, Version};
use crate::os::{EventFlag, number_of};
use crate::watch::event_memory::EventMemory;
use crate::watch::selection::Selection;

/// The outcome of a wait.
#[derive(Debug, PartialEq, Eq)]
pub enum Waited {
    /// The next event.
    Event(Event),
    /// The deadline has passed, or the next event was not taken.
    TimedOut,
    /// The subscription has ended.
    Closed,
    /// The call has to end.
    Ended(Error),
}

/// The figures of a queue.
#[derive(Debug, Clone, Copy)]
pub struct QueueFigures {
    /// The queued changes.
    pub len: u64,
    /// The time of the oldest, in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
}

/// A bounded queue between writers and the thread that polls a watch. Writers never wait for it:
/// changes without room are counted, and an [`Event::Lagged`] with the count stands in their place.
pub struct Subscription {
    selection: Selection,
    capacity: usize,
    is_for_wait: bool,
    state: Mutex<State>,
    ready: Condvar,
}

struct State {
    queue: VecDeque<Event>,
    /// Changes in the queue; notices do not count against the capacity.
    changes: usize,
    /// The memory of these changes, which was taken from `memory`.
    bytes: u64,
    memory: Arc<EventMemory>,
    /// The version up to which the backlog returns the changes; these are not queued.
    backlog_end: Version,
    /// The version of the last change that was queued or is in the backlog; a loss comes after it.
    last: Version,
    closed: bool,
    /// Whether a thread waits for `ready`.
    waited_for: bool,
    fd: Option<EventFlag>,
}

impl Subscription {
    /// Returns a subscription to the changes in `selection`, with room for `capacity` of them in
    /// `memory`.
    pub fn new(selection: Selection, capacity: usize, memory: Arc<EventMemory>) -> Self {
        Subscription {
            selection,
            capacity,
            is_for_wait: false,
            state: Mutex::new(State {
                queue: VecDeque::new(),
                changes: 0,
                bytes: 0,
                memory,
                backlog_end: 0,
                last: 0,
                closed: false,
                waited_for: false,
                fd: None,
            }),
            ready: Condvar::new(),
        }
    }

    /// Returns the subscription of a call that waits for a change in `selection`.
    pub fn for_wait(selection: Selection) -> Self {
        Subscription { is_for_wait: true, ..Subscription::new(selection, 1, Arc::default()) }
    }

    /// Returns whether this is the subscription of a call that waits for a change, which wakes for
    /// [hints](crate::model::Observer::publish_hint) as well.
    pub fn is_for_wait(&self) -> bool {
        self.is_for_wait
    }

    /// Returns the selection.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Leaves out the changes up to `version`, also those already queued: the backlog has them.
    pub fn begin_after(&self, version: Version) {
        let mut state = self.state.lock();
        state.backlog_end = version;
        state.last = state.last.max(version);
        let is_new = |event: &Event| !matches!(event, Event::Change(it) if it.version() <= version);
        state.queue.retain(is_new);
        let left: Vec<u64> = state.queue.iter().filter_map(memory_of).collect();
        let bytes: u64 = left.iter().sum();
        state.memory.give_back(state.bytes - bytes);
        (state.changes, state.bytes) = (left.len(), bytes);
    }

    /// Queues the changes of one transaction, and counts as lost those without room; returns the
    /// number of these.
    pub fn push<'c>(&self, changes: impl Iterator<Item = &'c Arc<Change>>) -> u64 {
        let mut lost = 0;
        self.update(|state| {
            let backlog_end = state.backlog_end;
            for change in changes.filter(|change| change.version() > backlog_end) {
                // The queue grows as it fills, to its capacity. Without memory a change is lost.
                if state.changes < self.capacity
                    && state.queue.try_reserve(1).is_ok()
                    && state.memory.take(change.memory())
                {
                    state.changes += 1;
                    state.bytes += change.memory();
                    state.last = change.version();
                    state.queue.push_back(Event::Change(change.clone()));
                } else {
                    state.lose(1);
                    lost += 1;
                }
            }
        });
        lost
    }

    /// Returns the figures of the queue.
    pub fn figures(&self) -> QueueFigures {
        let state = self.state.lock();
        let oldest = state.queue.iter().find_map(|event| match event {
            Event::Change(change) => Some(change.time_ms()),
            _ => None,
        });
        QueueFigures { len: state.changes as u64, oldest_ms: oldest }
    }

    /// Records that `lost` changes are missing here; 0 means that the number is unknown.
    pub fn push_gap(&self, lost: u64) {
        self.update(|state| state.lose(lost));
    }

    /// Returns the next event, waiting for it until `deadline`, or until `call` has to end.
    pub fn wait(&self, call: &CallContext, deadline: Option<Instant>) -> Waited {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return Waited::Closed;
            }
            if let Some(event) = state.pop() {
                return Waited::Event(event);
            }
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Waited::TimedOut;
            }
            // A writer wakes only a thread that waits, so this says so before it looks again.
            state.waited_for = true;
            if let Err(ended) = call.check_unlocked(&mut state) {
                state.waited_for = false;
                return Waited::Ended(ended);
            }
            if !state.closed && state.queue.is_empty() {
                call.wait(&self.ready, &mut state, deadline);
            }
            state.waited_for = false;
        }
    }

    /// Returns the next event if it is there and `fits` returns true for it; otherwise it stays.
    pub fn take_if(&self, fits: impl FnOnce(&Event) -> bool) -> Waited {
        let mut state = self.state.lock();
        match state.queue.front() {
            _ if state.closed => Waited::Closed,
            Some(event) if fits(event) => state.pop().map_or(Waited::TimedOut, Waited::Event),
            _ => Waited::TimedOut,
        }
    }

    /// Returns a descriptor that is readable while an event is queued and once the subscription has
    /// ended; with `backlog` also until [`Subscription::quieten`]. It is closed with `self`.
    pub fn fd(&self, backlog: bool) -> io::Result<i32> {
        let mut state = self.state.lock();
        if let Some(fd) = &state.fd {
            return Ok(number_of(fd.raw()));
        }
        let fd = EventFlag::new()?;
        if backlog || state.closed || !state.queue.is_empty() {
            fd.signal();
        }
        let number = number_of(fd.raw());
        state.fd = Some(fd);
        Ok(number)
    }

    /// Makes the descriptor unreadable if no event is queued: the backlog was read.
    pub fn quieten(&self) {
        let state = self.state.lock();
        if let (Some(fd), true, false) = (&state.fd, state.queue.is_empty(), state.closed) {
            fd.clear();
        }
    }

    /// Returns whether the subscription has ended.
    pub fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Ends the subscription: wakes the thread that waits, and drops the queued events.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.queue = VecDeque::new();
        state.release_memory();
        if let Some(fd) = &state.fd {
            fd.signal();
        }
        self.ready.notify_all();
    }

    /// Changes the queue; if it was empty and is not any more, wakes the thread that waits.
    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        if state.closed {
            return;
        }
        let was_empty = state.queue.is_empty();
        change(&mut state);
        if was_empty && !state.queue.is_empty() {
            if let Some(fd) = &state.fd {
                fd.signal();
            }
            if state.waited_for {
                self.ready.notify_one();
            }
        }
    }
}

impl State {
    fn release_memory(&mut self) {
        self.changes = 0;
        self.memory.give_back(std::mem::take(&mut self.bytes));
    }

    fn lose(&mut self, count: u64) {
        match self.queue.back_mut() {
            // A loss of unknown size makes the whole one unknown.
            Some(Event::Lagged { lost, .. }) if *lost == 0 || count == 0 => *lost = 0,
            Some(Event::Lagged { lost, .. }) => *lost += count,
            _ => self.queue.push_back(Event::Lagged { lost: count, since: self.last }),
        }
    }

    fn pop(&mut self) -> Option<Event> {
        let event = self.queue.pop_front()?;
        if let Some(bytes) = memory_of(&event) {
            self.changes -= 1;
            self.bytes -= bytes;
            self.memory.give_back(bytes);
        }
        if let (Some(fd), true) = (&self.fd, self.queue.is_empty()) {
            fd.clear();
        }
        Some(event)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.release_memory();
    }
}

/// Returns the memory of a change; a notice has none.
fn memory_of(event: &Event) -> Option<u64> {
    match event {
        Event::Change(change) => Some(change.memory()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::UNBOUND;
    use crate::model::{ChangeKind, Group};
    use crate::watch::selection::Selector;

    fn subscription(capacity: usize) -> Subscription {
        let all = Selection { group: Selector::Any, key: Selector::Any };
        Subscription::new(all, capacity, Arc::default())
    }

    fn change(version: Version) -> Arc<Change> {
        let group = Group::new(b"g").expect("short");
        Arc::new(Change::new(ChangeKind::Set, group, b"k", b"v", version))
    }

    fn versions(subscription: &Subscription) -> Vec<(Version, u64)> {
        let next = || match subscription.wait(&UNBOUND, Some(Instant::now())) {
            Waited::Event(Event::Change(change)) => Some((change.version(), 0)),
            Waited::Event(Event::Lagged { lost, since }) => Some((since, lost)),
            _ => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_full_queue_drops_the_newest_and_reports_where_how_many_and_since_when() {
        let queue = subscription(2);
        for version in 1..=5 {
            queue.push([change(version)].iter());
        }
        assert_eq!(versions(&queue), [(1, 0), (2, 0), (2, 3)]);

        queue.push([change(6), change(7), change(8)].iter());
        assert_eq!(versions(&queue), [(6, 0), (7, 0), (7, 1)]);
    }

    #[test]
    fn without_memory_for_it_a_change_is_lost_and_memory_comes_back() {
        let one = change(1).memory();
        let memory = Arc::new(EventMemory::with_limit(2 * one));
        let all = Selection { group: Selector::Any, key: Selector::Any };
        let queues = [(); 2].map(|()| Subscription::new(all.clone(), 9, memory.clone()));
        queues[0].push([change(1)].iter());
        assert_eq!(queues[1].push([change(1), change(2)].iter()), 1);
        assert_eq!(versions(&queues[1]), [(1, 0), (1, 1)]);
        assert_eq!(memory.used(), one);
        assert_eq!(queues[1].push([change(3)].iter()), 0);
        drop(queues);
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn changes_after_a_loss_stand_behind_its_notice() {
        let queue = subscription(2);
        queue.push([change(1), change(2), change(3)].iter());
        assert!(matches!(queue.wait(&UNBOUND, None), Waited::Event(Event::Change(_))));
        queue.push([change(4), change(5)].iter());
        assert_eq!(versions(&queue), [(2, 0), (2, 1), (4, 0), (4, 1)]);
    }

    #[test]
    fn a_loss_of_unknown_size_stays_unknown() {
        let queue = subscription(1);
        queue.push([change(1), change(2)].iter());
        queue.push_gap(0);
        queue.push([change(3)].iter());
        assert_eq!(versions(&queue), [(1, 0), (1, 0)]);
    }

    #[test]
    fn changes_up_to_the_version_of_the_backlog_are_not_queued() {
        let queue = subscription(2);
        queue.push([change(3), change(4)].iter());
        queue.begin_after(5);
        queue.push([change(4), change(5), change(6)].iter());
        assert_eq!(versions(&queue), [(6, 0)]);
    }

    #[test]
    fn closing_wakes_the_thread_that_waits() {
        let queue = subscription(2);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.wait(&UNBOUND, None));
            while !queue.state.lock().waited_for {
                std::thread::yield_now();
            }
            queue.close();
            assert_eq!(waiting.join().expect("no panic"), Waited::Closed);
        });
        assert_eq!(queue.wait(&UNBOUND, None), Waited::Closed);
    }
}
