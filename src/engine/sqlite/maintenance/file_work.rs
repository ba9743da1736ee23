//! The work that keeps a file in order: checkpoints, purges, trimming.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::call::UNBOUND;
use crate::clock::Clock;
use crate::engine::PURGE_STEP;
use crate::engine::counters::Counters;
use crate::engine::sqlite::eviction::lru::LruOrder;
use crate::engine::sqlite::file::connect::checkpoints_need_the_writer;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::free_space::{self, Returning};
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::Parameter::Integer;
use crate::engine::sqlite::native::{WalIndex, set_busy_timeout};
use crate::engine::sqlite::open_streams::OpenStreams;
use crate::engine::sqlite::read::reader::ReaderPool;
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::engine::sqlite::write::writer::Writer;
use crate::error::Result;
use crate::model::GroupRange;

/// How long writers wait for readers so that the WAL can be restarted, for each multiple of its
/// limit.
const RESTART_WAIT: Duration = Duration::from_millis(20);
/// The most multiples that count.
const RESTART_WAITS_MAX: u32 = 10;

/// Moves frames as far as no reader or writer has to wait.
const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Frames that may be left to be moved while writers wait: a few milliseconds of work.
const LEFT_FOR_WRITERS: u32 = 256;
/// The most passes over the WAL while writers continue.
const PASSES_MAX: u32 = 8;

/// Pages that are returned to the file system in one transaction, for which others wait.
const GIVEN_BACK_STEP: u64 = 64;
/// Such transactions before other work on the file has its turn.
const GIVEN_BACK_STEPS: u32 = 16;

/// The parts with which the maintenance thread works on a file that can be written.
pub(crate) struct FileWork {
    /// The writer of the file.
    pub writer: Arc<Writer>,
    /// The readers of the file.
    pub readers: Arc<ReaderPool>,
    /// The clock by which entries expire.
    pub clock: Arc<dyn Clock>,
    /// The wal-index of `connection`, if it is known here; dropped before it.
    pub index: Option<WalIndex>,
    /// Requests of more work.
    pub requests: Arc<WorkRequests>,
    /// A connection of its own, for checkpoints.
    pub connection: Connection,
    /// The interval of purges; zero for never.
    pub purge_interval: Duration,
    /// The streams that this process has open.
    pub streams: Arc<OpenStreams>,
    /// The LRU order, whose pending accesses the thread writes.
    pub lru: Arc<LruOrder>,
    /// Counts checkpoints and purged entries.
    pub counters: Arc<Counters>,
}

impl FileWork {
    /// Checkpoints the WAL, so that the next writer can restart it.
    ///
    /// Most frames are moved while writers continue, in passes. The frames that they add during the
    /// last pass are moved while they wait.
    pub(super) fn checkpoint(&self) -> Result<()> {
        // After a failed fsync nothing vouches for the frames of the WAL.
        let began = Instant::now();
        let left = self.writer.poison().check().and_then(|()| self.try_checkpoint());
        let stall = self.writer.stall();
        // The round ends after a failure too, because writers may be waiting for its end.
        stall.end_round(left.as_ref().map_or_else(|_| stall.frames(), |left| *left));
        self.counters.count_checkpoint(began, &left);
        left.map(drop)
    }

    /// Checkpoints the WAL; returns the number of frames that an older snapshot keeps from being
    /// moved.
    fn try_checkpoint(&self) -> Result<u32> {
        let exclusive = checkpoints_need_the_writer();
        // Once the WAL has outgrown its limit, writers wait during the whole checkpoint.
        let excess = self.writer.stall().excess();
        if !exclusive && excess < 2 {
            self.move_frames()?;
        }
        self.writer.alone(&UNBOUND, |writer| {
            let began = Instant::now();
            self.writer.poison().check()?;
            if exclusive {
                // The transaction keeps out the writers of other processes as well.
                writer.connection().execute_batch("BEGIN IMMEDIATE")?;
            }
            self.readers.release_all();
            let done = match excess {
                2.. if !exclusive => self.restart_wal(excess),
                _ => self.run_checkpoint(PASSIVE).map(drop),
            };
            if exclusive {
                writer.connection().execute_batch("ROLLBACK")?;
            }
            done?;
            // Readers on older snapshots would keep the next writer from restarting the WAL.
            self.readers.release_all();
            if self.writer.is_awaited() {
                self.counters.count_stall(began.elapsed());
            }
            Ok(writer.frames_to_move())
        })
    }

