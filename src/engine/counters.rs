//! Event counters of an engine, counted since it was opened.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
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
    count: Counter,
    total_us: Counter,
    longest_us: AtomicU64,
}

impl Waits {
    /// Counts a wait of this duration.
    pub(crate) fn note(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.count.add(1);
        self.total_us.add(us);
        self.longest_us.fetch_max(us, Ordering::Relaxed);
    }
}

/// The number of stripes of the counters of reads.
pub(crate) const STRIPES: usize = 16;

/// Counters of reads, striped: threads increment cells on different cache lines.
#[derive(Debug, Default)]
struct ReadCounters([ReadStripe; STRIPES]);

/// Reads by whether a live entry was found, and by whether the entry cache knew it.
#[derive(Debug, Default)]
#[repr(align(128))]
struct ReadStripe {
    found: Counter,
    missed: Counter,
    cached_found: Counter,
    cached_missed: Counter,
}

thread_local! {
    /// The stripe of this thread.
    static STRIPE: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES
    };
}

/// Returns the stripe of this thread. A thread that is ending counts in the first.
pub(crate) fn stripe() -> usize {
    STRIPE.try_with(|stripe| *stripe).unwrap_or(0)
}

impl ReadCounters {
    fn add(&self, cell: impl FnOnce(&ReadStripe) -> &Counter) {
        cell(&self.0[stripe()]).add(1);
    }

    fn sum(&self, cell: impl Fn(&ReadStripe) -> &Counter) -> u64 {
        self.0.iter().map(|stripe| cell(stripe).get()).sum()
    }
}

/// The counters of one engine; [`Stats`] documents each.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    reads: ReadCounters,
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
    /// Times that the entry cache was voided.
    pub cache_resets: Counter,
}

impl Counters {
    /// Counts a read as a hit or a miss, and returns `found`.
    pub(crate) fn count_read(&self, found: bool) -> bool {
        self.reads.add(|stripe| if found { &stripe.found } else { &stripe.missed });
        found
    }

    /// Counts a read that the entry cache has answered, and returns `found`.
    pub(crate) fn count_cached_read(&self, found: bool) -> bool {
        self.reads.add(|it| if found { &it.cached_found } else { &it.cached_missed });
        found
    }

    /// Returns the number of reads that the entry cache has answered.
    pub(crate) fn cached_reads(&self) -> u64 {
        self.reads.sum(|stripe| &stripe.cached_found)
            + self.reads.sum(|stripe| &stripe.cached_missed)
    }

    /// Returns the number of those in one stripe.
    pub(crate) fn cached_reads_of(&self, stripe: usize) -> u64 {
        let ReadStripe { cached_found, cached_missed, .. } = &self.reads.0[stripe];
        cached_found.get() + cached_missed.get()
    }

    /// Returns the counts; all other figures are zero.
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            hits: self.reads.sum(|stripe| &stripe.found)
                + self.reads.sum(|stripe| &stripe.cached_found),
            misses: self.reads.sum(|stripe| &stripe.missed)
                + self.reads.sum(|stripe| &stripe.cached_missed),
            cache_hits: self.cached_reads(),
            cache_resets: self.cache_resets.get(),
            commits: self.commits.get(),
            transactions: self.transactions.get(),
            expirations: self.expirations.get(),
            evictions: self.evictions.get(),
            checkpoints: self.checkpoints.get(),
            write_stalls: self.write_stalls.count.get(),
            write_stall_us: self.write_stalls.total_us.get(),
            longest_write_stall_us: self.write_stalls.longest_us.load(Ordering::Relaxed),
            ..Stats::default()
        }
    }
}
