//! `kv groups` and `kv count`: list groups, count keys.

use std::ffi::OsString;

use clap::Args;
use kv::{Dialect, Glob, GroupRange, Pattern, Scan, Values};

use crate::failure::Result;
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::output::{Output, print_line};
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv groups`.
#[derive(Debug, Args)]
pub struct Groups {
    /// Only groups that begin with this, byte for byte
    #[arg(short, long, value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// End each name with a NUL in place of a line end
    #[arg(short = '0', long)]
    null: bool,
}

/// Arguments of `kv count`.
#[derive(Debug, Args)]
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
        let (mut out, mut count) = (Output::new(), 0);
        let interrupt = Interrupt::install()?;
        while let Some(entry) =
            cursor.next().map_err(|error| interrupt.stopped(error, count, "groups"))?
        {
            count += 1;
            out.name(entry.group)?;
            out.text(if self.null { "\0" } else { "\n" })?;
        }
        out.finish()?;
        Ok(Outcome::Success)
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
