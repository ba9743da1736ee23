//! The queue of the log, and the thread that passes its records to the program.
//!
//! Its locks are those of the standard library. parking_lot keeps the threads that wait in a table
//! of the process: the child of a fork would find there the thread of its parent, on a stack that
//! the child uses again.

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::clock::{Clock, SystemClock};
use crate::error::Result;
use crate::observe::record::{LogLevel, LogRecord, LogSink};
use crate::os;

/// The most records that wait. More are counted and dropped, so that a slow sink costs no memory
/// and no writer waits for it.
const RECORDS_MAX: usize = 1024;

thread_local! {
    static IS_LOG_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether this is the thread of a log.
pub(super) fn is_log_thread() -> bool {
    IS_LOG_THREAD.try_with(Cell::get).unwrap_or(false)
}

/// A queue with the thread that empties it.
pub(super) struct Logger {
    queue: Arc<LogQueue>,
    thread: JoinHandle<()>,
    /// The forks before it: the child of a later one has no such thread.
    forks: u64,
}

/// Records on their way to the program.
#[derive(Default)]
pub(super) struct LogQueue {
    state: Mutex<State>,
    added: Condvar,
    emptied: Condvar,
}

#[derive(Default)]
struct State {
    records: VecDeque<LogRecord>,
    dropped: u64,
    /// Whether the sink is running.
    is_passing: bool,
    is_ended: bool,
}

impl Logger {
    /// Begins a thread that passes records to `sink`.
    pub(super) fn begin(sink: LogSink) -> Result<Logger> {
        os::watch_forks();
        let queue = Arc::new(LogQueue::default());
        let emptied = queue.clone();
        let thread = os::spawn("kv-logger", move || emptied.pass_all(&sink))?;
        Ok(Logger { queue, thread, forks: os::forks() })
    }

    /// Returns the queue.
    pub(super) fn queue(&self) -> Arc<LogQueue> {
        self.queue.clone()
    }

    /// Ends the thread, after it has passed on what is queued, and drops the sink.
    pub(super) fn end(self) {
        if self.forks != os::forks() {
            // The sink belongs to the parent, and so does the record of the thread.
            std::mem::forget(self);
            return;
        }
        self.queue.lock().is_ended = true;
        self.queue.added.notify_all();
        // A sink that has panicked was caught.
        let _ = self.thread.join();
    }
}

impl LogQueue {
    /// Locks the state, which no panic leaves half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a record, or counts it as dropped.
    pub(super) fn push(&self, record: LogRecord) {
        let mut state = self.lock();
        match state.records.len() < RECORDS_MAX {
            true => state.records.push_back(record),
            false => state.dropped += 1,
        }
        drop(state);
        self.added.notify_one();
    }

    /// Waits until all records were passed on, for `time` at most.
    pub(super) fn wait_until_empty(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.lock();
        while !state.records.is_empty() || state.is_passing {
            let left = until.saturating_duration_since(Instant::now());
            let woken = self.emptied.wait_timeout(state, left);
            let (locked, waited) = woken.unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() {
                return;
            }
            state = locked;
        }
    }

    fn pass_all(&self, sink: &LogSink) {
        IS_LOG_THREAD.set(true);
        while let Some((records, dropped)) = self.take() {
            let lost = (dropped > 0).then(|| of_dropped(dropped));
            for record in records.iter().chain(&lost) {
                let panic = catch_unwind(AssertUnwindSafe(|| sink(record)));
                if let Err(payload) = panic {
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
                }
            }
        }
    }

    /// Returns the queued records and the number of those dropped, waiting for some; `None` at the
    /// end.
    fn take(&self) -> Option<(VecDeque<LogRecord>, u64)> {
        let mut state = self.lock();
        state.is_passing = false;
        loop {
            if !state.records.is_empty() || state.dropped > 0 {
                state.is_passing = true;
                let State { records, dropped, .. } = &mut *state;
                return Some((std::mem::take(records), std::mem::take(dropped)));
            }
            self.emptied.notify_all();
            if state.is_ended {
                return None;
            }
            state = self.added.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn of_dropped(count: u64) -> LogRecord {
    LogRecord {
        level: LogLevel::Warn,
        topic: "log",
        time_ms: SystemClock.now().as_millis(),
        store: String::new(),
        message: format!(
            "{count} records were dropped: the function of the log is slower than they come"
        ),
    }
}
