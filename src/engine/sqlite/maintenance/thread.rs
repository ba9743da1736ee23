//! The thread that keeps a file in order: checkpoints, purges, trimming, resting readers.
//!
//! It sleeps until it is asked or the next purge is due; an idle store costs nothing in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::call::UNBOUND;
use crate::clock::Clock;
use crate::engine::PURGE_STEP;
use crate::engine::sqlite::eviction::lru::LruOrder;
use crate::engine::sqlite::file::connect::checkpoints_need_the_writer;
use crate::engine::sqlite::file::error::is_failed_sync;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::Parameter::Integer;
use crate::engine::sqlite::native::set_busy_timeout;
use crate::engine::sqlite::read::reader::ReaderPool;
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::engine::sqlite::write::writer::Writer;
use crate::error::Result;
use crate::model::GroupRange;
use crate::os;

/// How long a reader may rest with its snapshot open before it has to let go.
const READER_IDLE: Duration = Duration::from_millis(50);
/// How long writers wait for readers so that the log can begin anew, for each time that it is over
/// its limit.
const RESTART_WAIT: Duration = Duration::from_millis(20);
/// How many of those at most.
const RESTART_WAITS_MAX: u32 = 10;

/// What the background thread works on.
pub struct MaintenanceJob {
    /// Where it hears of work.
    pub requests: Arc<WorkRequests>,
    /// Who writes.
    pub writer: Arc<Writer>,
    /// Who reads.
    pub readers: Arc<ReaderPool>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Its own connection, for checkpoints.
    pub connection: Connection,
    /// How often dead entries are purged; zero never.
    pub purge_interval: Duration,
    /// What readers have pending_access of uses.
    pub uses: Arc<LruOrder>,
    /// What it has done.
    pub tally: Arc<Counters>,
}

/// What the background thread has done.
#[derive(Debug, Default)]
pub struct Counters {
    /// Checkpoints.
    pub checkpoints: AtomicU64,
    /// Dead entries removed, by it and by explicit purges.
    pub expirations: AtomicU64,
}

impl MaintenanceJob {
    /// Begins the work in a thread of its own, which ends when the requests asks it to.
    pub fn begin(self) -> Result<JoinHandle<()>> {
        Ok(os::spawn("kv-background", move || self.run())?)
    }

    fn run(self) {
        let mut next_purge = self.next_purge();
        let mut next_release: Option<Instant> = None;
        loop {
            let deadline = [next_purge, next_release].into_iter().flatten().min();
            let wanted = self.requests.wait(deadline);
            if wanted.stop {
                return;
            }
            let now = Instant::now();
            if wanted.release && next_release.is_none() {
                next_release = Some(now + READER_IDLE);
            }
            if next_release.is_some_and(|due| due <= now) {
                next_release = self.readers.release_idle().then(|| now + READER_IDLE);
            }
            // Failures here are those of the next write or purge, which reports them.
            if wanted.checkpoint {
                let _ = self.checkpoint();
            }
            let purge_is_due = next_purge.is_some_and(|due| due <= now);
            if wanted.uses || purge_is_due {
                let _ = self.writer.write_accesses(&self.uses);
            }
            if purge_is_due {
                let _ = self.purge();
                next_purge = self.next_purge();
            }
            if wanted.trim || purge_is_due {
                let _ = self.trim();
            }
        }
    }

    fn next_purge(&self) -> Option<Instant> {
        (!self.purge_interval.is_zero()).then(|| Instant::now() + self.purge_interval)
    }

    /// Moves the log into the file, so that the next writer can begin it anew.
    ///
    /// Most of it is moved while writers go on; what they add meanwhile, in a moment of rest.
    fn checkpoint(&self) -> Result<()> {
        let left = self.try_checkpoint();
        let stall = self.writer.stall();
        // Also after a failure: writers may be waiting for the end of this round.
        stall.end_round(left.as_ref().map_or_else(|_| stall.frames(), |left| *left));
        self.tally.checkpoints.fetch_add(u64::from(left.is_ok()), Ordering::Relaxed);
        left.map(drop)
    }

    /// Returns how many frames could not be moved, because somebody uses an older snapshot.
    fn try_checkpoint(&self) -> Result<u32> {
        let exclusive = checkpoints_need_the_writer();
        // A log that could not begin anew for long must not grow meanwhile.
        if !exclusive && self.writer.stall().excess() < 2 {
            self.move_log("PRAGMA wal_checkpoint(PASSIVE)")?;
        }
        self.writer.alone(&UNBOUND, |writer| {
            if exclusive {
                // Other processes' writers have to rest as well.
                writer.connection().execute_batch(Sql::BeginWrite.text())?;
            }
            self.readers.release_all();
            let done = match self.writer.stall().excess() {
                excess @ 2.. if !exclusive => self.restart_log(excess),
                _ => self.move_log("PRAGMA wal_checkpoint(PASSIVE)"),
            };
            if exclusive {
                writer.connection().execute_batch(Sql::Rollback.text())?;
            }
            done?;
            // ReaderPool on older snapshots would keep the log from beginning anew.
            self.readers.release_all();
            Ok(writer.frames_to_move())
        })
    }

    /// Moves the log and waits for readers, so that it can begin anew.
    ///
    /// Other processes' readers let go within microseconds of the log being in the file, but maybe
    /// never in the one moment when the next writer looks. The more often that has happened, the
    /// longer writers wait for them here.
    fn restart_log(&self, excess: u32) -> Result<()> {
        set_busy_timeout(&self.connection, RESTART_WAIT * excess.min(RESTART_WAITS_MAX))?;
        self.move_log("PRAGMA wal_checkpoint(RESTART)")
    }

    fn move_log(&self, checkpoint: &str) -> Result<()> {
        let moved = self.connection.query_row(checkpoint, [], |_| Ok(()));
        if moved.as_ref().is_err_and(is_failed_sync) {
            self.writer.poison();
        }
        Ok(moved?)
    }

    fn purge(&self) -> Result<()> {
        loop {
            let now = self.clock.now().as_millis();
            let some_dead = self.readers.read(&UNBOUND, |session| {
                session.query_first(Sql::AnyDead, &[Integer(now)], |_, _| Ok(()))
            })?;
            if some_dead.is_none() {
                return Ok(());
            }
            let removed = self.writer.expire(&UNBOUND, GroupRange::Prefix(b""), PURGE_STEP)?;
            self.tally.expirations.fetch_add(removed, Ordering::Relaxed);
            // Whoever waits for the turn gets it between two steps.
            thread::yield_now();
        }
    }

    fn trim(&self) -> Result<()> {
        while self.writer.trim_log()? {
            thread::yield_now();
        }
        Ok(())
    }
}
