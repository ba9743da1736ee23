//! Busy and progress handlers: how a connection waits for the locks of other processes, and how a
//! bound call interrupts its statements.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ffi};

use crate::call::CallContext;

/// The first sleep; sleeps double every [`ATTEMPTS`] attempts.
const SLEEP_MIN: Duration = Duration::from_micros(50);
/// The longest sleep. SQLite's own handler sleeps up to 100 ms and starves beside a process that
/// writes all the time, because the lock is then free for microseconds only.
const SLEEP_MAX: Duration = Duration::from_millis(1);
/// Attempts after which sleeps double.
const ATTEMPTS: u32 = 8;
/// Steps of SQLite's virtual machine between two checks of a bound call: about 100 us.
const STEPS: c_int = 4_000;

thread_local! {
    /// How long the call of this thread has waited already: the busy timeout bounds the sum of its
    /// waits, and not each.
    static WAITED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Begins a call of this thread, which has waited for `waited` already: its statements wait for so
/// much less than the busy timeout.
pub(crate) fn begin_waits(waited: Duration) {
    // A thread that is ending does not wait.
    let _ = WAITED.try_with(|it| it.set(waited));
}

/// Returns how long the call of this thread has waited.
pub(crate) fn waited() -> Duration {
    WAITED.try_with(Cell::get).unwrap_or_default()
}

/// Sets how long statements on `connection` wait for the locks of other connections, from now on
/// together.
pub(crate) fn set_busy_timeout(connection: &Connection, timeout: Duration) -> rusqlite::Result<()> {
    begin_waits(Duration::ZERO);
    let timeout = as_pointer(timeout);
    // SAFETY: the handle is open; the handler may be called with any number.
    check(unsafe { ffi::sqlite3_busy_handler(connection.handle(), Some(on_busy), timeout) })
}

fn check(status: c_int) -> rusqlite::Result<()> {
    match status {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
    }
}

/// The binding of a connection to a bound call: waits for locks and statements end when the call
/// has to. It must be dropped before the connection, and restores its handlers.
pub(crate) struct Binding {
    connection: *mut ffi::sqlite3,
    /// The argument of the handlers, at an address that stays as long as they are set.
    bound: Box<Bound>,
}

struct Bound {
    call: CallContext,
    busy_timeout: Duration,
}

// SAFETY: one thread at a time uses a binding, together with its connection.
unsafe impl Send for Binding {}

impl Binding {
    /// Binds `connection`, which otherwise waits for locks for `busy_timeout`, to `call`.
    pub(crate) fn new(
        connection: &Connection,
        call: &CallContext,
        busy_timeout: Duration,
    ) -> rusqlite::Result<Binding> {
        let bound = Bound { call: call.clone(), busy_timeout };
        let binding = Binding {
            // SAFETY: the handle is open as long as the connection is, and only used until then.
            connection: unsafe { connection.handle() },
            bound: Box::new(bound),
        };
        let argument = (&raw const *binding.bound).cast_mut().cast::<c_void>();
        // SAFETY: the handle is open. The argument of the handlers stays at its address until they
        // are removed, which the drop of the binding does before it frees the argument.
        unsafe {
            ffi::sqlite3_progress_handler(binding.connection, STEPS, Some(on_progress), argument);
            check(ffi::sqlite3_busy_handler(binding.connection, Some(on_bound_busy), argument))?;
        }
        Ok(binding)
    }

    /// Returns the context of the call.
    pub(crate) fn call(&self) -> &CallContext {
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

/// A progress handler; returns a number other than 0 if the statement has to end.
extern "C" fn on_progress(bound: *mut c_void) -> c_int {
    // SAFETY: the argument that the binding has set, which stays until the handler is removed.
    let bound = unsafe { &*bound.cast::<Bound>() };
    c_int::from(bound.call.check().is_err())
}

/// A busy handler of a bound call: sleeps and returns 1 to try again, or returns 0 when the timeout
/// has passed or the call has to end.
extern "C" fn on_bound_busy(bound: *mut c_void, attempt: c_int) -> c_int {
    // SAFETY: as in `on_progress`.
    let bound = unsafe { &*bound.cast::<Bound>() };
    if has_waited(bound.busy_timeout) || bound.call.check().is_err() {
        return 0;
    }
    sleep(attempt);
    1
}

/// A busy handler: sleeps and returns 1 to try again, or returns 0 when the timeout has passed.
extern "C" fn on_busy(timeout: *mut c_void, attempt: c_int) -> c_int {
    if has_waited(Duration::from_millis(timeout.addr() as u64)) {
        return 0;
    }
    sleep(attempt);
    1
}

/// Returns whether the call of this thread has waited for `timeout`.
fn has_waited(timeout: Duration) -> bool {
    // A thread that is ending has no thread-local storage, so it does not wait.
    WAITED.try_with(Cell::get).map_or(true, |waited| waited >= timeout)
}

fn sleep(attempt: c_int) {
    let (began, attempt) = (Instant::now(), u32::try_from(attempt).unwrap_or(0));
    thread::sleep((SLEEP_MIN * (1 << (attempt / ATTEMPTS).min(8))).min(SLEEP_MAX));
    let _ = WAITED.try_with(|waited| waited.set(waited.get().saturating_add(began.elapsed())));
}

/// Returns the timeout as the argument of [`on_busy`], which reads it from the address.
fn as_pointer(timeout: Duration) -> *mut c_void {
    std::ptr::without_provenance_mut(usize::try_from(timeout.as_millis()).unwrap_or(usize::MAX))
}
