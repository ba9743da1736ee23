//! Races of threads: evidence that calls overlapped, and a flag that ends a thread of a race.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The time in which calls of racing threads overlap on any machine.
const RACE_MAX: Duration = Duration::from_secs(60);

/// Counts the calls that began while another call was under way.
#[derive(Default)]
pub struct Meetings {
    under_way: AtomicUsize,
    count: AtomicU64,
}

impl Meetings {
    /// Makes one call of a race.
    pub fn call<T>(&self, call: impl FnOnce() -> T) -> T {
        if self.under_way.fetch_add(1, Ordering::SeqCst) > 0 {
            self.count.fetch_add(1, Ordering::SeqCst);
        }
        let result = call();
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        result
    }

    /// Returns how many calls began while another one was under way.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }
}

/// Runs `round` with the numbers 0, 1, ... until it returns true, which means that threads of this
/// round or of an earlier one have met. Returns the number of rounds; fails if no round met.
pub fn race_until_met(mut round: impl FnMut(u8) -> bool) -> usize {
    let deadline = Instant::now() + RACE_MAX;
    for number in 0..=u8::MAX {
        if round(number) {
            return usize::from(number) + 1;
        }
        assert!(Instant::now() < deadline, "no threads met within {RACE_MAX:?}");
    }
    panic!("no threads met in {} rounds", usize::from(u8::MAX) + 1);
}

/// Sets a flag when it is dropped, by a panic too, so that no thread waits for the flag for ever.
pub struct Raised<'f>(pub &'f AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
