//! LRU order of a file, with pending accesses.
//!
//! Every access has a number, and a row of `kv_uses` has the number of the last access of its
//! entry. Numbers are microseconds of the clock, advanced where needed so that they rise within a
//! process, and comparable between processes. Writes that change the usage of the file update the
//! rows in their transactions. Reads, and sets of a value of the same length, only record a pending
//! access in memory: so a read writes nothing, and such a set one page. Before an eviction takes
//! the oldest row, a pending access moves it; only there does a stale order matter. The maintenance
//! thread writes pending accesses into the file when many have come together and
//! with each purge, and so does the close. The order is thus exact within a process.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::tables;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, Key};

/// The most bytes of pending accesses. Beyond it, a read of another entry is not recorded.
const PENDING_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of a pending access beside its group and key.
const ACCESS_COST: usize = 80;
/// Pending accesses that are written in one transaction.
pub(crate) const WRITE_STEP: usize = 256;

/// The greatest number of an access that is accepted from a file: the microseconds of the year
/// 73,000, so that no later number leaves the range.
const NUMBER_MAX: i64 = i64::MAX / 4;

/// The access numbers and pending accesses of this process.
pub(crate) struct LruOrder {
    clock: Arc<dyn Clock>,
    is_on: AtomicBool,
    /// The greatest number so far, in this process or seen in the file.
    last: AtomicI64,
    pending: Mutex<Pending>,
    /// Whether pending accesses have become so many that they should be written.
    are_many: AtomicBool,
}

#[derive(Debug, Default)]
struct Pending {
    /// The last access of each entry, by the length of the group, the group and the key.
    last: HashMap<Box<[u8]>, i64>,
    bytes: usize,
}

/// An access that is not yet written into the LRU order.
#[derive(Debug, Clone)]
pub(crate) struct PendingAccess {
    name: Box<[u8]>,
    number: i64,
}

impl LruOrder {
    /// Returns an order that is switched off and has no pending accesses.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> LruOrder {
        LruOrder {
            clock,
            is_on: AtomicBool::new(false),
            last: AtomicI64::new(0),
            pending: Mutex::default(),
            are_many: AtomicBool::new(false),
        }
    }

    /// Switches the recording of accesses on or off; off discards those that are pending.
    pub(crate) fn switch(&self, on: bool) {
        if self.is_on.swap(on, Ordering::Relaxed) && !on {
            *self.pending.lock() = Pending::default();
        }
    }

    /// Returns whether accesses are recorded.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Returns the number of a new access.
    pub(crate) fn next(&self) -> i64 {
        let wall = self.clock.now().as_micros();
        let after = |last: i64| wall.max(last + 1);
        let next = |last| Some(after(last));
        // The update cannot fail, because `next` always returns a number.
        self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).map_or(wall, after)
    }

    /// Ensures that all later numbers are greater than the greatest in the file.
    pub(crate) fn observe(&self, connection: &Connection) -> Result<()> {
        let newest: Option<Option<i64>> =
            connection.find_row(tables::NEWEST_ACCESS, [], |row| row.get(0))?;
        let newest = newest.flatten().unwrap_or(0);
        if newest > NUMBER_MAX {
            return Err(damaged(newest));
        }
        self.last.fetch_max(newest, Ordering::Relaxed);
        Ok(())
    }

    /// Records an access to an entry; returns false if too many are pending.
    pub(crate) fn record(&self, group: Group<'_>, key: Key<'_>) -> bool {
        if !self.is_on() {
            return true;
        }
        let name = name_of(group.as_bytes(), key.as_bytes());
        let mut pending = self.pending.lock();
        let number = self.next();
        if let Some(last) = pending.last.get_mut(&*name) {
            *last = number;
            return true;
        }
        let (before, cost) = (pending.bytes, name.len() + ACCESS_COST);
        if before + cost > PENDING_BYTES_MAX {
            return false;
        }
        pending.bytes += cost;
        pending.last.insert(name.into(), number);
        if before < PENDING_BYTES_MAX / 2 && pending.bytes >= PENDING_BYTES_MAX / 2 {
            self.are_many.store(true, Ordering::Relaxed);
        }
        true
    }

    /// Returns true once when so many accesses are pending that they should be written.
    pub(crate) fn takes_request(&self) -> bool {
        self.are_many.load(Ordering::Relaxed) && self.are_many.swap(false, Ordering::Relaxed)
    }

    /// Returns the number of the pending access to an entry, if there is one.
    pub(crate) fn pending_access(&self, group: &[u8], key: &[u8]) -> Option<i64> {
        self.pending.lock().last.get(&*name_of(group, key)).copied()
    }

    /// Returns all pending accesses, the oldest first.
    pub(crate) fn pending(&self) -> Vec<PendingAccess> {
        let pending = self.pending.lock();
        let all =
            pending.last.iter().map(|(name, &number)| PendingAccess { name: name.clone(), number });
        let mut all: Vec<_> = all.collect();
        all.sort_unstable_by_key(|access| access.number);
        all
    }

    /// Removes pending accesses that were written, except of entries that were read again since.
    pub(crate) fn forget(&self, written: &[PendingAccess]) {
        let mut pending = self.pending.lock();
        for access in written {
            if pending.last.get(&access.name) == Some(&access.number) {
                pending.last.remove(&access.name);
                pending.bytes = pending.bytes.saturating_sub(access.name.len() + ACCESS_COST);
            }
        }
    }

    /// Writes a pending access into the order, unless the entry has a later one there. The session
    /// is in a transaction.
    pub(crate) fn write(&self, session: &mut Session, access: &PendingAccess) -> Result<()> {
        let (group, key) = names_of(&access.name);
        self.move_to(session, group, key, access.number)
    }

    /// Moves an entry in the order to the access `number`, unless it is past that already. The
    /// session is in a transaction.
    pub(crate) fn move_to(
        &self,
        session: &mut Session,
        group: &[u8],
        key: &[u8],
        number: i64,
    ) -> Result<()> {
        let names = [Blob(group), Blob(key), Integer(number)];
        let parameters = |to: i64| [Integer(to), names[0], names[1], names[2]];
        let moved = session.execute(Sql::MoveAccess, &parameters(number))?;
        if moved == 0 {
            // Another process may have given the number to another entry, so a new number is tried.
            // If instead the entry is past `number`, the second update does not apply either.
            session.execute(Sql::MoveAccess, &parameters(self.next()))?;
        }
        Ok(())
    }
}

