//! The progress of a scan of the nodes of a cluster whose slots may be moved meanwhile.

use std::collections::{HashMap, HashSet};

use crate::engine::redis::client::report::{Holding, Report};
use crate::engine::redis::client::slot::SLOTS;

/// The progress of the scan of a cluster.
pub(super) struct Progress {
    slots: Box<[Seen]>,
    /// The keys that were seen in slots that are not complete.
    seen: HashMap<u16, HashSet<Vec<u8>>>,
}

/// The keys of a slot that were seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Maybe not all of them.
    Some,
    /// Those that the owner had while the slot was moved to another node.
    OnOldOwner,
    /// All that were there during the scan.
    All,
}

impl Progress {
    /// Returns the progress of a scan that begins.
    pub(super) fn new() -> Progress {
        let slots = vec![Seen::Some; usize::from(SLOTS)].into();
        Progress { slots, seen: HashMap::new() }
    }

    fn of(&self, slot: u16) -> Seen {
        self.slots.get(usize::from(slot)).copied().unwrap_or(Seen::Some)
    }

    /// Returns whether all keys of a slot were seen.
    pub(super) fn is_complete(&self, slot: u16) -> bool {
        self.of(slot) == Seen::All
    }

    /// Returns the number of complete slots.
    pub(super) fn complete(&self) -> usize {
        self.slots.iter().filter(|it| **it == Seen::All).count()
    }

    /// Returns whether a node has keys that were not seen.
    pub(super) fn needs(&self, report: &Report) -> bool {
        (0..SLOTS).any(|slot| match (self.of(slot), report.holding(slot)) {
            (Seen::All, _) | (_, Holding::None) => false,
            (Seen::Some, holding) => holding != Holding::Importing,
            (Seen::OnOldOwner, holding) => holding != Holding::Migrating,
        })
    }

    /// Returns whether a key that a node has returned is seen for the first time, in a slot of
    /// which the node had keys.
    pub(super) fn see(&mut self, slot: u16, key: &[u8], report: &Report) -> bool {
        if self.of(slot) == Seen::All || report.holding(slot) == Holding::None {
            return false;
        }
        self.seen.entry(slot).or_default().insert(key.to_vec())
    }

    /// Notes what the scan of a node has completed, which has sent a report before and one after.
    pub(super) fn finish(&mut self, first: &Report, last: &Report) {
        if !last.is_master {
            return;
        }
        for (slot, seen) in (0..SLOTS).zip(&mut self.slots) {
            use Holding::{Importing, Migrating, Owned};
            *seen = match (first.holding(slot), last.holding(slot), *seen) {
                (Owned, Owned, _) | (Importing, Importing | Owned, Seen::OnOldOwner) => Seen::All,
                (Owned | Migrating, Migrating, Seen::Some) => Seen::OnOldOwner,
                (_, _, seen) => seen,
            };
        }
        let slots = &self.slots;
        self.seen.retain(|slot, _| slots.get(usize::from(*slot)) != Some(&Seen::All));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::redis::client::address::Address;

    /// Returns the report of a master with these words about its slots.
    fn report(slots: &str) -> Report {
        let text = format!("a a:1@2 myself,master - 0 0 1 connected {slots}");
        Report::parse(&text, &Address::tcp("a", 1)).expect("a report")
    }

    #[test]
    fn slots_that_a_master_had_all_the_time_are_complete() {
        let mut progress = Progress::new();
        let (before, after) = (report("0-9"), report("0-4 7-20"));
        assert!(progress.needs(&before));
        assert!(progress.see(3, b"k", &before));
        assert!(!progress.see(3, b"k", &before), "seen before");
        assert!(!progress.see(10, b"k", &before), "a slot of another node");
        progress.finish(&before, &after);
        let complete: Vec<u16> = (0..SLOTS).filter(|it| progress.is_complete(*it)).collect();
        assert_eq!(complete, [0, 1, 2, 3, 4, 7, 8, 9]);
        assert!(!progress.see(3, b"other", &before));
        assert!(progress.needs(&before));
        assert!(!progress.needs(&report("0-4")));
    }

    #[test]
    fn a_slot_that_is_moved_is_complete_after_the_old_owner_and_then_the_new_one() {
        let (old, new) = (report("0-9 [5->-b]"), report("[5-<-a]"));
        let mut progress = Progress::new();
        assert!(!progress.needs(&new));
        // Keys may have left after this.
        progress.finish(&new, &new);
        progress.finish(&old, &old);
        assert!(!progress.is_complete(5));
        assert!(!progress.needs(&old));
        assert!(progress.needs(&new));
        progress.finish(&new, &report("5"));
        assert!(progress.is_complete(5));
    }

    #[test]
    fn a_slot_that_has_changed_its_owner_needs_another_scan() {
        let mut progress = Progress::new();
        progress.finish(&report("5"), &report(""));
        progress.finish(&report(""), &report("5"));
        assert!(!progress.is_complete(5));
        progress.finish(&report("5"), &report("5"));
        assert!(progress.is_complete(5));
    }

    #[test]
    fn a_move_that_is_given_up_needs_another_scan() {
        let mut progress = Progress::new();
        progress.finish(&report("5 [5->-b]"), &report("5 [5->-b]"));
        assert!(progress.needs(&report("5")));
        progress.finish(&report("5"), &report("5"));
        assert!(progress.is_complete(5));
    }
}
