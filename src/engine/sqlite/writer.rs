//! The one connection that writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use parking_lot::Mutex;
use rusqlite::Connection;

use crate::clock::{Clock, Timestamp};
use crate::engine::apply::{Application, name_step};
use crate::engine::sqlite::connect::{read_meta, write_meta};
use crate::engine::sqlite::error::is_failed_sync;
use crate::engine::sqlite::native::{WalHeader, WalIndex, system_errno};
use crate::engine::sqlite::signal::Signal;
use crate::engine::sqlite::statement;
use crate::engine::sqlite::table::SqliteTable;
use crate::engine::sqlite::turn::{Outcome, Turn, Turns};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Commit, Op, Reply, Version, VersionClock, flat};

/// How far versions may run ahead of the one in the file, in microseconds. Once per this time a
/// commit writes it down, so that after a step of the clock versions go on above the newest.
const CLOCK_SLACK: Version = 1_000_000;

/// Commits batches, one transaction at a time.
pub struct Writer {
    turns: Turns,
    /// Locked only by the leader of the moment, hence never contended.
    connection: Mutex<WriteConnection>,
    clock: Arc<dyn Clock>,
    signal: Arc<Signal>,
    poisoned: AtomicBool,
    /// Frames in the log, not in the file yet, at which the background thread is asked to move them.
    checkpoint_due: AtomicU32,
    commits: AtomicU64,
    transactions: AtomicU64,
}

/// The connection and what it knows of versions.
pub struct WriteConnection {
    // Declared before the connection, because it must be dropped before it.
    index: Option<WalIndex>,
    connection: Connection,
    versions: VersionClock,
    /// The newest version in the file's own record, see [`CLOCK_SLACK`].
    recorded: Version,
    /// The log's header after our last commit; another one means another process has committed.
    seen: Option<WalHeader>,
}

impl Writer {
    /// Returns the writer on `connection`, whose log is to be moved at `checkpoint_due` frames.
    pub fn new(
        connection: Connection,
        clock: Arc<dyn Clock>,
        signal: Arc<Signal>,
        checkpoint_due: u32,
    ) -> Writer {
        let connection = WriteConnection {
            index: WalIndex::of(&connection),
            connection,
            versions: VersionClock::default(),
            recorded: 0,
            seen: None,
        };
        Writer {
            turns: Turns::default(),
            connection: Mutex::new(connection),
            clock,
            signal,
            poisoned: AtomicBool::new(false),
            checkpoint_due: AtomicU32::new(checkpoint_due),
            commits: AtomicU64::new(0),
            transactions: AtomicU64::new(0),
        }
    }

    /// Commits one batch, together with those of others who wait.
    pub fn commit(&self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        self.check_poison()?;
        let encode = || {
            let mut batch = Vec::new();
            ops.iter().for_each(|op| flat::encode_op(op, &mut batch));
            Some(batch)
        };
        let outcome = match self.turns.take(encode) {
            Turn::Done(outcome) => outcome.map(|(commit, theirs)| {
                for (reply, their) in replies.iter_mut().zip(theirs) {
                    *reply = their;
                }
                commit
            }),
            Turn::Lead(leader) => {
                let group = leader.group();
                let mut connection = self.connection.lock();
                if group.is_empty() {
                    self.commit_alone(&mut connection, ops, replies)
                } else {
                    let mut batches = Vec::with_capacity(16);
                    for batch in group.batches() {
                        batches.push(flat::decode_ops(batch)?);
                    }
                    let (own, theirs) = self.commit_group(&mut connection, ops, replies, &batches);
                    drop(connection);
                    // The next leader begins while those who are done wake up.
                    drop(leader);
                    drop(batches);
                    group.answer(theirs);
                    own
                }
            }
        };
        outcome.map_err(|error| name_step(error, ops))
    }

