//! Counts of what an engine has done since it was opened.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::Stats;

/// A count that many threads add to.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `count`.
    pub fn add(&self, count: u64) {
        if count > 0 {
            self.0.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Returns the count.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counts of one engine, which [`Stats`] explains.
#[derive(Debug, Default)]
pub struct Counters {
    /// Reads that found their entry.
    pub hits: Counter,
    /// Reads that did not.
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
    /// Counts a read, and returns whether it has `found` its entry.
    pub fn count_read(&self, found: bool) -> bool {
        if found { &self.hits } else { &self.misses }.add(1);
        found
    }

    /// Returns the counts; the other figures are zero.
    pub fn stats(&self) -> Stats {
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
