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
        let queue = Arc::new(LogQueue::default());
        let emptied = queue.clone();
        let thread = os::spawn("kv-logger", move || emptied.pass_all(&sink))?;
        Ok(Logger { queue, thread })
    }

    /// Returns the queue.
    pub(super) fn queue(&self) -> Arc<LogQueue> {
        self.queue.clone()
    }

    /// Ends the thread, after it has passed on what is queued, and drops the sink.
    pub(super) fn end(self) {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn record(message: &str) -> LogRecord {
        let (level, topic) = (LogLevel::Info, "open");
        LogRecord { level, topic, time_ms: 1, store: String::new(), message: message.to_owned() }
    }

    /// Returns a logger that notes the messages, and waits before each as long as `gate` is locked.
    fn noting(
        gate: &Arc<parking_lot::Mutex<()>>,
    ) -> (Logger, Arc<parking_lot::Mutex<Vec<String>>>) {
        let (noted, gate): (Arc<parking_lot::Mutex<Vec<String>>>, _) =
            (Arc::default(), gate.clone());
        let received = noted.clone();
        let sink: LogSink = Box::new(move |record| {
            drop(gate.lock());
            received.lock().push(record.message.clone());
        });
        (Logger::begin(sink).expect("a thread"), noted)
    }

    #[test]
    fn records_are_passed_on_in_order_and_before_the_end() {
        let (logger, noted) = noting(&Arc::default());
        let numbers: Vec<String> = (0..500).map(|number| number.to_string()).collect();
        numbers.iter().for_each(|number| logger.queue().push(record(number)));
        logger.queue().wait_until_empty(Duration::from_secs(60));
        assert_eq!(*noted.lock(), numbers);
        logger.queue().push(record("last"));
        logger.end();
        assert_eq!(noted.lock().last().map(String::as_str), Some("last"));
    }

    #[test]
    fn a_slow_sink_holds_up_no_caller_and_gets_the_number_of_dropped_records() {
        let gate = Arc::new(parking_lot::Mutex::new(()));
        let (logger, noted) = noting(&gate);
        let closed = gate.lock();
        logger.queue().push(record("first"));
        // The thread has taken it, and stands before the gate.
        while !logger.queue().lock().is_passing {
            std::thread::yield_now();
        }
        for _ in 0..RECORDS_MAX + 7 {
            logger.queue().push(record("more"));
        }
        drop(closed);
        logger.end();
        let noted = noted.lock();
        assert_eq!(noted.len(), 1 + RECORDS_MAX + 1);
        assert!(noted.last().is_some_and(|it| it.starts_with("7 records were dropped")));
    }

    #[test]
    fn a_sink_that_panics_receives_the_next_record() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let sink: LogSink = Box::new(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            panic!("planted");
        });
        let logger = Logger::begin(sink).expect("a thread");
        (0..3).for_each(|_| logger.queue().push(record("a record")));
        logger.end();
        assert_eq!(calls.load(Ordering::SeqCst), 3);
    }
}