/// Creates the LRU order in a file, with its entries in the order of their versions. The connection
/// is in a transaction.
pub(crate) fn create(connection: &Connection) -> Result<()> {
    connection.execute_batch(tables::CREATE_LRU)?;
    adopt(connection).map(drop)
}

/// Removes the LRU order from a file. The connection is in a transaction.
pub(crate) fn remove(connection: &Connection) -> Result<()> {
    connection.execute_batch(tables::DROP_LRU)
}

/// Puts the entries that other programs have written at the head of the order; returns how many.
/// The connection is in a transaction.
pub(crate) fn adopt(connection: &Connection) -> Result<usize> {
    connection.execute(tables::ADOPT_UNORDERED, [])
}

/// Returns the error of an order that does not advance past the access `number`.
pub(crate) fn damaged(number: i64) -> Error {
    let message = format!(
        "the LRU order is damaged at access {number}: run REINDEX kv_uses, and DELETE FROM kv_uses \
         WHERE used = {number}, with the sqlite3 shell"
    );
    Error::new(ErrorKind::Corrupt, message)
}

fn name_of(group: &[u8], key: &[u8]) -> Vec<u8> {
    // A group has at most 64 KiB - 1 bytes, so its length fits in two.
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

    /// Returns an order whose numbers begin with 1.
    fn order() -> LruOrder {
        LruOrder::new(Arc::new(ManualClock::new(Timestamp::from_micros(0))))
    }

    fn names<'n>(group: &'n [u8], key: &'n [u8]) -> (Group<'n>, Key<'n>) {
        (Group::new(group).expect("short"), Key::new(key).expect("short"))
    }

    #[test]
    fn names_differ_by_the_length_of_the_group() {
        for (group, key) in [(&b""[..], &b"ab"[..]), (b"a", b"b"), (b"ab", b"")] {
            assert_eq!(names_of(&name_of(group, key)), (group, key));
        }
        assert_ne!(name_of(b"a", b"b"), name_of(b"", b"ab"));
    }

    #[test]
    fn a_pending_access_is_removed_only_if_no_later_one_has_replaced_it() {
        let order = order();
        let (group, key) = names(b"g", b"k");
        order.record(group, key);
        assert_eq!(order.pending_access(b"g", b"k"), None, "nothing is recorded while it is off");
        order.switch(true);
        order.record(group, key);
        let written = order.pending();
        order.record(group, key);
        order.forget(&written);
        assert_eq!(order.pending_access(b"g", b"k"), Some(2));
        order.forget(&order.pending());
        assert_eq!((order.pending_access(b"g", b"k"), order.pending.lock().bytes), (None, 0));
    }

    #[test]
    fn pending_accesses_are_bounded_and_requested_once_when_many() {
        let order = order();
        order.switch(true);
        let long = vec![b'g'; 60_000];
        let requested = (0..200_u8).filter(|id| {
            let id = [*id];
            let (group, key) = names(&long, &id);
            order.record(group, key);
            order.takes_request()
        });
        assert_eq!(requested.count(), 1);
        let (group, key) = names(&long, b"one more");
        assert!(!order.record(group, key));
        assert!(order.pending.lock().bytes <= PENDING_BYTES_MAX);
        assert!(order.pending().is_sorted_by_key(|access| access.number));
    }
}
