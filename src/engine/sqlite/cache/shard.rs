//! A shard of the entry cache: some sets of small slots, one of large slots, and a lock.
//!
//! Reads take no lock. A fill and a commit that change slots of a shard take its lock; the number
//! of the lock rises with each commit, so that a fill that began before a commit gives up.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{hint, thread};

use crate::engine::sqlite::cache::set::{KeyChange, Names, Set};
use crate::engine::sqlite::cache::slot::{Head, Slot, WORD};

/// Sets of small slots of a shard: their bytes are three times those of the set of large slots.
const SMALL_SETS: usize = 12;

/// Attempts to take a lock before the thread yields.
const SPINS: u32 = 64;

/// The place of a key within its shard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The set of small slots.
    set: usize,
    tag: u32,
}

impl Place {
    /// Returns the place of a key with this hash, 32 bits of which have chosen the shard.
    pub(super) fn of(hash: u32) -> Place {
        let set = (u64::from(hash) * SMALL_SETS as u64) >> 32;
        Place { set: set as usize, tag: hash | 1 }
    }
}

/// The sets of a shard.
struct Sets<const SMALL: usize, const LARGE: usize> {
    small: Box<[Set<SMALL>]>,
    large: Box<Set<LARGE>>,
    /// Whether a large slot was ever filled; without one the set need not be looked at.
    has_large: AtomicBool,
}

/// A shard with slots of `SMALL` and of `LARGE` words. Its sets are allocated by the first fill.
pub(super) struct Shard<const SMALL: usize, const LARGE: usize> {
    /// Odd while it is locked. A commit adds 2, a fill nothing.
    lock: AtomicU64,
    sets: OnceLock<Sets<SMALL, LARGE>>,
}

/// A shard with slots of 256 bytes and of 1 KiB.
pub(super) type CacheShard = Shard<32, 128>;

impl<const SMALL: usize, const LARGE: usize> Shard<SMALL, LARGE> {
    /// The bytes of a shard that is in use.
    pub(super) const LEN: usize = SMALL_SETS * size_of::<Set<SMALL>>() + size_of::<Set<LARGE>>();
    /// The bytes of group, key and value that fit into a slot.
    pub(super) const ROOM: usize = Slot::<LARGE>::ROOM;

    /// Returns a shard without sets.
    pub(super) fn new() -> Self {
        Shard { lock: AtomicU64::new(0), sets: OnceLock::new() }
    }

    /// Calls `found` with the state of a key in `generation` and its value, and returns the
    /// result, or returns `None`.
    pub(super) fn find<R>(
        &self,
        place: Place,
        names: Names<'_>,
        generation: u64,
        found: impl FnOnce(&Head, &[u8]) -> R,
    ) -> Option<R> {
        let sets = self.sets.get()?;
        let value_at = names.0.len() + names.1.len();
        let mut bytes = room::<SMALL>();
        let bytes = bytes.as_flattened_mut();
        if let Some(head) = sets.small[place.set].find(place.tag, names, generation, bytes) {
            return Some(found(&head, &bytes[value_at..head.len()]));
        }
        if !sets.has_large.load(Ordering::Acquire) {
            return None;
        }
        find_large(&sets.large, place.tag, names, generation, found)
    }

    /// Returns the number of the lock for a fill, or `None` while a commit changes the shard.
    pub(super) fn number(&self) -> Option<u64> {
        let number = self.lock.load(Ordering::Acquire);
        number.is_multiple_of(2).then_some(number)
    }

    /// Stores the state of a key as it was read after [`Shard::number`] had returned `number`,
    /// unless a commit has changed the shard since or another thread changes it.
    pub(super) fn fill(
        &self,
        number: u64,
        place: Place,
        names: Names<'_>,
        head: &Head,
        value: &[u8],
    ) {
        let locked = number + 1;
        let order = (Ordering::Acquire, Ordering::Relaxed);
        if self.lock.compare_exchange(number, locked, order.0, order.1).is_err() {
            return;
        }
        let sets = self.sets.get_or_init(|| Sets {
            small: (0..SMALL_SETS).map(|_| Set::new()).collect(),
            large: Box::new(Set::new()),
            has_large: AtomicBool::new(false),
        });
        let small = &sets.small[place.set];
        // The state of a key is in one of the two sets at most.
        let mut bytes = room::<SMALL>();
        let bytes = bytes.as_flattened_mut();
        if head.len() <= Slot::<SMALL>::ROOM {
            change_large(sets, place, names, &KeyChange::Unknown);
            small.put(place.tag, names, head, value, bytes);
        } else if head.len() <= Self::ROOM {
            small.change(place.tag, names, &KeyChange::Unknown, bytes);
            put_large(sets, place, names, head, value);
        }
        self.lock.store(number, Ordering::Release);
    }

    /// Changes the state of a key as a commit has. Of a key without a slot nothing is stored.
    pub(super) fn change(&self, place: Place, names: Names<'_>, change: &KeyChange<&[u8]>) {
        let number = self.take();
        if let Some(sets) = self.sets.get() {
            let mut bytes = room::<SMALL>();
            let bytes = bytes.as_flattened_mut();
            sets.small[place.set].change(place.tag, names, change, bytes);
            change_large(sets, place, names, change);
        }
        self.lock.store(number + 2, Ordering::Release);
    }

    /// Takes the lock and returns its number before.
    fn take(&self) -> u64 {
        let mut attempts = 0;
        loop {
            let number = self.lock.load(Ordering::Relaxed);
            let order = (Ordering::Acquire, Ordering::Relaxed);
            if number.is_multiple_of(2)
                && self.lock.compare_exchange_weak(number, number + 1, order.0, order.1).is_ok()
            {
                return number;
            }
            attempts += 1;
            if attempts % SPINS == 0 {
                // A thread that was stopped while it had the lock.
                thread::yield_now();
            } else {
                hint::spin_loop();
            }
        }
    }
}

/// Returns room for the bytes of a slot.
fn room<const WORDS: usize>() -> [[u8; WORD]; WORDS] {
    [[0; WORD]; WORDS]
}

/// As [`Set::change`], in the set of large slots.
fn change_large<const SMALL: usize, const LARGE: usize>(
    sets: &Sets<SMALL, LARGE>,
    place: Place,
    names: Names<'_>,
    change: &KeyChange<&[u8]>,
) {
    if sets.has_large.load(Ordering::Relaxed) {
        sets.large.change(place.tag, names, change, room::<LARGE>().as_flattened_mut());
    }
}

/// As [`Set::put`], in the set of large slots.
#[inline(never)]
fn put_large<const SMALL: usize, const LARGE: usize>(
    sets: &Sets<SMALL, LARGE>,
    place: Place,
    names: Names<'_>,
    head: &Head,
    value: &[u8],
) {
    sets.large.put(place.tag, names, head, value, room::<LARGE>().as_flattened_mut());
    sets.has_large.store(true, Ordering::Release);
}

/// As [`Shard::find`], in the set of large slots.
#[inline(never)]
fn find_large<const LARGE: usize, R>(
    set: &Set<LARGE>,
    tag: u32,
    names: Names<'_>,
    generation: u64,
    found: impl FnOnce(&Head, &[u8]) -> R,
) -> Option<R> {
    let value_at = names.0.len() + names.1.len();
    let mut bytes = room::<LARGE>();
    let bytes = bytes.as_flattened_mut();
    let head = set.find(tag, names, generation, bytes)?;
    Some(found(&head, bytes.get(value_at..head.len())?))
}
