//! Event counters of an engine, counted since it was opened.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::model::Stats;
use crate::observe::{
    CallCounters, Counter, Durations, GROUP_BOUNDS, GROUP_BUCKETS, LogLevel, Metrics, Topic, log,
};

/// The least wait of a write for a checkpoint that is a record of the log.
const STALL_LOGGED: Duration = Duration::from_millis(20);

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

/// The counters of one engine; [`Metrics`] documents each.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// The store as the log names it, without its options.
    store: String,
    /// The calls.
    pub calls: CallCounters,
    reads: ReadCounters,
    /// Batches applied.
    pub commits: Counter,
    /// Transactions of the storage, each with one batch or more.
    transactions: Counter,
    group_sizes: [Counter; GROUP_BUCKETS],
    largest_group: Counter,
    /// Waits for locks of other processes.
    pub busy_waits: Durations,
    /// Syncs of a file to the disk.
    pub syncs: Durations,
    /// Purges in the background.
    purges: Durations,
    /// Expired entries purged.
    pub expirations: Counter,
    /// Entries evicted.
    pub evictions: Counter,
    checkpoints: Durations,
    failed_checkpoints: Counter,
    write_stalls: Durations,
    /// Times that the entry cache was voided.
    pub cache_resets: Counter,
}

impl Counters {
    /// Returns the counters of an engine, which the log names `store`.
    pub(crate) fn of(store: String) -> Counters {
        Counters { store, ..Counters::default() }
    }

    /// Returns the store as the log names it.
    pub(crate) fn store(&self) -> &str {
        &self.store
    }

    /// Writes a record of this engine into the log.
    pub(crate) fn log(&self, level: LogLevel, topic: Topic, message: fmt::Arguments<'_>) {
        log(level, topic, &self.store, message);
    }

    /// Counts a transaction in which `batches` were applied; none counts for nothing.
    pub(crate) fn count_transaction(&self, batches: usize) {
        if batches == 0 {
            return;
        }
        let batches = batches as u64;
        self.commits.add(batches);
        self.transactions.add(1);
        self.group_sizes[GROUP_BOUNDS.partition_point(|bound| *bound < batches)].add(1);
        self.largest_group.raise(batches);
    }

    /// Counts a checkpoint that began at `began`.
    pub(crate) fn count_checkpoint(&self, began: Instant, result: &Result<impl Sized>) {
        let duration = began.elapsed();
        match result {
            Ok(_) => {
                self.checkpoints.note(duration);
                let message = format_args!("a checkpoint took {duration:.1?}");
                self.log(LogLevel::Debug, Topic::Checkpoint, message);
            }
            Err(error) if error.ends_call() => {}
            Err(error) => {
                self.failed_checkpoints.add(1);
                let message = format_args!("a checkpoint failed: {error}; the next one repeats it");
                self.log(LogLevel::Warn, Topic::Checkpoint, message);
            }
        }
    }

    /// Counts a wait of a write for a checkpoint.
    pub(crate) fn count_stall(&self, duration: Duration) {
        self.write_stalls.note(duration);
        if duration >= STALL_LOGGED {
            let message = format_args!("writes waited {duration:.1?} for a checkpoint");
            self.log(LogLevel::Warn, Topic::Stall, message);
        }
    }

    /// Counts a purge in the background that began at `began` and has removed `removed` entries.
    pub(crate) fn count_purge(&self, began: Instant, removed: u64) {
        if removed == 0 {
            return;
        }
        let duration = began.elapsed();
        self.purges.note(duration);
        let message = format_args!("{removed} expired entries were removed in {duration:.1?}");
        self.log(LogLevel::Debug, Topic::Purge, message);
    }

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
            checkpoints: self.checkpoints.count(),
            write_stalls: self.write_stalls.count(),
            write_stall_us: self.write_stalls.total_us(),
            longest_write_stall_us: self.write_stalls.longest_us(),
            ..Stats::default()
        }
    }

    /// Returns the counts as metrics; all other figures are zero.
    pub(crate) fn metrics(&self) -> Metrics {
        let stats = self.stats();
        Metrics {
            hits: stats.hits,
            misses: stats.misses,
            cache_hits: stats.cache_hits,
            cache_resets: stats.cache_resets,
            commits: stats.commits,
            transactions: stats.transactions,
            largest_group: self.largest_group.get(),
            busy_waits: self.busy_waits.count(),
            busy_wait_us: self.busy_waits.total_us(),
            longest_busy_wait_us: self.busy_waits.longest_us(),
            syncs: self.syncs.count(),
            sync_us: self.syncs.total_us(),
            longest_sync_us: self.syncs.longest_us(),
            checkpoints: stats.checkpoints,
            checkpoint_us: self.checkpoints.total_us(),
            longest_checkpoint_us: self.checkpoints.longest_us(),
            failed_checkpoints: self.failed_checkpoints.get(),
            write_stalls: stats.write_stalls,
            write_stall_us: stats.write_stall_us,
            longest_write_stall_us: stats.longest_write_stall_us,
            purges: self.purges.count(),
            purge_us: self.purges.total_us(),
            expirations: stats.expirations,
            evictions: stats.evictions,
            group_sizes: std::array::from_fn(|bucket| self.group_sizes[bucket].get()),
            ..Metrics::default()
        }
    }
}
