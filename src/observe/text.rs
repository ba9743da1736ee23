//! The metrics as text in the format of Prometheus, version 0.0.4.

use std::fmt::{self, Write};

use crate::observe::call_kind::CallKind;
use crate::observe::calls::{CallCounters, CallFigures};
use crate::observe::histogram::DURATION_BOUNDS_NS;
use crate::observe::metrics::{GROUP_BOUNDS, Kind, METRICS, Metrics};

/// Nanoseconds of a second.
const SECOND_NS: u32 = 1_000_000_000;

/// Returns the figures of a store and of its calls as text. Each has the label `store`.
pub fn metrics_text(store: &str, metrics: &Metrics, calls: &CallCounters) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_all(&mut text, &Escaped(store), metrics, calls);
    text
}

fn write_all(
    text: &mut String,
    store: &Escaped<'_>,
    metrics: &Metrics,
    calls: &CallCounters,
) -> fmt::Result {
    for row in METRICS {
        write_head(text, row.name, row.help, row.kind)?;
        let value = Scaled((row.value)(metrics), row.scale);
        writeln!(text, "{}{{store=\"{store}\"}} {value}", row.name)?;
    }
    let kinds = CallKind::ALL.map(|kind| (kind.name(), calls.figures(kind)));
    let used = kinds.iter().filter(|(_, it)| it.calls > 0 || it.errors > 0);
    let name = "kv_call_errors_total";
    write_head(text, name, "Calls that failed, by their kind.", Kind::Counter)?;
    for (kind, figures) in used.clone() {
        writeln!(text, "{name}{{store=\"{store}\",kind=\"{kind}\"}} {}", figures.errors)?;
    }
    let help = "The durations of calls, by their kind.";
    writeln!(text, "# HELP kv_call_duration_seconds {help}")?;
    writeln!(text, "# TYPE kv_call_duration_seconds histogram")?;
    for (kind, figures) in used {
        write_durations(text, store, kind, figures)?;
    }
    writeln!(text, "# HELP kv_commit_group_size Transactions by the number of their batches.")?;
    writeln!(text, "# TYPE kv_commit_group_size histogram")?;
    let labels = format!("store=\"{store}\"");
    write_buckets(text, "kv_commit_group_size", &labels, (&GROUP_BOUNDS, 1), &metrics.group_sizes)?;
    writeln!(text, "kv_commit_group_size_sum{{{labels}}} {}", metrics.commits)
}

#[inline(never)]
fn write_head(text: &mut String, name: &str, help: &str, kind: Kind) -> fmt::Result {
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
    };
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn write_durations(
    text: &mut String,
    store: &Escaped<'_>,
    kind: &str,
    figures: &CallFigures,
) -> fmt::Result {
    let labels = format!("store=\"{store}\",kind=\"{kind}\"");
    let bounds = (&DURATION_BOUNDS_NS[..], SECOND_NS);
    write_buckets(text, "kv_call_duration_seconds", &labels, bounds, &figures.buckets)?;
    let sum = Scaled(figures.total_ns, SECOND_NS);
    writeln!(text, "kv_call_duration_seconds_sum{{{labels}}} {sum}")
}

/// Writes the buckets of a histogram, each with those before it, and their sum as its count. The
/// bounds are in units of which so many make one.
#[inline(never)]
fn write_buckets(
    text: &mut String,
    name: &str,
    labels: &str,
    (bounds, scale): (&[u64], u32),
    counts: &[u64],
) -> fmt::Result {
    let mut sum = 0;
    for (bound, count) in bounds.iter().zip(counts) {
        sum += count;
        let bound = Scaled(*bound, scale);
        writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {sum}")?;
    }
    sum += counts.last().copied().unwrap_or_default();
    writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {sum}")?;
    writeln!(text, "{name}_count{{{labels}}} {sum}")
}

/// A number of units, of which so many make one: 1 or a power of ten. It is shown as an exact
/// decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaled(pub u64, pub u32);

impl fmt::Display for Scaled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / u64::from(self.1), self.0 % u64::from(self.1));
        write!(formatter, "{whole}")?;
        if rest == 0 {
            return Ok(());
        }
        let digits = self.1.ilog10() as usize;
        let rest = format!("{rest:0digits$}");
        write!(formatter, ".{}", rest.trim_end_matches('0'))
    }
}

/// The value of a label.
struct Escaped<'s>(&'s str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '\\' => formatter.write_str("\\\\")?,
                '"' => formatter.write_str("\\\"")?,
                '\n' => formatter.write_str("\\n")?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_are_in_seconds_and_labels_are_escaped() {
        assert_eq!(Scaled(0, SECOND_NS).to_string(), "0");
        assert_eq!(Scaled(1_500_000, 1_000_000).to_string(), "1.5");
        assert_eq!(Scaled(100, SECOND_NS).to_string(), "0.0000001");
        assert_eq!(Scaled(7, 1).to_string(), "7");
        assert_eq!(Scaled(7, 1000).to_string(), "0.007");
        assert_eq!(Scaled(60, 1).to_string(), "60");
        assert_eq!(Escaped("a\\b\"c\nd").to_string(), "a\\\\b\\\"c\\nd");
    }

    #[test]
    fn a_histogram_counts_in_each_bucket_those_before_it() {
        let calls = CallCounters::default();
        calls.note(CallKind::Set, Duration::from_nanos(150), 1);
        calls.note(CallKind::Set, Duration::from_micros(3), 2);
        calls.note(CallKind::Set, Duration::from_secs(60), 1);
        calls.note_error(CallKind::Set);
        let text = metrics_text("a.db", &Metrics::default(), &calls);
        for line in [
            "kv_call_duration_seconds_bucket{store=\"a.db\",kind=\"set\",le=\"0.0000001\"} 0",
            "kv_call_duration_seconds_bucket{store=\"a.db\",kind=\"set\",le=\"0.0000002\"} 1",
            "kv_call_duration_seconds_bucket{store=\"a.db\",kind=\"set\",le=\"0.000005\"} 3",
            "kv_call_duration_seconds_bucket{store=\"a.db\",kind=\"set\",le=\"10\"} 3",
            "kv_call_duration_seconds_bucket{store=\"a.db\",kind=\"set\",le=\"+Inf\"} 4",
            "kv_call_duration_seconds_count{store=\"a.db\",kind=\"set\"} 4",
            "kv_call_duration_seconds_sum{store=\"a.db\",kind=\"set\"} 60.00000615",
            "kv_call_errors_total{store=\"a.db\",kind=\"set\"} 1",
            "# TYPE kv_call_duration_seconds histogram",
            "kv_commits_total{store=\"a.db\"} 0",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
        assert!(!text.contains("kind=\"get\""), "a kind without calls has no lines");
    }
}
