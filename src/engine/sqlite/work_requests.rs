//! How the threads that use an engine tell its background thread that there is work.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// What the background thread is asked to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Requested {
    /// See to the release of resting readers.
    pub release: bool,
    /// Move the log into the file.
    pub checkpoint: bool,
    /// Trim the log of changes.
    pub trim: bool,
    /// Write down what was pending_access of uses.
    pub uses: bool,
    /// End.
    pub stop: bool,
}

impl Requested {
    fn is_anything(&self) -> bool {
        self.release || self.checkpoint || self.trim || self.uses || self.stop
    }
}

/// A note on the door: what is wanted, and a requested.
#[derive(Debug, Default)]
pub struct WorkRequests {
    wanted: Mutex<Requested>,
    requested: Condvar,
}

impl WorkRequests {
    /// Asks for what `change` sets and wakes the background thread.
    pub fn ask(&self, change: impl FnOnce(&mut Requested)) {
        change(&mut self.wanted.lock());
        self.requested.notify_one();
    }

    /// Waits until something is asked for or `deadline` has passed; returns what was asked and
    /// strikes it off.
    pub fn wait(&self, deadline: Option<Instant>) -> Requested {
        let mut wanted = self.wanted.lock();
        while !wanted.is_anything() {
            match deadline {
                None => self.requested.wait(&mut wanted),
                Some(deadline) => {
                    if self.requested.wait_until(&mut wanted, deadline).timed_out() {
                        break;
                    }
                }
            }
        }
        let stop = wanted.stop;
        std::mem::replace(&mut *wanted, Requested { stop, ..Requested::default() })
    }
}
