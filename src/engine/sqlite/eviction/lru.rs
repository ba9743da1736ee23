//! Which entries of a file were not used for the longest time.
//!
//! Every use has a number, and a row of `kv_uses` the number of its entry's last one. Numbers are
//! microseconds, pushed ahead so that they rise within a process, and comparable between processes.
//! Writers keep them in their transactions. ReaderPool only note the use here, in memory: a note counts
//! when its row is about to be taken for the oldest, which is where it would be wrong, and is written
//! down when many have come together, now and then, and when the file is closed. So a read stays a
//! read, and the order is exact within a process.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::Mutex;
use rusqlite::Connection;

use crate::clock::Clock;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::{self, Sql};
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::error::Result;
use crate::model::{Group, Key};

/// Bytes of pending that are held. What is read for the first time beyond that is not pending_access.
const PENDING_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What a note costs beside its names.
const ACCESS_COST: usize = 80;
/// Pending that are written down in one transaction.
pub const WRITE_STEP: usize = 256;

/// The uses of a file's entries, as far as this process knows of them.
pub struct LruOrder {
    clock: Arc<dyn Clock>,
    is_on: AtomicBool,
    /// The last number given out, here or in the file.
    last: AtomicI64,
    pending: Mutex<Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    /// The last use of what was read, by the length of the group, group and key.
    last: HashMap<Box<[u8]>, i64>,
    bytes: usize,
}

/// A use that was pending_access.
#[derive(Debug, Clone)]
pub struct PendingAccess {
    name: Box<[u8]>,
    number: i64,
}

impl LruOrder {
    /// Returns what knows of nothing yet and pending nothing.
    pub fn new(clock: Arc<dyn Clock>) -> LruOrder {
        let (is_on, last) = (AtomicBool::new(false), AtomicI64::new(0));
        LruOrder { clock, is_on, last, pending: Mutex::default() }
    }

    /// Switches noting on or off.
    pub fn switch(&self, on: bool) {
        if self.is_on.swap(on, Ordering::Relaxed) && !on {
            *self.pending.lock() = Pending::default();
        }
    }

