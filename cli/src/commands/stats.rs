//! `kv stats`: prints figures of the store, once or repeatedly.

use std::io::IsTerminal;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::failure::Result;
use crate::figures::{self, Amount, Figure, figure};
use crate::format::{Format, FormatArgument};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units;

/// How often the wait for the next interval looks for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Moves the cursor of a terminal to the start of its line and clears all below.
const CLEAR_BELOW: &str = "\r\x1b[J";

/// Arguments of `kv stats`.
#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal sizes have units; elsewhere they are bytes. The text leaves out what is zero for most
stores; --output json has every figure.

Examples:
  kv stats
  kv stats --watch --interval 5s
  kv stats -o json | jq .entries")]
pub struct Stats {
    /// Repeat until Ctrl-C: in place on a terminal, else one after the other
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
        let store = session.read()?;
        let format = self.format.or(Format::Text);
        if !self.watch {
            let mut out = Output::new();
            print(&mut out, format, &store.stats()?)?;
            out.finish()?;
            return Ok(Outcome::Success);
        }
        let interrupt = Interrupt::install()?;
        let interval = Duration::from_millis(self.interval.max(1) as u64);
        let is_live = std::io::stdout().is_terminal() && format != Format::Json;
        let mut height = 0;
        loop {
            let begun = Instant::now();
            let mut out = Output::new();
            if is_live && height > 0 {
                out.text(&format!("\x1b[{height}A{CLEAR_BELOW}"))?;
            }
            height = print(&mut out, format, &store.stats()?)?;
            out.finish()?;
            while begun.elapsed() < interval && !interrupt.is_set() {
                thread::sleep(POLL_INTERVAL.min(interval));
            }
            if interrupt.is_set() {
                return Err(interrupt.failure(""));
            }
        }
    }
}

/// Prints the figures once and returns the number of lines.
fn print(out: &mut Output, format: Format, it: &kv::Stats) -> Result<usize> {
    let figures = if format == Format::Json { all(it) } else { main(it) };
    figures::print(out, format, &figures)
}

/// Returns the figures that matter to most stores.
fn main(it: &kv::Stats) -> Vec<Figure> {
    let limit = |max: u64, amount: fn(u64) -> Amount| match max {
        0 => Amount::Word("none".to_owned()),
        max => amount(max),
    };
    let mut figures = vec![
        figure("entries", Amount::Count(it.entries)),
        figure("expired", Amount::Count(it.expired_entries)),
        figure("size", Amount::Bytes(it.bytes)),
    ];
    if !it.sqlite_version.is_empty() {
        figures.extend([
            figure("file", Amount::Bytes(it.file_bytes)),
            figure("wal", Amount::Bytes(it.wal_bytes)),
            figure("format", Amount::Count(u64::from(it.format))),
            figure("sqlite", Amount::Word(it.sqlite_version.to_owned())),
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
fn all(it: &kv::Stats) -> Vec<Figure> {
    let count = |name, count: u64| figure(name, Amount::Count(count));
    vec![
        figure("time", Amount::Moment(units::now_ms())),
        count("entries", it.entries),
        figure("bytes", Amount::Bytes(it.bytes)),
        count("expired_entries", it.expired_entries),
        count("format", u64::from(it.format)),
        figure("file_bytes", Amount::Bytes(it.file_bytes)),
        figure("wal_bytes", Amount::Bytes(it.wal_bytes)),
        count("max_entries", it.max_entries),
        figure("max_bytes", Amount::Bytes(it.max_bytes)),
        count("write_errno", u64::from(it.write_errno.unsigned_abs())),
        count("write_stalls", it.write_stalls),
        count("write_stall_us", it.write_stall_us),
        count("longest_write_stall_us", it.longest_write_stall_us),
        count("cache_hits", it.cache_hits),
        count("cache_resets", it.cache_resets),
        figure("sqlite_version", Amount::Word(it.sqlite_version.to_owned())),
    ]
}
