//! Poisoning: the refusal of writes after a failure that leaves the state of a store unknown.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// Whether an engine is poisoned: it refuses writes until it is opened again.
#[derive(Debug, Default)]
pub(crate) struct Poison(AtomicBool);

impl Poison {
    /// Refuses all writes from now on.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Fails with [`ErrorKind::Poisoned`] if writes are refused.
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Acquire) {
            let message = "an earlier failure left the state of the store unknown, so it takes no \
                           more writes; close it and open it again";
            return Err(Error::new(ErrorKind::Poisoned, message));
        }
        Ok(())
    }
}
