//! A histogram of durations with fixed buckets, in steps of 1, 2 and 5.

use std::time::Duration;

use crate::observe::counter::Counter;

/// The upper bounds of the buckets in nanoseconds, 100 ns to 10 s. A last bucket has no bound.
pub const DURATION_BOUNDS_NS: [u64; 25] = [
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// The number of buckets, with the one that has no bound.
pub const DURATION_BUCKETS: usize = DURATION_BOUNDS_NS.len() + 1;

/// Durations, each counted in the first bucket whose bound it does not exceed.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    buckets: [Counter; DURATION_BUCKETS],
    total_ns: Counter,
    longest_ns: Counter,
}

impl Histogram {
    /// Counts a duration `weight` times: once, or for a sample as often as it stands for.
    pub(super) fn note(&self, duration: Duration, weight: u64) {
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket = DURATION_BOUNDS_NS.partition_point(|bound| *bound < ns);
        self.buckets[bucket].add(weight);
        self.total_ns.add(ns.saturating_mul(weight));
        self.longest_ns.raise(ns);
    }

    /// Returns the counts of the buckets.
    pub(super) fn counts(&self) -> [u64; DURATION_BUCKETS] {
        std::array::from_fn(|bucket| self.buckets[bucket].get())
    }

    /// Returns the sum of the durations.
    pub(super) fn total_ns(&self) -> u64 {
        self.total_ns.get()
    }

    /// Returns the longest duration.
    pub(super) fn longest_ns(&self) -> u64 {
        self.longest_ns.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        for (ns, bucket) in [(0, 0), (100, 0), (101, 1), (200, 1), (10_000_000_000, 24)] {
            let histogram = Histogram::default();
            histogram.note(Duration::from_nanos(ns), 1);
            assert_eq!(histogram.counts()[bucket], 1, "{ns}");
        }
        let histogram = Histogram::default();
        histogram.note(Duration::from_secs(11), 3);
        histogram.note(Duration::from_nanos(7), 2);
        assert_eq!((histogram.counts()[25], histogram.counts()[0]), (3, 2));
        assert_eq!(
            (histogram.total_ns(), histogram.longest_ns()),
            (33_000_000_014, 11_000_000_000)
        );
    }

    #[test]
    fn the_bounds_rise() {
        assert!(DURATION_BOUNDS_NS.is_sorted_by(|a, b| a < b));
    }
}
