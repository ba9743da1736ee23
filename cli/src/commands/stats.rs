//! `kv stats`: prints figures of the store, once or repeatedly.

use std::io::IsTerminal;
use std::thread;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use kv::Stats as Figures;

use crate::failure::Result;
use crate::interrupt::Interrupt;
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units::{self, short_size};

const LABEL: Style = AnsiColor::Blue.on_default().bold();
/// How often the wait for the next interval looks for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Moves the cursor of a terminal to the start of its line and clears all below.
const CLEAR_BELOW: &str = "\r\x1b[J";

/// Arguments of `kv stats`.
#[derive(Debug, Args)]
pub struct Stats {
    /// Repeat until Ctrl-C: in place on a terminal, else one after the other
    #[arg(short, long)]
    watch: bool,
    /// Time between two repetitions
    #[arg(long, value_name = "DURATION", value_parser = units::ttl, default_value = "1s")]
    interval: i64,
    /// Format of the figures
    #[arg(short, long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One figure in each line
    Table,
    /// One JSON object in each line
    Json,
}

impl Stats {
    /// Prints the figures.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        if !self.watch {
            let mut out = Output::new();
            self.print(&mut out, &store.stats()?)?;
            out.finish()?;
            return Ok(Outcome::Success);
        }
        let interrupt = Interrupt::install()?;
        let interval = Duration::from_millis(self.interval.max(1) as u64);
        let is_live = std::io::stdout().is_terminal() && self.output == Format::Table;
        let mut height = 0;
        loop {
            let begun = Instant::now();
            let mut out = Output::new();
            if is_live && height > 0 {
                out.text(&format!("\x1b[{height}A{CLEAR_BELOW}"))?;
            }
            height = self.print(&mut out, &store.stats()?)?;
            out.finish()?;
            while begun.elapsed() < interval && !interrupt.is_set() {
                thread::sleep(POLL_INTERVAL.min(interval));
            }
            if interrupt.is_set() {
                return Err(interrupt.failure(""));
            }
        }
    }

    /// Prints the figures once and returns the number of lines.
    fn print(&self, out: &mut Output, figures: &Figures) -> Result<usize> {
        if self.output == Format::Json {
            let mut buffer = Vec::new();
            write_json(&mut buffer, figures);
            out.bytes(&buffer)?;
            return Ok(1);
        }
        let rows = rows(figures);
        for (label, text) in &rows {
            out.styled(LABEL, &format!("{label:<16}"))?;
            out.line(text)?;
        }
        Ok(rows.len())
    }
}

fn rows(it: &Figures) -> Vec<(&'static str, String)> {
    let limit = |max: u64, text: String| if max == 0 { "none".to_owned() } else { text };
    let mut rows = vec![
        ("entries", it.entries.to_string()),
        ("expired", it.expired_entries.to_string()),
        ("size", short_size(it.bytes)),
    ];
    if !it.sqlite_version.is_empty() {
        rows.extend([
            ("file", short_size(it.file_bytes)),
            ("wal", short_size(it.wal_bytes)),
            ("format", it.format.to_string()),
            ("sqlite", it.sqlite_version.to_owned()),
        ]);
    }
    rows.extend([
        ("entries at most", limit(it.max_entries, it.max_entries.to_string())),
        ("size at most", limit(it.max_bytes, short_size(it.max_bytes))),
    ]);
    if it.write_errno != 0 {
        let denial = std::io::Error::from_raw_os_error(it.write_errno);
        rows.push(("read only", denial.to_string()));
    }
    rows
}

fn write_json(buffer: &mut Vec<u8>, it: &Figures) {
    JsonLine::begin(buffer)
        .json("time", units::now_ms())
        .json("entries", it.entries)
        .json("bytes", it.bytes)
        .json("expired_entries", it.expired_entries)
        .json("format", it.format)
        .json("file_bytes", it.file_bytes)
        .json("wal_bytes", it.wal_bytes)
        .json("max_entries", it.max_entries)
        .json("max_bytes", it.max_bytes)
        .json("write_errno", it.write_errno)
        .json("write_stalls", it.write_stalls)
        .json("write_stall_us", it.write_stall_us)
        .json("longest_write_stall_us", it.longest_write_stall_us)
        .json("cache_hits", it.cache_hits)
        .json("cache_resets", it.cache_resets)
        .bytes("sqlite_version", it.sqlite_version.as_bytes())
        .end();
}
