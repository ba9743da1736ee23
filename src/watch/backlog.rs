//! What a watch tells before its queue: the entries that are there, or what the log still has.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::{ChangeCursor, Cursor};
use crate::error::Result;
use crate::model::{Change, ChangeKind, Event, Group, Version};
use crate::watch::selection::Selection;

/// What comes before the queue. It is read as it is asked for, not held in memory.
#[derive(Default)]
pub struct Backlog {
    source: Source,
    /// What was read and not told yet.
    read: VecDeque<Event>,
}

#[derive(Default)]
enum Source {
    /// Nothing is left.
    #[default]
    Done,
    /// Entries of one snapshot, and its newest version.
    Entries(Box<dyn Cursor>, Version),
    /// Changes from the log.
    Changes(Box<dyn ChangeCursor>),
}

impl Backlog {
    /// Returns a backlog of entries, as of version `newest`.
    pub fn entries(entries: Box<dyn Cursor>, newest: Version) -> Backlog {
        Backlog { source: Source::Entries(entries, newest), read: VecDeque::new() }
    }

    /// Returns a backlog of changes from the log.
    pub fn changes(changes: Box<dyn ChangeCursor>) -> Backlog {
        Backlog { source: Source::Changes(changes), read: VecDeque::new() }
    }

    /// Answers whether everything was told.
    pub fn is_done(&self) -> bool {
        self.read.is_empty() && matches!(self.source, Source::Done)
    }

    /// Returns the next event of what `selection` means without taking it, or `None` at the end.
    ///
    /// After an error the backlog has ended.
    pub fn peek(&mut self, selection: &Selection) -> Result<Option<&Event>> {
        while self.read.is_empty() && !matches!(self.source, Source::Done) {
            if let Err(error) = self.read_on(selection) {
                self.source = Source::Done;
                return Err(error);
            }
        }
        Ok(self.read.front())
    }

    /// Returns what was peeked at.
    pub fn take(&mut self) -> Option<Event> {
        self.read.pop_front()
    }

    fn read_on(&mut self, selection: &Selection) -> Result<()> {
        match &mut self.source {
            Source::Done => {}
            Source::Entries(cursor, newest) => {
                let Some(entry) = cursor.next()? else {
                    self.read.push_back(Event::Synced { version: *newest });
                    self.source = Source::Done;
                    return Ok(());
                };
                if selection.covers(entry.group, entry.key) {
                    let group = Group::new(entry.group)?;
                    let (key, value, version) = (entry.key, entry.value, entry.version);
                    let change = Change::new(ChangeKind::Set, group, key, value, version);
                    self.read.push_back(Event::Change(Arc::new(change)));
                }
            }
            Source::Changes(cursor) => {
                let mut changes = cursor.next_changes()?;
                if changes.is_empty() {
                    self.source = Source::Done;
                    return Ok(());
                }
                changes.retain(|it| match it {
                    Event::Change(change) => selection.matches(change),
                    _ => true,
                });
                self.read.extend(changes);
            }
        }
        Ok(())
    }
}