    /// Removes at most `limit` dead entries in one transaction.
    pub fn expire(&self, limit: usize) -> Result<u64> {
        self.check_poison()?;
        self.alone(|writer| {
            let now = self.clock.now();
            let mut removed = 0;
            self.transaction(writer, |writer| {
                removed = SqliteTable::new(&writer.connection).remove_dead(now, limit)?;
                Ok(())
            })?;
            Ok(removed)
        })
    }

    /// Runs `work` while nobody in this process writes.
    pub fn alone<R>(&self, work: impl FnOnce(&mut WriteConnection) -> Result<R>) -> Result<R> {
        let _leader = self.turns.take_alone();
        work(&mut self.connection.lock())
    }

    /// Refuses all writes from now on.
    pub fn poison(&self) {
        self.poisoned.store(true, Ordering::Release);
    }

    /// Sets at how many frames not in the file yet the log is to be moved.
    pub fn set_checkpoint_due(&self, frames: u32) {
        self.checkpoint_due.store(frames, Ordering::Relaxed);
    }

    /// Returns how many batches were applied, and in how many transactions.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.commits.load(Ordering::Relaxed),
            self.transactions.load(Ordering::Relaxed),
        )
    }

    /// Fails if an earlier failure left unknown what is on the disk.
    pub fn check_poison(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Acquire) {
            let message = "an earlier failure left unknown what is on the disk; reopen the store";
            return Err(Error::new(ErrorKind::Poisoned, message));
        }
        Ok(())
    }

    fn commit_alone(
        &self,
        writer: &mut WriteConnection,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        let mut outcome = Commit::Applied;
        self.transaction(writer, |writer| {
            let applied = writer.apply(self.clock.now(), ops, replies);
            outcome = applied.map_err(|(error, _)| error)?;
            Ok(())
        })?;
        if outcome == Commit::Applied {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        Ok(outcome)
    }

    /// Commits the leader's batch and others in one transaction; if any of them fails after it has
    /// written, each again in one of its own.
    fn commit_group(
        &self,
        writer: &mut WriteConnection,
        own: &[Op<'_>],
        own_replies: &mut [Reply],
        others: &[Vec<Op<'_>>],
    ) -> (Result<Commit>, Vec<Outcome>) {
        let mut results = Vec::with_capacity(others.len());
        let mut own_result = Ok(Commit::Applied);
        let together = self.transaction(writer, |writer| {
            let now = self.clock.now();
            own_result = keep_clean(writer.apply(now, own, own_replies))?;
            for ops in others {
                let mut replies = vec![Reply::None; ops.len()];
                let result = keep_clean(writer.apply(now, ops, &mut replies))?;
                results.push(result.map(|commit| (commit, replies)));
            }
            Ok(())
        });
        if together.is_ok() {
            let applied = |result: &Result<Commit>| matches!(result, Ok(Commit::Applied));
            let others_applied = results
                .iter()
                .filter(|it| applied(&it.as_ref().map(|it| it.0).map_err(Error::clone)));
            let count = others_applied.count() as u64 + u64::from(applied(&own_result));
            self.commits.fetch_add(count, Ordering::Relaxed);
            return (own_result, results);
        }
        let own_result = self.commit_alone(writer, own, own_replies);
        let one_by_one = others.iter().map(|ops| {
            let mut replies = vec![Reply::None; ops.len()];
            self.commit_alone(writer, ops, &mut replies)
                .map(|commit| (commit, replies))
        });
        (own_result, one_by_one.collect())
    }

    /// Runs `work` in a write transaction; after a failure nothing has changed.
    fn transaction(
        &self,
        writer: &mut WriteConnection,
        work: impl FnOnce(&mut WriteConnection) -> Result<()>,
    ) -> Result<()> {
        self.check_poison()?;
        if let Err(error) = self.try_transaction(writer, work) {
            let errno = system_errno(&writer.connection);
            writer.roll_back()?;
            return Err(match (error.kind(), error.os_error()) {
                (ErrorKind::Io, 0) => error.with_os_error(errno),
                _ => error,
            });
        }
        self.transactions.fetch_add(1, Ordering::Relaxed);
        if let Some(index) = &writer.index {
            let header = index.header();
            writer.seen = Some(header);
            let waiting = header.frames().saturating_sub(index.checkpointed_frames());
            if waiting >= self.checkpoint_due.load(Ordering::Relaxed) {
                self.set_checkpoint_due(u32::MAX);
                self.signal.ask(|wanted| wanted.checkpoint = true);
            }
        }
        Ok(())
    }

    fn try_transaction(
        &self,
        writer: &mut WriteConnection,
        work: impl FnOnce(&mut WriteConnection) -> Result<()>,
    ) -> Result<()> {
        // A panic may have left the last transaction open.
        writer.roll_back()?;
        writer.run(statement::BEGIN_WRITE)?;
        writer.observe_others(self.clock.now())?;
        let newest = writer.versions.last();
        work(writer)?;
        if writer.versions.last() != newest {
            writer.record_clock(self.clock.now())?;
        }
        writer.run(statement::COMMIT).map_err(|error| {
            if is_failed_sync(&error) {
                self.poison();
            }
            Error::from(error)
        })
    }
}

impl WriteConnection {
    /// Returns the connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns frames in the log, and how many of them are in the file already.
    pub fn log_frames(&self) -> (u32, u32) {
        let read = |index: &WalIndex| (index.header().frames(), index.checkpointed_frames());
        self.index.as_ref().map_or((0, 0), read)
    }

    /// Ends the transaction that is open, if one is, as if it had never been.
    fn roll_back(&mut self) -> Result<()> {
        // SQLite has rolled back by itself after the worst errors.
        if !self.connection.is_autocommit() {
            self.seen = None;
            self.run(statement::ROLLBACK)?;
        }
        Ok(())
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Applies one batch; an error says whether anything was changed before it.
    fn apply(
        &mut self,
        now: Timestamp,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit, (Error, bool)> {
        let mut table = SqliteTable::new(&self.connection);
        let versions = &mut self.versions;
        let mut application = Application {
            table: &mut table,
            versions,
            now,
            dirty: false,
        };
        application
            .apply(ops, replies)
            .map_err(|error| (error, application.dirty))
    }

    /// Learns of versions that other processes gave out since our last transaction.
    fn observe_others(&mut self, now: Timestamp) -> Result<()> {
        let header = self.index.as_ref().map(WalIndex::header);
        if header.is_some() && header == self.seen {
            return Ok(());
        }
        self.recorded = read_meta(&self.connection, "clock")? as Version;
        let wall = u64::try_from(now.as_micros()).unwrap_or(0);
        if wall <= self.recorded {
            // The clock was set back. Newer versions than the record can be there, if it was not
            // written with the last of them.
            let exact = read_meta(&self.connection, "clock_exact")? != 0;
            self.versions
                .observe(self.recorded + if exact { 0 } else { CLOCK_SLACK });
        }
        Ok(())
    }

    /// Writes the newest version down if it is far ahead of the record or of the clock.
    fn record_clock(&mut self, now: Timestamp) -> Result<()> {
        let newest = self.versions.last();
        let ahead_of_clock = newest > u64::try_from(now.as_micros()).unwrap_or(0);
        if newest > self.recorded && (ahead_of_clock || newest > self.recorded + CLOCK_SLACK) {
            write_meta(&self.connection, "clock", newest as i64)?;
            write_meta(&self.connection, "clock_exact", i64::from(ahead_of_clock))?;
            self.recorded = newest;
        }
        Ok(())
    }
}

/// Makes a failure that changed nothing the batch's own, any other that of the transaction.
fn keep_clean(result: Result<Commit, (Error, bool)>) -> Result<Result<Commit>> {
    match result {
        Ok(commit) => Ok(Ok(commit)),
        Err((error, false)) => Ok(Err(error)),
        Err((error, true)) => Err(error),
    }
}
