//! Ctrl-C and other signals that stop a command.
//!
//! Commands that loop over entries, or that would otherwise leave something half-written, install
//! handlers. A signal ends every other command at once, as the system does by default. Once they
//! are installed, a signal also cancels the call of the library that the command waits for.
//!
//! A prompt installs them for all of its commands: Ctrl-C ends none but the command that runs.

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
    ends_process: Arc<AtomicBool>,
}

impl Interrupt {
    /// Installs the handlers, once for the process. A second signal ends the process at once.
    pub fn install() -> Result<Interrupt> {
        Interrupt::install_for(&[SIGINT, SIGTERM, SIGHUP])
    }

    /// Installs the handlers for the commands of a prompt, which Ctrl-C never ends.
    pub fn install_for_prompt() -> Result<Interrupt> {
        let interrupt = Interrupt::install_for(&[SIGTERM, SIGHUP])?;
        signal_hook::flag::register_usize(SIGINT, signal::place(), SIGINT as usize)?;
        Ok(interrupt)
    }

    /// Begins a wait for the next command: until [`Interrupt::resume`] a signal ends the process at
    /// once, except Ctrl-C at a prompt.
    pub fn pause() {
        if let Some(interrupt) = INSTALLED.get() {
            interrupt.ends_process.store(true, Ordering::SeqCst);
        }
    }

    /// Ends the wait for the next command.
    pub fn resume() {
        if let Some(interrupt) = INSTALLED.get() {
            interrupt.ends_process.store(false, Ordering::SeqCst);
        }
    }

    fn install_for(ending: &[i32]) -> Result<Interrupt> {
        if let Some(interrupt) = INSTALLED.get() {
            return Ok(interrupt.clone());
        }
        let interrupt = Interrupt::default();
        for number in ending {
            interrupt.register(*number)?;
        }
        Ok(INSTALLED.get_or_init(|| interrupt).clone())
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

    /// Returns the failure of a loop that has dealt with `count` keys or groups, named by `unit`.
    pub fn stopped(&self, error: kv::Error, count: u64, unit: &str) -> Failure {
        match self.is_set() {
            true => self.failure(format!("stopped after {count} {unit}")),
            false => error.into(),
        }
    }

    fn register(&self, number: i32) -> Result<()> {
        let ends_process = &self.ends_process;
        // In this order: the first signal finds the flag unset, and sets it for the second.
        signal_hook::flag::register_conditional_default(number, ends_process.clone())?;
        signal_hook::flag::register(number, ends_process.clone())?;
        signal_hook::flag::register_usize(number, signal::place(), number as usize)?;
        Ok(())
    }
}
