//! Counters of events and of durations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

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

    /// Raises the count to `least`, if it is lower.
    pub(crate) fn raise(&self, least: u64) {
        self.0.fetch_max(least, Ordering::Relaxed);
    }

    /// Returns the count.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often, and for how long, one thing was done or waited for.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    count: Counter,
    total_us: Counter,
    longest_us: Counter,
}

impl Durations {
    /// Counts a time of this duration.
    pub(crate) fn note(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.count.add(1);
        self.total_us.add(us);
        self.longest_us.raise(us);
    }

    /// Returns how many times were counted.
    pub(crate) fn count(&self) -> u64 {
        self.count.get()
    }

    /// Returns the microseconds of all of them.
    pub(crate) fn total_us(&self) -> u64 {
        self.total_us.get()
    }

    /// Returns the microseconds of the longest.
    pub(crate) fn longest_us(&self) -> u64 {
        self.longest_us.get()
    }
}
