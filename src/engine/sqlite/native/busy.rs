//! How a connection waits for another process's lock, and what breaks its work off.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ffi};

use crate::call::CallContext;
use crate::error::Result;

/// The first sleeps; they double every few attempts.
const SLEEP_MIN: Duration = Duration::from_micros(50);
/// The longest sleep. SQLite's own handler sleeps up to 100 ms, and loses to a process that writes
/// all the time: the lock is free for microseconds then, and has to be met in one of them.
const SLEEP_MAX: Duration = Duration::from_millis(1);
/// Attempts after which sleeps double.
const ATTEMPTS: u32 = 8;
/// Steps of SQLite's machine after which a bound call is looked at: about 100 us.
const STEPS: c_int = 4_000;

thread_local! {
    /// When this thread began to wait.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Sets how long a call on `connection` waits for locks of others.
pub fn set_busy_timeout(connection: &Connection, timeout: Duration) -> Result<()> {
    let timeout = as_pointer(timeout);
    // SAFETY: the handle is open; the handler may be called with any number.
    check(unsafe { ffi::sqlite3_busy_handler(connection.handle(), Some(on_busy), timeout) })
}

fn check(status: c_int) -> Result<()> {
    match status {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()),
    }
}

/// A connection's work for a bound call: waits for locks and statements end when the call is to.
/// It must be dropped before the connection, which is then as it was.
pub struct Binding {
    connection: *mut ffi::sqlite3,
    /// The handlers are given its place, which stays as long as they are set.
    bound: Box<Bound>,
}

struct Bound {
    call: CallContext,
    busy_timeout: Duration,
    /// When the wait of this moment began.
    since: Cell<Option<Instant>>,
}

// SAFETY: it is used by one thread at a time, as the connection is.
unsafe impl Send for Binding {}

impl Binding {
    /// Binds `connection`, which waits for locks of others for `busy_timeout`, to `call`.
    pub fn new(
        connection: &Connection,
        call: &CallContext,
        busy_timeout: Duration,
    ) -> Result<Binding> {
        let bound = Bound { call: call.clone(), busy_timeout, since: Cell::new(None) };
        let binding = Binding {
            // SAFETY: the handle is open as long as the connection is, and only used until then.
            connection: unsafe { connection.handle() },
            bound: Box::new(bound),
        };
        let place = (&raw const *binding.bound).cast_mut().cast::<c_void>();
        // SAFETY: the handle is open. The handlers are given a place that stays until they are
        // removed, which dropping the binding does before it goes.
        unsafe {
            ffi::sqlite3_progress_handler(binding.connection, STEPS, Some(on_progress), place);
            check(ffi::sqlite3_busy_handler(binding.connection, Some(on_bound_busy), place))?;
        }
        Ok(binding)
    }

    /// Returns the context of the call.
    pub fn call(&self) -> &CallContext {
        &self.bound.call
    }
}

impl Drop for Binding {
    fn drop(&mut self) {
        let timeout = as_pointer(self.bound.busy_timeout);
        // SAFETY: the connection is dropped later, so the handle is open; the handler may be called
        // with any number. Neither call can fail on an open handle.
        unsafe {
            ffi::sqlite3_progress_handler(self.connection, 0, None, std::ptr::null_mut());
            ffi::sqlite3_busy_handler(self.connection, Some(on_busy), timeout);
        }
    }
}

/// Returns not 0 if the statement is to end.
extern "C" fn on_progress(bound: *mut c_void) -> c_int {
    // SAFETY: the place that the binding has given, which stays until the handler is removed.
    let bound = unsafe { &*bound.cast::<Bound>() };
    c_int::from(bound.call.check().is_err())
}

/// As [`on_busy`], but returns 0 also when the call is to end.
extern "C" fn on_bound_busy(bound: *mut c_void, attempt: c_int) -> c_int {
    // SAFETY: as in `on_progress`.
    let bound = unsafe { &*bound.cast::<Bound>() };
    let now = Instant::now();
    if attempt == 0 {
        bound.since.set(Some(now));
    }
    let waited = bound.since.get().map_or(Duration::ZERO, |since| now - since);
    if waited >= bound.busy_timeout || bound.call.check().is_err() {
        return 0;
    }
    sleep(attempt);
    1
}

/// Sleeps and returns 1 to try again, or returns 0 when the time-out has passed.
extern "C" fn on_busy(timeout: *mut c_void, attempt: c_int) -> c_int {
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
    sleep(attempt);
    1
}

fn sleep(attempt: c_int) {
    let attempt = u32::try_from(attempt).unwrap_or(0);
    thread::sleep((SLEEP_MIN * (1 << (attempt / ATTEMPTS).min(8))).min(SLEEP_MAX));
}

/// Unbound calls give their handler not a pointer but the time-out itself.
fn as_pointer(timeout: Duration) -> *mut c_void {
    std::ptr::without_provenance_mut(usize::try_from(timeout.as_millis()).unwrap_or(usize::MAX))
}
