//! Slots for objects that one thread uses at a time: cursors, batches, pinned values.

use std::cell::UnsafeCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::ffi::handle::{GENERATION_MAX, Kind, pack, refusal, unpack};
use crate::{Error, ErrorKind, Result};

/// The number of free lists of a table. Threads begin with different ones, so that they rarely
/// contend.
const SHARDS: usize = 8;

const FREE: u64 = 0;
const IDLE: u64 = 1;
const BUSY: u64 = 2;
/// Held by [`Slots::for_each`], for so short a time that other calls wait instead of being refused.
const SWEPT: u64 = 3;

/// The number of slots in each of the first two chunks; a further one has twice as many as the one
/// before, so that few pointers lead to many slots.
const CHUNK_LEN: usize = 256;

/// A table of at most 128 times 2 to the power of `CHUNKS` slots. A chunk of them is allocated when
/// it is needed, and never freed.
pub struct Slots<T, const CHUNKS: usize> {
    kind: Kind,
    chunks: [OnceLock<Box<[Slot<T>]>>; CHUNKS],
    shards: [Shard; SHARDS],
}

struct Slot<T> {
    /// The generation times four, plus one of `FREE`, `IDLE`, `BUSY` and `SWEPT`.
    state: AtomicU64,
    /// The slot below this one in the free list of its shard.
    next: AtomicU32,
    content: UnsafeCell<Option<T>>,
}

#[repr(align(128))]
struct Shard {
    /// The top of the free list: the number of the slot plus one, and in the upper half a count
    /// against the ABA problem.
    top: AtomicU64,
    /// The number of slots of this shard that were ever used.
    fresh: AtomicU32,
}

impl<T> Slot<T> {
    fn new() -> Self {
        Slot {
            state: AtomicU64::new(FREE),
            next: AtomicU32::new(0),
            content: UnsafeCell::new(None),
        }
    }
}

// SAFETY: only the thread that has set a slot to `BUSY` or `SWEPT` uses its content.
unsafe impl<T: Send, const CHUNKS: usize> Sync for Slots<T, CHUNKS> {}

impl<T, const CHUNKS: usize> Slots<T, CHUNKS> {
    /// The largest number of handles at once.
    const CAPACITY: usize = CHUNK_LEN << (CHUNKS - 1);

    /// Returns a table of empty slots for handles of `kind`.
    pub const fn new(kind: Kind) -> Self {
        Slots {
            kind,
            chunks: [const { OnceLock::new() }; CHUNKS],
            shards: [const { Shard { top: AtomicU64::new(0), fresh: AtomicU32::new(0) } }; SHARDS],
        }
    }

    /// Puts `content` into a slot and returns its handle.
    pub fn insert(&self, content: T) -> Result<u64> {
        let home = home_shard();
        let index = (0..SHARDS).find_map(|step| self.take_free((home + step) % SHARDS));
        let Some(index) = index else {
            let (max, noun) = (Self::CAPACITY, self.kind.noun());
            let message = format!("{max} handles of kind {noun} are open, there can be no more");
            return Err(Error::new(ErrorKind::Memory, message));
        };
        let slot = self.slot_or_new(index).ok_or_else(|| self.stale(0))?;
        let generation = (slot.state.load(Ordering::Relaxed) >> 2) as u32 + 1;
        // SAFETY: the slot is off the free list and `FREE`, so no other thread uses it.
        unsafe { *slot.content.get() = Some(content) };
        slot.state.store(u64::from(generation) << 2 | IDLE, Ordering::Release);
        Ok(pack(self.kind, generation, index))
    }

    /// Runs `work` on the content of a handle. Returns [`ErrorKind::Busy`] if another call uses it.
    pub fn with<R>(&self, id: u64, work: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        let held = self.hold(id)?;
        // SAFETY: `held` makes this call the only user of the content.
        let content = unsafe { &mut *held.slot.content.get() };
        work(content.as_mut().ok_or_else(|| self.stale(id))?)
    }

    /// Runs `work` on the content of a handle, and ends the handle if `work` succeeds.
    pub fn finish<R>(&self, id: u64, work: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        let held = self.hold(id)?;
        // SAFETY: `held` makes this call the only user of the content.
        let content = unsafe { &mut *held.slot.content.get() };
        let result = work(content.as_mut().ok_or_else(|| self.stale(id))?)?;
        drop(self.end(held));
        Ok(result)
    }

    /// Ends a handle and returns its content.
    pub fn remove(&self, id: u64) -> Result<T> {
        let held = self.hold(id)?;
        self.end(held).ok_or_else(|| self.stale(id))
    }

    /// Runs `work` on the content of every open handle, and waits for those in use.
    pub fn for_each(&self, mut work: impl FnMut(&mut T)) {
        for (nth, chunk) in self.chunks.iter().enumerate() {
            let slots = chunk.get().map(|chunk| chunk.iter().enumerate());
            for (offset, slot) in slots.into_iter().flatten() {
                self.work_on(chunk_start(nth) + offset, slot, &mut work);
            }
        }
    }

