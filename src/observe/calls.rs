//! The counters of calls: how many of each kind, how many failed, and how long they took.
//!
//! Reading the clock twice costs as much as half a read from a cache. So of the kinds of short
//! calls one in [`SAMPLE`] is timed, and counted as often as it stands for.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::observe::call_kind::CallKind;
use crate::observe::counter::Counter;
use crate::observe::histogram::{DURATION_BUCKETS, Histogram};
use crate::observe::trace::ObservedMark;

/// A sampled call stands for so many.
const SAMPLE: u32 = 64;

/// The calls on one engine since it was opened.
#[derive(Debug, Default)]
pub struct CallCounters {
    kinds: [KindCounters; CallKind::ALL.len()],
    /// Whether writes of single keys are sampled: where they take less than a microsecond.
    samples_writes: AtomicBool,
    /// The least duration of a slow call in nanoseconds; 0 for none.
    slow_ns: AtomicU64,
}

#[derive(Debug, Default)]
struct KindCounters {
    durations: Histogram,
    errors: Counter,
}

/// The figures of the calls of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallFigures {
    /// The calls, those that failed included; of sampled kinds an estimate.
    pub calls: u64,
    /// The calls that failed.
    pub errors: u64,
    /// The nanoseconds of all calls.
    pub total_ns: u64,
    /// The nanoseconds of the longest call that was timed.
    pub longest_ns: u64,
    /// The calls by their duration, as [`DURATION_BOUNDS_NS`](crate::DURATION_BOUNDS_NS) divides
    /// them.
    pub buckets: [u64; DURATION_BUCKETS],
}

thread_local! {
    /// The sampled calls of this thread until the next one that is timed.
    static UNTIL_SAMPLE: Cell<u32> = const { Cell::new(0) };
}

impl CallCounters {
    /// Samples the writes of single keys as well as the reads.
    pub(crate) fn sample_writes(&self) {
        self.samples_writes.store(true, Ordering::Relaxed);
    }

    /// Returns how many calls the next one of this kind, which is no read, stands for if it is
    /// timed, or `None` if it is not timed.
    #[inline]
    pub(crate) fn weight(&self, kind: CallKind) -> Option<u64> {
        match kind.is_short_write() && self.samples_writes.load(Ordering::Relaxed) {
            true => sample_weight(),
            false => Some(1),
        }
    }

    /// Counts a call that took `duration`, `weight` times.
    pub(crate) fn note(&self, kind: CallKind, duration: Duration, weight: u64) {
        self.kinds[kind as usize].durations.note(duration, weight);
    }

    /// Counts a call that failed.
    pub(crate) fn note_error(&self, kind: CallKind) {
        self.kinds[kind as usize].errors.add(1);
    }

    /// Returns the figures of the calls of one kind.
    pub fn figures(&self, kind: CallKind) -> CallFigures {
        let KindCounters { durations, errors } = &self.kinds[kind as usize];
        let buckets = durations.counts();
        CallFigures {
            calls: buckets.iter().sum(),
            errors: errors.get(),
            total_ns: durations.total_ns(),
            longest_ns: durations.longest_ns(),
            buckets,
        }
    }

    /// Returns whether a call of this duration is slow.
    pub(crate) fn is_slow(&self, duration: Duration) -> bool {
        let slow = self.slow_ns.load(Ordering::Relaxed);
        slow != 0 && duration.as_nanos() >= u128::from(slow)
    }
}

/// Returns how many sampled calls the next one of this thread stands for if it is timed, or `None`
/// if it is not timed.
#[inline]
pub fn sample_weight() -> Option<u64> {
    // A thread that is ending is not timed.
    let takes = |left: &Cell<u32>| {
        let is_due = left.get() == 0;
        left.set(if is_due { SAMPLE } else { left.get() } - 1);
        is_due.then_some(u64::from(SAMPLE))
    };
    UNTIL_SAMPLE.try_with(takes).unwrap_or(None)
}

/// The observation of the slow calls of an engine, which times every call as long as it exists.
#[derive(Debug)]
pub struct SlowCalls {
    _mark: Option<ObservedMark>,
}

impl SlowCalls {
    /// Observes the calls that `counters` count, and calls one slow that takes `least` or longer;
    /// zero for none.
    pub(crate) fn observe(counters: &CallCounters, least: Duration) -> SlowCalls {
        let ns = u64::try_from(least.as_nanos()).unwrap_or(u64::MAX);
        counters.slow_ns.store(ns, Ordering::Relaxed);
        SlowCalls { _mark: (ns > 0).then(ObservedMark::new) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_read_in_sixty_four_is_timed_and_stands_for_all() {
        let counters = CallCounters::default();
        let weights: Vec<_> = (0..640).map(|_| sample_weight()).collect();
        assert_eq!(weights.iter().flatten().sum::<u64>(), 640);
        assert_eq!(weights.iter().flatten().count(), 10);
        assert_eq!(counters.weight(CallKind::Set), Some(1));
        counters.sample_writes();
        let sets = (0..640).filter_map(|_| counters.weight(CallKind::Set));
        assert_eq!(sets.sum::<u64>(), 640);
        assert_eq!(counters.weight(CallKind::Batch), Some(1));
    }
}
