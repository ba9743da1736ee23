//! A flag with a descriptor: readable while the flag is up.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// A flag that programs can wait for with poll, select or epoll.
#[derive(Debug)]
pub(crate) struct EventFlag(OwnedFd);

impl EventFlag {
    /// Returns a flag that is down.
    pub(crate) fn new() -> io::Result<EventFlag> {
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and has no other owner.
        Ok(EventFlag(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Returns the descriptor, which is closed with `self`.
    pub(crate) fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Raises the flag.
    pub(crate) fn signal(&self) {
        let one = 1u64;
        // The write can only fail when the count is at its limit, and then the flag is up.
        // SAFETY: `one` is eight bytes long and outlives the call.
        unsafe { libc::write(self.raw(), (&raw const one).cast(), size_of::<u64>()) };
    }

    /// Takes the flag down.
    pub(crate) fn clear(&self) {
        let mut count = 0u64;
        // The read can only fail when the flag is down already.
        // SAFETY: `count` has room for eight bytes and outlives the call.
        unsafe { libc::read(self.raw(), (&raw mut count).cast(), size_of::<u64>()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::wait_readable;
    use std::time::Duration;

    #[test]
    fn it_is_readable_from_the_signal_until_it_is_cleared() {
        let fd = EventFlag::new().expect("a descriptor");
        let is_up = || wait_readable(&[fd.raw()], Some(Duration::ZERO)).expect("a poll");
        assert!(!is_up());
        fd.signal();
        fd.signal();
        assert!(is_up());
        fd.clear();
        assert!(!is_up());
        fd.clear();
    }
}
