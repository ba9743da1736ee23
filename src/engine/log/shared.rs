//! The parts of a store with a log that its engine and its maintenance thread share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};

use crate::call::CallContext;
use crate::engine::log::file::LogFile;
use crate::engine::log::folder::{Folder, FolderLock};
use crate::engine::log::header::{FileKind, Header};
use crate::engine::log::kept::KeptLog;
use crate::engine::log::options::LogEngineOptions;
use crate::engine::log::recovery::Recovered;
use crate::engine::log::requests::Requests;
use crate::engine::log::snapshot::Moment;
use crate::engine::log::writer::{WriteSession, Writer};
use crate::engine::rows::RowStore;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Durability, GroupRange, Version};

/// The shared part of the engine.
pub(super) struct Shared {
    pub(super) options: LogEngineOptions,
    pub(super) store: RowStore,
    pub(super) folder: Folder,
    /// The newest version when the store was opened.
    pub(super) version: Version,
    /// `None` if the store is only read.
    pub(super) writing: Option<Writing>,
}

/// The part of a store that is written.
pub(super) struct Writing {
    pub(super) writer: Writer,
    pub(super) requests: Arc<Requests>,
    pub(super) growth: Arc<Growth>,
    /// The logs that are kept, the one that is written last.
    pub(super) logs: Mutex<Vec<KeptLog>>,
    pub(super) _lock: FolderLock,
}

/// How far the log has grown, and what was requested for that.
pub(super) struct Growth {
    /// The length of the log at which a snapshot is due.
    pub(super) limit: AtomicU64,
    /// Whether a sync was requested and has not begun.
    pub(super) awaits_sync: AtomicBool,
    /// Whether a snapshot was requested and is not there.
    pub(super) awaits_snapshot: AtomicBool,
}

impl Growth {
    /// Requests what is due after a commit.
    pub(super) fn observe(&self, session: &WriteSession, requests: &Requests) {
        if !session.log.is_synced() && !self.awaits_sync.swap(true, Ordering::Relaxed) {
            requests.request(|work| work.sync = true);
        }
        if session.log.end() >= self.limit.load(Ordering::Relaxed)
            && !self.awaits_snapshot.swap(true, Ordering::Relaxed)
        {
            requests.request(|work| work.rotate = true);
        }
    }
}

impl Shared {
    /// Returns the part for writing; fails if the store is only read.
    pub(super) fn writing(&self) -> Result<&Writing> {
        self.writing.as_ref().ok_or_else(|| {
            let message = "the store was opened for reading only";
            Error::new(ErrorKind::ReadOnly, message)
        })
    }

