//! The limits of a bound context: its arming, its cancel, and the check of its calls.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::{Error, ErrorKind, Result};
use crate::os::EventFlag;

/// The interval at which the poll of a context is called while a call waits or works.
pub(super) const POLL_EVERY: Duration = Duration::from_millis(10);

/// A function that the calling thread runs at intervals; true cancels the call.
pub type Poll = Arc<dyn Fn() -> bool + Send + Sync>;

/// The state of a bound context.
pub(super) struct Limits {
    /// The number of the arming, and in the lowest bit whether it was cancelled: one word, so that
    /// [`Limits::cancel`] of an earlier arming cannot cancel a later one.
    state: AtomicU64,
    /// The deadline of calls, in nanoseconds since [`BASE`]; [`NEVER`] without a deadline.
    deadline: AtomicU64,
    has_poll: AtomicBool,
    poll: Mutex<Option<Poll>>,
    /// The time of the last call of the poll, in nanoseconds since [`BASE`]; 0 before the first.
    polled: AtomicU64,
    /// Threads that wait for a descriptor.
    waiters: AtomicU32,
    /// Readable once the context was cancelled while a thread waited. Created at the first wait;
    /// `None` if the process had no descriptor left.
    wake: OnceLock<Option<EventFlag>>,
}

/// The moment from which times are counted.
static BASE: LazyLock<Instant> = LazyLock::new(Instant::now);

const CANCELLED: u64 = 1;
const NEVER: u64 = u64::MAX;

impl Limits {
    /// Returns limits without a deadline.
    pub(super) fn new() -> Limits {
        Limits {
            state: AtomicU64::new(0),
            deadline: AtomicU64::new(NEVER),
            has_poll: AtomicBool::new(false),
            poll: Mutex::new(None),
            polled: AtomicU64::new(0),
            waiters: AtomicU32::new(0),
            wake: OnceLock::new(),
        }
    }

    /// See [`CallContext::arm`](crate::call::CallContext::arm).
    pub(super) fn arm(&self, time: Option<Duration>) -> u64 {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(NEVER);
        let deadline = time.map_or(NEVER, |time| now().saturating_add(nanos(time)));
        self.deadline.store(deadline, Ordering::Relaxed);
        let next = |state: u64| Some((state | CANCELLED) + 1);
        let before = self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        let before = before.unwrap_or_else(|state| state);
        ((before | CANCELLED) + 1) >> 1
    }

    /// See [`CallContext::cancel`](crate::call::CallContext::cancel).
    pub(super) fn cancel(&self, arming: u64) {
        self.cancel_if(|state| arming == 0 || state >> 1 == arming);
    }

    /// Cancels the calls of the newest arming if `is_selected` returns true for its state.
    fn cancel_if(&self, is_selected: impl Fn(u64) -> bool) {
        let cancelled = |state: u64| is_selected(state).then_some(state | CANCELLED);
        let done = self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, cancelled);
        if done.is_ok()
            && self.waiters.load(Ordering::SeqCst) > 0
            && let Some(Some(wake)) = self.wake.get()
        {
            wake.signal();
        }
    }

    /// See [`CallContext::set_poll`](crate::call::CallContext::set_poll).
    pub(super) fn set_poll(&self, poll: Option<Poll>) {
        self.has_poll.store(poll.is_some(), Ordering::Release);
        *self.poll.lock() = poll;
    }

    /// Returns whether a poll is set.
    pub(super) fn has_poll(&self) -> bool {
        self.has_poll.load(Ordering::Acquire)
    }

    /// Returns the deadline, if there is one.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.deadline.load(Ordering::Relaxed) {
            NEVER => None,
            deadline => Some(*BASE + Duration::from_nanos(deadline)),
        }
    }

    /// Fails if the call was cancelled, by its poll too, or if its deadline has passed.
    #[cold]
    pub(super) fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(cancelled());
        }
        let deadline = self.deadline.load(Ordering::Relaxed);
        let has_poll = self.has_poll();
        if deadline == NEVER && !has_poll {
            return Ok(());
        }
        // The poll may arm the context again, and so may another thread meanwhile: only the calls
        // of this arming are cancelled.
        let state = self.state.load(Ordering::SeqCst);
        let now = now();
        if now >= deadline {
            let message = "the deadline of the call has passed";
            return Err(Error::new(ErrorKind::Deadline, message));
        }
        if has_poll && self.polls_end_it(now) {
            self.cancel_if(|it| it == state);
            return Err(cancelled());
        }
        Ok(())
    }

    /// Counts a thread that waits for a descriptor, until the result is dropped. A cancel wakes the
    /// threads that are counted.
    pub(super) fn begin_wait(&self) -> Waiting<'_> {
        self.waiters.fetch_add(1, Ordering::SeqCst);
        Waiting(self)
    }

    /// Returns how many threads wait for a descriptor.
    #[cfg(test)]
    pub(crate) fn waiters(&self) -> u32 {
        self.waiters.load(Ordering::SeqCst)
    }

    fn is_cancelled(&self) -> bool {
        self.state.load(Ordering::SeqCst) & CANCELLED != 0
    }

    /// Calls the poll if it is due; returns whether the poll has returned true.
    fn polls_end_it(&self, now: u64) -> bool {
        let polled = self.polled.load(Ordering::Relaxed);
        let every = POLL_EVERY.as_nanos() as u64;
        if polled != 0 && now.saturating_sub(polled) < every {
            return false;
        }
        self.polled.store(now.max(1), Ordering::Relaxed);
        // The poll runs without the lock: it may be slow, and may set another poll.
        let poll = self.poll.lock().clone();
        poll.is_some_and(|poll| poll())
    }
}

