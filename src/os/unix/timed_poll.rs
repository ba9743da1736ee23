//! The call that waits for descriptors, on systems with one that takes nanoseconds.

use std::time::Duration;

/// Calls ppoll and returns what it returns.
pub(super) fn poll(polls: &mut [libc::pollfd], timeout: Option<Duration>) -> libc::c_int {
    // The types of the fields are each system's own.
    let timeout = timeout.map(|it| libc::timespec {
        tv_sec: it.as_secs().min(i32::MAX as u64) as _,
        tv_nsec: it.subsec_nanos() as _,
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the array has `polls.len()` elements; the timeout outlives the call or is NULL.
    unsafe {
        libc::ppoll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, timeout, std::ptr::null())
    }
}
