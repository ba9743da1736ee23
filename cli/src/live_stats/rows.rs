//! The figures of samples: those of the store, and those of this process.

use std::collections::VecDeque;

use crate::live_stats::sample::Sample;
use crate::units::{short, short_count, short_size};

/// A figure.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// The owner of the figure.
    pub scope: Scope,
    unit: Unit,
    kind: Kind,
    value: fn(&Sample) -> Option<u64>,
}

/// The owner of a figure: the store, or this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The store's, whichever process has written it.
    Store,
    /// That of this process since it opened the store.
    Process,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Bytes,
    Millis,
}

/// Whether a figure is looked at as it is, or by the rate at which it rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gauge,
    Counter,
}

const fn store(
    name: &'static str,
    unit: Unit,
    kind: Kind,
    value: fn(&Sample) -> Option<u64>,
) -> Row {
    Row { name, scope: Scope::Store, unit, kind, value }
}

/// A figure of this process, which is left out while it is zero.
const fn process(
    name: &'static str,
    unit: Unit,
    kind: Kind,
    value: fn(&Sample) -> Option<u64>,
) -> Row {
    Row { name, scope: Scope::Process, unit, kind, value }
}

use Kind::{Counter, Gauge};
use Unit::{Bytes, Count, Millis};

/// All figures, in their order on the screen.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    store("file", Bytes, Gauge, |it| of_file(it, it.metrics.file_bytes)),
    store("wal", Bytes, Gauge, |it| of_file(it, it.metrics.wal_bytes)),
    store("free", Bytes, Gauge, |it| of_file(it, it.metrics.free_bytes)),
    store("entries", Count, Gauge, |it| it.usage.map(|usage| usage.entries)),
    store("size", Bytes, Gauge, |it| it.usage.map(|usage| usage.bytes)),
    store("expired", Count, Gauge, |it| it.usage.map(|usage| usage.expired_entries)),
    store("changes", Count, Counter, |it| it.changes.map(|changes| changes.all)),
    store("sets", Count, Counter, |it| it.changes.map(|changes| changes.sets)),
    store("deletes", Count, Counter, |it| it.changes.map(|changes| changes.deletes)),
    store("expires", Count, Counter, |it| it.changes.map(|changes| changes.expired)),
    process("reads", Count, Counter, |it| Some(it.metrics.hits + it.metrics.misses)),
    process("hits", Count, Counter, |it| Some(it.metrics.hits)),
    process("cache hits", Count, Counter, |it| Some(it.metrics.cache_hits)),
    process("commits", Count, Counter, |it| Some(it.metrics.commits)),
    process("transactions", Count, Counter, |it| Some(it.metrics.transactions)),
    process("expirations", Count, Counter, |it| Some(it.metrics.expirations)),
    process("evictions", Count, Counter, |it| Some(it.metrics.evictions)),
    process("checkpoints", Count, Counter, |it| Some(it.metrics.checkpoints)),
    process("write stalls", Count, Counter, |it| Some(it.metrics.write_stalls)),
    process("busy waits", Count, Counter, |it| Some(it.metrics.busy_waits)),
    process("queued events", Count, Gauge, |it| Some(it.metrics.queued_events)),
    process("lost events", Count, Counter, |it| Some(it.metrics.lost_events)),
    process("snapshot age", Millis, Gauge, |it| Some(it.metrics.oldest_snapshot_ms)),
    process("memory", Bytes, Gauge, |it| Some(memory(it))),
    process("connections", Count, Gauge, |it| Some(it.metrics.connections)),
    process("connects", Count, Counter, |it| Some(it.metrics.connects)),
    process("failed connects", Count, Counter, |it| Some(it.metrics.failed_connects)),
    process("retries", Count, Counter, |it| Some(it.metrics.retries)),
    process("redirections", Count, Counter, |it| Some(it.metrics.redirections)),
    process("failovers", Count, Counter, |it| Some(it.metrics.failovers)),
];

/// Only a store in a file, or with a log, has these figures.
fn of_file(sample: &Sample, bytes: u64) -> Option<u64> {
    let Sample { stats, metrics, .. } = sample;
    let is_in_file = !stats.sqlite_version.is_empty() || metrics.file_bytes + metrics.wal_bytes > 0;
    is_in_file.then_some(bytes)
}

fn memory(sample: &Sample) -> u64 {
    let it = &sample.metrics;
    it.row_bytes + it.cache_bytes + it.event_bytes
}

/// Returns the figures of a scope that the samples have.
pub fn shown(samples: &VecDeque<Sample>, scope: Scope) -> impl Iterator<Item = &'static Row> {
    let is_known = |row: &&Row| samples.iter().any(|sample| row.is_known(sample));
    ROWS.iter().filter(move |row| row.scope == scope).filter(is_known)
}

impl Row {
    /// Returns whether a sample has the figure; those of this process only if it is not zero.
    pub fn is_known(&self, sample: &Sample) -> bool {
        match (self.value)(sample) {
            None => false,
            Some(value) => self.scope == Scope::Store || value > 0,
        }
    }

    /// Returns the figure for people.
    pub fn amount(&self, sample: &Sample) -> String {
        let value = (self.value)(sample).unwrap_or_default();
        match self.unit {
            Unit::Count => short_count(value),
            Unit::Bytes => short_size(value),
            Unit::Millis => short(i64::try_from(value).unwrap_or(i64::MAX)),
        }
    }

    /// Returns the name of what [`Row::exact`] returns.
    pub fn exact_name(&self) -> String {
        let name = self.name.replace(' ', "_");
        if self.kind == Kind::Counter { name + "/s" } else { name }
    }

