//! `kv stats`: prints figures of the store, once or repeatedly, or its metrics.

use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use kv::{METRICS, Metrics, Scaled, Stats as StoreStats, StoreUsage};

use crate::failure::Result;
use crate::figures::{self, Amount, Figure, figure};
use crate::format::{Format, FormatArgument};
use crate::interrupt::Interrupt;
use crate::live_stats::lines::Lines;
use crate::live_stats::sample::{Changes, Sample, Sampler};
use crate::live_stats::view;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::signal;
use crate::terminal::screen::{Suitability, suitability};
use crate::units;

/// How often the wait for the next interval looks for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The shortest interval: a shorter one would only be work.
const INTERVAL_MS_MIN: i64 = 50;

/// Arguments of `kv stats`.
#[derive(Debug, Args)]
#[command(after_help = "\
Sizes, free space, the format and the limits are those of the store, whichever process writes it.
All counters, such as commits and hits, are those of this process alone: they begin at 0 when it
opens the store. A program shows its own by kv_metrics_get and kv_metrics_text.

On a terminal sizes have units; elsewhere they are bytes. The text has the figures of the store;
--output json has all, with the names of kv_stats and kv_usage in C.

--watch shows the figures as they change, each with its change in a second and a line of its last
samples. The changes that all processes make are counted if the change log is on (kv changes on),
and in a Redis. Figures of this process are shown when they are not 0. In a pipe each interval is a
line, with the rates of counters, and with --output json an object.

Examples:
  kv stats
  kv stats --count                                # reads all entries
  kv stats --watch --interval 5s
  kv stats --count -o json | jq .entries
  kv stats --metrics                              # in the format of Prometheus")]
pub struct Stats {
    /// Count the entries as well, with their size; reads all of them
    #[arg(short, long)]
    count: bool,
    /// Print the metrics of this process in the format of Prometheus, or as one object of JSON
    #[arg(short, long, conflicts_with_all = ["watch", "count"])]
    metrics: bool,
    /// Repeat until Ctrl-C: on the whole screen of a terminal, elsewhere one line after the other
    #[arg(short, long)]
    watch: bool,
    /// Time between two repetitions
    #[arg(long, value_name = "DURATION", value_parser = units::ttl, default_value = "1s")]
    interval: i64,
    #[command(flatten)]
    format: FormatArgument,
}

impl Stats {
    /// Prints the figures.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let format = self.format.or(Format::Text);
        if self.watch {
            return self.watch(session, format);
        }
        let store = session.read()?;
        let mut out = Output::new();
        if self.metrics {
            match format {
                Format::Text => out.text(&store.metrics_text()?)?,
                _ => {
                    figures::print(&mut out, format, &of_metrics(&store.metrics()?))?;
                }
            }
        } else {
            let usage = self.count.then(|| store.usage()).transpose()?;
            let figures = match format {
                Format::Json => all(units::now_ms(), &store.stats()?, usage.as_ref(), None),
                _ => main(&store.stats()?, &store.metrics()?, usage.as_ref()),
            };
            figures::print(&mut out, format, &figures)?;
        }
        out.finish()?;
        Ok(Outcome::Success)
    }

    /// Prints the figures until a signal is received, or shows them until a key ends the view.
    fn watch(&self, session: &Session, format: Format) -> Result<Outcome> {
        let store = session.read()?;
        let arguments = session.store_arguments();
        let interval = Duration::from_millis(self.interval.max(INTERVAL_MS_MIN) as u64);
        if format == Format::Text && suitability() == Suitability::Suitable {
            return view::run(&store, arguments, self.count, interval);
        }
        let interrupt = Interrupt::install()?;
        let mut sampler = Sampler::begin(store.bind(signal::calls()), arguments, self.count)?;
        let mut lines: Option<Lines> = None;
        loop {
            let begun = Instant::now();
            let sample = sampler.take()?;
            let mut out = Output::new();
            match (format, &mut lines) {
                (Format::Json | Format::Raw, _) => {
                    figures::print(&mut out, format, &of_sample(&sample, format))?;
                }
                (_, Some(lines)) => lines.write(&mut out, sample)?,
                (_, None) => lines = Some(Lines::begin(&mut out, sample)?),
            }
            out.finish()?;
            while begun.elapsed() < interval && !interrupt.is_set() {
                thread::sleep(POLL_INTERVAL.min(interval));
                sampler.count_changes()?;
            }
            if interrupt.is_set() {
                return Err(interrupt.failure(""));
            }
        }
    }
}

