//! Poisoning: the refusal of writes after a failure that leaves the state of a store unknown.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::observe::{LogLevel, Topic, log};

/// The cause of the poisoning by a call that has panicked.
pub(crate) const BUG: &str = "a bug in the library has left it half changed";

/// Whether an engine is poisoned: it refuses writes until it is opened again.
#[derive(Debug, Default)]
pub(crate) struct Poison {
    is_set: AtomicBool,
    /// The store as the log names it.
    store: String,
}

impl Poison {
    /// Returns the flag of an engine, which the log names `store`.
    pub(crate) fn of(store: &str) -> Poison {
        Poison { is_set: AtomicBool::new(false), store: store.to_owned() }
    }

    /// Refuses all writes from now on, because of `cause`.
    pub(crate) fn set(&self, cause: impl fmt::Display) {
        if !self.is_set.swap(true, Ordering::AcqRel) {
            let message = format_args!(
                "the store refuses writes from now on: {cause}; close it and open it again"
            );
            self.log(LogLevel::Error, Topic::Poison, message);
        }
    }

    /// Writes a record of the engine into the log.
    pub(crate) fn log(&self, level: LogLevel, topic: Topic, message: fmt::Arguments<'_>) {
        log(level, topic, &self.store, message);
    }

    /// Returns whether writes are refused.
    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// Fails with [`ErrorKind::Poisoned`] if writes are refused.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_set() {
            let message = "an earlier failure left the state of the store unknown, so it takes no \
                           more writes; close it and open it again";
            return Err(Error::new(ErrorKind::Poisoned, message));
        }
        Ok(())
    }
}
