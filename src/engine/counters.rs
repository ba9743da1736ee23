//! Event counters of an engine, counted since it was opened.

use std::sync::atomic::{AtomicU64, Ordering};

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
            ..Stats::default()
        }
    }
}
