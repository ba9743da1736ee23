//! The log: what the library does by itself, in records for a function of the program.
//!
//! A record names its topic and the store, and never has a password, key or value.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::observe::log_queue::{LogQueue, Logger, is_log_thread};
use crate::observe::record::{LogLevel, LogRecord, LogSink, Topic};
use crate::os::{self, ForkLocal};

/// The longest wait of [`flush_log`].
const FLUSH_MAX: Duration = Duration::from_secs(1);

static LEVEL: AtomicU8 = AtomicU8::new(LogLevel::Off as u8);
/// The log of this process. The child of a fork has no thread for that of its parent.
static LOG: ForkLocal<Log> = ForkLocal::new();

#[derive(Default)]
struct Log {
    logger: Mutex<Option<Logger>>,
    /// Held while the log is set, which waits for its thread.
    setting: Mutex<()>,
}

/// Sends the records of `level` and above to `sink` from now on, or none. Records that were queued
/// before go to the sink before, which is dropped when this returns.
///
/// Fails with [`ErrorKind::Busy`] inside a sink.
pub fn set_log(level: LogLevel, sink: Option<LogSink>) -> Result<()> {
    if is_log_thread() {
        let message = "the log is set by its own function: set it from another thread";
        return Err(Error::new(ErrorKind::Busy, message));
    }
    os::watch_forks();
    let log = LOG.get();
    let _setting = log.setting.lock();
    LEVEL.store(LogLevel::Off as u8, Ordering::SeqCst);
    let before = log.logger.lock().take();
    if let Some(before) = before {
        before.end();
    }
    let Some(sink) = sink.filter(|_| level != LogLevel::Off) else { return Ok(()) };
    *log.logger.lock() = Some(Logger::begin(sink)?);
    LEVEL.store(level as u8, Ordering::SeqCst);
    Ok(())
}

/// Waits until the sink has received all records, for a second at most. Returns at once inside a
/// sink.
pub fn flush_log() {
    if let Some(queue) = queue() {
        queue.wait_until_empty(FLUSH_MAX);
    }
}

/// Writes the message of a panic at `place` into the log.
pub fn log_panic(place: &str, message: &str) {
    log(
        LogLevel::Error,
        Topic::Panic,
        "",
        format_args!("a bug in the library at {place}: {message}"),
    );
}

/// Returns whether records of a level are wanted.
#[inline]
pub(crate) fn is_logged(level: LogLevel) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed)
}

/// Queues a record, if its level is wanted. Takes only the lock of the queue, so it may be called
/// under any other.
#[inline]
pub(crate) fn log(level: LogLevel, topic: Topic, store: &str, message: fmt::Arguments<'_>) {
    if is_logged(level) {
        queue_record(level, topic, store, message);
    }
}

#[cold]
#[inline(never)]
fn queue_record(level: LogLevel, topic: Topic, store: &str, message: fmt::Arguments<'_>) {
    let Some(queue) = queue() else { return };
    queue.push(LogRecord {
        level,
        topic: topic.name(),
        time_ms: SystemClock.now().as_millis(),
        store: store.to_owned(),
        message: message.to_string(),
    });
}

/// Returns the queue, unless this thread is that of the log: a sink whose calls are logged would
/// have no end.
fn queue() -> Option<Arc<LogQueue>> {
    if is_log_thread() || !is_logged(LogLevel::Error) {
        return None;
    }
    LOG.get().logger.lock().as_ref().map(Logger::queue)
}
