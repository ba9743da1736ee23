//! Storms: commits of other processes that void the cache before a look-up has found anything.
//!
//! To fill slots costs a part of a read. While generations end without a hit, the cache is not
//! filled for a time that doubles, up to 32 ms.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The pause after the first generation without a hit.
const PAUSE_MIN: Duration = Duration::from_millis(1);
/// The longest pause is as many times doubled.
const DOUBLINGS: u32 = 5;

/// The generations without a hit, and the pause that follows from them.
pub(super) struct Storm {
    began: Instant,
    /// The end of the pause, in microseconds from `began`; 0 without one.
    pause_until: AtomicU64,
    past: Mutex<Past>,
}

#[derive(Default)]
struct Past {
    /// Hits at the beginning of the generation.
    hits: u64,
    /// Generations in a row that ended without a hit.
    barren: u32,
}

impl Storm {
    /// Returns that of a cache without generations.
    pub(super) fn new() -> Self {
        Storm { began: Instant::now(), pause_until: AtomicU64::new(0), past: Mutex::default() }
    }

    /// Returns whether the cache is not to be filled now.
    pub(super) fn is_on(&self) -> bool {
        let until = self.pause_until.load(Ordering::Relaxed);
        if until == 0 {
            return false;
        }
        let is_on = self.micros() < until;
        if !is_on {
            self.pause_until.store(0, Ordering::Relaxed);
        }
        is_on
    }

    /// Notes that a generation has ended, when there were `hits` in all.
    pub(super) fn note_generation(&self, hits: u64) {
        let mut past = self.past.lock();
        let is_barren = std::mem::replace(&mut past.hits, hits) == hits;
        past.barren = if is_barren { (past.barren + 1).min(DOUBLINGS + 2) } else { 0 };
        if past.barren > 1 {
            let pause = PAUSE_MIN * (1 << (past.barren - 2));
            self.pause_until.store(self.micros() + pause.as_micros() as u64, Ordering::Relaxed);
        }
    }

    fn micros(&self) -> u64 {
        self.began.elapsed().as_micros() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_without_a_hit_begin_pauses_that_double() {
        let storm = Storm::new();
        let mut pauses = Vec::new();
        for _ in 0..12 {
            let before = storm.micros();
            storm.note_generation(0);
            pauses.push(storm.pause_until.load(Ordering::Relaxed).saturating_sub(before) / 1_000);
        }
        assert_eq!(pauses[..4], [0, 1, 2, 4]);
        assert_eq!(pauses[11], 32);
        assert!(storm.is_on());

        storm.note_generation(1);
        std::thread::sleep(Duration::from_millis(40));
        assert!(!storm.is_on(), "the pause is over");
        storm.note_generation(1);
        assert!(!storm.is_on(), "one alone is no storm");
    }
}
