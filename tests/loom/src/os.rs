//! A descriptor that is only a flag, in the place of that of src/os, and the numbers of errors.

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};

#[path = "../../../src/os/unix/error_code.rs"]
pub mod error_code;

mod kernel {
    pub use libc::__errno_location as errno_location;
}

pub fn number_of(descriptor: RawFd) -> i32 {
    descriptor
}

/// Whether a descriptor is readable.
pub struct EventFlag(AtomicBool);

impl EventFlag {
    pub fn new() -> io::Result<EventFlag> {
        Ok(EventFlag(AtomicBool::new(false)))
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