    /// Answers whether uses are pending_access.
    pub fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Returns the number of a new use.
    pub fn next(&self) -> i64 {
        let wall = self.clock.now().as_micros();
        let after = |last: i64| wall.max(last + 1);
        let next = |last| Some(after(last));
        // It cannot fail: there is always a next one.
        self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).map_or(wall, after)
    }

    /// Makes all later numbers greater than the greatest in the file.
    pub fn observe(&self, connection: &Connection) -> Result<()> {
        let mut newest = connection.prepare_cached(statement::NEWEST_USE)?;
        let newest: Option<i64> = newest.query_row([], |row| row.get(0))?;
        self.last.fetch_max(newest.unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    /// Pending that an entry was read. Returns whether so many pending have come together just now that
    /// they should be written down.
    pub fn note(&self, group: Group<'_>, key: Key<'_>) -> bool {
        if !self.is_on() {
            return false;
        }
        let name = name_of(group.as_bytes(), key.as_bytes());
        let mut pending = self.pending.lock();
        let number = self.next();
        if let Some(last) = pending.last.get_mut(&*name) {
            *last = number;
            return false;
        }
        let (before, cost) = (pending.bytes, name.len() + ACCESS_COST);
        if before + cost > PENDING_BYTES_MAX {
            return false;
        }
        pending.bytes += cost;
        pending.last.insert(name.into(), number);
        before < PENDING_BYTES_MAX / 2 && pending.bytes >= PENDING_BYTES_MAX / 2
    }

    /// Returns the last use of an entry that was pending_access here.
    pub fn pending_access(&self, group: &[u8], key: &[u8]) -> Option<i64> {
        self.pending.lock().last.get(&*name_of(group, key)).copied()
    }

    /// Returns all pending, the oldest uses first.
    pub fn pending(&self) -> Vec<PendingAccess> {
        let pending = self.pending.lock();
        let all =
            pending.last.iter().map(|(name, &number)| PendingAccess { name: name.clone(), number });
        let mut all: Vec<_> = all.collect();
        all.sort_unstable_by_key(|note| note.number);
        all
    }

    /// Forgets pending that were written down, unless the entry was read again since.
    pub fn forget(&self, written: &[PendingAccess]) {
        let mut pending = self.pending.lock();
        for note in written {
            if pending.last.get(&note.name) == Some(&note.number) {
                pending.last.remove(&note.name);
                pending.bytes = pending.bytes.saturating_sub(note.name.len() + ACCESS_COST);
            }
        }
    }

    /// Writes a note down, if its entry was not used since; the session is in a transaction.
    pub fn write(&self, session: &mut Session, note: &PendingAccess) -> Result<()> {
        let (group, key) = names_of(&note.name);
        self.move_to(session, group, key, note.number)
    }

    /// Moves the row of an entry on to a use, unless it is past that; the session is in a
    /// transaction.
    pub fn move_to(
        &self,
        session: &mut Session,
        group: &[u8],
        key: &[u8],
        number: i64,
    ) -> Result<()> {
        let names = [Blob(group), Blob(key), Integer(number)];
        let parameters = |to: i64| [Integer(to), names[0], names[1], names[2]];
        let moved = session.execute(Sql::MoveUse, &parameters(number))?;
        if moved == 0 {
            // Another process may have given the same number to another entry.
            session.execute(Sql::MoveUse, &parameters(self.next()))?;
        }
        Ok(())
    }
}

/// Begins to keep uses in a file: what is there counts as used when it was written. The connection
/// is in a transaction.
pub fn create(connection: &Connection) -> Result<()> {
    connection.execute_batch(statement::CREATE_USES)?;
    adopt(connection).map(drop)
}

/// Ends it. The connection is in a transaction.
pub fn remove(connection: &Connection) -> Result<()> {
    Ok(connection.execute_batch(statement::DROP_USES)?)
}

/// Takes in the entries that other programs have written, as the ones not used for the longest
/// time; returns how many. The connection is in a transaction.
pub fn adopt(connection: &Connection) -> Result<usize> {
    Ok(connection.execute(statement::ADOPT_UNUSED, [])?)
}

fn name_of(group: &[u8], key: &[u8]) -> Vec<u8> {
    // The length of a group fits in two bytes.
    [&(group.len() as u16).to_le_bytes()[..], group, key].concat()
}

fn names_of(name: &[u8]) -> (&[u8], &[u8]) {
    let Some((len, names)) = name.split_first_chunk::<2>() else { return (b"", b"") };
    names.split_at_checked(usize::from(u16::from_le_bytes(*len))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Timestamp};

    /// Numbers uses from 1 on.
    fn uses() -> LruOrder {
        LruOrder::new(Arc::new(ManualClock::new(Timestamp::from_micros(0))))
    }

    fn names<'n>(group: &'n [u8], key: &'n [u8]) -> (Group<'n>, Key<'n>) {
        (Group::new(group).expect("short"), Key::new(key).expect("short"))
    }

    #[test]
    fn names_are_told_apart_by_where_the_group_ends() {
        for (group, key) in [(&b""[..], &b"ab"[..]), (b"a", b"b"), (b"ab", b"")] {
            assert_eq!(names_of(&name_of(group, key)), (group, key));
        }
        assert_ne!(name_of(b"a", b"b"), name_of(b"", b"ab"));
    }

    #[test]
    fn the_last_use_counts_and_is_forgotten_only_as_it_was_written() {
        let uses = uses();
        let (group, key) = names(b"g", b"k");
        uses.note(group, key);
        assert_eq!(
            uses.pending_access(b"g", b"k"),
            None,
            "nothing is pending_access while it is off"
        );
        uses.switch(true);
        uses.note(group, key);
        let written = uses.pending();
        uses.note(group, key);
        uses.forget(&written);
        assert_eq!(uses.pending_access(b"g", b"k"), Some(2));
        uses.forget(&uses.pending());
        assert_eq!((uses.pending_access(b"g", b"k"), uses.pending.lock().bytes), (None, 0));
    }

    #[test]
    fn notes_are_bounded_and_asked_for_once_when_many() {
        let uses = uses();
        uses.switch(true);
        let long = vec![b'g'; 60_000];
        let asked = (0..200_u8).filter(|id| {
            let id = [*id];
            let (group, key) = names(&long, &id);
            uses.note(group, key)
        });
        assert_eq!(asked.count(), 1);
        assert!(uses.pending.lock().bytes <= PENDING_BYTES_MAX);
        assert!(uses.pending().is_sorted_by_key(|note| note.number));
    }
}
