//! LRU order with pending accesses.
//!
//! Every access has a number. A row has the number of its last access, which readers store, and
//! its position in the order, which only the writer changes. The position may lag behind. Before
//! an eviction takes the first row of the order, a row that was accessed since moves to the
//! position of its last access; only there does a stale order matter. A read thus costs two atomic
//! operations, and an eviction O(log n) plus the same for each row that has to move.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::engine::rows::slab::Number;

/// The rows of a store that evicts, in the order of their positions.
#[derive(Default)]
pub(super) struct LruOrder {
    last: AtomicU64,
    /// The accesses to the rows, by their numbers.
    accesses: Vec<Access>,
    /// The writer changes the order while it only reads the rows.
    order: Mutex<BTreeMap<u64, Number>>,
}

#[derive(Default)]
struct Access {
    last: AtomicU64,
    /// Never above `last`.
    position: AtomicU64,
}

impl LruOrder {
    /// Returns the number of a new access.
    pub(super) fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Records an access to a row.
    pub(super) fn touch(&self, number: Number) {
        if let Some(access) = self.accesses.get(number.0 as usize) {
            access.last.fetch_max(self.next(), Ordering::Relaxed);
        }
    }

    /// Inserts a row that is accessed now.
    pub(super) fn insert(&mut self, number: Number) {
        let (now, at) = (self.next(), number.0 as usize);
        if self.accesses.len() <= at {
            self.accesses.resize_with(at + 1, Access::default);
        }
        self.accesses[at] = Access { last: AtomicU64::new(now), position: AtomicU64::new(now) };
        self.order.get_mut().insert(now, number);
    }

    /// Removes a row.
    pub(super) fn remove(&mut self, number: Number) {
        if let Some(access) = self.accesses.get_mut(number.0 as usize) {
            self.order.get_mut().remove(access.position.get_mut());
        }
    }

    /// Returns the first row of the order whose last access is not below `from` and is below
    /// `end`, with its position.
    pub(super) fn first_between(&self, from: u64, end: u64) -> Option<(u64, Number)> {
        let mut order = self.order.lock();
        loop {
            let (&position, &number) = order.range(from..end).next()?;
            let access = self.accesses.get(number.0 as usize)?;
            let last = access.last.load(Ordering::Relaxed);
            if last == position {
                return Some((position, number));
            }
            order.remove(&position);
            access.position.store(last, Ordering::Relaxed);
            order.insert(last, number);
        }
    }
}
