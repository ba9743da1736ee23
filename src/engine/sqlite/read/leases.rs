//! Leases: cursors and snapshots that end when they are not used (option `snapshot_timeout`). One
//! that a program has forgotten would keep the WAL from being restarted for ever.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use crate::call::{CallContext, UNBOUND};
use crate::engine::Cursor;
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EntryBuf, ScanEntry, check_room, refill};

/// The leases on one file.
pub(crate) struct Leases {
    /// The longest time between two calls on a lease; zero for no limit.
    timeout: Duration,
    open: Mutex<Vec<Weak<dyn MayEnd>>>,
    requests: Arc<WorkRequests>,
}

/// A cursor or a snapshot that the maintenance thread may end, in memory that is locked by the
/// call that uses it.
pub(crate) struct Lease<T> {
    timeout: Duration,
    held: Mutex<Held<T>>,
}

/// The content of a lease.
pub(crate) struct Held<T> {
    /// `None` once the lease has ended.
    inner: Option<T>,
    /// The time of the last call on it.
    used: Instant,
    /// Whether it was ended for want of use.
    was_idle: bool,
}

trait MayEnd: Send + Sync {
    /// Ends the lease if it was not used for its timeout before `now`. Returns when it will be so,
    /// or `None` if it has ended.
    fn end_if_idle(&self, now: Instant) -> Option<Instant>;
}

impl Leases {
    /// Returns the leases of a file, whose maintenance thread gets `requests`.
    pub(crate) fn new(timeout: Duration, requests: Arc<WorkRequests>) -> Leases {
        Leases { timeout, open: Mutex::default(), requests }
    }

    /// Returns `cursor` with its idle time limited, if there is a limit.
    pub(crate) fn limit(&self, cursor: Box<dyn Cursor>) -> Box<dyn Cursor> {
        match self.timeout.is_zero() {
            true => cursor,
            false => {
                let lease = self.lease(cursor);
                Box::new(LimitedCursor { lease, entry: EntryBuf::default(), piece: Vec::new() })
            }
        }
    }

    /// Returns a lease on `inner`, which ends it if there is a limit of its idle time.
    pub(crate) fn lease<T: Send + 'static>(&self, inner: T) -> Arc<Lease<T>> {
        let held = Held { inner: Some(inner), used: Instant::now(), was_idle: false };
        let lease = Arc::new(Lease { timeout: self.timeout, held: Mutex::new(held) });
        if !self.timeout.is_zero() {
            self.watch_over(lease.clone());
        }
        lease
    }

    fn watch_over(&self, lease: Arc<dyn MayEnd>) {
        let mut open = self.open.lock();
        // Else the thread has a time to look again, which is not after the end of this one.
        let is_first = open.is_empty();
        open.push(Arc::downgrade(&lease));
        drop(open);
        if is_first {
            self.requests.request(|work| work.leases = true);
        }
    }

    /// Ends the leases that were not used since their timeout before `now`. Returns when to look
    /// again, or `None` without leases.
    pub(crate) fn end_idle(&self, now: Instant) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        self.open.lock().retain(|open| {
            let Some(due) = open.upgrade().and_then(|lease| lease.end_if_idle(now)) else {
                return false;
            };
            next = Some(next.map_or(due, |next| next.min(due)));
            true
        });
        next
    }
}

impl<T: Send> MayEnd for Lease<T> {
    fn end_if_idle(&self, now: Instant) -> Option<Instant> {
        // Else a call on it is under way.
        let Some(mut held) = self.held.try_lock() else { return Some(now + self.timeout) };
        let due = held.used + self.timeout;
        if held.inner.is_some() && due <= now {
            held.inner = None;
            held.was_idle = true;
        }
        held.inner.is_some().then_some(due)
    }
}

impl<T> Lease<T> {
    /// Locks the cursor or snapshot for a call, which uses it. Fails with [`ErrorKind::Compacted`]
    /// if it was ended for want of use; `what` names it in the message, and what to do instead.
    pub(crate) fn hold(
        &self,
        call: &CallContext,
        what: (&str, &str),
    ) -> Result<MutexGuard<'_, Held<T>>> {
        let held = || self.held.lock();
        let mut held = call.lock(held, |until| self.held.try_lock_until(until))?;
        held.used = Instant::now();
        if held.was_idle {
            let ((what, instead), timeout) = (what, self.timeout);
            let message = format!(
                "the {what} was not used for {timeout:?}, and its snapshot has ended; {instead}, \
                 or open the store with a longer snapshot_timeout"
            );
            return Err(Error::new(ErrorKind::Compacted, message));
        }
        Ok(held)
    }
}

impl<T> Held<T> {
    /// Returns the cursor or snapshot, or `None` after its end.
    pub(crate) fn inner(&mut self) -> Option<&mut T> {
        self.inner.as_mut()
    }
}

/// The side of a caller. Entries are copied, because the memory of the others may end at any time.
struct LimitedCursor {
    lease: Arc<Lease<Box<dyn Cursor>>>,
    entry: EntryBuf,
    piece: Vec<u8>,
}

impl Cursor for LimitedCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let mut held = self.lease.hold(&UNBOUND, ("cursor", "begin another scan"))?;
        let Some(cursor) = held.inner() else { return Ok(None) };
        let found = match cursor.next() {
            Ok(Some(entry)) => {
                let len = entry.group.len() + entry.key.len() + entry.value.len();
                check_room(len).map(|()| {
                    self.entry.keep(&entry);
                    true
                })
            }
            Ok(None) => Ok(false),
            Err(error) => Err(error),
        };
        if !matches!(found, Ok(true)) {
            held.inner = None;
        }
        drop(held);
        Ok(found?.then(|| self.entry.get()))
    }

    fn value_at(&mut self, offset: u64) -> Result<&[u8]> {
        let mut held = self.lease.hold(&UNBOUND, ("cursor", "begin another scan"))?;
        let Some(cursor) = held.inner() else { return Ok(&[]) };
        let piece = cursor.value_at(offset)?;
        refill(&mut self.piece, piece)?;
        drop(held);
        Ok(&self.piece)
    }
}
