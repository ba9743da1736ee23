//! The backlog of a watch: existing entries, or changes from the change log, before its queue.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::{ChangeCursor, Cursor};
use crate::error::Result;
use crate::model::{Change, ChangeKind, Event, Group, Version};
use crate::watch::selection::Selection;

/// The events before those of the queue. They are read while the watch is polled, not held in
/// memory.
#[derive(Default)]
pub struct Backlog {
    source: Source,
    /// Events that were read and not yet returned.
    read: VecDeque<Event>,
}

#[derive(Default)]
enum Source {
    /// Nothing is left.
    #[default]
    Done,
    /// The entries of one snapshot, and its newest version.
    Entries(Box<dyn Cursor>, Version),
    /// Changes from the change log.
    Changes(Box<dyn ChangeCursor>),
}

impl Backlog {
    /// Returns a backlog of the entries of a snapshot, with [`Event::Synced`] and its version
    /// `newest` at the end.
    pub fn entries(entries: Box<dyn Cursor>, newest: Version) -> Backlog {
        Backlog { source: Source::Entries(entries, newest), read: VecDeque::new() }
    }

    /// Returns a backlog of changes from the change log.
    pub fn changes(changes: Box<dyn ChangeCursor>) -> Backlog {
        Backlog { source: Source::Changes(changes), read: VecDeque::new() }
    }

    /// Returns whether every event was taken.
    pub fn is_done(&self) -> bool {
        self.read.is_empty() && matches!(self.source, Source::Done)
    }

    /// Returns the next event within `selection` without removing it, or `None` at the end.
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

    /// Removes and returns the event that [`Backlog::peek`] returned.
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
                    let change = change.of_size(entry.value_size);
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
