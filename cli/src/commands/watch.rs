//! `kv watch`: prints changes as they are committed.

use std::ffi::OsString;

use clap::Args;
use kv::{
    ErrorKind, Selection, Selector, Store, Version, WATCH_CAPACITY_MAX, WATCH_CAPACITY_MIN,
    WatchStart,
};

use crate::event_lines::EventLines;
use crate::failure::{Failure, Result};
use crate::format::{Format, FormatArgument};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv watch`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --group it prints the changes of all groups, as kv export writes the entries of all; a key or
a prefix without --group is one of the default group. On a terminal the lines are for people, elsewhere
JSON.

Examples:
  kv watch                                    # all groups, until Ctrl-C
  kv watch --prefix user:
  kv watch --group config flags --existing
  kv watch --from-version 0 -o json > changes # all that the change log has")]
pub struct Watch {
    /// Only changes of this key
    #[arg(conflicts_with = "prefix")]
    key: Option<OsString>,
    /// Only changes of keys that begin with this, byte for byte
    #[arg(short, long, value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// In all groups that begin with this; empty for every group
    #[arg(long, value_name = "PREFIX", conflicts_with = "group")]
    groups: Option<OsString>,
    #[command(flatten)]
    format: FormatArgument,
    /// Begin with the existing entries
    #[arg(long, conflicts_with = "from_version")]
    existing: bool,
    /// Begin with the first change after this version; 0 for all changes in the change log
    #[arg(long, value_name = "VERSION")]
    from_version: Option<Version>,
    /// End after this number of lines
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    /// Length of the queue of changes that are not printed yet; further changes are lost
    #[arg(long, value_name = "CHANGES", default_value_t = 65_536)]
    #[arg(value_parser = clap::value_parser!(u64)
        .range(WATCH_CAPACITY_MIN as u64..=WATCH_CAPACITY_MAX as u64))]
    capacity: u64,
}

impl Watch {
    /// Prints a line for each change, until a signal is received.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        expect_changes_of_others(&store)?;
        let start = match self.from_version {
            Some(0) => WatchStart::Since(store.oldest_change()?),
            Some(version) => WatchStart::Since(version),
            None if self.existing => WatchStart::Existing,
            None => WatchStart::Now,
        };
        let watch = store.watch(self.selection(session)?, self.capacity as usize, start)?;
        let interrupt = Interrupt::install()?;
        let mut out = Output::new();
        let format = self.format.or(if out.is_terminal() { Format::Text } else { Format::Json });
        let mut lines = EventLines::begin(&mut out, format)?;
        let mut left = self.limit.unwrap_or(u64::MAX);
        while left > 0 && !interrupt.is_set() {
            // The buffered lines are written before the wait for an event.
            let event = match watch.take_if(|_| true)? {
                Some(event) => Some(event),
                None => {
                    out.flush()?;
                    match watch.poll(None) {
                        Err(_) if interrupt.is_set() => break,
                        polled => polled?,
                    }
                }
            };
            if let Some(event) = event {
                lines.write(&mut out, &event)?;
                left -= 1;
            }
        }
        out.finish()?;
        match interrupt.is_set() {
            true => Err(interrupt.failure("")),
            false => Ok(Outcome::Success),
        }
    }

    fn selection(&self, session: &Session) -> Result<Selection> {
        let is_all = self.key.is_none()
            && self.prefix.is_none()
            && session.group_arguments().group.is_none();
        let group = match &self.groups {
            Some(prefix) => Selector::Prefix(bytes(prefix).into()),
            None if is_all => Selector::Any,
            None => Selector::Exact(session.group()?.as_bytes().into()),
        };
        let key = match (&self.key, &self.prefix) {
            (Some(key), _) => Selector::Exact(bytes(key).into()),
            (None, Some(prefix)) => Selector::Prefix(bytes(prefix).into()),
            (None, None) => Selector::Any,
        };
        Ok(Selection { group, key })
    }
}

/// Fails if the watch would never receive a change, because the changes of other processes reach
/// it only through a change log that is off.
///
/// Only a file needs the log: a Redis publishes its changes, and no other process has a store in
/// memory.
fn expect_changes_of_others(store: &Store) -> Result<()> {
    match store.oldest_change() {
        Err(error) if error.kind() == ErrorKind::Unsupported => match is_in_file(store)? {
            false => Ok(()),
            true => Err(Failure::other(
                "the change log is off, so a watch would receive no changes of other processes; \
                 'kv changes on' switches it on for this file",
            )),
        },
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// Returns whether a store is in a file: only a file has a size.
fn is_in_file(store: &Store) -> Result<bool> {
    Ok(store.stats()?.file_bytes > 0)
}
