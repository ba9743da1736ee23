//! LRU order with pending accesses.
//!
//! Every access has a number. A row has the number of its last access, which readers store under
//! the shared lock, and its position in the order, which only writers change. The position may lag
//! behind. Before an eviction takes the first row of the order, a row that was accessed since moves
//! to the position of its last access; only there does a stale order matter. A read thus costs two
//! atomic operations, and an eviction O(log n) plus the same for each row that has to move.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::memory::name::Name;

/// The rows of a store that evicts, in the order of their positions.
#[derive(Default)]
pub(super) struct LruOrder {
    last: AtomicU64,
    order: BTreeMap<u64, (Name, Name)>,
}

/// The last access of a row, as a number of its store.
#[derive(Default)]
pub(super) struct AccessTime {
    last: AtomicU64,
    /// The position of the row in the order; never above `last`.
    position: u64,
}

impl LruOrder {
    /// Returns the number of a new access.
    pub(super) fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns the access time of a new row, which is accessed now and not in the order yet.
    pub(super) fn new_access(&self) -> AccessTime {
        let now = self.next();
        AccessTime { last: AtomicU64::new(now), position: now }
    }

    /// Records an access to a row.
    pub(super) fn touch(&self, access: &AccessTime) {
        access.last.fetch_max(self.next(), Ordering::Relaxed);
    }

    /// Inserts a row into the order.
    pub(super) fn insert(&mut self, access: &AccessTime, group: &Name, key: &Name) {
        self.order.insert(access.position, (group.clone(), key.clone()));
    }

    /// Removes a row from the order.
    pub(super) fn remove(&mut self, access: &AccessTime) {
        self.order.remove(&access.position);
    }

    /// Returns group and key of the first row of the order, if its position is below `limit`.
    pub(super) fn first_before(&self, limit: u64) -> Option<(Name, Name)> {
        self.order.range(..limit).next().map(|(_, names)| names.clone())
    }

    /// Moves a row to the position of its last access; returns whether it had another one.
    pub(super) fn refresh(&mut self, access: &mut AccessTime) -> bool {
        let last = *access.last.get_mut();
        if access.position == last {
            return false;
        }
        if let Some(names) = self.order.remove(&access.position) {
            self.order.insert(last, names);
        }
        access.position = last;
        true
    }
}
