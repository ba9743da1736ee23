//! `kv list`: lists the keys of a group.

use std::ffi::OsString;

use clap::Args;
use kv::{Dialect, Glob, Key, Pattern, Scan, ScanEntry, Values};

use crate::columns;
use crate::failure::Result;
use crate::format::{Format, FormatArgument};
use crate::interrupt::Interrupt;
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv list                                     # all keys of the default group
  kv list 'user:*' --limit 20                 # those that match a glob
  kv list --prefix user: --long               # with version, ttl and size
  kv list -0 --prefix tmp: | xargs -0 -r kv delete
  kv list --group sessions -o json")]
pub struct List {
    /// Only keys that match: *, ?, [a-z], [^x], as in SQLite's GLOB
    #[arg(conflicts_with = "prefix")]
    glob: Option<OsString>,
    /// Read the glob as Redis does: ? is one byte, \ escapes
    #[arg(long, requires = "glob")]
    redis_glob: bool,
    /// Only keys that begin with this, byte for byte
    #[arg(short, long, value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// Only keys after this one
    #[arg(long, value_name = "KEY")]
    after: Option<OsString>,
    /// Largest number of keys; 0 for all
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    limit: u64,
    /// From the last key to the first
    #[arg(short, long)]
    reverse: bool,
    /// With version, ttl and size: as a table, or in the objects of --output json
    #[arg(short, long)]
    long: bool,
    #[command(flatten)]
    format: FormatArgument,
    /// End each key with a NUL in place of a line end
    #[arg(short = '0', long, conflicts_with_all = ["long", "output"])]
    null: bool,
}

impl List {
    /// Prints the keys.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        let format = self.format.or(if self.long { Format::Table } else { Format::Text });
        let has_sizes = self.long || format == Format::Table;
        let after = self.after.as_deref().map(|it| Key::new(bytes(it))).transpose()?;
        let whole = Scan {
            pattern: self.pattern(),
            reverse: self.reverse,
            limit: self.limit,
            values: if has_sizes { Values::Sizes } else { Values::None },
            ..Scan::all(session.group()?)
        };
        let mut cursor = store.scan(after.map_or(whole, |key| whole.after(key)))?;
        let mut out = Output::new();
        // On a terminal the first keys of many are shown while the others are read.
        let is_terminal = out.is_terminal();
        let mut count = 0_u64;
        if format == Format::Table {
            columns::write_heading(&mut out, &["key"])?;
        }
        let interrupt = Interrupt::install()?;
        while let Some(entry) =
            cursor.next().map_err(|error| interrupt.stopped(error, count, "keys"))?
        {
            self.print(&mut out, format, &entry)?;
            count += 1;
            if is_terminal && count.is_multiple_of(1000) {
                out.flush()?;
            }
        }
        out.finish()?;
        Ok(Outcome::Success)
    }

    fn pattern(&self) -> Pattern<'_> {
        let dialect = if self.redis_glob { Dialect::Redis } else { Dialect::Sqlite };
        match (&self.glob, &self.prefix) {
            (Some(glob), _) => Pattern::Glob(Glob::new(bytes(glob), dialect)),
            (None, prefix) => Pattern::Prefix(prefix.as_deref().map_or(b"", bytes)),
        }
    }

    fn print(&self, out: &mut Output, format: Format, entry: &ScanEntry<'_>) -> Result<()> {
        if format == Format::Json {
            let mut buffer = Vec::new();
            let line = JsonLine::begin(&mut buffer).bytes("key", entry.key);
            let line = match self.long {
                true => line
                    .json("version", entry.version)
                    .maybe("expires_at", entry.expires_at.map(|at| at.as_millis()))
                    .json("size", entry.value_size),
                false => line,
            };
            line.end();
            return out.bytes(&buffer);
        }
        if format == Format::Table {
            columns::write(out, entry.version, entry.expires_at, entry.value_size)?;
        }
        match format {
            Format::Raw => out.bytes(entry.key)?,
            _ => out.name(entry.key)?,
        }
        out.text(if self.null { "\0" } else { "\n" })
    }
}
