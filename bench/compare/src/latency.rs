//! The latencies of single operations, and their percentiles.

use std::time::{Duration, Instant};

/// The times of operations, in nanoseconds.
#[derive(Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    /// Runs an operation and records its time.
    pub fn time<R>(&mut self, operation: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = operation();
        self.record(start.elapsed());
        result
    }

    /// Records a time; one of more than 4 s counts as 4 s.
    pub fn record(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_nanos()).unwrap_or(u32::MAX));
    }

    /// Adds the times of another thread or round.
    pub fn append(&mut self, mut other: Latencies) {
        self.0.append(&mut other.0);
    }

    /// Returns the times that a share of the operations does not exceed, in microseconds, in the
    /// order of `shares`.
    pub fn percentiles(&mut self, shares: &[f64]) -> Vec<f64> {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        let at = |share: f64| (share * self.0.len() as f64).ceil() as usize;
        let nth = |share: f64| self.0.get(at(share).saturating_sub(1).min(last));
        let nanos = shares.iter().map(|share| nth(*share).copied());
        nanos.map(|it| it.map_or(f64::NAN, |it| f64::from(it) / 1e3)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let mut latencies = Latencies::default();
        for micros in (1..=1000).rev() {
            latencies.record(Duration::from_micros(micros));
        }
        assert_eq!(latencies.percentiles(&[0.5, 0.99, 0.999, 1.0]), [500.0, 990.0, 999.0, 1000.0]);
        assert!(Latencies::default().percentiles(&[0.5])[0].is_nan());
        latencies.record(Duration::MAX);
        assert_eq!(latencies.percentiles(&[1.0]), [f64::from(u32::MAX) / 1e3]);
    }
}
