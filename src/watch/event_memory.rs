//! The memory of the events in all queues of a store, and its limit.

use std::sync::atomic::{AtomicU64, Ordering};

/// The memory of queued events. An event in several queues counts in each.
#[derive(Debug)]
pub struct EventMemory {
    used: AtomicU64,
    max: u64,
}

impl EventMemory {
    /// Returns the memory of queues that may take `max` bytes together.
    pub fn with_limit(max: u64) -> EventMemory {
        EventMemory { used: AtomicU64::new(0), max }
    }

    /// Takes `bytes`, or returns false if that would exceed the limit.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let after = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.max);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after).is_ok()
    }

    /// Returns bytes that were taken.
    pub(super) fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Returns the bytes that are taken.
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

impl Default for EventMemory {
    fn default() -> EventMemory {
        EventMemory::with_limit(u64::MAX)
    }
}
