//! The call that waits for descriptors, on systems where it takes milliseconds.

use std::time::Duration;

/// Calls poll and returns what it returns. A timeout is rounded up.
pub(crate) fn poll(polls: &mut [libc::pollfd], timeout: Option<Duration>) -> libc::c_int {
    let millis = timeout
        .map_or(-1, |it| i32::try_from(it.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX));
    // SAFETY: the array has `polls.len()` elements.
    unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, millis) }
}