/// A counted wait of a thread for a descriptor.
pub(super) struct Waiting<'l>(&'l Limits);

impl Waiting<'_> {
    /// Returns the flag that a cancel raises, or `None` if the process had no descriptor left.
    pub(super) fn wake(&self) -> Option<&EventFlag> {
        self.0.wake.get_or_init(|| EventFlag::new().ok()).as_ref()
    }

    /// Takes the flag down, unless the context is cancelled: then it stays up for other threads.
    pub(super) fn settle(&self, wake: &EventFlag) {
        if self.0.is_cancelled() {
            return;
        }
        wake.clear();
        // A cancel in between may have raised the flag before it was taken down.
        if self.0.is_cancelled() {
            wake.signal();
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiters.fetch_sub(1, Ordering::SeqCst);
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the call was cancelled")
}

fn now() -> u64 {
    u64::try_from(BASE.elapsed().as_nanos()).unwrap_or(NEVER - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::CallContext;

    fn ended(call: &CallContext) -> Option<ErrorKind> {
        call.check().err().map(|error| error.kind())
    }

    #[test]
    fn a_cancel_holds_until_the_next_arming() {
        let call = CallContext::new();
        assert_eq!(ended(&call), None);
        call.cancel(0);
        assert_eq!(ended(&call), Some(ErrorKind::Cancelled));
        let first = call.arm(None);
        assert_eq!(ended(&call), None);
        call.cancel(first);
        assert_eq!(ended(&call), Some(ErrorKind::Cancelled));
        let second = call.arm(None);
        assert!(first != 0 && second > first);
    }

    #[test]
    fn a_late_cancel_of_an_earlier_arming_does_nothing() {
        let call = CallContext::new();
        let first = call.arm(None);
        let second = call.arm(None);
        call.cancel(first);
        assert_eq!(ended(&call), None);
        call.cancel(second);
        assert_eq!(ended(&call), Some(ErrorKind::Cancelled));
    }

    #[test]
    fn a_deadline_ends_the_calls_after_it() {
        let call = CallContext::new();
        call.arm(Some(Duration::ZERO));
        assert_eq!(ended(&call), Some(ErrorKind::Deadline));
        call.arm(Some(Duration::MAX));
        assert_eq!(ended(&call), None);
        let busy = || Error::new(ErrorKind::Busy, "busy");
        assert_eq!(call.explain(busy()).kind(), ErrorKind::Busy);
        call.arm(Some(Duration::ZERO));
        assert_eq!(call.explain(busy()).kind(), ErrorKind::Deadline);
    }

    #[test]
    fn a_poll_that_returns_true_cancels_and_one_that_returns_false_does_not() {
        let call = CallContext::new();
        call.set_poll(Some(Arc::new(|| false)));
        assert_eq!(ended(&call), None);
        call.arm(None);
        call.set_poll(Some(Arc::new(|| true)));
        let polled = || call.sleep(POLL_EVERY * 100).map_err(|error| error.kind());
        assert_eq!(polled(), Err(ErrorKind::Cancelled));
        call.set_poll(None);
        call.arm(None);
        assert_eq!(ended(&call), None);
    }

    #[test]
    fn a_poll_that_arms_the_context_anew_cancels_the_earlier_arming_alone() {
        let limits = Arc::new(Limits::new());
        let again = Arc::clone(&limits);
        limits.set_poll(Some(Arc::new(move || {
            again.arm(None);
            true
        })));

        let error = limits.check().expect_err("the poll has returned true");

        assert_eq!(error.kind(), ErrorKind::Cancelled);
        limits.set_poll(None);
        assert_eq!(limits.check(), Ok(()));
    }
}
