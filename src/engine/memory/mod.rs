//! The reference engine: everything in ordered maps under one lock. Read it first.

mod cursor;
mod table;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::RwLock;

use crate::clock::{Clock, Timestamp};
use crate::engine::apply::{Application, name_step};
use crate::engine::memory::table::{MemoryTable, Rows};
use crate::engine::{BackupProgress, Care, Cursor, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, EntryRef, Group, GroupRange, Key, Op, Query, Reply, Stats, VersionClock,
};

/// Entries in memory; they are gone when the engine is dropped.
pub struct MemoryEngine {
    clock: Arc<dyn Clock>,
    state: RwLock<State>,
    poisoned: AtomicBool,
    hits: AtomicU64,
    misses: AtomicU64,
    commits: AtomicU64,
    expirations: AtomicU64,
}

#[derive(Default)]
struct State {
    rows: Rows,
    versions: VersionClock,
}

impl MemoryEngine {
    /// Returns an empty engine that lives by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        MemoryEngine {
            clock,
            state: RwLock::default(),
            poisoned: AtomicBool::new(false),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            expirations: AtomicU64::new(0),
        }
    }

    fn check_poison(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Poisoned, "an earlier failure stopped all writes"));
        }
        Ok(())
    }
}

impl Engine for MemoryEngine {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn get(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let entry = self.state.read().rows.get(group, key).cloned();
        let live = entry.filter(|it| it.expires_at.is_none_or(|at| !at.is_past(self.clock.now())));
        let (counter, hit) = match &live {
            Some(entry) => {
                let (version, expires_at) = (entry.version, entry.expires_at);
                found(EntryRef { value: &entry.value, version, expires_at });
                (&self.hits, true)
            }
            None => (&self.misses, false),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(hit)
    }

    fn scan(&self, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        let now = self.clock.now();
        Ok(Box::new(cursor::snapshot(&self.state.read().rows, query, now)))
    }

    fn count(&self, range: GroupRange<'_>) -> Result<u64> {
        let now = self.clock.now();
        Ok(self.state.read().rows.count_live(range, now))
    }

    fn commit(&self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        let is_write = ops.iter().any(Op::is_write);
        if is_write {
            self.check_poison()?;
        }
        let mut state = self.state.write();
        let State { rows, versions } = &mut *state;
        let mut table = MemoryTable::new(rows);
        let now = self.clock.now();
        let mut application = Application { table: &mut table, versions, now, dirty: false };
        let outcome = application.apply(ops, replies).map_err(|error| name_step(error, ops));
        match outcome {
            Ok(Commit::Applied) if is_write => {
                self.commits.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => table.undo(),
            _ => {}
        }
        outcome
    }

    fn expire(&self, limit: usize) -> Result<u64> {
        self.check_poison()?;
        let now = self.clock.now();
        let removed = self.state.write().rows.expire(now, limit);
        self.expirations.fetch_add(removed, Ordering::Relaxed);
        Ok(removed)
    }
}

impl Care for MemoryEngine {
    fn stats(&self) -> Result<Stats> {
        let now = self.clock.now();
        let (entries, bytes, expired_entries) = self.state.read().rows.measure(now);
        let commits = self.commits.load(Ordering::Relaxed);
        Ok(Stats {
            entries,
            bytes,
            expired_entries,
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            commits,
            transactions: commits,
            expirations: self.expirations.load(Ordering::Relaxed),
            ..Stats::default()
        })
    }

    fn backup(&self, _: &Path, _: &mut dyn FnMut(BackupProgress) -> bool) -> Result<()> {
        Err(Error::new(ErrorKind::Unsupported, "a store in memory has no file to back up"))
    }

    fn compact(&self) -> Result<()> {
        Ok(())
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        // There is no power loss that a store in memory survives; nothing is promised, nothing due.
        Ok(())
    }

    fn poison(&self) {
        self.poisoned.store(true, Ordering::Release);
    }
}
