//! Cursors that lose their snapshot when they are not used (option `snapshot_timeout`): one that a
//! program has forgotten would keep the WAL from being restarted for ever.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::engine::Cursor;
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EntryBuf, ScanEntry, check_room};

/// The cursors on one file whose idle time is limited.
pub(crate) struct IdleCursors {
    /// The longest time between two calls on a cursor; zero for no limit.
    timeout: Duration,
    open: Mutex<Vec<Weak<Mutex<Lease>>>>,
    requests: Arc<WorkRequests>,
}

/// A cursor that the maintenance thread may end.
struct Lease {
    /// `None` once the scan has ended.
    cursor: Option<Box<dyn Cursor>>,
    /// The time of the last call on it.
    used: Instant,
    /// Whether it was ended for want of use.
    was_idle: bool,
}

impl IdleCursors {
    /// Returns the cursors of a file, whose maintenance thread gets `requests`.
    pub(crate) fn new(timeout: Duration, requests: Arc<WorkRequests>) -> IdleCursors {
        IdleCursors { timeout, open: Mutex::default(), requests }
    }

    /// Returns `cursor` with its idle time limited, if there is a limit.
    pub(crate) fn limit(&self, cursor: Box<dyn Cursor>) -> Box<dyn Cursor> {
        if self.timeout.is_zero() {
            return cursor;
        }
        let lease = Lease { cursor: Some(cursor), used: Instant::now(), was_idle: false };
        let lease = Arc::new(Mutex::new(lease));
        let mut open = self.open.lock();
        // Else the thread has a time to look again, which is not after the end of this one.
        let is_first = open.is_empty();
        open.push(Arc::downgrade(&lease));
        drop(open);
        if is_first {
            self.requests.request(|work| work.cursors = true);
        }
        Box::new(LimitedCursor { lease, timeout: self.timeout, entry: EntryBuf::default() })
    }

    /// Ends the cursors that were not used since `timeout` before `now`. Returns when to look
    /// again, or `None` without cursors.
    pub(crate) fn end_idle(&self, now: Instant) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        self.open.lock().retain(|open| {
            let Some(lease) = open.upgrade() else { return false };
            let due = match lease.try_lock() {
                Some(mut lease) => match lease.end_if_idle(now, self.timeout) {
                    Some(due) => due,
                    None => return false,
                },
                // A call on it is under way.
                None => now + self.timeout,
            };
            next = Some(next.map_or(due, |next| next.min(due)));
            true
        });
        next
    }
}

impl Lease {
    /// Ends the cursor if it was not used for `timeout`. Returns when it will be so, or `None` if
    /// the scan has ended.
    fn end_if_idle(&mut self, now: Instant, timeout: Duration) -> Option<Instant> {
        let due = self.used + timeout;
        if self.cursor.is_some() && due <= now {
            self.cursor = None;
            self.was_idle = true;
        }
        self.cursor.is_some().then_some(due)
    }
}

/// The side of a caller. Entries are copied, because the memory of the others may end at any time.
struct LimitedCursor {
    lease: Arc<Mutex<Lease>>,
    timeout: Duration,
    entry: EntryBuf,
}

impl Cursor for LimitedCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        let mut lease = self.lease.lock();
        lease.used = Instant::now();
        if lease.was_idle {
            let message = format!(
                "the cursor was not used for {:?}, and its snapshot has ended; begin another scan, \
                 or open the store with a longer snapshot_timeout",
                self.timeout
            );
            return Err(Error::new(ErrorKind::Compacted, message));
        }
        let Some(cursor) = &mut lease.cursor else { return Ok(None) };
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
            lease.cursor = None;
        }
        drop(lease);
        Ok(found?.then(|| self.entry.get()))
    }
}
