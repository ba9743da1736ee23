//! Slots for objects that any number of threads use at once: hazard pointers.
//!
//! The algorithm is that of Maged M. Michael, "Hazard Pointers: Safe Memory Reclamation for
//! Lock-Free Objects" (IEEE Transactions on Parallel and Distributed Systems 15, 2004), with
//! handles in the place of pointers. A call publishes the handle in the hazard record of its
//! thread, then checks that the handle is still open. A close first marks the handle as closed,
//! then waits until no record contains it. These accesses are sequentially consistent, so the call
//! sees the mark or the close sees the record. Calls of different threads write to different cache
//! lines.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::ffi::handle::{GENERATION_MAX, Kind, pack, refusal, unpack};
use crate::{Error, ErrorKind, Result};

/// The number of nested calls of one thread for which its record has room; further calls take
/// another record.
const DEPTH: usize = 8;
/// The longest sleep of a waiting close before it checks the records again, in case it misses a
/// notification.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// A table with a fixed number of slots.
pub struct SharedSlots<T: 'static> {
    kind: Kind,
    slots: &'static [Slot<T>],
    free: Mutex<FreeList>,
}

/// The place of one object. An array of empty slots is all zeros: as a static of its own it takes
/// no room in the file of the library, and no memory until it is used.
pub struct Slot<T> {
    /// Odd while the slot is open. The generation of a handle is that odd number.
    generation: AtomicU32,
    content: UnsafeCell<Option<T>>,
}

struct FreeList {
    returned: Vec<u32>,
    fresh: u32,
}

// SAFETY: the content of a slot is shared while the slot is open; after its last use only the
// close has access.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// Returns an empty slot.
    pub const fn new() -> Self {
        Slot { generation: AtomicU32::new(0), content: UnsafeCell::new(None) }
    }
}

impl<T> SharedSlots<T> {
    /// Returns the table of the handles of `kind` in `slots`.
    pub const fn new(kind: Kind, slots: &'static [Slot<T>]) -> Self {
        let free = Mutex::new(FreeList { returned: Vec::new(), fresh: 0 });
        SharedSlots { kind, slots, free }
    }

    /// Puts `content` into a slot and returns its handle.
    pub fn insert(&self, content: T) -> Result<u64> {
        let mut free = self.free.lock();
        let index = free.returned.pop().unwrap_or_else(|| {
            free.fresh += 1;
            free.fresh - 1
        });
        let Some(slot) = self.slots.get(index as usize) else {
            free.fresh -= 1;
            let message = format!(
                "{} handles of kind {} are open, there can be no more",
                self.slots.len(),
                self.kind.noun()
            );
            return Err(Error::new(ErrorKind::Memory, message));
        };
        // SAFETY: the slot is closed and off the free list, so no other thread uses it.
        unsafe { *slot.content.get() = Some(content) };
        let generation = slot.generation.load(Ordering::Relaxed) + 1;
        slot.generation.store(generation, Ordering::SeqCst);
        Ok(pack(self.kind, generation, index as usize))
    }

