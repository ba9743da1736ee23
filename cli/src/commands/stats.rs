//! `kv stats`: figures of the store, once or again and again.

use std::io::IsTerminal;
use std::thread;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use kv::Stats as Figures;

use crate::interrupt::Interrupt;
use crate::lines::Line;
use crate::outcome::{Answer, Result};
use crate::output::Output;
use crate::session::Session;
use crate::units::{self, short_size};

const LABEL: Style = AnsiColor::Blue.on_default().bold();
/// How long a signal may wait for an answer.
const PATIENCE: Duration = Duration::from_millis(50);
/// Moves a terminal's cursor up over a table and clears what is below.
const CLEAR_BELOW: &str = "\r\x1b[J";

/// Arguments of `kv stats`.
#[derive(Debug, Args)]
pub struct Stats {
    /// Again and again, until Ctrl-C: in place on a terminal, else one after the other
    #[arg(short, long)]
    watch: bool,
    /// How often
    #[arg(long, value_name = "DURATION", value_parser = units::ttl, default_value = "1s")]
    interval: i64,
    /// How to show them
    #[arg(short, long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A figure in a line
    Table,
    /// A JSON object in a line
    Json,
}

impl Stats {
    /// Prints the figures.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.read()?;
        if !self.watch {
            let mut out = Output::new();
            self.print(&mut out, &store.stats()?)?;
            out.finish()?;
            return Ok(Answer::Yes);
        }
        let interrupt = Interrupt::listen()?;
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
                thread::sleep(PATIENCE.min(interval));
            }
            if interrupt.is_set() {
                return Err(interrupt.failure(""));
            }
        }
    }

    /// Prints one state of the figures and returns how many lines it took.
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
            ("log", short_size(it.wal_bytes)),
            ("sqlite", it.sqlite_version.to_owned()),
        ]);
    }
    rows.extend([
        ("entries at most", limit(it.max_entries, it.max_entries.to_string())),
        ("size at most", limit(it.max_bytes, short_size(it.max_bytes))),
    ]);
    rows
}

fn write_json(buffer: &mut Vec<u8>, it: &Figures) {
    Line::begin(buffer)
        .json("time", units::now_ms())
        .json("entries", it.entries)
        .json("bytes", it.bytes)
        .json("expired_entries", it.expired_entries)
        .json("file_bytes", it.file_bytes)
        .json("wal_bytes", it.wal_bytes)
        .json("max_entries", it.max_entries)
        .json("max_bytes", it.max_bytes)
        .bytes("sqlite_version", it.sqlite_version.as_bytes())
        .end();
}
