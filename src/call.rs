//! The context of a call: its deadline, and whether it was cancelled.
//!
//! Everything that waits or loops takes a [`CallContext`] as an argument and asks it, between two
//! steps, whether to go on. Calls through a store that is not bound carry [`UNBOUND`], which costs a
//! branch. A bound store has a context of its own, which is armed before a call and may be
//! cancelled from any thread, or from a signal handler: [`CallContext::cancel`] takes no lock and
//! allocates nothing.

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::{Error, ErrorKind, Result};
use crate::os::{EventFd, Ready, wait_ready};

/// How often a bound call that waits for another thread of this process looks at its context.
/// Condition variables cannot be signalled from a signal handler.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How often the poll of a context is called while a call waits or works.
const POLL_EVERY: Duration = Duration::from_millis(10);
/// Rows that a loop goes through before it looks at the context.
const ROWS: u32 = 1024;

/// The context of calls that no deadline limits and nobody can cancel.
pub static UNBOUND: CallContext = CallContext(None);

/// The deadline of a call, and whether it was cancelled. Clones are the same context.
#[derive(Clone, Default)]
pub struct CallContext(Option<Arc<Limits>>);

/// A function that the calling thread runs now and then; true cancels the call.
pub type Poll = Arc<dyn Fn() -> bool + Send + Sync>;

struct Limits {
    /// The number of the arming, and in the lowest bit whether it was cancelled: one word, so that
    /// a cancel of an earlier arming cannot meet a later one.
    state: AtomicU64,
    /// When calls end, in nanoseconds since [`BASE`]; `u64::MAX` for never.
    deadline: AtomicU64,
    has_poll: AtomicBool,
    poll: Mutex<Option<Poll>>,
    /// When the poll was called last, in nanoseconds since [`BASE`].
    polled: AtomicU64,
    /// Threads that wait for a descriptor.
    waiters: AtomicU32,
    /// Readable once the context was cancelled while somebody waited; `None` if the process has no
    /// descriptor left, and made when first needed.
    wake: OnceLock<Option<EventFd>>,
}

/// The moment that times are counted from.
static BASE: LazyLock<Instant> = LazyLock::new(Instant::now);

const CANCELLED: u64 = 1;
const NEVER: u64 = u64::MAX;

impl CallContext {
    /// Returns a context that can be armed and cancelled. It has no deadline yet.
    pub fn new() -> CallContext {
        CallContext(Some(Arc::new(Limits {
            state: AtomicU64::new(0),
            deadline: AtomicU64::new(NEVER),
            has_poll: AtomicBool::new(false),
            poll: Mutex::new(None),
            polled: AtomicU64::new(0),
            waiters: AtomicU32::new(0),
            wake: OnceLock::new(),
        })))
    }

    /// Answers whether there is anything to look at.
    #[inline]
    pub fn is_bound(&self) -> bool {
        self.0.is_some()
    }

    /// Gives the calls from now on `time` until they end, or no deadline, and undoes a cancel.
    /// Returns the number of the arming, which [`CallContext::cancel`] takes; it is never 0.
    pub fn arm(&self, time: Option<Duration>) -> u64 {
        let Some(limits) = &self.0 else { return 0 };
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(NEVER);
        let deadline = time.map_or(NEVER, |time| now().saturating_add(nanos(time)));
        limits.deadline.store(deadline, Ordering::Relaxed);
        let next = |state: u64| Some((state | CANCELLED) + 1);
        let before = limits.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        let before = before.unwrap_or_else(|state| state);
        ((before | CANCELLED) + 1) >> 1
    }

