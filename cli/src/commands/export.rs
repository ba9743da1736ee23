//! `kv export`: writes one snapshot of a store as JSON lines.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use indicatif::ProgressBar;
use kv::{Cursor, GroupRange, Pattern, Scan, ScanEntry};

use crate::escape::escaped;
use crate::export_target::{self, ExportTarget};
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::progress;
use crate::session::Session;
use crate::units::bytes;

/// Bytes that are buffered before they are written.
const BUFFER_LEN: usize = 1 << 16;
/// Keys between two steps of the bar.
const STEP: u64 = 1_000;

/// Arguments of `kv export`.
#[derive(Debug, Args)]
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
        let store = session.read()?;
        // Installed before the temporary file exists, which a signal would leave behind.
        let interrupt = Interrupt::install()?;
        let is_all = self.prefix.is_none() && session.group_arguments().group.is_none();
        let (cursor, total) = match is_all {
            true => {
                let all = GroupRange::Prefix(b"");
                (store.entries(all, None)?, Some(store.count(all)?))
            }
            false => {
                let pattern = Pattern::Prefix(self.prefix.as_deref().map_or(b"", bytes));
                let scan = Scan { pattern, ..Scan::all(session.group()?) };
                let total = match self.prefix {
                    None => Some(store.count(GroupRange::One(scan.group))?),
                    Some(_) => None,
                };
                (store.scan(scan)?, total)
            }
        };
        match &self.file {
            Some(path) if !export_target::is_stdout(path) => {
                self.write_to(path, cursor, total, &interrupt)?
            }
            _ => {
                let mut out = BufWriter::with_capacity(BUFFER_LEN, io::stdout().lock());
                // On a terminal the bar would be drawn among the lines.
                let bar = match io::stdout().is_terminal() {
                    true => ProgressBar::hidden(),
                    false => bar(total),
                };
                write_all(&mut out, cursor, &bar, &interrupt)?;
            }
        }
        Ok(Outcome::Success)
    }

    /// Writes what stands at `path`: through to a pipe or a device, else a whole file.
    fn write_to(
        &self,
        path: &Path,
        cursor: Box<dyn Cursor>,
        total: Option<u64>,
        interrupt: &Interrupt,
    ) -> Result<()> {
        let name = escaped(path.as_os_str().as_encoded_bytes());
        kv::check_unused(path).map_err(|error| Failure::other(format!("write {name}: {error}")))?;
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Failure::other(format!("{name} exists already; --overwrite replaces it"))
            }
            _ => Failure::other(format!("write {name}: {error}")),
        };
        let target = ExportTarget::open(path, self.overwrite).map_err(failed)?;
        let mut out = BufWriter::with_capacity(BUFFER_LEN, target.out());
        write_all(&mut out, cursor, &bar(total), interrupt).map_err(|failure| match failure {
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

fn write_all(
    out: &mut impl Write,
    mut cursor: Box<dyn Cursor>,
    bar: &ProgressBar,
    interrupt: &Interrupt,
) -> Result<()> {
    let mut buffer = Vec::new();
    let mut count = 0_u64;
    let stopped = |count| interrupt.failure(format!("stopped after {count} keys"));
    while let Some(entry) = cursor.next().map_err(|error| match interrupt.is_set() {
        true => stopped(count),
        false => error.into(),
    })? {
        buffer.clear();
        write_entry(&mut buffer, &entry);
        out.write_all(&buffer)?;
        count += 1;
        if count.is_multiple_of(STEP) {
            bar.set_position(count);
        }
    }
    out.flush()?;
    bar.finish_and_clear();
    if interrupt.is_set() { Err(stopped(count)) } else { Ok(()) }
}

/// Appends the line of an entry, without the version, which belongs to the store.
fn write_entry(buffer: &mut Vec<u8>, entry: &ScanEntry<'_>) {
    let mut line = JsonLine::begin(buffer);
    if !entry.group.is_empty() {
        line = line.bytes("group", entry.group);
    }
    line.bytes("key", entry.key)
        .bytes("value", entry.value)
        .maybe("expires_at", entry.expires_at.map(|at| at.as_millis()))
        .end();
}