    /// Returns the content of a handle, which stays open as long as the guard exists.
    pub fn enter(&self, id: u64) -> Result<Guard<'_, T>> {
        let Some((generation, slot)) = self.slot(id) else {
            return Err(self.stale(id));
        };
        let protected = HazardSlot::protect(id);
        if slot.generation.load(Ordering::SeqCst) != generation {
            return Err(self.stale(id));
        }
        // SAFETY: the handle was open after it was published, so its close waits for this call.
        let content = unsafe { &*slot.content.get() };
        let content = content.as_ref().ok_or_else(|| self.stale(id))?;
        Ok(Guard { content, _slot: protected })
    }

    /// Ends a handle: refuses new calls at once, waits for running ones, and returns the content.
    /// Of several concurrent closes one succeeds.
    pub fn remove(&self, id: u64) -> Result<T> {
        self.remove_after(id, |_| ())
    }

    /// Ends a handle like [`SharedSlots::remove`], and calls `wake` once new calls are refused, so
    /// that running ones return.
    pub fn remove_after(&self, id: u64, wake: impl FnOnce(&T)) -> Result<T> {
        let Some((generation, slot)) = self.slot(id) else {
            return Err(self.stale(id));
        };
        if HazardRecord::of_this_thread(|record| record.protects(id)) {
            let message =
                format!("the {} cannot be closed by a callback it is running", self.kind.noun());
            return Err(Error::new(ErrorKind::Busy, message));
        }
        let closed = generation.wrapping_add(1);
        let marked = slot.generation.compare_exchange(
            generation,
            closed,
            Ordering::SeqCst,
            Ordering::SeqCst,
        );
        if marked.is_err() {
            return Err(self.stale(id));
        }
        // SAFETY: the handle was open until now; only this call takes its content, further down.
        if let Some(content) = unsafe { &*slot.content.get() } {
            wake(content);
        }
        wait_until_unprotected(id);
        // SAFETY: the handle is closed and in no record, so no thread uses the content.
        let content = unsafe { &mut *slot.content.get() }.take();
        if generation < GENERATION_MAX - 1
            && let Some((_, index)) = unpack(self.kind, id)
        {
            self.free.lock().returned.push(index as u32);
        }
        content.ok_or_else(|| self.stale(id))
    }

    fn slot(&self, id: u64) -> Option<(u32, &Slot<T>)> {
        let (generation, index) = unpack(self.kind, id)?;
        (generation % 2 == 1).then_some((generation, self.slots.get(index)?))
    }

    #[cold]
    #[inline(never)]
    fn stale(&self, id: u64) -> Error {
        let was_open = self
            .slot(id)
            .is_some_and(|(generation, slot)| generation <= slot.generation.load(Ordering::SeqCst));
        refusal(self.kind, id, was_open)
    }
}

/// The content of an open handle, which stays open as long as the guard exists.
pub struct Guard<'s, T> {
    content: &'s T,
    _slot: HazardSlot,
}

impl<T> std::ops::Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.content
    }
}

/// The handles that a thread uses. Records are never freed; a later thread reuses the record of one
/// that has ended.
#[repr(align(128))]
struct HazardRecord {
    announced: [AtomicU64; DEPTH],
    taken: AtomicBool,
    next: AtomicPtr<HazardRecord>,
}

static RECORDS: AtomicPtr<HazardRecord> = AtomicPtr::new(std::ptr::null_mut());

thread_local! {
    static MINE: OwnedRecord = OwnedRecord(HazardRecord::take());
}

struct OwnedRecord(&'static HazardRecord);

impl Drop for OwnedRecord {
    fn drop(&mut self) {
        self.0.taken.store(false, Ordering::Release);
    }
}

impl HazardRecord {
    /// Returns a record that no other thread uses.
    fn take() -> &'static HazardRecord {
        for record in HazardRecord::all() {
            if !record.taken.swap(true, Ordering::Acquire) {
                return record;
            }
        }
        let record: &'static HazardRecord = Box::leak(Box::new(HazardRecord {
            announced: [const { AtomicU64::new(0) }; DEPTH],
            taken: AtomicBool::new(true),
            next: AtomicPtr::new(RECORDS.load(Ordering::Acquire)),
        }));
        let new = std::ptr::from_ref(record).cast_mut();
        loop {
            let head = record.next.load(Ordering::Relaxed);
            match RECORDS.compare_exchange(head, new, Ordering::SeqCst, Ordering::Acquire) {
                Ok(_) => return record,
                Err(now) => record.next.store(now, Ordering::Relaxed),
            }
        }
    }

    fn all() -> impl Iterator<Item = &'static HazardRecord> {
        let at = |pointer: *mut HazardRecord| {
            // SAFETY: records are never freed, so every pointer in the list stays valid.
            unsafe { pointer.as_ref() }
        };
        let first = at(RECORDS.load(Ordering::SeqCst));
        std::iter::successors(first, move |record| at(record.next.load(Ordering::Acquire)))
    }

    /// Runs `work` on the record of this thread, or, while the thread is ending, on a borrowed one.
    fn of_this_thread<R>(work: impl Fn(&'static HazardRecord) -> R) -> R {
        MINE.try_with(|mine| work(mine.0)).unwrap_or_else(|_| {
            let borrowed = OwnedRecord(HazardRecord::take());
            work(borrowed.0)
        })
    }

    fn protects(&self, id: u64) -> bool {
        self.announced.iter().any(|place| place.load(Ordering::SeqCst) == id)
    }
}

