//! A descriptor that is only a flag, in the place of that of src/os.

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a descriptor is readable.
pub struct EventFd(AtomicBool);

impl EventFd {
    pub fn new() -> io::Result<EventFd> {
        Ok(EventFd(AtomicBool::new(false)))
    }

    pub fn raw(&self) -> RawFd {
        0
    }

    pub fn signal(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn clear(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}