    /// Moves frames while writers continue, until those that are left are few.
    ///
    /// SQLite syncs the file only when nothing is left, which would be while the writers wait. So
    /// each pass syncs it. Writers add frames about as fast as a pass moves them: from the second
    /// pass on they are paced.
    fn move_frames(&self) -> Result<()> {
        let Some(index) = &self.index else {
            return self.run_checkpoint(PASSIVE).map(drop);
        };
        for pass in 0..PASSES_MAX {
            let before = index.checkpointed_frames();
            let was_busy = self.run_checkpoint(PASSIVE)?;
            let began = Instant::now();
            self.connection.sync()?;
            self.counters.syncs.note(began.elapsed());
            let moved = index.checkpointed_frames();
            let left = index.header().frames().saturating_sub(moved);
            // An older snapshot keeps the others from being moved.
            let is_stuck = moved == before && !was_busy;
            if left <= LEFT_FOR_WRITERS || is_stuck {
                return Ok(());
            }
            if pass > 0 {
                self.writer.stall().begin_pacing();
            }
        }
        Ok(())
    }

    /// Checkpoints the WAL and waits for readers, so that it can be restarted.
    ///
    /// The snapshots of other processes are short, but with many readers some process may hold one
    /// at every instant when a writer could restart the WAL. So this waits for them, the longer the
    /// more the WAL has outgrown its limit.
    fn restart_wal(&self, excess: u32) -> Result<()> {
        let wait = RESTART_WAIT * excess.min(RESTART_WAITS_MAX);
        let timed = set_busy_timeout(self.connection.raw(), wait);
        timed.map_err(|error| self.connection.explain(error))?;
        self.run_checkpoint("PRAGMA wal_checkpoint(RESTART)").map(drop)
    }

    /// Runs a checkpoint; returns whether it was kept from its work by a lock, or by a commit at
    /// the moment when it read the wal-index.
    fn run_checkpoint(&self, pragma: &str) -> Result<bool> {
        self.connection.query_row(pragma, [], |row| row.get(0))
    }

    /// Removes all expired entries, in steps between which writers lead.
    pub(super) fn purge(&self) -> Result<()> {
        let (began, mut removed) = (Instant::now(), 0);
        let purged = self.purge_all(&mut removed);
        self.counters.count_purge(began, removed);
        purged
    }

    /// Removes all expired entries; adds their number to `all` as they are removed.
    fn purge_all(&self, all: &mut u64) -> Result<()> {
        loop {
            let now = self.clock.now().as_millis();
            let some_expired = self.readers.read(&UNBOUND, |session| {
                session.query_first(Sql::AnyExpired, &[Integer(now)], |_, _| Ok(()))
            })?;
            if some_expired.is_none() {
                return Ok(());
            }
            let removed = self.writer.expire(&UNBOUND, GroupRange::Prefix(b""), PURGE_STEP)?;
            self.counters.expirations.add(removed);
            *all += removed;
            // Another process has purged, or the index of expiries is damaged.
            if removed == 0 {
                return Ok(());
            }
            // Queued writers lead between two steps.
            thread::yield_now();
        }
    }

    /// Removes the pieces that are of no more use, in steps between which writers lead.
    pub(super) fn purge_streams(&self) -> Result<()> {
        let now = Integer(self.clock.now().as_millis());
        loop {
            let some_dead = self.readers.read(&UNBOUND, |session| match session.format() {
                Format::One => Ok(None),
                Format::Two => session.query_first(Sql::DeadStream, &[now], |_, _| Ok(())),
            })?;
            if some_dead.is_none() || !self.writer.purge_streams(&self.streams)? {
                return Ok(());
            }
            thread::yield_now();
        }
    }

    /// Renews the leases of open streams; returns whether there are any.
    pub(super) fn renew_leases(&self) -> bool {
        let has_streams = !self.streams.is_empty();
        if has_streams {
            // A failure is met again in a while.
            let _ = self.writer.renew_leases(&self.streams);
        }
        has_streams
    }

    /// Returns free pages to the file system, if there are too many, in steps between which writers
    /// lead. If there are many, it requests that it is called again, so that other work on the file
    /// has its turn. The file is shorter after the next checkpoint, which it requests at the end.
    pub(super) fn give_back(&self, returning: Returning) -> Result<()> {
        let mut surplus = free_space::surplus(&self.connection, returning)?;
        if surplus == 0 {
            return Ok(());
        }
        for _ in 0..GIVEN_BACK_STEPS {
            let given = self.writer.give_back(surplus.min(GIVEN_BACK_STEP))?;
            surplus = surplus.saturating_sub(given);
            // Writers may have taken the pages meanwhile.
            if surplus == 0 || given == 0 {
                self.requests.request(|work| work.checkpoint = true);
                return Ok(());
            }
            thread::yield_now();
        }
        self.requests.request(|work| work.space = true);
        Ok(())
    }

    /// Trims the change log to its limits, in steps.
    pub(super) fn trim(&self) -> Result<()> {
        while self.writer.trim_log()? {
            thread::yield_now();
        }
        Ok(())
    }
}
