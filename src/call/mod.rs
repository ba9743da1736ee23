//! The context of a call: its deadline, and whether it was cancelled.
//!
//! Everything that waits or loops takes a [`CallContext`] as an argument and asks it, between two
//! steps, whether to go on. Calls through a store that is not bound carry [`UNBOUND`], which costs a
//! branch. A bound store has a context of its own, which is armed before a call and may be
//! cancelled from any thread, or from a signal handler: [`CallContext::cancel`] takes no lock and
//! allocates nothing.

mod limits;
mod pace;
mod wait;

pub use limits::Poll;
pub use pace::Pace;

use std::sync::Arc;
use std::time::Duration;

use crate::call::limits::Limits;
use crate::error::{Error, ErrorKind, Result};

/// The context of calls that no deadline limits and nobody can cancel.
pub static UNBOUND: CallContext = CallContext(None);

/// The deadline of a call, and whether it was cancelled. Clones are the same context.
#[derive(Clone, Default)]
pub struct CallContext(Option<Arc<Limits>>);

impl CallContext {
    /// Returns a context that can be armed and cancelled. It has no deadline yet.
    pub fn new() -> CallContext {
        CallContext(Some(Arc::new(Limits::new())))
    }

    /// Answers whether there is anything to look at.
    #[inline]
    pub fn is_bound(&self) -> bool {
        self.0.is_some()
    }

    /// Gives the calls from now on `time` until they end, or no deadline, and undoes a cancel.
    /// Returns the number of the arming, which [`CallContext::cancel`] takes; it is never 0.
    pub fn arm(&self, time: Option<Duration>) -> u64 {
        self.0.as_ref().map_or(0, |limits| limits.arm(time))
    }

    /// Makes the calls of an arming end, or with 0 those of whichever is the newest; does nothing
    /// if the context was armed again since.
    ///
    /// Async-signal-safe.
    pub fn cancel(&self, arming: u64) {
        if let Some(limits) = &self.0 {
            limits.cancel(arming);
        }
    }

    /// Has `poll` called by the thread that calls, about every 10 ms while a call waits or works;
    /// `None` ends that.
    pub fn set_poll(&self, poll: Option<Poll>) {
        if let Some(limits) = &self.0 {
            limits.set_poll(poll);
        }
    }

    /// Fails with [`ErrorKind::Cancelled`] or [`ErrorKind::Deadline`] if the call is to end.
    #[inline]
    pub fn check(&self) -> Result<()> {
        match &self.0 {
            None => Ok(()),
            Some(limits) => limits.check(),
        }
    }

    /// Returns what `error` means, which was met by a call in this context: if it comes of a wait
    /// or a work that was broken off because the call is to end, that the call has ended.
    pub fn explain(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Busy | ErrorKind::Cancelled => self.check().err().unwrap_or(error),
            _ => error,
        }
    }

    /// Returns a count of rows that looks at the context once in a while.
    pub fn pace(&self) -> Pace<'_> {
        Pace::new(self)
    }
}
