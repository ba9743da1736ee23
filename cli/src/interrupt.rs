//! Ctrl-C while something is under way that has to be brought to an end.
//!
//! Only what would leave something half-done listens. Everything else ends where it stands, as
//! programs do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::outcome::{Failure, Result};

static LISTENING: OnceLock<Interrupt> = OnceLock::new();

/// What tells that the command shall end.
#[derive(Clone, Default)]
pub struct Interrupt {
    /// The number of the signal that came, or 0.
    signal: Arc<AtomicUsize>,
    /// Whether the next one ends the program at once.
    is_second: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from now on; what came before is forgotten. A second Ctrl-C ends at once.
    pub fn listen() -> Result<Interrupt> {
        if let Some(listening) = LISTENING.get() {
            listening.signal.store(0, Ordering::SeqCst);
            listening.is_second.store(false, Ordering::SeqCst);
            return Ok(listening.clone());
        }
        let listening = Interrupt::default();
        for number in [SIGINT, SIGTERM, SIGHUP] {
            listening.register(number)?;
        }
        Ok(LISTENING.get_or_init(|| listening).clone())
    }

    /// Answers whether it is time to end.
    pub fn is_set(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// Fails with what `done` says if it is time to end.
    pub fn check(&self, done: impl FnOnce() -> String) -> Result<()> {
        match self.is_set() {
            false => Ok(()),
            true => Err(self.failure(done())),
        }
    }

    /// Returns the failure of a command that was stopped when it had done what `done` says.
    pub fn failure(&self, done: impl Into<String>) -> Failure {
        Failure::Stopped(self.signal.load(Ordering::Relaxed) as i32, done.into())
    }

    fn register(&self, number: i32) -> Result<()> {
        let is_second = &self.is_second;
        // In this order: the first signal finds the flag down, and puts it up for the next.
        signal_hook::flag::register_conditional_default(number, is_second.clone())?;
        signal_hook::flag::register(number, is_second.clone())?;
        signal_hook::flag::register_usize(number, self.signal.clone(), number as usize)?;
        Ok(())
    }
}
