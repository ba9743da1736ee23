//! A set of the entry cache: a key may be in any of its slots, and in no other set.

use std::array;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::engine::sqlite::cache::slot::{Head, Slot};
use crate::model::{Expiry, Version};

/// Slots of a set.
pub(super) const WAYS: usize = 8;

/// The names of a key: its group and itself.
pub(super) type Names<'n> = (&'n [u8], &'n [u8]);

/// A change of the state of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyChange<V> {
    /// There is an entry with this value, version and expiry.
    Set(V, Version, Option<Expiry>),
    /// The entry has this expiry.
    Expires(Option<Expiry>),
    /// There is no entry.
    Removed,
    /// The state is not known.
    Unknown,
}

impl<V> KeyChange<V> {
    /// Returns the same change with what `of` makes of the value.
    pub(super) fn map<W>(self, of: impl FnOnce(V) -> W) -> KeyChange<W> {
        match self {
            KeyChange::Set(value, version, expires_at) => {
                KeyChange::Set(of(value), version, expires_at)
            }
            KeyChange::Expires(expires_at) => KeyChange::Expires(expires_at),
            KeyChange::Removed => KeyChange::Removed,
            KeyChange::Unknown => KeyChange::Unknown,
        }
    }
}

impl<'v> KeyChange<&'v [u8]> {
    /// Returns the state that was `head` and `value` before; `None` if it is not known.
    fn applied_to(self, head: Head, value: &'v [u8]) -> Option<(Head, &'v [u8])> {
        match self {
            KeyChange::Set(value, version, expires_at) => {
                let value_len = Some(u16::try_from(value.len()).ok()?);
                Some((Head { version, expires_at, value_len, ..head }, value))
            }
            KeyChange::Expires(expires_at) => Some((Head { expires_at, ..head }, value)),
            KeyChange::Removed => Some((Head { value_len: None, ..head }, b"")),
            KeyChange::Unknown => None,
        }
    }
}

/// Slots with `WORDS` words each.
#[repr(align(64))]
pub(super) struct Set<const WORDS: usize> {
    /// The tag of the key in each slot, part of its hash; 0 for none. It is a hint.
    tags: [AtomicU32; WAYS],
    /// Whether each slot was read since the hand passed it.
    was_read: [AtomicBool; WAYS],
    /// The slot at which the search for a victim begins.
    hand: AtomicU32,
    slots: [Slot<WORDS>; WAYS],
}

impl<const WORDS: usize> Set<WORDS> {
    /// Returns an empty set.
    pub(super) fn new() -> Self {
        Set {
            tags: [const { AtomicU32::new(0) }; WAYS],
            was_read: [const { AtomicBool::new(false) }; WAYS],
            hand: AtomicU32::new(0),
            slots: array::from_fn(|_| Slot::new()),
        }
    }

    /// Returns the state of a key in `generation`, with group, key and value in `bytes`.
    pub(super) fn find(
        &self,
        tag: u32,
        names: Names<'_>,
        generation: u64,
        bytes: &mut [u8],
    ) -> Option<Head> {
        for (way, slot) in self.slots.iter().enumerate() {
            if self.tags[way].load(Ordering::Relaxed) != tag {
                continue;
            }
            if let Some(head) = slot.read(bytes)
                && head.generation == generation
                && is_of(&head, names, bytes)
            {
                // A line that all readers share is written once after the hand has passed it.
                if !self.was_read[way].load(Ordering::Relaxed) {
                    self.was_read[way].store(true, Ordering::Relaxed);
                }
                return Some(head);
            }
        }
        None
    }

    /// Returns the slot of a key in any generation. The set is locked.
    fn way_of(&self, tag: u32, names: Names<'_>, bytes: &mut [u8]) -> Option<usize> {
        (0..WAYS).find(|way| {
            self.tags[*way].load(Ordering::Relaxed) == tag
                && self.slots[*way].read(bytes).is_some_and(|head| is_of(&head, names, bytes))
        })
    }

    /// Stores the state of a key, in its slot or in that of a victim. The set is locked.
    pub(super) fn put(
        &self,
        tag: u32,
        names: Names<'_>,
        head: &Head,
        value: &[u8],
        bytes: &mut [u8],
    ) {
        let way = self.way_of(tag, names, bytes).unwrap_or_else(|| self.victim());
        self.slots[way].write(head, [names.0, names.1, value]);
        self.tags[way].store(tag, Ordering::Relaxed);
    }

    /// Changes the state of a key as a commit has; of a key without a slot nothing is stored. The
    /// set is locked.
    pub(super) fn change(
        &self,
        tag: u32,
        names: Names<'_>,
        change: &KeyChange<&[u8]>,
        bytes: &mut [u8],
    ) {
        let Some(way) = self.way_of(tag, names, bytes) else { return };
        let slot = &self.slots[way];
        let changed = slot.read(bytes).and_then(|head| {
            let value_at = names.0.len() + names.1.len();
            change.applied_to(head, bytes.get(value_at..head.len())?)
        });
        match changed {
            Some((head, value)) if head.len() <= Slot::<WORDS>::ROOM => {
                slot.write(&head, [names.0, names.1, value]);
            }
            _ => {
                slot.clear();
                self.tags[way].store(0, Ordering::Relaxed);
            }
        }
    }

