//! How a connection waits for another process's lock.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ffi};

use crate::error::Result;

/// The first sleeps; they double every few attempts.
const SLEEP_MIN: Duration = Duration::from_micros(50);
/// The longest sleep. SQLite's own handler sleeps up to 100 ms, and loses to a process that writes
/// all the time: the lock is free for microseconds then, and has to be met in one of them.
const SLEEP_MAX: Duration = Duration::from_millis(1);
/// Attempts after which sleeps double.
const ATTEMPTS: u32 = 8;

thread_local! {
    /// When this thread began to wait.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Sets how long a call on `connection` waits for locks of others.
pub fn set_busy_timeout(connection: &Connection, timeout: Duration) -> Result<()> {
    // What the handler is given is not a pointer but the time-out itself.
    let millis = usize::try_from(timeout.as_millis()).unwrap_or(usize::MAX);
    let timeout = std::ptr::without_provenance_mut(millis);
    // SAFETY: the handle is open; the handler may be called with any number.
    let status = unsafe { ffi::sqlite3_busy_handler(connection.handle(), Some(on_busy), timeout) };
    match status {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()),
    }
}

/// Sleeps and returns 1 to try again, or returns 0 when the time-out has passed.
extern "C" fn on_busy(timeout: *mut c_void, attempt: c_int) -> c_int {
    let attempt = u32::try_from(attempt).unwrap_or(0);
    let now = Instant::now();
    let since = SINCE.try_with(|since| {
        if attempt == 0 {
            since.set(Some(now));
        }
        since.get()
    });
    // A thread that is ending cannot remember; it does not wait.
    let waited = since.ok().flatten().map_or(Duration::MAX, |since| now - since);
    if waited.as_millis() >= timeout.addr() as u128 {
        return 0;
    }
    thread::sleep((SLEEP_MIN * (1 << (attempt / ATTEMPTS).min(8))).min(SLEEP_MAX));
    1
}