    fn work_on(&self, index: usize, slot: &Slot<T>, work: &mut impl FnMut(&mut T)) {
        loop {
            let state = slot.state.load(Ordering::Acquire);
            let generation = (state >> 2) as u32;
            match state & 3 {
                FREE => return,
                IDLE => {
                    let Some(held) = self.change(slot, index, generation, SWEPT) else { continue };
                    // SAFETY: `held` makes this call the only user of the content.
                    if let Some(content) = unsafe { &mut *held.slot.content.get() } {
                        work(content);
                    }
                    return;
                }
                // A call on a cursor is short: a condition variable would cost more than it saves.
                _ => std::thread::yield_now(),
            }
        }
    }

    fn end(&self, held: Held<'_, T>) -> Option<T> {
        // SAFETY: `held` makes this call the only user of the content.
        let content = unsafe { &mut *held.slot.content.get() }.take();
        let (slot, index, generation) = (held.slot, held.index, held.generation);
        std::mem::forget(held);
        slot.state.store(u64::from(generation) << 2 | FREE, Ordering::Release);
        if generation < GENERATION_MAX {
            self.give_free(index, slot);
        }
        content
    }

    /// Returns a slot, or `None` if its chunk was never used.
    fn slot(&self, index: usize) -> Option<&Slot<T>> {
        let nth = chunk_of(index);
        self.chunks.get(nth)?.get()?.get(index - chunk_start(nth))
    }

    fn slot_or_new(&self, index: usize) -> Option<&Slot<T>> {
        let nth = chunk_of(index);
        let len = CHUNK_LEN.max(chunk_start(nth));
        let chunk = self.chunks.get(nth)?.get_or_init(|| (0..len).map(|_| Slot::new()).collect());
        chunk.get(index - chunk_start(nth))
    }

    #[inline]
    fn hold(&self, id: u64) -> Result<Held<'_, T>> {
        let found = unpack(self.kind, id)
            .and_then(|(generation, index)| Some((generation, index, self.slot(index)?)));
        let Some((generation, index, slot)) = found else {
            return Err(self.stale(id));
        };
        match self.change(slot, index, generation, BUSY) {
            Some(held) => Ok(held),
            None => self.hold_if_swept(slot, index, generation),
        }
    }

    /// Waits until a sweep has left the slot; returns an error if another call uses the slot, or if
    /// it is closed.
    #[cold]
    fn hold_if_swept<'s>(
        &self,
        slot: &'s Slot<T>,
        index: usize,
        generation: u32,
    ) -> Result<Held<'s, T>> {
        loop {
            if let Some(held) = self.change(slot, index, generation, BUSY) {
                return Ok(held);
            }
            let state = slot.state.load(Ordering::Acquire);
            if state == u64::from(generation) << 2 | BUSY {
                let message = format!("the {} is in use by another call", self.kind.noun());
                return Err(Error::new(ErrorKind::Busy, message));
            }
            if state >> 2 != u64::from(generation) || state & 3 == FREE {
                return Err(self.stale(pack(self.kind, generation, index)));
            }
            std::thread::yield_now();
        }
    }

    /// Takes an idle slot; `state` is `BUSY` or `SWEPT`.
    fn change<'s>(
        &self,
        slot: &'s Slot<T>,
        index: usize,
        generation: u32,
        state: u64,
    ) -> Option<Held<'s, T>> {
        let number = u64::from(generation) << 2;
        let (idle, held) = (number | IDLE, number | state);
        let changed =
            slot.state.compare_exchange(idle, held, Ordering::SeqCst, Ordering::Relaxed).is_ok();
        changed.then(|| Held { slot, index, generation })
    }

    #[cold]
    fn stale(&self, id: u64) -> Error {
        let found = unpack(self.kind, id).and_then(|(number, at)| Some((number, self.slot(at)?)));
        let was_open = found.is_some_and(|(generation, slot)| {
            generation != 0 && u64::from(generation) <= slot.state.load(Ordering::Acquire) >> 2
        });
        refusal(self.kind, id, was_open)
    }

    fn take_free(&self, shard: usize) -> Option<usize> {
        let heads = self.shards.get(shard)?;
        let mut top = heads.top.load(Ordering::Acquire);
        while let Some(index) = (top as u32).checked_sub(1) {
            let slot = self.slot(index as usize)?;
            let next = slot.next.load(Ordering::Relaxed);
            let below = (top >> 32).wrapping_add(1) << 32 | u64::from(next);
            match heads.top.compare_exchange_weak(top, below, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(index as usize),
                Err(now) => top = now,
            }
        }
        let in_shard = (Self::CAPACITY / SHARDS) as u32;
        let grow = |fresh| (fresh < in_shard).then_some(fresh + 1);
        let fresh = heads.fresh.fetch_update(Ordering::AcqRel, Ordering::Relaxed, grow).ok()?;
        Some(fresh as usize * SHARDS + shard)
    }

    fn give_free(&self, index: usize, slot: &Slot<T>) {
        let Some(heads) = self.shards.get(index % SHARDS) else {
            return;
        };
        let mut top = heads.top.load(Ordering::Acquire);
        loop {
            slot.next.store(top as u32, Ordering::Relaxed);
            let above = (top >> 32).wrapping_add(1) << 32 | (index as u64 + 1);
            match heads.top.compare_exchange_weak(top, above, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }
}

/// The right to use the content of a slot. Its drop, also in a panic, makes the slot idle.
struct Held<'s, T> {
    slot: &'s Slot<T>,
    index: usize,
    generation: u32,
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        self.slot.state.store(u64::from(self.generation) << 2 | IDLE, Ordering::Release);
    }
}

