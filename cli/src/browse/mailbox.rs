//! The requests that wait for the thread that calls the store: all writes, and one of every other
//! kind, because a newer one replaces the older. A request that the thread works on is cancelled
//! once it is outdated, so that a slow one does not keep the view from its next page.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use kv::CallContext;

use crate::browse::requests::{Name, PageRequest, Write};

/// A request, in the order of importance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Apply a write, if the entry is at the version. Never cancelled.
    Write { name: Name, version: u64, write: Write },
    /// Read a page.
    Page(PageRequest),
    /// Read a value.
    Value(Name),
    /// List the groups that begin with a prefix.
    Groups(Vec<u8>),
    /// Count the entries of a group.
    Count(Vec<u8>),
    /// Begin to watch, if the change log was switched on.
    Watch,
}

impl Request {
    fn rank(&self) -> usize {
        match self {
            Request::Write { .. } => WRITE_RANK,
            Request::Page(_) => 1,
            Request::Value(_) => 2,
            Request::Groups(_) => 3,
            Request::Count(_) => 4,
            Request::Watch => 5,
        }
    }
}

const WRITE_RANK: usize = 0;
const RANKS: usize = 6;

#[derive(Default)]
struct State {
    writes: VecDeque<Request>,
    /// The newest request of each rank but that of writes.
    waiting: [Option<Request>; RANKS],
    /// The rank of the request that the thread works on, and the arming of its calls.
    working: Option<(usize, u64)>,
    is_closed: bool,
}

/// The requests, and the context of the calls for them.
pub struct Mailbox {
    state: Mutex<State>,
    changed: Condvar,
    calls: CallContext,
}

impl Mailbox {
    /// Returns a mailbox without requests.
    pub fn new() -> Mailbox {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Mailbox { state, changed, calls: CallContext::new() }
    }

    /// Returns the context of the calls.
    pub fn calls(&self) -> &CallContext {
        &self.calls
    }

    /// Posts a request in place of an older one of its kind. Cancels the calls for one of the same
    /// kind, or of less importance.
    pub fn post(&self, request: Request) {
        let mut state = self.lock();
        let rank = request.rank();
        if let Some((working, arming)) = state.working
            && working > WRITE_RANK
            && working >= rank
        {
            self.calls.cancel(arming);
        }
        if rank == WRITE_RANK {
            state.writes.push_back(request);
        } else if let Some(place) = state.waiting.get_mut(rank) {
            *place = Some(request);
        }
        self.changed.notify_one();
    }

    /// Puts a request back whose calls were cancelled, unless a newer one of its kind waits.
    pub fn put_back(&self, request: Request) {
        let mut state = self.lock();
        if let Some(place) = state.waiting.get_mut(request.rank()) {
            place.get_or_insert(request);
        }
    }

    /// Waits for the most important request, whose calls may take `time`; `None` once the mailbox
    /// is closed and all writes were taken.
    pub fn take(&self, time: Duration) -> Option<Request> {
        let mut state = self.lock();
        state.working = None;
        loop {
            let mut next = state.writes.pop_front();
            if next.is_none() && !state.is_closed {
                next = state.waiting.iter_mut().find_map(Option::take);
            }
            if let Some(request) = next {
                // Armed under the lock: a cancel for the request before this one is over.
                state.working = Some((request.rank(), self.calls.arm(Some(time))));
                return Some(request);
            }
            if state.is_closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(|poison| poison.into_inner());
        }
    }

    /// Ends the thread: its calls are cancelled, except those for a write, and nothing but writes
    /// that wait already is begun.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        if let Some((working, arming)) = state.working
            && working > WRITE_RANK
        {
            self.calls.cancel(arming);
        }
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poison| poison.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use kv::ErrorKind;

    use super::*;

    const TIME: Duration = Duration::from_secs(60);

    fn value(key: &str) -> Request {
        Request::Value(Name { group: vec![], key: key.into() })
    }

    fn write() -> Request {
        write_at(1)
    }

    fn write_at(version: u64) -> Request {
        Request::Write { name: Name::default(), version, write: Write::Delete }
    }

    #[test]
    fn no_write_is_replaced_or_left_undone_at_the_end() {
        let mailbox = Mailbox::new();
        for request in [value("a"), write_at(1), write_at(2), write_at(3)] {
            mailbox.post(request);
        }
        assert_eq!(mailbox.take(TIME), Some(write_at(1)));
        mailbox.close();
        assert!(mailbox.calls().check().is_ok(), "the write is not cancelled");
        assert_eq!(mailbox.take(TIME), Some(write_at(2)));
        assert_eq!(mailbox.take(TIME), Some(write_at(3)));
        assert_eq!(mailbox.take(TIME), None);
    }

    #[test]
    fn the_newest_request_of_a_kind_is_taken_in_the_order_of_importance() {
        let mailbox = Mailbox::new();
        for request in [Request::Count(vec![]), value("a"), value("b"), write()] {
            mailbox.post(request);
        }
        assert_eq!(mailbox.take(TIME), Some(write()));
        assert_eq!(mailbox.take(TIME), Some(value("b")));
        assert_eq!(mailbox.take(TIME), Some(Request::Count(vec![])));
        mailbox.close();
        assert_eq!(mailbox.take(TIME), None);
    }

    #[test]
    fn a_request_cancels_the_work_on_an_outdated_one() {
        let mailbox = Mailbox::new();
        let is_cancelled = |working: Request, posted: Request| {
            mailbox.post(working.clone());
            assert_eq!(mailbox.take(TIME), Some(working));
            mailbox.post(posted.clone());
            let check = mailbox.calls().check();
            assert_eq!(mailbox.take(TIME), Some(posted));
            check.is_err_and(|error| error.kind() == ErrorKind::Cancelled)
        };
        assert!(is_cancelled(value("a"), value("b")));
        assert!(is_cancelled(Request::Count(vec![]), value("b")));
        assert!(!is_cancelled(value("a"), Request::Count(vec![])));
        assert!(!is_cancelled(write(), value("a")));
        assert!(mailbox.calls().check().is_ok(), "the next request is not cancelled");
    }

    #[test]
    fn a_cancelled_request_is_put_back_unless_a_newer_one_waits() {
        let mailbox = Mailbox::new();
        mailbox.put_back(value("a"));
        assert_eq!(mailbox.take(TIME), Some(value("a")));
        mailbox.post(value("b"));
        mailbox.put_back(value("a"));
        assert_eq!(mailbox.take(TIME), Some(value("b")));
    }
}
