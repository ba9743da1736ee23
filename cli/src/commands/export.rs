//! `kv export`: writes one snapshot of a store as JSON lines.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use indicatif::ProgressBar;
use kv::{Cursor, GroupRange, Pattern, Scan, Values};

use crate::entry_lines::{EntryLines, LONG_VALUE_MIN};
use crate::escape::escaped;
use crate::export_target::{self, ExportTarget};
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::progress;
use crate::session::Session;
use crate::signal;
use crate::units::bytes;

/// Bytes that are buffered before they are written.
const BUFFER_LEN: usize = 1 << 16;
/// Keys between two steps of the bar.
const STEP: u64 = 1_000;

/// Arguments of `kv export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv export all.jsonl                         # all groups
  kv export --group users users.jsonl
  kv export --prefix user: | jq .value
  kv export | ssh host kv import              # to another machine")]
pub struct Export {
    /// The file to write, which appears when it is complete; a pipe or a character device is
    /// written as it is; - or no file is standard output
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Only keys of the group that begin with this, byte for byte; without it and --group, all keys
    #[arg(short, long, value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// Replace the file if it exists; it keeps its mode, and links to it stay
    #[arg(long)]
    overwrite: bool,
}

impl Export {
    /// Writes a line for each key.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read_snapshot()?;
        // Installed before the temporary file exists, which a signal would leave behind.
        let interrupt = Interrupt::install()?;
        let is_all = self.prefix.is_none() && session.group_arguments().group.is_none();
        let (cursor, total) = match is_all {
            true => {
                let all = GroupRange::Prefix(b"");
                (store.entries_up_to(all, None, LONG_VALUE_MIN - 1)?, Some(store.count(all)?))
            }
            false => {
                let pattern = Pattern::Prefix(self.prefix.as_deref().map_or(b"", bytes));
                let values = Values::UpTo(LONG_VALUE_MIN - 1);
                let scan = Scan { pattern, values, ..Scan::all(session.group()?) };
                let total = match self.prefix {
                    None => Some(store.count(GroupRange::One(scan.group))?),
                    Some(_) => None,
                };
                (store.scan(scan)?, total)
            }
        };
        let entries = Entries { cursor, lines: EntryLines::new(&store), interrupt };
        match &self.file {
            Some(path) if !export_target::is_stdout(path) => self.write_to(path, entries, total)?,
            _ => {
                let mut out = BufWriter::with_capacity(BUFFER_LEN, io::stdout().lock());
                // On a terminal the bar would be drawn among the lines.
                let bar = match io::stdout().is_terminal() {
                    true => ProgressBar::hidden(),
                    false => bar(total),
                };
                entries.write_all(&mut out, &bar)?;
            }
        }
        Ok(Outcome::Success)
    }

    /// Writes what stands at `path`: through to a pipe or a device, else a whole file.
    fn write_to(&self, path: &Path, entries: Entries<'_>, total: Option<u64>) -> Result<()> {
        let name = escaped(path.as_os_str().as_encoded_bytes());
        kv::check_unused(path).map_err(|error| Failure::other(format!("write {name}: {error}")))?;
        let failed = |error: io::Error| match (signal::received(), error.kind()) {
            (Some(number), _) => Failure::Interrupted(number, "stopped".to_owned()),
            (None, io::ErrorKind::AlreadyExists) => {
                Failure::other(format!("{name} exists already; --overwrite replaces it"))
            }
            _ => Failure::other(format!("write {name}: {error}")),
        };
        let target = ExportTarget::open(path, self.overwrite).map_err(failed)?;
        let mut out = BufWriter::with_capacity(BUFFER_LEN, target.out());
        entries.write_all(&mut out, &bar(total)).map_err(|failure| match failure {
            // The pipe is the named file, not standard output.
            Failure::ClosedPipe => Failure::other(format!("write {name}: broken pipe")),
            other => other.context(format_args!("write {name}")),
        })?;
        drop(out);
        target.finish().map_err(failed)
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    match total {
        Some(total) => progress::bar("exporting", total, "keys"),
        None => progress::count("exporting", "keys"),
    }
}

/// The entries to export.
struct Entries<'s> {
    cursor: Box<dyn Cursor>,
    lines: EntryLines<'s>,
    interrupt: Interrupt,
}

impl Entries<'_> {
    /// Writes the lines of all entries.
    fn write_all(mut self, out: &mut impl Write, bar: &ProgressBar) -> Result<()> {
        let mut count = 0;
        let written = self.write_counted(out, bar, &mut count);
        match self.interrupt.is_set() {
            true => Err(self.interrupt.failure(format!("stopped after {count} keys"))),
            false => written,
        }
    }

    fn write_counted(
        &mut self,
        out: &mut impl Write,
        bar: &ProgressBar,
        count: &mut u64,
    ) -> Result<()> {
        while let Some(entry) = self.cursor.next()? {
            *count += u64::from(self.lines.write(out, &entry)?);
            if count.is_multiple_of(STEP) {
                bar.set_position(*count);
            }
        }
        out.flush()?;
        bar.finish_and_clear();
        Ok(())
    }
}