/// Returns the number of the chunk that has a slot.
#[inline]
fn chunk_of(index: usize) -> usize {
    (index / CHUNK_LEN).checked_ilog2().map_or(0, |power| power as usize + 1)
}

/// Returns the number of the first slot of a chunk, which is also the number of the slots before
/// it.
#[inline]
fn chunk_start(nth: usize) -> usize {
    nth.checked_sub(1).map_or(0, |power| CHUNK_LEN << power)
}

/// Returns the free list that this thread tries first.
fn home_shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static HOME: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    // While a thread is ending, its variable may be destroyed already.
    HOME.try_with(|home| home % SHARDS).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Numbers = Slots<u32, 1>;

    #[test]
    fn a_closed_zero_forged_or_foreign_handle_is_refused() {
        let slots: Box<Numbers> = Box::new(Slots::new(Kind::Cursor));
        let id = slots.insert(7).expect("there is room");
        let other: Box<Numbers> = Box::new(Slots::new(Kind::Batch));
        let foreign = other.insert(7).expect("there is room");

        assert_eq!(slots.remove(id), Ok(7));

        let never = "not a cursor handle of this process";
        for (bad, message) in [
            (0, "the cursor handle is zero"),
            (id, "the cursor was closed"),
            (foreign, "the handle is one of a batch, and this call takes one of a cursor"),
            (u64::MAX, never),
            (id | 0xFF_FFFF, never),
        ] {
            let error = slots.with(bad, |_| Ok(())).expect_err("not a handle");
            assert_eq!(error.kind(), ErrorKind::Handle);
            assert!(error.message().contains(message), "{error}");
            assert_eq!(slots.remove(bad).expect_err("not a handle").kind(), ErrorKind::Handle);
        }
    }

    #[test]
    fn a_slot_in_use_is_busy_and_free_again_after_a_panic() {
        let slots: Box<Numbers> = Box::new(Slots::new(Kind::Cursor));
        let id = slots.insert(7).expect("there is room");

        let inner = slots.with(id, |_| slots.with(id, |_| Ok(())));
        assert_eq!(inner.expect_err("in use").kind(), ErrorKind::Busy);

        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            slots.with(id, |_| -> Result<()> { panic!("planted") })
        }));
        assert!(panicked.is_err());
        assert_eq!(slots.remove(id), Ok(7));
    }

    #[test]
    fn a_handle_is_finished_only_by_work_that_succeeds() {
        let slots: Box<Numbers> = Box::new(Slots::new(Kind::Cursor));
        let id = slots.insert(7).expect("there is room");
        let failure = || Error::new(ErrorKind::Io, "planted");

        assert_eq!(slots.finish::<()>(id, |_| Err(failure())), Err(failure()));
        assert_eq!(slots.finish(id, |number| Ok(*number + 1)), Ok(8));

        assert_eq!(slots.with(id, |_| Ok(())).expect_err("ended").kind(), ErrorKind::Handle);
    }

    #[test]
    fn a_full_table_says_so_and_slots_are_used_again_under_new_numbers() {
        let slots: Box<Numbers> = Box::new(Slots::new(Kind::Cursor));
        let ids: Vec<u64> = (0..256).map(|it| slots.insert(it).expect("there is room")).collect();
        assert_eq!(slots.insert(99).expect_err("full").kind(), ErrorKind::Memory);

        slots.remove(ids[3]).expect("it is there");
        let again = slots.insert(99).expect("there is room again");

        assert!(!ids.contains(&again));
        let mut seen = Vec::new();
        slots.for_each(|it| seen.push(*it));
        assert_eq!(seen.len(), 256);
    }

    #[test]
    fn each_slot_of_many_chunks_has_its_own_content() {
        let slots: Box<Slots<u32, 4>> = Box::new(Slots::new(Kind::Cursor));
        let ids: Vec<u64> = (0..2048).map(|it| slots.insert(it).expect("there is room")).collect();
        assert_eq!(slots.insert(99).expect_err("full").kind(), ErrorKind::Memory);

        let mut seen = Vec::new();
        slots.for_each(|it| seen.push(*it));
        seen.sort_unstable();
        assert_eq!(seen, (0..2048).collect::<Vec<_>>());
        for (content, id) in ids.into_iter().enumerate() {
            assert_eq!(slots.remove(id), Ok(content as u32));
        }
    }
}
