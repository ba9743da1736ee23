//! Ctrl-C and other signals that stop a command.
//!
//! Only commands install handlers that would otherwise leave something half-written. A signal ends
//! every other command at once, as the system does by default. After the handlers are installed, a
//! signal also cancels the call of the library that the command waits for.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use kv::CallContext;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::{Failure, Result};

static INSTALLED: OnceLock<Interrupt> = OnceLock::new();

/// The context of all calls of the command.
static CALLS: LazyLock<CallContext> = LazyLock::new(|| {
    let calls = CallContext::new();
    calls.set_poll(Some(Arc::new(|| INSTALLED.get().is_some_and(Interrupt::is_set))));
    calls
});

/// The flag that a signal sets to stop the command.
#[derive(Clone, Default)]
pub struct Interrupt {
    /// The number of the signal that was received, or 0.
    signal: Arc<AtomicUsize>,
    /// Whether the next signal ends the process at once.
    is_second: Arc<AtomicBool>,
}

impl Interrupt {
    /// Installs the handlers, once for the process, and clears the flag. A second signal ends the
    /// process at once.
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

    /// Returns the context of calls that a signal cancels.
    pub fn calls() -> &'static CallContext {
        &CALLS
    }

    /// Forgets a signal that an earlier command of the process has received.
    pub fn clear() {
        if let Some(interrupt) = INSTALLED.get() {
            interrupt.signal.store(0, Ordering::SeqCst);
            interrupt.is_second.store(false, Ordering::SeqCst);
        }
        CALLS.arm(None);
    }

    /// Returns the failure of a call that a signal has cancelled, if one has.
    pub fn cancelled() -> Option<Failure> {
        INSTALLED.get().filter(|it| it.is_set()).map(|it| it.failure("stopped"))
    }

    /// Returns whether a signal was received.
    pub fn is_set(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
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
        Failure::Interrupted(self.signal.load(Ordering::Relaxed) as i32, done.into())
    }

    fn register(&self, number: i32) -> Result<()> {
        let is_second = &self.is_second;
        // In this order: the first signal finds the flag unset, and sets it for the second.
        signal_hook::flag::register_conditional_default(number, is_second.clone())?;
        signal_hook::flag::register(number, is_second.clone())?;
        signal_hook::flag::register_usize(number, self.signal.clone(), number as usize)?;
        Ok(())
    }
}
