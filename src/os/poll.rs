//! Waits for descriptors.

use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

/// The event that a descriptor is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// The descriptor is readable.
    Read,
    /// The descriptor is writable.
    Write,
}

/// Waits until one of at most 32 descriptors is ready, for `timeout` at most, or for ever without
/// a timeout. Returns a bit for each that is ready, the first descriptor the lowest; none after a
/// signal.
pub(crate) fn wait_ready(fds: &[(RawFd, Ready)], timeout: Option<Duration>) -> io::Result<u32> {
    let poll = |(fd, ready): &(RawFd, Ready)| {
        let events = match ready {
            Ready::Read => libc::POLLIN,
            Ready::Write => libc::POLLOUT,
        };
        libc::pollfd { fd: *fd, events, revents: 0 }
    };
    let mut polls: Vec<libc::pollfd> = fds.iter().map(poll).collect();
    // The types of the fields are each system's own.
    let timeout = timeout.map(|it| libc::timespec {
        tv_sec: it.as_secs().min(i32::MAX as u64) as _,
        tv_nsec: it.subsec_nanos() as _,
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the array has `polls.len()` elements; the timeout outlives the call or is NULL.
    let count = unsafe {
        libc::ppoll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, timeout, std::ptr::null())
    };
    if count >= 0 {
        let bits = (0..).zip(&polls).filter(|(_, it)| it.revents != 0).map(|(at, _)| 1 << at);
        return Ok(bits.sum());
    }
    let error = io::Error::last_os_error();
    match error.kind() {
        io::ErrorKind::Interrupted => Ok(0),
        _ => Err(error),
    }
}

/// Waits until one of `fds` is readable, for `timeout` at most, or for ever without a timeout.
/// Returns whether one is readable.
pub(crate) fn wait_readable(fds: &[RawFd], timeout: Option<Duration>) -> io::Result<bool> {
    let fds: Vec<_> = fds.iter().map(|fd| (*fd, Ready::Read)).collect();
    wait_ready(&fds, timeout).map(|ready| ready != 0)
}
