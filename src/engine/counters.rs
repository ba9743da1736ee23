//! Event counters of an engine, counted since it was opened.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::model::Stats;

/// A counter that many threads increment.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds `count`.
    pub(crate) fn add(&self, count: u64) {
        if count > 0 {
            self.0.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Returns the count.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often, and for how long, calls have waited for one thing.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    count: AtomicU64,
    total_us: AtomicU64,
    longest_us: AtomicU64,
}

impl Waits {
    /// Counts a wait of this duration.
    pub(crate) fn note(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.total_us.fetch_add(us, Ordering::Relaxed);
        self.longest_us.fetch_max(us, Ordering::Relaxed);
    }
}

/// The counters of one engine; [`Stats`] documents each.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Reads that found a live entry.
    pub hits: Counter,
    /// Reads that found none.
    pub misses: Counter,
    /// Batches applied.
    pub commits: Counter,
    /// Transactions of the storage, each with one batch or more.
    pub transactions: Counter,
    /// Expired entries purged.
    pub expirations: Counter,
    /// Entries evicted.
    pub evictions: Counter,
    /// Checkpoints.
    pub checkpoints: Counter,
    /// Waits of writes for a checkpoint.
    pub write_stalls: Waits,
}

impl Counters {
    /// Counts a read as a hit or a miss, and returns `found`.
    pub(crate) fn count_read(&self, found: bool) -> bool {
        if found { &self.hits } else { &self.misses }.add(1);
        found
    }

    /// Returns the counts; all other figures are zero.
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            hits: self.hits.get(),
            misses: self.misses.get(),
            commits: self.commits.get(),
            transactions: self.transactions.get(),
            expirations: self.expirations.get(),
            evictions: self.evictions.get(),
            checkpoints: self.checkpoints.get(),
            write_stalls: self.write_stalls.count.load(Ordering::Relaxed),
            write_stall_us: self.write_stalls.total_us.load(Ordering::Relaxed),
            longest_write_stall_us: self.write_stalls.longest_us.load(Ordering::Relaxed),
            ..Stats::default()
        }
    }
}