    /// Returns an empty slot, or that of the key that is replaced: CLOCK within the set. The set
    /// is locked.
    fn victim(&self) -> usize {
        if let Some(empty) = self.tags.iter().position(|tag| tag.load(Ordering::Relaxed) == 0) {
            return empty;
        }
        let hand = self.hand.load(Ordering::Relaxed) as usize;
        let passed = (0..WAYS).find(|step| {
            let was_read = &self.was_read[(hand + step) % WAYS];
            let spared = was_read.load(Ordering::Relaxed);
            was_read.store(false, Ordering::Relaxed);
            !spared
        });
        let way = (hand + passed.unwrap_or(0)) % WAYS;
        self.hand.store(((way + 1) % WAYS) as u32, Ordering::Relaxed);
        way
    }
}

/// Returns whether `bytes` begin with these names, whose lengths are those of `head`.
fn is_of(head: &Head, (group, key): Names<'_>, bytes: &[u8]) -> bool {
    let (group_len, key_len) = head.name;
    usize::from(group_len) == group.len()
        && usize::from(key_len) == key.len()
        && bytes.starts_with(group)
        && bytes[group.len()..].starts_with(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'_> = (b"g", b"key");

    fn head(generation: u64, value: &[u8]) -> Head {
        Head {
            generation,
            version: 1,
            expires_at: None,
            name: (1, 3),
            value_len: Some(value.len() as u16),
        }
    }

    struct Fixture(Set<32>, [u8; Slot::<32>::ROOM]);

    impl Fixture {
        fn new() -> Self {
            Fixture(Set::new(), [0; _])
        }

        fn put(&mut self, tag: u32, key: &[u8], value: &[u8]) {
            self.0.put(tag, (b"g", key), &head(1, value), value, &mut self.1);
        }

        fn value(&mut self, tag: u32, key: &[u8], generation: u64) -> Option<Vec<u8>> {
            let head = self.0.find(tag, (b"g", key), generation, &mut self.1)?;
            Some(self.1[4..head.len()].to_vec())
        }
    }

    #[test]
    fn a_key_is_found_in_its_generation_by_its_names() {
        let mut set = Fixture::new();
        set.put(5, b"key", b"value");
        assert_eq!(set.value(5, b"key", 1).as_deref(), Some(&b"value"[..]));
        assert_eq!(set.value(5, b"key", 2), None, "another generation");
        assert_eq!(set.value(5, b"kez", 1), None, "another key with this tag");
        assert_eq!(set.value(6, b"key", 1), None, "another tag");
        set.put(5, b"key", b"new");
        assert_eq!(set.value(5, b"key", 1).as_deref(), Some(&b"new"[..]));
    }

    #[test]
    fn keys_that_were_read_are_replaced_after_the_others() {
        let mut set = Fixture::new();
        let keys: Vec<[u8; 3]> = (0..WAYS as u8).map(|number| [b'k', b'0', number]).collect();
        for (key, tag) in keys.iter().zip(1..) {
            set.put(tag, key, b"v");
        }
        assert!(set.value(1, &keys[0], 1).is_some());
        set.put(100, b"new", b"v");
        assert!(set.value(1, &keys[0], 1).is_some(), "it was read");
        assert!(set.value(2, &keys[1], 1).is_none(), "the first that was not");
        assert!(set.value(100, b"new", 1).is_some());
        // All were read.
        for (key, tag) in keys.iter().zip(1..) {
            let _ = set.value(tag, key, 1);
        }
        set.put(101, b"two", b"v");
        assert!(set.value(101, b"two", 1).is_some());
    }

    #[test]
    fn a_change_replaces_the_state_or_empties_the_slot() {
        let mut set = Fixture::new();
        set.put(5, b"key", b"value");
        let mut change = |change: KeyChange<&[u8]>| {
            set.0.change(5, NAMES, &change, &mut set.1);
            let found = set.0.find(5, NAMES, 1, &mut set.1)?;
            Some((found.version, found.expires_at, set.1[4..found.len()].to_vec()))
        };
        let at = Some(Expiry::at_millis(9));
        assert_eq!(change(KeyChange::Expires(at)), Some((1, at, b"value".to_vec())));
        assert_eq!(change(KeyChange::Set(b"longer", 2, None)), Some((2, None, b"longer".to_vec())));
        assert_eq!(change(KeyChange::Removed), Some((2, None, Vec::new())));
        assert_eq!(change(KeyChange::Set(b"", 3, at)), Some((3, at, Vec::new())));
        assert_eq!(change(KeyChange::Unknown), None);
        assert_eq!(change(KeyChange::Set(b"v", 4, None)), None, "there is no slot");
        set.put(5, b"key", b"value");
        set.0.change(5, NAMES, &KeyChange::Set(&[0; 213], 5, None), &mut set.1);
        assert_eq!(set.value(5, b"key", 1), None, "it does not fit");
    }
}
