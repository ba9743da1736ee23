//! What a watch tells before its queue: the entries that are there, or what the log still has.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::{ChangeCursor, Cursor};
use crate::error::{ErrorKind, Result};
use crate::model::{Change, ChangeKind, Event, Group, Selection, Version};

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
    /// Changes from the log, the last of which had this version.
    Changes(Box<dyn ChangeCursor>, Version),
}

impl Backlog {
    /// Returns a backlog of entries, as of version `newest`.
    pub fn entries(entries: Box<dyn Cursor>, newest: Version) -> Backlog {
        Backlog { source: Source::Entries(entries, newest), read: VecDeque::new() }
    }

    /// Returns a backlog of changes after `since`.
    pub fn changes(changes: Box<dyn ChangeCursor>, since: Version) -> Backlog {
        Backlog { source: Source::Changes(changes, since), read: VecDeque::new() }
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
            Source::Changes(cursor, since) => match cursor.next_changes() {
                Ok(changes) if changes.is_empty() => self.source = Source::Done,
                Ok(changes) => {
                    *since = changes.last().map_or(*since, |last| last.version());
                    let meant = changes.into_iter().filter(|it| selection.matches(it));
                    self.read.extend(meant.map(Event::Change));
                }
                // Trimmed before they could be read; the cursor goes on behind the gap.
                Err(error) if error.kind() == ErrorKind::Compacted => {
                    self.read.push_back(Event::Lagged { lost: 0, since: *since });
                }
                Err(error) => return Err(error),
            },
        }
        Ok(())
    }
}
