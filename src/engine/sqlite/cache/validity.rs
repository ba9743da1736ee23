//! The state of the file under which the entries of the cache are true.
//!
//! Each commit changes the header of the wal-index. The cache was filled under one header, and is
//! true as long as the header of the file is that one. A commit of this process moves the cache to
//! its own header once it has changed the slots that it touches. After a commit of another process
//! the next reader begins a generation: it voids all slots, because none has its number.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};

/// The header, of so many words, and the generation of the cache.
///
/// The header is written and read word by word. A mixture of two headers differs from both, or the
/// words that differ were read from the newer one; either is right.
pub(super) struct Validity<const WORDS: usize> {
    header: [AtomicU64; WORDS],
    generation: AtomicU64,
    /// Held while the header changes, and during a commit of this process.
    change: Mutex<()>,
}

impl<const WORDS: usize> Validity<WORDS> {
    /// Returns that of an empty cache, which is true under no header.
    pub(super) fn new() -> Self {
        Validity {
            header: [const { AtomicU64::new(0) }; WORDS],
            generation: AtomicU64::new(1),
            change: Mutex::new(()),
        }
    }

    /// Returns the generation whose slots are true under `header`, or `None`.
    pub(super) fn generation_under(&self, header: &[u64; WORDS]) -> Option<u64> {
        // The header before the generation: a slot of the generation that ends is then not taken
        // for one under the next header.
        let is_current =
            (0..WORDS).all(|index| self.header[index].load(Ordering::Acquire) == header[index]);
        is_current.then(|| self.generation.load(Ordering::Acquire))
    }

    /// Begins a generation under the header that `read` returns, unless a commit of this process
    /// is under way or the cache is true under that header. Returns whether one has begun.
    pub(super) fn begin_generation(&self, read: impl FnOnce() -> [u64; WORDS]) -> bool {
        let Some(change) = self.change.try_lock() else { return false };
        let header = read();
        let is_due = self.generation_under(&header).is_none();
        if is_due {
            self.store(&change, &[0; WORDS]);
            let generation = self.generation.load(Ordering::Relaxed);
            self.generation.store(generation + 1, Ordering::Release);
            self.store(&change, &header);
        }
        is_due
    }

    /// Begins a commit of this process: until the guard is dropped, no generation begins.
    pub(super) fn begin_commit(&self) -> CommitGuard<'_, WORDS> {
        CommitGuard { validity: self, change: self.change.lock() }
    }

    fn store(&self, _: &MutexGuard<'_, ()>, header: &[u64; WORDS]) {
        for (word, value) in self.header.iter().zip(header) {
            word.store(*value, Ordering::Release);
        }
    }
}

/// A commit of this process that is under way.
pub(super) struct CommitGuard<'v, const WORDS: usize> {
    validity: &'v Validity<WORDS>,
    change: MutexGuard<'v, ()>,
}

impl<const WORDS: usize> CommitGuard<'_, WORDS> {
    /// Returns whether the cache is true under `before`, the header before the commit.
    pub(super) fn is_under(&self, before: &[u64; WORDS]) -> bool {
        self.validity.generation_under(before).is_some()
    }

    /// Moves the cache to the header after the commit. The slots that the commit touches are
    /// changed.
    pub(super) fn move_to(&self, after: &[u64; WORDS]) {
        self.validity.store(&self.change, after);
    }
}
