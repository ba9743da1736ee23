//! Requests of other threads to the maintenance thread.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// The kinds of work that are requested.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Requested {
    /// End the snapshots of readers that stay idle.
    pub release: bool,
    /// Find out when the next cursor or snapshot ends for want of use.
    pub leases: bool,
    /// Checkpoint the WAL.
    pub checkpoint: bool,
    /// Trim the change log.
    pub trim: bool,
    /// Write pending accesses into the LRU order.
    pub accesses: bool,
    /// Renew the leases of open streams from now on.
    pub leases_of_streams: bool,
    /// Remove streams that are of no more use.
    pub streams: bool,
    /// Return more free pages to the file system.
    pub space: bool,
    /// End the thread.
    pub stop: bool,
}

impl Requested {
    fn is_any(&self) -> bool {
        let Requested { release, leases, checkpoint, trim, accesses, space, stop, .. } = *self;
        let of_streams = self.leases_of_streams || self.streams;
        release || leases || checkpoint || trim || accesses || space || stop || of_streams
    }
}

/// Pending work requests and the condition variable that wakes the maintenance thread.
#[derive(Debug, Default)]
pub(super) struct WorkRequests {
    pending: Mutex<Requested>,
    condvar: Condvar,
}

impl WorkRequests {
    /// Requests what `change` sets, and wakes the maintenance thread.
    pub(super) fn request(&self, change: impl FnOnce(&mut Requested)) {
        change(&mut self.pending.lock());
        self.condvar.notify_one();
    }

    /// Waits until work is requested or `deadline` has passed; returns the requests and clears
    /// them, except that to stop.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Requested {
        let mut pending = self.pending.lock();
        while !pending.is_any() {
            match deadline {
                None => self.condvar.wait(&mut pending),
                Some(deadline) => {
                    if self.condvar.wait_until(&mut pending, deadline).timed_out() {
                        break;
                    }
                }
            }
        }
        let stop = pending.stop;
        std::mem::replace(&mut *pending, Requested { stop, ..Requested::default() })
    }
}