    /// Makes the calls of an arming end, or with 0 those of whichever is the newest; does nothing
    /// if the context was armed again since.
    ///
    /// Async-signal-safe.
    pub fn cancel(&self, arming: u64) {
        let Some(limits) = &self.0 else { return };
        let is_meant = |state: u64| arming == 0 || state >> 1 == arming;
        let cancelled = |state: u64| is_meant(state).then_some(state | CANCELLED);
        let done = limits.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, cancelled);
        if done.is_ok()
            && limits.waiters.load(Ordering::SeqCst) > 0
            && let Some(Some(wake)) = limits.wake.get()
        {
            wake.signal();
        }
    }

    /// Has `poll` called by the thread that calls, about every 10 ms while a call waits or works;
    /// `None` ends that.
    pub fn set_poll(&self, poll: Option<Poll>) {
        if let Some(limits) = &self.0 {
            limits.has_poll.store(poll.is_some(), Ordering::Release);
            *limits.poll.lock() = poll;
        }
    }

    /// Fails with [`ErrorKind::Cancelled`] or [`ErrorKind::Deadline`] if the call is to end.
    #[inline]
    pub fn check(&self) -> Result<()> {
        match &self.0 {
            None => Ok(()),
            Some(limits) => limits.check(),
        }
    }

    /// Returns what `error` means, which was met by a call in this context: if it comes of a wait
    /// or a work that was broken off because the call is to end, that the call has ended.
    pub fn explain(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Busy | ErrorKind::Cancelled => self.check().err().unwrap_or(error),
            _ => error,
        }
    }

    /// Returns the moment until which a wait for another thread may sleep before the context is
    /// looked at again: `until`, or soon; `None` is for ever.
    pub fn nap(&self, until: Option<Instant>) -> Option<Instant> {
        if !self.is_bound() {
            return until;
        }
        let soon = Instant::now() + LOOK_EVERY;
        Some(until.map_or(soon, |until| until.min(soon)))
    }

    /// Returns the earlier of `until` and the deadline.
    pub fn limit(&self, until: Instant) -> Instant {
        match self.0.as_ref().map(|limits| limits.deadline.load(Ordering::Relaxed)) {
            None | Some(NEVER) => until,
            Some(deadline) => until.min(*BASE + Duration::from_nanos(deadline)),
        }
    }

    /// Parks the thread until another unparks it, or until the context is to be looked at again.
    pub fn park(&self) {
        match self.is_bound() {
            true => std::thread::park_timeout(LOOK_EVERY),
            false => std::thread::park(),
        }
    }

    /// Sleeps for `time`, or fails as [`CallContext::check`] once the call is to end.
    pub fn sleep(&self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            self.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let left = if self.is_bound() { left.min(LOOK_EVERY) } else { left };
            std::thread::sleep(left);
        }
    }

    /// Waits until `fd` is ready or `until` has passed; returns whether it is ready. Fails as
    /// [`CallContext::check`] once the call is to end; a cancel wakes it.
    pub fn wait_ready(&self, fd: RawFd, ready: Ready, until: Instant) -> Result<bool> {
        let Some(limits) = &self.0 else {
            loop {
                let is_ready = wait_until(&[(fd, ready)], until)? != 0;
                if is_ready || Instant::now() >= until {
                    return Ok(is_ready);
                }
            }
        };
        let wake = limits.wake.get_or_init(|| EventFd::new().ok()).as_ref();
        let _waiting = Waiting::begin(limits);
        let fds = [(fd, ready), (wake.map_or(-1, EventFd::raw), Ready::Read)];
        loop {
            limits.check()?;
            let mut nap = self.limit(until);
            if limits.has_poll.load(Ordering::Acquire) || wake.is_none() {
                nap = nap.min(Instant::now() + POLL_EVERY);
            }
            let found = wait_until(&fds, nap)?;
            if let (Some(wake), true) = (wake, found & 2 != 0) {
                limits.settle(wake);
            }
            if found & 1 != 0 || Instant::now() >= until {
                return Ok(found & 1 != 0);
            }
        }
    }

    /// Returns a count of rows that looks at the context once in a while.
    pub fn pace(&self) -> Pace<'_> {
        Pace { call: self, rows: 0 }
    }
}

