//! The streams that writers and readers of this process have open. Their leases in the file are
//! renewed as long.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::clock::Timestamp;
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::model::StreamId;

/// How long a lease keeps the pieces of a value after the last renewal, of a process that has died.
const LEASE_MS: i64 = 30_000;

/// The open streams of a file.
pub(super) struct OpenStreams {
    /// Each once for each writer and reader; a program has few at once.
    open: Mutex<Vec<StreamId>>,
    requests: Arc<WorkRequests>,
}

/// A stream that is kept as long as this is.
pub(super) struct KeptStream {
    streams: Arc<OpenStreams>,
    id: StreamId,
}

impl OpenStreams {
    /// Returns an empty set, for a file whose maintenance thread gets `requests`.
    pub(super) fn new(requests: Arc<WorkRequests>) -> OpenStreams {
        OpenStreams { open: Mutex::default(), requests }
    }

    /// Adds a stream that this process writes, until [`OpenStreams::remove`].
    pub(super) fn add(&self, id: StreamId) {
        let mut open = self.open.lock();
        let is_first = open.is_empty();
        open.push(id);
        drop(open);
        if is_first {
            self.requests.request(|work| work.leases_of_streams = true);
        }
    }

    /// Removes a stream that was added.
    pub(super) fn remove(&self, id: StreamId) {
        let mut open = self.open.lock();
        if let Some(place) = open.iter().position(|it| *it == id) {
            open.swap_remove(place);
        }
    }

    /// Adds a stream that this process reads.
    pub(super) fn keep(self: &Arc<Self>, id: StreamId) -> KeptStream {
        self.add(id);
        KeptStream { streams: self.clone(), id }
    }

    /// Returns whether this process has a stream open.
    pub(super) fn has(&self, id: StreamId) -> bool {
        self.open.lock().contains(&id)
    }

    /// Returns whether none is open.
    pub(super) fn is_empty(&self) -> bool {
        self.open.lock().is_empty()
    }

    /// Returns the open streams.
    pub(super) fn ids(&self) -> Vec<StreamId> {
        self.open.lock().clone()
    }

    /// Requests the removal of streams that are of no more use.
    pub(super) fn request_purge(&self) {
        self.requests.request(|work| work.streams = true);
    }
}

impl Drop for KeptStream {
    fn drop(&mut self) {
        self.streams.remove(self.id);
    }
}

/// Returns the end of a lease that begins at `now`, in milliseconds since 1970.
pub(super) fn lease_from(now: Timestamp) -> i64 {
    now.as_millis().saturating_add(LEASE_MS)
}
