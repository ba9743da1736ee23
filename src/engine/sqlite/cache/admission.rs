//! Admission: how many of the keys that were missed are filled in.
//!
//! Where look-ups hit seldom, because the keys that are read are many times those that fit, most
//! fills replace a state by another that is as unlikely to be read. Then one of eight is made: what
//! is in the cache is as good, and a miss costs little more than a read without a cache.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Misses of a stripe after which its hits are looked at.
const PERIOD: u32 = 256;
/// Fewer hits in a period are few.
const FEW: u64 = 64;
/// One of so many misses is filled in while hits are few.
const SPARSE: u32 = 8;

/// The misses of some threads.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct Admission {
    misses: AtomicU32,
    /// The hits of these threads when the period began.
    hits: AtomicU64,
    /// One of so many misses is filled in; 0 stands for 1.
    one_of: AtomicU32,
}

impl Admission {
    /// Notes a miss; returns whether it is to be filled in. `hits` returns the hits of these
    /// threads so far.
    pub(super) fn admits(&self, hits: impl FnOnce() -> u64) -> bool {
        let misses = self.misses.load(Ordering::Relaxed).wrapping_add(1);
        self.misses.store(misses, Ordering::Relaxed);
        if misses.is_multiple_of(PERIOD) {
            let hits = hits();
            let few = hits.wrapping_sub(self.hits.swap(hits, Ordering::Relaxed)) < FEW;
            self.one_of.store(if few { SPARSE } else { 1 }, Ordering::Relaxed);
        }
        misses.is_multiple_of(self.one_of.load(Ordering::Relaxed).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_hits_are_few_one_miss_of_eight_is_filled_in() {
        let admission = Admission::default();
        let admitted = |hits| (0..PERIOD).filter(|_| admission.admits(|| hits)).count();
        assert_eq!(admitted(0), 255 + 1);
        assert_eq!(admitted(FEW), 32 + 1 - 1, "the period before had none");
        assert_eq!(admitted(FEW + 1), 256);
        assert_eq!(admitted(10 * FEW), 32);
        assert_eq!(admitted(20 * FEW), 256);
    }
}
