//! `kv watch`: changes as they are made.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use kv::{
    Change, ChangeKind, ErrorKind, Event, Selection, Selector, Store, Version, WATCH_CAPACITY_MAX,
    WATCH_CAPACITY_MIN, WatchStart,
};

use crate::interrupt::Interrupt;
use crate::lines::Line;
use crate::outcome::{Answer, Failure, Result};
use crate::output::Output;
use crate::session::Session;
use crate::units::bytes;

/// How long a signal may wait for an answer.
const PATIENCE: Duration = Duration::from_millis(100);

/// Arguments of `kv watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// Only changes of this key
    #[arg(conflicts_with = "prefix")]
    key: Option<OsString>,
    /// Only changes of keys that begin with this, byte for byte
    #[arg(short, long, value_name = "PREFIX")]
    prefix: Option<OsString>,
    /// In groups that begin with this instead of one group; empty for all
    #[arg(long, value_name = "PREFIX", conflicts_with = "group")]
    groups: Option<OsString>,
    /// Begin with what is there
    #[arg(long, conflicts_with = "from_version")]
    existing: bool,
    /// Begin with the first change after this version, 0 for all the log has
    #[arg(long, value_name = "VERSION")]
    from_version: Option<Version>,
    /// End after so many lines
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    /// Room for changes that could not be printed yet; more are counted as lost
    #[arg(long, value_name = "CHANGES", default_value_t = 65_536)]
    #[arg(value_parser = clap::value_parser!(u64)
        .range(WATCH_CAPACITY_MIN as u64..=WATCH_CAPACITY_MAX as u64))]
    capacity: u64,
}

impl Watch {
    /// Prints a line for each change, until a signal comes.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.read()?;
        expect_others_are_heard(&store)?;
        let start = match self.from_version {
            Some(0) => WatchStart::Since(store.oldest_change()?),
            Some(version) => WatchStart::Since(version),
            None if self.existing => WatchStart::Existing,
            None => WatchStart::Now,
        };
        let watch = store.watch(self.selection(session)?, self.capacity as usize, start)?;
        let interrupt = Interrupt::listen()?;
        let mut out = Output::new();
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut buffer = Vec::new();
        while left > 0 && !interrupt.is_set() {
            // Lines are handed over before anything is waited for.
            let event = match watch.take_if(|_| true)? {
                Some(event) => Some(event),
                None => {
                    out.flush()?;
                    watch.poll(Some(PATIENCE))?
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
            false => Ok(Answer::Yes),
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

/// Fails if this process, which changes nothing itself, would wait for ever.
fn expect_others_are_heard(store: &Store) -> Result<()> {
    match store.oldest_change() {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            match store.stats()?.sqlite_version {
                "" => Ok(()),
                _ => Err(Failure::other(
                    "the log of changes is off, so a watch would hear of no other process; \
                     'kv changes on' switches it on for this file",
                )),
            }
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// Appends the line of an event.
fn write(buffer: &mut Vec<u8>, event: &Event) {
    let line = Line::begin(buffer);
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

fn write_change(line: Line<'_>, change: &Change) {
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
        line = line.bytes("value", change.value());
    }
    line.json("version", change.version()).json("time", change.time_ms()).end();
}