    /// Returns the session of the writer, while no other thread writes; `None` if the store is
    /// only read.
    pub(super) fn session(
        &self,
        call: &CallContext,
    ) -> Result<Option<MutexGuard<'_, WriteSession>>> {
        self.writing.as_ref().map(|writing| writing.writer.lock(call)).transpose()
    }

    /// Returns the newest version.
    pub(super) fn newest(&self, session: Option<&WriteSession>) -> Version {
        session.map_or(self.version, |session| session.versions.last())
    }

    /// Removes at most `limit` expired entries of `range`; returns how many.
    pub(super) fn expire(
        &self,
        call: &CallContext,
        range: GroupRange<'_>,
        limit: usize,
    ) -> Result<u64> {
        let writing = self.writing()?;
        self.store.poison.check()?;
        let mut session = writing.writer.lock(call)?;
        let durability = self.options.durability;
        let (removed, changes) = session
            .transaction(&self.store, call, durability, |applier| applier.expire(range, limit))?;
        writing.growth.observe(&session, &writing.requests);
        drop(session);
        self.store.counters.expirations.add(removed);
        self.store.observer.call_back(&changes);
        Ok(removed)
    }

    /// Syncs the log, while others write.
    pub(super) fn sync(&self, call: &CallContext) -> Result<()> {
        let Some(writing) = &self.writing else { return Ok(()) };
        writing.growth.awaits_sync.store(false, Ordering::Relaxed);
        let (file, end) = writing.writer.lock(call)?.log.shared();
        file.sync(end, &self.store)
    }

    /// Writes a snapshot, and begins a log behind it.
    pub(super) fn rotate(&self, call: &CallContext) -> Result<()> {
        let writing = self.writing()?;
        self.store.poison.check()?;
        let mut goes_on = |_| match writing.requests.stops() {
            true => Err(Error::new(ErrorKind::Cancelled, "the store is closed")),
            false => call.check(),
        };
        let began = Instant::now();
        let rotated = self.begin_log(call, writing).and_then(|moment| {
            let len = moment.write(&self.folder, &self.store.poison, &mut goes_on)?;
            Ok((moment.number, len))
        });
        // After a failure another try comes when the log has grown as much again.
        let limit = match &rotated {
            Ok((_, len)) => self.options.log_limit.max(*len),
            Err(_) => writing.growth.limit.load(Ordering::Relaxed).saturating_mul(2),
        };
        writing.growth.limit.store(limit, Ordering::Relaxed);
        writing.growth.awaits_snapshot.store(false, Ordering::Relaxed);
        self.store.counters.count_checkpoint(began, &rotated);
        let (number, _) = rotated?;
        self.remove_before(writing, number)
    }

    /// Replaces all entries by those of a backup. After an error the store is as it was.
    pub(super) fn replace(&self, call: &CallContext, backup: Recovered) -> Result<()> {
        let writing = self.writing()?;
        let log = self.next_log(call, writing)?;
        let mut session = writing.writer.lock(call)?;
        let mut moment = self.go_on_in(writing, &mut session, log)?;
        // Later than everything in the store and in the backup, so that nothing is taken for
        // newer.
        session.versions.observe(backup.version);
        moment.version = session.versions.next(moment.time, 0)?;
        (moment.entries, moment.quotas) = (backup.rows.entries(), backup.rows.quotas());
        // From here on the backup is what an opening finds.
        moment.write(&self.folder, &self.store.poison, &mut |_| Ok(()))?;
        let number = moment.number;
        writing.logs.lock().retain_mut(|log| {
            log.since = moment.version;
            log.number == number
        });
        let freed = self.store.change(|rows| {
            let freed = std::mem::replace(rows, backup.rows);
            self.store.observer.publish_gap(0, moment.version);
            freed
        });
        drop(session);
        drop(freed);
        self.remove_before(writing, number)
    }

    /// Returns the entries of now.
    pub(super) fn moment(&self, call: &CallContext) -> Result<Moment> {
        let session = self.session(call)?;
        Ok(self.moment_of(1, 1, self.newest(session.as_deref())))
    }

    fn moment_of(&self, number: u64, seq: u64, version: Version) -> Moment {
        let rows = self.store.rows();
        let (entries, quotas, time) = (rows.entries(), rows.quotas(), self.store.clock.now());
        Moment { entries, quotas, number, seq, version, time }
    }

    /// Begins a log, and returns the moment at its beginning.
    fn begin_log(&self, call: &CallContext, writing: &Writing) -> Result<Moment> {
        let log = self.next_log(call, writing)?;
        // Most of the old log is synced before the writers wait for it.
        self.sync(call)?;
        self.go_on_in(writing, &mut *writing.writer.lock(call)?, log)
    }

    /// Creates the log behind the one that is written.
    fn next_log(&self, call: &CallContext, writing: &Writing) -> Result<LogFile> {
        let number = writing.writer.lock(call)?.log.number() + 1;
        LogFile::create(&self.folder, Header::of_log(number), &self.store.poison)
    }

    /// Goes on in another log; returns the moment at its beginning.
    fn go_on_in(
        &self,
        writing: &Writing,
        session: &mut WriteSession,
        log: LogFile,
    ) -> Result<Moment> {
        session.log.trim();
        session.log.sync(&self.store)?;
        let (end, seq, changes) = (session.log.end(), session.seq, session.changes);
        let (version, number) = (session.versions.last(), log.number());
        session.begin_log(&self.store, log, end)?;
        let mut logs = writing.logs.lock();
        if let Some(last) = logs.last_mut() {
            (last.end, last.changes) = (Some(end), changes);
        }
        logs.push(KeptLog { number, since: version, end: None, changes: 0 });
        drop(logs);
        Ok(self.moment_of(number, seq, version))
    }

    /// Removes the snapshots before a number, and the logs before it whose changes are not kept.
    fn remove_before(&self, writing: &Writing, number: u64) -> Result<()> {
        for old in self.folder.numbers(FileKind::Snapshot)? {
            if old < number {
                self.folder.remove(FileKind::Snapshot, old)?;
            }
        }
        let kept = match (self.options.changes, self.options.changes_keep) {
            (false, _) => 0,
            // All are kept if there is no limit.
            (true, 0) => u64::MAX,
            (true, limit) => limit,
        };
        let mut logs = writing.logs.lock();
        while let [first, rest @ ..] = &logs[..]
            && first.number < number
            && rest.iter().map(|it| it.changes).sum::<u64>() >= kept
        {
            self.folder.remove(FileKind::Log, first.number)?;
            logs.remove(0);
        }
        let first = logs.first().map_or(number, |it| it.number);
        drop(logs);
        // Killed processes have left those before the first.
        for old in self.folder.numbers(FileKind::Log)? {
            if old < first {
                self.folder.remove(FileKind::Log, old)?;
            }
        }
        Ok(())
    }

    /// Returns the bytes of the newest snapshot, and of the logs.
    pub(super) fn sizes(&self, call: &CallContext) -> Result<(u64, u64)> {
        let len =
            |kind, number| self.folder.file(kind, number).metadata().map_or(0, |file| file.len());
        let snapshot = self.folder.numbers(FileKind::Snapshot)?.last().copied();
        let snapshot = snapshot.map_or(0, |number| len(FileKind::Snapshot, number));
        let session = self.session(call)?;
        let written = session.as_ref().map(|it| (it.log.number(), it.log.end()));
        drop(session);
        let logs = self.folder.numbers(FileKind::Log)?;
        let logs = logs.into_iter().map(|number| match written {
            // There may be space behind its end.
            Some((last, end)) if last == number => end,
            _ => len(FileKind::Log, number),
        });
        Ok((snapshot, logs.sum()))
    }

    /// Returns the durability of a commit.
    pub(super) fn durability(&self, wanted: Option<Durability>) -> Durability {
        // None is less durable than the store.
        wanted.unwrap_or(self.options.durability).max(self.options.durability)
    }
}