/// A place in a record in which a handle is published; its drop empties the place.
struct HazardSlot {
    announced: &'static AtomicU64,
    /// The record, if it was taken for this call alone.
    _borrowed: Option<OwnedRecord>,
}

impl HazardSlot {
    fn protect(id: u64) -> HazardSlot {
        let own = MINE.try_with(|mine| HazardSlot::free_in(mine.0)).ok().flatten();
        let (announced, borrowed) = match own {
            Some(announced) => (announced, None),
            None => {
                let record = HazardRecord::take();
                let [first, ..] = &record.announced;
                (first, Some(OwnedRecord(record)))
            }
        };
        announced.swap(id, Ordering::SeqCst);
        HazardSlot { announced, _borrowed: borrowed }
    }

    fn free_in(record: &'static HazardRecord) -> Option<&'static AtomicU64> {
        record.announced.iter().find(|place| place.load(Ordering::Relaxed) == 0)
    }
}

impl Drop for HazardSlot {
    fn drop(&mut self) {
        self.announced.store(0, Ordering::Release);
        if CLOSERS.load(Ordering::Relaxed) != 0 {
            let _released = RELEASED.0.lock();
            RELEASED.1.notify_all();
        }
    }
}

static CLOSERS: AtomicU32 = AtomicU32::new(0);
static RELEASED: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

fn wait_until_unprotected(id: u64) {
    CLOSERS.fetch_add(1, Ordering::SeqCst);
    let mut released = RELEASED.0.lock();
    while HazardRecord::all().any(|record| record.protects(id)) {
        RELEASED.1.wait_for(&mut released, LOOK_AGAIN);
    }
    drop(released);
    CLOSERS.fetch_sub(1, Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    static SLOTS: [Slot<Arc<u32>>; 8] = [const { Slot::new() }; 8];
    static NUMBERS: SharedSlots<Arc<u32>> = SharedSlots::new(Kind::Store, &SLOTS);

    #[test]
    fn closing_waits_for_calls_and_happens_once() {
        let id = NUMBERS.insert(Arc::new(7)).expect("there is room");
        let inside = NUMBERS.enter(id).expect("it is open");
        let closing = thread::spawn(move || NUMBERS.remove(id));
        while NUMBERS.enter(id).is_ok() {
            thread::yield_now();
        }

        assert_eq!(NUMBERS.enter(id).err().map(|it| it.kind()), Some(ErrorKind::Handle));
        assert_eq!(Arc::strong_count(&inside), 1, "the content is still there");
        drop(inside);

        let content = closing.join().expect("no panic").expect("the first close succeeds");
        assert_eq!(Arc::strong_count(&content), 1);
        assert_eq!(NUMBERS.remove(id).expect_err("second close").kind(), ErrorKind::Handle);
    }

    #[test]
    fn a_close_from_inside_is_refused_instead_of_waiting_for_itself() {
        let id = NUMBERS.insert(Arc::new(7)).expect("there is room");
        let inside: Vec<_> = (0..DEPTH + 2).map(|_| NUMBERS.enter(id).expect("open")).collect();

        assert_eq!(NUMBERS.remove(id).expect_err("in use here").kind(), ErrorKind::Busy);

        drop(inside);
        assert!(NUMBERS.remove(id).is_ok());
    }
}
