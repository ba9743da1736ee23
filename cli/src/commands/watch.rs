//! `kv watch`: prints changes as they are committed.

use std::ffi::OsString;

use clap::Args;
use kv::{
    Change, ChangeKind, ErrorKind, Event, Selection, Selector, Store, Version, WATCH_CAPACITY_MAX,
    WATCH_CAPACITY_MIN, WatchStart,
};

use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv watch`.
#[derive(Debug, Args)]
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
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut buffer = Vec::new();
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
                buffer.clear();
                write(&mut buffer, &event);
                out.bytes(&buffer)?;
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
        let group = match &self.groups {
            Some(prefix) => Selector::Prefix(bytes(prefix).into()),
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

/// Appends the line of an event.
fn write(buffer: &mut Vec<u8>, event: &Event) {
    let line = JsonLine::begin(buffer);
    match event {
        Event::Change(change) => write_change(line, change),
        Event::Synced { version } => {
            line.json("type", "\"synced\"").json("version", version).end();
        }
        Event::Lagged { lost, since } => {
            line.json("type", "\"lagged\"").json("lost", lost).json("version", since).end();
        }
    }
}

fn write_change(line: JsonLine<'_>, change: &Change) {
    let name = match change.kind() {
        ChangeKind::Set => "\"set\"",
        ChangeKind::Delete => "\"delete\"",
        ChangeKind::DeleteGroup => "\"delete_group\"",
        ChangeKind::Expire => "\"expire\"",
    };
    let mut line = line.json("type", name).bytes("group", change.group());
    if change.kind() != ChangeKind::DeleteGroup {
        line = line.bytes("key", change.key());
    }
    if change.kind() == ChangeKind::Set {
        // The bytes of a value that was written in pieces are not in its change.
        line = match change.is_large() {
            true => line.json("size", change.size()),
            false => line.bytes("value", change.value()),
        };
    }
    line.json("version", change.version()).json("time", change.time_ms()).end();
}
