//! Scans of a transaction: the stored entries of a range, and among them those that the transaction
//! has written.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Bound;

use crate::engine::Cursor;
use crate::error::Result;
use crate::model::{
    EntryBuf, Key, KeyBound, KeyRange, Pattern, RangeDigest, RangeHasher, Scan, ScanEntry, Values,
    Version, check_room, is_empty_range, reserve_one,
};
use crate::store::store::Store;
use crate::store::transaction::Transaction;
use crate::store::transaction_buffer::{View, over_limit};

impl Transaction {
    /// Returns a cursor over the live entries that `scan` selects as this transaction sees them,
    /// which are read before this returns.
    ///
    /// It counts as a read of the range: of all keys that are between the bounds and have the
    /// prefix, up to the last key that is returned if the scan has a limit. The commit is a
    /// conflict if an entry in the range was set, deleted or added since, or has expired.
    pub fn scan(&mut self, store: &Store, scan: Scan<'_>) -> Result<Box<dyn Cursor>> {
        let (lower, upper) = scan.range();
        let mut selected = Selected::new(scan, self.buffer.room());
        if is_empty_range(&lower, &upper) {
            return Ok(Box::new(selected.into_cursor(true)));
        }
        let range = KeyRange { group: scan.group, lower: key(&lower)?, upper: key(&upper)? };
        let now = store.open_engine()?.now(store.call())?;
        let mut written = self.buffer.written(range, now);
        if scan.reverse {
            written.reverse();
        }
        let Scan { reverse, values, snapshot, .. } = scan;
        let limit = selected.stored_limit(written.len());
        let mut stored =
            store.scan(Scan { limit, reverse, values, snapshot, ..Scan::of_range(range) })?;
        let is_snapshot = stored.is_snapshot();

        let mut written = written.into_iter().peekable();
        let mut next = stored.next()?;
        while selected.left > 0 {
            let order = match (&next, written.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(entry), Some((key, _))) if reverse => (*key).cmp(entry.key),
                (Some(entry), Some((key, _))) => entry.key.cmp(key),
            };
            let own = if order.is_ge() { written.next() } else { None };
            if let Some(entry) = next.filter(|_| order.is_le()) {
                selected.read(&entry)?;
                match own {
                    None => selected.add(entry)?,
                    Some((key, view)) => selected.add_written(key, view, Some(&entry))?,
                }
                next = stored.next()?;
            } else if let Some((key, view)) = own {
                selected.add_written(key, view, None)?;
            }
        }
        let digest = selected.digest();
        self.buffer.remember_range(selected.range_of(range)?, digest)?;
        Ok(Box::new(selected.into_cursor(is_snapshot)))
    }
}

/// The entries that a scan selects.
struct Selected<'a> {
    scan: Scan<'a>,
    entries: VecDeque<EntryBuf>,
    /// Keys and versions of the stored entries that were read, in the order of the scan.
    read: Vec<(Box<[u8]>, Version)>,
    /// Bytes of `entries` and `read`, and the most that they may have.
    held: usize,
    room: usize,
    /// The number of entries that are left out before the next one, and of those that may follow.
    skip: u64,
    left: u64,
}

impl<'a> Selected<'a> {
    fn new(scan: Scan<'a>, room: usize) -> Self {
        Selected {
            scan,
            entries: VecDeque::new(),
            read: Vec::new(),
            held: 0,
            room,
            skip: scan.offset,
            left: if scan.limit == 0 { u64::MAX } else { scan.limit },
        }
    }

    /// Returns the most stored entries that the scan may have to read, 0 for all; `written` is the
    /// number of keys in the range that the transaction has written, each of which hides one.
    fn stored_limit(&self, written: usize) -> u64 {
        match self.scan.pattern {
            Pattern::Prefix(_) if self.scan.limit != 0 => {
                self.left.saturating_add(self.skip).saturating_add(written as u64)
            }
            _ => 0,
        }
    }

    /// Records that a stored entry was read.
    fn read(&mut self, entry: &ScanEntry<'_>) -> Result<()> {
        self.hold(entry.key.len() + size_of::<(Box<[u8]>, Version)>())?;
        reserve_one(&mut self.read)?;
        self.read.push((entry.key.into(), entry.version));
        Ok(())
    }