fn of_sample(sample: &Sample, format: Format) -> Vec<Figure> {
    let Sample { time_ms, stats, metrics, usage, changes, .. } = sample;
    match format {
        Format::Json => all(*time_ms, stats, usage.as_ref(), changes.as_ref()),
        _ => main(stats, metrics, usage.as_ref()),
    }
}

/// Returns the figures of the store, for people.
fn main(it: &StoreStats, metrics: &Metrics, usage: Option<&StoreUsage>) -> Vec<Figure> {
    let limit = |max: u64, amount: fn(u64) -> Amount| match max {
        0 => Amount::Word("none".to_owned()),
        max => amount(max),
    };
    let mut figures = Vec::new();
    if let Some(usage) = usage {
        figures.extend([
            figure("entries", Amount::Count(usage.entries)),
            figure("expired", Amount::Count(usage.expired_entries)),
            figure("size", Amount::Bytes(usage.bytes)),
        ]);
    }
    if !it.sqlite_version.is_empty() {
        figures.extend([
            figure("file", Amount::Bytes(it.file_bytes)),
            figure("wal", Amount::Bytes(it.wal_bytes)),
            figure("free", Amount::Bytes(metrics.free_bytes)),
            figure("format", Amount::Count(u64::from(it.format))),
            figure("sqlite", Amount::Word(it.sqlite_version.to_owned())),
        ]);
    } else if it.file_bytes + it.wal_bytes > 0 {
        figures.extend([
            figure("snapshot", Amount::Bytes(it.file_bytes)),
            figure("log", Amount::Bytes(it.wal_bytes)),
        ]);
    }
    figures.extend([
        figure("entries_at_most", limit(it.max_entries, Amount::Count)),
        figure("size_at_most", limit(it.max_bytes, Amount::Bytes)),
    ]);
    if it.write_errno != 0 {
        let denial = std::io::Error::from_raw_os_error(it.write_errno);
        figures.push(figure("read_only", Amount::Word(denial.to_string())));
    }
    figures
}

/// Returns all figures, with the names that they have in C, and the time.
fn all(
    time_ms: i64,
    it: &StoreStats,
    usage: Option<&StoreUsage>,
    changes: Option<&Changes>,
) -> Vec<Figure> {
    let count = |name, count: u64| figure(name, Amount::Count(count));
    let mut figures = vec![figure("time", Amount::Moment(time_ms))];
    if let Some(usage) = usage {
        figures.extend([
            count("entries", usage.entries),
            figure("bytes", Amount::Bytes(usage.bytes)),
            count("expired_entries", usage.expired_entries),
        ]);
    }
    if let Some(changes) = changes {
        figures.extend([
            count("changes", changes.all),
            count("sets", changes.sets),
            count("deletes", changes.deletes),
            count("expires", changes.expired),
        ]);
    }
    figures.extend([
        count("format", u64::from(it.format)),
        count("hits", it.hits),
        count("misses", it.misses),
        count("commits", it.commits),
        count("transactions", it.transactions),
        count("expirations", it.expirations),
        figure("file_bytes", Amount::Bytes(it.file_bytes)),
        figure("wal_bytes", Amount::Bytes(it.wal_bytes)),
        count("checkpoints", it.checkpoints),
        count("readers", it.readers),
        figure("sqlite_version", Amount::Word(it.sqlite_version.to_owned())),
        count("evictions", it.evictions),
        figure("max_bytes", Amount::Bytes(it.max_bytes)),
        count("max_entries", it.max_entries),
        count("read_only", u64::from(it.read_only)),
        count("write_errno", u64::from(it.write_errno.unsigned_abs())),
        count("oldest_snapshot_ms", it.oldest_snapshot_ms),
        count("write_stalls", it.write_stalls),
        count("write_stall_us", it.write_stall_us),
        count("longest_write_stall_us", it.longest_write_stall_us),
        count("cache_hits", it.cache_hits),
        count("cache_resets", it.cache_resets),
    ]);
    figures
}

/// Returns the metrics, with their names in the format of Prometheus.
fn of_metrics(metrics: &Metrics) -> Vec<Figure> {
    let amount = |row: &kv::MetricRow| {
        let value = (row.value)(metrics);
        match row.scale {
            1 => Amount::Count(value),
            scale => Amount::Seconds(Scaled(value, scale)),
        }
    };
    METRICS.iter().map(|row| figure(row.name, amount(row))).collect()
}
