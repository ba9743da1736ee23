//! The requests to the maintenance thread of a store with a log.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// The work that is requested. Requests before one is met are one.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Requested {
    /// The thread ends.
    pub(super) stop: bool,
    /// There is a commit that is not synced.
    pub(super) sync: bool,
    /// The log has grown to its limit.
    pub(super) rotate: bool,
}

/// The place of the requests.
#[derive(Default)]
pub(super) struct Requests {
    requested: Mutex<Requested>,
    condvar: Condvar,
    /// Whether the thread has to end soon.
    stops: AtomicBool,
}

impl Requests {
    /// Adds a request and wakes the thread.
    pub(super) fn request(&self, add: impl FnOnce(&mut Requested)) {
        let mut requested = self.requested.lock();
        add(&mut requested);
        if requested.stop {
            self.stops.store(true, Ordering::Relaxed);
        }
        drop(requested);
        self.condvar.notify_one();
    }

    /// Returns whether the thread has to end, for work that takes long.
    pub(super) fn stops(&self) -> bool {
        self.stops.load(Ordering::Relaxed)
    }

    /// Waits until there is a request or `deadline` has passed; takes the requests.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Requested {
        let mut requested = self.requested.lock();
        let is_none = |it: &mut Requested| !(it.stop || it.sync || it.rotate);
        match deadline {
            Some(at) => drop(self.condvar.wait_while_until(&mut requested, is_none, at)),
            None => self.condvar.wait_while(&mut requested, is_none),
        }
        let stop = requested.stop;
        std::mem::replace(&mut *requested, Requested { stop, ..Requested::default() })
    }
}
