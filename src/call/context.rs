//! The context of a call, which functions that wait or loop check.

use std::sync::Arc;
use std::time::Duration;

use crate::call::limits::{Limits, Poll};
use crate::error::{Error, ErrorKind, Result};
use crate::os::error_code;

/// The context of calls that have no deadline and cannot be cancelled.
pub(crate) static UNBOUND: CallContext = CallContext(None);

/// The deadline of a call, and whether it was cancelled. Clones are the same context.
#[derive(Clone, Default)]
pub struct CallContext(pub(super) Option<Arc<Limits>>);

impl CallContext {
    /// Returns a context that can be armed and cancelled. It has no deadline yet.
    pub fn new() -> CallContext {
        CallContext(Some(Arc::new(Limits::new())))
    }

    /// Returns whether calls in this context can have a deadline and be cancelled.
    #[inline]
    pub fn is_bound(&self) -> bool {
        self.0.is_some()
    }

    /// Sets the deadline of the calls from now on to `time` from now, or to none, and undoes a
    /// cancel. Returns the number of the arming, which [`CallContext::cancel`] takes; it is never 0
    /// for a context from [`CallContext::new`].
    pub fn arm(&self, time: Option<Duration>) -> u64 {
        self.0.as_ref().map_or(0, |limits| limits.arm(time))
    }

    /// Cancels the calls of an arming, or with 0 those of the newest one; does nothing if the
    /// context was armed again since.
    ///
    /// Async-signal-safe: the number of the thread's last failed call stays as it was.
    pub fn cancel(&self, arming: u64) {
        if let Some(limits) = &self.0 {
            let number = error_code::last();
            limits.cancel(arming);
            error_code::set_last(number);
        }
    }

    /// Sets the function that the calling thread runs about every 10 ms while a call waits or
    /// works, or removes it with `None`.
    pub fn set_poll(&self, poll: Option<Poll>) {
        if let Some(limits) = &self.0 {
            limits.set_poll(poll);
        }
    }

    /// Fails with [`ErrorKind::Cancelled`] if the call was cancelled, or [`ErrorKind::Deadline`] if
    /// its deadline has passed.
    #[inline]
    pub fn check(&self) -> Result<()> {
        match &self.0 {
            None => Ok(()),
            Some(limits) => limits.check(),
        }
    }

    /// Returns the error of a call in this context that failed with `error`. A busy or cancelled
    /// call whose context was cancelled, or whose deadline has passed, fails as
    /// [`CallContext::check`]; any other error is returned as it is.
    pub fn explain(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Busy | ErrorKind::Cancelled => self.check().err().unwrap_or(error),
            _ => error,
        }
    }
}
