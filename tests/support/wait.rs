//! Waiting for a state instead of a time.

use std::time::{Duration, Instant};

/// The time between two checks.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Returns once `is_so` is true. Fails after `limit`, with `expected` as the name of that state.
pub fn until(expected: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !is_so() {
        assert!(Instant::now() < deadline, "{expected}: not within {limit:?}");
        std::thread::sleep(POLL_INTERVAL);
    }
}