    /// Adds an entry that the transaction has written, unless it has deleted it. One whose expiry
    /// alone it has changed has the value of the `stored` entry.
    fn add_written(
        &mut self,
        key: &[u8],
        view: View,
        stored: Option<&ScanEntry<'_>>,
    ) -> Result<()> {
        let Some(entry) = view.entry() else { return Ok(()) };
        let (value, size) = match (&entry.value, stored) {
            (Some(value), _) => (&**value, value.len() as u64),
            (None, Some(stored)) => (stored.value, stored.value_size),
            // It was deleted since, so the commit is a conflict.
            (None, None) => return Ok(()),
        };
        let values = self.scan.values;
        self.add(ScanEntry {
            group: self.scan.group.as_bytes(),
            key,
            value: if values == Values::Bytes { value } else { b"" },
            value_size: if values == Values::None { 0 } else { size },
            version: entry.version,
            expires_at: entry.expires_at,
        })
    }

    /// Adds an entry if it matches and the offset does not leave it out.
    fn add(&mut self, entry: ScanEntry<'_>) -> Result<()> {
        if !self.scan.matches(entry.key) {
            return Ok(());
        }
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(());
        }
        let len = entry.group.len() + entry.key.len() + entry.value.len();
        self.hold(len + size_of::<EntryBuf>())?;
        let mut kept = EntryBuf::default();
        kept.keep(&entry);
        self.entries.push_back(kept);
        self.left -= 1;
        Ok(())
    }

    fn hold(&mut self, len: usize) -> Result<()> {
        self.held = self.held.saturating_add(len);
        if self.held > self.room {
            let error = over_limit(self.held);
            return Err(error.context("scan; give it bounds or a limit"));
        }
        check_room(len)
    }

    /// Returns the digest of the stored entries that were read.
    fn digest(&self) -> RangeDigest {
        let mut digest = RangeHasher::default();
        let mut add = |(key, version): &(Box<[u8]>, Version)| digest.add(key, *version);
        match self.scan.reverse {
            false => self.read.iter().for_each(&mut add),
            true => self.read.iter().rev().for_each(&mut add),
        }
        digest.finish()
    }

    /// Returns the part of `range` that was read: if the limit was reached, it ends at the last key
    /// that was selected.
    fn range_of<'k>(&'k self, range: KeyRange<'k>) -> Result<KeyRange<'k>> {
        let last = self.entries.back().filter(|_| self.left == 0);
        let Some(last) = last else { return Ok(range) };
        let end = Bound::Included(Key::new(last.get().key)?);
        Ok(match self.scan.reverse {
            false => KeyRange { upper: end, ..range },
            true => KeyRange { lower: end, ..range },
        })
    }

    fn into_cursor(self, is_snapshot: bool) -> SelectedCursor {
        SelectedCursor { entries: self.entries, current: None, is_snapshot }
    }
}

/// A cursor over entries that were read before.
struct SelectedCursor {
    entries: VecDeque<EntryBuf>,
    /// The entry that the caller borrows.
    current: Option<EntryBuf>,
    is_snapshot: bool,
}

impl Cursor for SelectedCursor {
    fn is_snapshot(&self) -> bool {
        self.is_snapshot
    }

    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        self.current = self.entries.pop_front();
        Ok(self.current.as_ref().map(EntryBuf::get))
    }
}

fn key<'k>(bound: &'k KeyBound<'_>) -> Result<Bound<Key<'k>>> {
    Ok(match bound {
        Bound::Included(key) => Bound::Included(Key::new(key)?),
        Bound::Excluded(key) => Bound::Excluded(Key::new(key)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::model::Group;

    #[test]
    fn a_scan_beyond_the_room_of_its_transaction_is_refused() {
        let group = Group::new(b"g").expect("short");
        let entry = ScanEntry { key: b"k", value: &[7; 100], ..ScanEntry::of_group(b"g") };
        let each = size_of::<EntryBuf>() + 102;
        let mut selected = Selected::new(Scan::all(group), 2 * each);
        for _ in 0..2 {
            selected.add(entry).expect("room");
        }

        let error = selected.add(entry).expect_err("no room");

        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.message().contains("give it bounds or a limit"), "{error}");
        let mut selected = Selected::new(Scan::all(group), 0);
        assert!(selected.read(&entry).is_err(), "a key that is read needs room too");
    }
}
