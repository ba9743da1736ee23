//! Ctrl-C and other signals that stop a command.
//!
//! Only commands install handlers that would otherwise leave something half-written. A signal ends
//! every other command at once, as the system does by default. After the handlers are installed, a
//! signal also cancels the call of the library that the command waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::{Failure, Result};
use crate::signal;

static INSTALLED: OnceLock<Interrupt> = OnceLock::new();

/// The handlers of the signals that stop the command.
#[derive(Clone, Default)]
pub struct Interrupt {
    /// Whether the next signal ends the process at once.
    is_second: Arc<AtomicBool>,
}

impl Interrupt {
    /// Installs the handlers, once for the process, and forgets an earlier signal. A second signal
    /// ends the process at once.
    pub fn install() -> Result<Interrupt> {
        if let Some(interrupt) = INSTALLED.get() {
            Interrupt::clear();
            return Ok(interrupt.clone());
        }
        let interrupt = Interrupt::default();
        for number in [SIGINT, SIGTERM, SIGHUP] {
            interrupt.register(number)?;
        }
        Ok(INSTALLED.get_or_init(|| interrupt).clone())
    }

    /// Forgets a signal that an earlier command of the process has received.
    pub fn clear() {
        if let Some(interrupt) = INSTALLED.get() {
            interrupt.is_second.store(false, Ordering::SeqCst);
        }
        signal::clear();
    }

    /// Returns whether a signal was received.
    pub fn is_set(&self) -> bool {
        signal::received().is_some()
    }

    /// Fails if a signal was received; `done` returns the work that is done.
    pub fn check(&self, done: impl FnOnce() -> String) -> Result<()> {
        match self.is_set() {
            false => Ok(()),
            true => Err(self.failure(done())),
        }
    }

    /// Returns the failure of a command that was stopped after the work that `done` names.
    pub fn failure(&self, done: impl Into<String>) -> Failure {
        Failure::Interrupted(signal::received().unwrap_or(0), done.into())
    }

    fn register(&self, number: i32) -> Result<()> {
        let is_second = &self.is_second;
        // In this order: the first signal finds the flag unset, and sets it for the second.
        signal_hook::flag::register_conditional_default(number, is_second.clone())?;
        signal_hook::flag::register(number, is_second.clone())?;
        signal_hook::flag::register_usize(number, signal::place(), number as usize)?;
        Ok(())
    }
}
