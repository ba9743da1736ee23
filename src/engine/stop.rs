//! The request that a background thread ends.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// A request that a thread ends, which also wakes it.
#[derive(Default)]
pub(crate) struct Stop {
    requested: Mutex<bool>,
    condvar: Condvar,
}

impl Stop {
    /// Returns whether the thread has to end.
    pub(crate) fn is_requested(&self) -> bool {
        *self.requested.lock()
    }

    /// Requests that the thread ends.
    pub(crate) fn request(&self) {
        *self.requested.lock() = true;
        self.condvar.notify_all();
    }

    /// Waits for `time`; returns true at once when the thread has to end.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let mut requested = self.requested.lock();
        // An interval without end in this process is one without a deadline.
        let goes_on = |requested: &mut bool| !*requested;
        match Instant::now().checked_add(time) {
            Some(deadline) => {
                self.condvar.wait_while_until(&mut requested, goes_on, deadline);
            }
            None => self.condvar.wait_while(&mut requested, goes_on),
        }
        *requested
    }
}
