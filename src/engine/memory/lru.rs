//! Which entries were not used for the longest time.
//!
//! Every use has a number. A row carries that of its last one, which readers write under the shared
//! lock, and that under which it stands in the order, which only writers move. An order that lags
//! behind is put right where it matters, at its old end: a row found there that was used since goes
//! to where it belongs. So a read costs two atomic operations, and an eviction O(log n) and no more
//! than that again for each read before it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::memory::table::Name;

/// The rows of a store that evicts, by the use that each is known by.
#[derive(Default)]
pub struct LruOrder {
    last: AtomicU64,
    order: BTreeMap<u64, (Name, Name)>,
}

/// When a row was used, as its store counts lru.
#[derive(Default)]
pub struct AccessTime {
    last: AtomicU64,
    /// Where the row stands in the order; never above `last`.
    noted: u64,
}

impl LruOrder {
    /// Returns the number of a new use.
    pub fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns the mark of a row that is used now and stands nowhere yet.
    pub fn begin(&self) -> AccessTime {
        let now = self.next();
        AccessTime { last: AtomicU64::new(now), noted: now }
    }

    /// Notes that a row is used now.
    pub fn touch(&self, used: &AccessTime) {
        used.last.fetch_max(self.next(), Ordering::Relaxed);
    }

    /// Puts a row into the order.
    pub fn insert(&mut self, used: &AccessTime, group: &Name, key: &Name) {
        self.order.insert(used.noted, (group.clone(), key.clone()));
    }

    /// Takes a row out of the order.
    pub fn remove(&mut self, used: &AccessTime) {
        self.order.remove(&used.noted);
    }

    /// Returns the names of the row that stands first, if it was put there before the use `mark`.
    pub fn first_before(&self, mark: u64) -> Option<(Name, Name)> {
        self.order.range(..mark).next().map(|(_, names)| names.clone())
    }

    /// Moves a row to where its last use belongs; returns whether it stood elsewhere.
    pub fn refresh(&mut self, used: &mut AccessTime) -> bool {
        let last = *used.last.get_mut();
        if used.noted == last {
            return false;
        }
        if let Some(names) = self.order.remove(&used.noted) {
            self.order.insert(last, names);
        }
        used.noted = last;
        true
    }
}
