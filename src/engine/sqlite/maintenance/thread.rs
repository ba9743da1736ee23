//! The maintenance thread of a file: idle snapshots and cursors, and if the file can be written
//! checkpoints, purges, trimming, the LRU order, free pages.
//!
//! It sleeps until another thread requests work or the next purge is due, so an idle store costs
//! nothing.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::engine::sqlite::file::free_space::Returning;
use crate::engine::sqlite::maintenance::file_work::FileWork;
use crate::engine::sqlite::read::leases::Leases;
use crate::engine::sqlite::read::reader::ReaderPool;
use crate::engine::sqlite::work_requests::{Requested, WorkRequests};
use crate::error::Result;
use crate::os;

/// How long an idle reader may keep its snapshot open.
const READER_IDLE: Duration = Duration::from_millis(50);

/// How often the leases of open streams are renewed.
const RENEWAL: Duration = Duration::from_secs(10);

/// The maintenance thread, before it is spawned.
pub(crate) struct MaintenanceThread {
    /// Requests of other threads.
    pub requests: Arc<WorkRequests>,
    /// The readers of the file. Also one that is only read here keeps the WAL of its writers from
    /// being restarted.
    pub readers: Arc<ReaderPool>,
    /// The cursors and snapshots that end when they are not used.
    pub leases: Arc<Leases>,
    /// The work on a file that can be written.
    pub work: Option<FileWork>,
}

impl MaintenanceThread {
    /// Spawns the thread, which ends when it is requested to stop.
    pub(crate) fn spawn(self) -> Result<JoinHandle<()>> {
        Ok(os::spawn("kv-maintenance", move || self.run())?)
    }

    fn run(self) {
        let mut next_purge = self.next_purge();
        let mut next_release: Option<Instant> = None;
        let mut next_end: Option<Instant> = None;
        let mut next_renewal: Option<Instant> = None;
        loop {
            let deadline =
                [next_purge, next_release, next_end, next_renewal].into_iter().flatten().min();
            let requested = self.requests.wait(deadline);
            if requested.stop {
                return;
            }
            let now = Instant::now();
            let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
            if requested.release && next_release.is_none() {
                next_release = Some(now + READER_IDLE);
            }
            if is_due(next_release) {
                next_release = self.readers.release_idle().then(|| now + READER_IDLE);
            }
            if requested.leases || is_due(next_end) {
                next_end = self.leases.end_idle(now);
            }
            if requested.leases_of_streams && next_renewal.is_none() {
                next_renewal = Some(now + RENEWAL);
            }
            if let Some(work) = &self.work {
                if is_due(next_renewal) {
                    next_renewal = work.renew_leases().then(|| now + RENEWAL);
                }
                let purge_is_due = is_due(next_purge);
                keep_in_order(work, requested, purge_is_due);
                if purge_is_due {
                    next_purge = self.next_purge();
                }
            }
        }
    }

    fn next_purge(&self) -> Option<Instant> {
        let interval = self.work.as_ref().map_or(Duration::ZERO, |work| work.purge_interval);
        (!interval.is_zero()).then(|| Instant::now() + interval)
    }
}

/// Does what was requested; the next write meets a failure again and reports it.
fn keep_in_order(work: &FileWork, requested: Requested, purge_is_due: bool) {
    if requested.checkpoint {
        let _ = work.checkpoint();
    }
    if requested.accesses || purge_is_due {
        let _ = work.writer.write_accesses(&work.lru);
    }
    if purge_is_due {
        let _ = work.purge();
    }
    if requested.streams || purge_is_due {
        let _ = work.purge_streams();
    }
    if requested.trim || purge_is_due {
        let _ = work.trim();
    }
    if requested.space || purge_is_due {
        let returning = if requested.space { Returning::Begun } else { Returning::Idle };
        let _ = work.give_back(returning);
    }
}