impl Limits {
    #[cold]
    fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(cancelled());
        }
        let deadline = self.deadline.load(Ordering::Relaxed);
        let has_poll = self.has_poll.load(Ordering::Acquire);
        if deadline == NEVER && !has_poll {
            return Ok(());
        }
        let now = now();
        if now >= deadline {
            let message = "the deadline of the call has passed";
            return Err(Error::new(ErrorKind::Deadline, message));
        }
        if has_poll && self.polls_end_it(now) {
            self.state.fetch_or(CANCELLED, Ordering::SeqCst);
            return Err(cancelled());
        }
        Ok(())
    }

    fn is_cancelled(&self) -> bool {
        self.state.load(Ordering::SeqCst) & CANCELLED != 0
    }

    /// Calls the poll if it is due; answers whether it wants the call to end.
    fn polls_end_it(&self, now: u64) -> bool {
        let polled = self.polled.load(Ordering::Relaxed);
        let every = POLL_EVERY.as_nanos() as u64;
        if polled != 0 && now.saturating_sub(polled) < every {
            return false;
        }
        self.polled.store(now.max(1), Ordering::Relaxed);
        // Called without the lock: it may take its time, and set another.
        let poll = self.poll.lock().clone();
        poll.is_some_and(|poll| poll())
    }

    /// Takes the flag down, unless the context is cancelled: then it stays up for others who wait.
    fn settle(&self, wake: &EventFd) {
        if self.is_cancelled() {
            return;
        }
        wake.clear();
        // It may have been cancelled in between, and its signal taken away with the old one.
        if self.is_cancelled() {
            wake.signal();
        }
    }
}

/// A thread that waits for a descriptor, and is counted.
struct Waiting<'l>(&'l Limits);

impl<'l> Waiting<'l> {
    fn begin(limits: &'l Limits) -> Self {
        limits.waiters.fetch_add(1, Ordering::SeqCst);
        Waiting(limits)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiters.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A count of the rows that a loop has gone through.
pub struct Pace<'c> {
    call: &'c CallContext,
    rows: u32,
}

impl Pace<'_> {
    /// Counts a row; fails as [`CallContext::check`] if the call is to end, every so many rows.
    pub fn step(&mut self) -> Result<()> {
        self.rows += 1;
        if self.rows < ROWS {
            return Ok(());
        }
        self.rows = 0;
        self.call.check()
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the call was cancelled")
}

fn now() -> u64 {
    u64::try_from(BASE.elapsed().as_nanos()).unwrap_or(NEVER - 1)
}

/// Returns a bit for each descriptor that is ready. A negative one never is.
fn wait_until(fds: &[(RawFd, Ready)], until: Instant) -> Result<u32> {
    Ok(wait_ready(fds, Some(until.saturating_duration_since(Instant::now())))?)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_deadline_ends_what_comes_after_it() {
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
    fn a_poll_that_says_yes_cancels_and_one_that_says_no_does_not() {
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
    fn a_cancel_wakes_who_waits_for_a_descriptor_and_a_stale_signal_does_not() {
        let (call, silent) = (CallContext::new(), EventFd::new().expect("a descriptor"));
        let far = Instant::now() + Duration::from_secs(600);
        // The cancel may come before the wait has begun, but not every time.
        for _ in 0..20 {
            let arming = call.arm(None);
            std::thread::scope(|scope| {
                let waiter = scope.spawn(|| call.wait_ready(silent.raw(), Ready::Read, far));
                let waiters = || call.0.as_ref().map_or(0, |it| it.waiters.load(Ordering::SeqCst));
                while waiters() == 0 {
                    std::thread::yield_now();
                }
                call.cancel(arming);
                let ended = waiter.join().expect("no panic");
                assert_eq!(ended.map_err(|error| error.kind()), Err(ErrorKind::Cancelled));
            });
        }
        call.arm(None);
        let soon = Instant::now() + Duration::from_millis(1);
        assert_eq!(call.wait_ready(silent.raw(), Ready::Read, soon), Ok(false));
        silent.signal();
        assert_eq!(call.wait_ready(silent.raw(), Ready::Read, far), Ok(true));
    }

    #[test]
    fn a_loop_looks_at_its_context_now_and_then() {
        let call = CallContext::new();
        call.cancel(0);
        let mut pace = call.pace();
        let steps = (0..).find(|_| pace.step().is_err());
        assert_eq!(steps, Some(ROWS - 1));
        let mut pace = UNBOUND.pace();
        assert!((0..ROWS * 2).all(|_| pace.step().is_ok()));
    }
}
