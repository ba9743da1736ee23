//! The outcome of threads that write and read while a test does something to the servers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::aloud;

/// The most faults that a test prints.
const SHOWN_MAX: usize = 5;

/// The outcome of all threads.
#[derive(Default)]
pub struct Outcome {
    pub figures: BTreeMap<&'static str, Figure>,
    /// Wrong results.
    pub wrong: Vec<String>,
    /// Failures of other kinds than [`ErrorKind::Unavailable`].
    pub errors: Vec<String>,
    /// Writes into a group that exists, and failed with that kind.
    pub refused: Vec<String>,
    /// Reads that failed with that kind.
    pub unread: Vec<String>,
    /// When each write succeeded.
    pub written: Vec<Instant>,
    /// The longest time without a write that succeeds, while the test did its part.
    pub gap: Duration,
}

/// The figures of a kind of call.
#[derive(Default)]
pub struct Figure {
    pub calls: u64,
    pub failed: u64,
    pub slowest: Duration,
}

impl Outcome {
    /// Adds the outcome of another thread.
    pub fn add(&mut self, other: Outcome) {
        for (kind, figure) in other.figures {
            let sum = self.figures.entry(kind).or_default();
            sum.calls += figure.calls;
            sum.failed += figure.failed;
            sum.slowest = sum.slowest.max(figure.slowest);
        }
        self.wrong.extend(other.wrong);
        self.errors.extend(other.errors);
        self.refused.extend(other.refused);
        self.unread.extend(other.unread);
        self.written.extend(other.written);
    }

    /// Finds the longest time without a write between two moments.
    pub fn measure_gap(&mut self, began: Instant, ended: Instant) {
        self.written.retain(|it| (began..ended).contains(it));
        self.written.extend([began, ended]);
        self.written.sort();
        let gaps = self.written.windows(2).map(|it| it[1] - it[0]);
        self.gap = gaps.max().unwrap_or_default();
    }

    /// Prints the figures of each kind of call, and the longest time without a write.
    pub fn print(&self, title: &str) {
        aloud(&format!("{title}: longest time without a write {:?}", self.gap));
        for (kind, it) in &self.figures {
            let Figure { calls, failed, slowest } = it;
            aloud(&format!("  {kind:<9} {calls:>7} calls {failed:>4} failed, slowest {slowest:?}"));
        }
    }

    /// Asserts that no result was wrong, that no call failed for another reason than a server that
    /// cannot be reached in time, and that no write into a group that exists failed.
    pub fn assert_sound(&self) {
        self.assert_right();
        Self::assert_none(&[("refused writes", &self.refused)]);
    }

    /// Asserts the same, but that writes may have failed.
    pub fn assert_right(&self) {
        Self::assert_none(&[("wrong", &self.wrong), ("errors", &self.errors)]);
    }

    fn assert_none(lists: &[(&str, &Vec<String>)]) {
        for (words, faults) in lists {
            let shown: Vec<_> = faults.iter().take(SHOWN_MAX).collect();
            assert!(faults.is_empty(), "{} {words}, of which {shown:#?}", faults.len());
        }
    }
}
