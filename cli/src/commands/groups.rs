//! `kv groups` and `kv count`: list groups, count keys.

use std::ffi::OsString;

use clap::Args;
use kv::{Dialect, Glob, Group, GroupRange, Pattern, Scan, Store, Values};

use crate::failure::Result;
use crate::format::{Format, FormatArgument};
use crate::interrupt::Interrupt;
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::output::{Output, print_line};
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv groups`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv groups                                   # the default group is an empty line
  kv groups --long                            # with the number of keys
  kv groups --prefix tenant-a: -o json")]
pub struct Groups {
    /// Only groups that begin with this, byte for byte
    #[arg(short, long, value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// With the number of keys: as a table, or in the objects of --output json
    #[arg(short, long)]
    long: bool,
    #[command(flatten)]
    format: FormatArgument,
    /// End each name with a NUL in place of a line end
    #[arg(short = '0', long, conflicts_with_all = ["long", "output"])]
    null: bool,
}

/// Arguments of `kv count`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv count                                    # the keys of the default group
  kv count 'user:*' --group sessions
  kv count --all                              # the keys of all groups")]
pub struct Count {
    /// Only keys that match, as for list
    #[arg(conflicts_with_all = ["prefix", "all"])]
    glob: Option<OsString>,
    /// Only keys that begin with this, byte for byte
    #[arg(short, long, value_name = "PREFIX", conflicts_with = "all")]
    prefix: Option<OsString>,
    /// Count the keys of all groups
    #[arg(short, long, conflicts_with = "group")]
    all: bool,
}

impl Groups {
    /// Prints the names; the name of the default group is an empty line.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        let mut cursor = store.groups(self.prefix.as_deref().map_or(b"", bytes))?;
        let format = self.format.or(if self.long { Format::Table } else { Format::Text });
        let (mut out, mut count) = (Output::new(), 0);
        if format == Format::Table {
            out.line(&format!("{:>12}  group", "keys"))?;
        }
        let interrupt = Interrupt::install()?;
        while let Some(entry) =
            cursor.next().map_err(|error| interrupt.stopped(error, count, "groups"))?
        {
            count += 1;
            self.print(&mut out, &store, format, entry.group)?;
        }
        out.finish()?;
        Ok(Outcome::Success)
    }

    fn print(&self, out: &mut Output, store: &Store, format: Format, group: &[u8]) -> Result<()> {
        let has_count = self.long || format == Format::Table;
        let count = match has_count {
            true => Some(store.count(GroupRange::One(Group::new(group)?))?),
            false => None,
        };
        match format {
            Format::Json => {
                let mut line = Vec::new();
                JsonLine::begin(&mut line).bytes("group", group).maybe("keys", count).end();
                return out.bytes(&line);
            }
            Format::Table => {
                out.text(&format!("{:>12}  ", count.unwrap_or_default()))?;
                out.name(group)?;
            }
            Format::Text => out.name(group)?,
            Format::Raw => out.bytes(group)?,
        }
        out.text(if self.null { "\0" } else { "\n" })
    }
}

impl Count {
    /// Prints the number of keys.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let (store, interrupt) = (session.read()?, Interrupt::install()?);
        let pattern = match (&self.glob, &self.prefix) {
            (Some(glob), _) => Pattern::Glob(Glob::new(bytes(glob), Dialect::Sqlite)),
            (None, Some(prefix)) => Pattern::Prefix(bytes(prefix)),
            (None, None) => {
                let range = match self.all {
                    true => GroupRange::Prefix(b""),
                    false => GroupRange::One(session.group()?),
                };
                return print_line(&store.count(range)?.to_string());
            }
        };
        let scan = Scan { pattern, values: Values::None, ..Scan::all(session.group()?) };
        let (mut cursor, mut count) = (store.scan(scan)?, 0_u64);
        while cursor.next().map_err(|error| interrupt.stopped(error, count, "matches"))?.is_some() {
            count += 1;
        }
        print_line(&count.to_string())
    }
}