    /// Returns the figure in a column of exact numbers: a counter as its rate since `earlier`.
    pub fn exact(&self, sample: &Sample, earlier: Option<&Sample>) -> String {
        match self.kind {
            Kind::Gauge => (self.value)(sample).unwrap_or_default().to_string(),
            Kind::Counter => {
                let rate = earlier.map(|earlier| self.rate(earlier, sample));
                format!("{:.1}", rate.unwrap_or_default())
            }
        }
    }

    /// Returns the change of the figure in a second for people; empty if a gauge stays as it is, or
    /// is an age.
    pub fn change(&self, earlier: &Sample, sample: &Sample) -> String {
        let rate = self.rate(earlier, sample);
        let sign = match self.kind {
            Kind::Counter => "",
            Kind::Gauge if rate == 0.0 || self.unit == Unit::Millis => return String::new(),
            Kind::Gauge if rate < 0.0 => "-",
            Kind::Gauge => "+",
        };
        let rate = rate.abs();
        match self.unit {
            Unit::Bytes => format!("{sign}{}/s", short_size(rate.round() as u64)),
            _ if rate > 0.0 && rate < 100.0 => format!("{sign}{rate:.1}/s"),
            _ => format!("{sign}{}/s", short_count(rate.round() as u64)),
        }
    }

    /// Returns the values of a sparkline, at most `count` of the last samples, and the value that
    /// its lowest character may stand for.
    pub fn course(&self, samples: &VecDeque<Sample>, count: usize) -> (Vec<f64>, f64) {
        match self.kind {
            Kind::Gauge => {
                let first = samples.len().saturating_sub(count);
                let values = samples.iter().skip(first).filter_map(|it| (self.value)(it));
                (values.map(|value| value as f64).collect(), f64::INFINITY)
            }
            Kind::Counter => {
                let pairs = samples.iter().zip(samples.iter().skip(1));
                let first = samples.len().saturating_sub(count + 1);
                (pairs.skip(first).map(|(earlier, it)| self.rate(earlier, it)).collect(), 0.0)
            }
        }
    }

    /// Returns how much the figure has risen in a second. A counter that began again has not.
    fn rate(&self, earlier: &Sample, sample: &Sample) -> f64 {
        let value = |sample| (self.value)(sample).unwrap_or_default() as f64;
        let seconds = sample.taken.saturating_duration_since(earlier.taken).as_secs_f64();
        if seconds == 0.0 {
            return 0.0;
        }
        let rate = (value(sample) - value(earlier)) / seconds;
        if self.kind == Kind::Counter { rate.max(0.0) } else { rate }
    }
}

#[cfg(test)]
pub mod tests {
    use std::time::{Duration, Instant};

    use kv::{Metrics, Stats};

    use super::*;
    use crate::live_stats::sample::Changes;

    /// Returns samples of a file, a second apart, with these sizes and numbers of changes.
    pub fn samples(figures: &[(u64, u64)]) -> VecDeque<Sample> {
        let begun = Instant::now();
        let sample = |(second, (file_bytes, all)): (usize, &(u64, u64))| Sample {
            time_ms: 1_767_323_045_000 + second as i64 * 1000,
            taken: begun + Duration::from_secs(second as u64),
            stats: Stats::default(),
            metrics: Metrics { file_bytes: *file_bytes, ..Metrics::default() },
            usage: None,
            changes: Some(Changes { all: *all, sets: *all, ..Changes::default() }),
        };
        figures.iter().enumerate().map(sample).collect()
    }

    fn row(name: &str) -> &'static Row {
        ROWS.iter().find(|row| row.name == name).expect(name)
    }

    #[test]
    fn a_counter_is_shown_by_its_rate_and_a_gauge_by_its_change() {
        let samples = samples(&[(4096, 0), (8192, 1500), (8192, 1503), (4096, 1503)]);
        let change = |name, at: usize| row(name).change(&samples[at - 1], &samples[at]);
        assert_eq!(change("file", 1), "+4.0 KiB/s");
        assert_eq!(change("file", 2), "");
        assert_eq!(change("file", 3), "-4.0 KiB/s");
        assert_eq!(change("changes", 1), "1.5k/s");
        assert_eq!(change("changes", 2), "3.0/s");
        assert_eq!(change("changes", 3), "0/s");
        assert_eq!(row("file").course(&samples, 3).0, [8192.0, 8192.0, 4096.0]);
        assert_eq!(row("changes").course(&samples, 2).0, [3.0, 0.0]);
        assert_eq!(row("changes").course(&samples, 9).0, [1500.0, 3.0, 0.0]);
        assert_eq!(row("changes").exact(&samples[1], Some(&samples[0])), "1500.0");
        assert_eq!(row("file").exact(&samples[1], None), "8192");
    }

    #[test]
    fn figures_that_a_store_does_not_have_are_not_shown() {
        let shown_names = |samples, scope| -> Vec<_> {
            super::shown(samples, scope).map(|row| row.name).collect()
        };
        let of_file = samples(&[(4096, 0)]);
        let names = ["file", "wal", "free", "changes", "sets", "deletes", "expires"];
        assert_eq!(shown_names(&of_file, Scope::Store), names);
        assert!(shown_names(&of_file, Scope::Process).is_empty());
        let mut of_redis = samples(&[(0, 0), (0, 0)]);
        of_redis[0].metrics.connections = 2;
        assert_eq!(shown_names(&of_redis, Scope::Store), &names[3..]);
        assert_eq!(shown_names(&of_redis, Scope::Process), ["connections"]);
    }

    #[test]
    fn a_counter_that_begins_again_has_no_rate_below_zero() {
        let samples = samples(&[(0, 10), (0, 3)]);
        assert_eq!(row("changes").change(&samples[0], &samples[1]), "0/s");
    }
}
