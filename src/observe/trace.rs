//! The trace of calls: a function of the program at the begin and the end of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::RwLock;

use crate::observe::call_kind::CallKind;
use crate::os::{self, ForkLocal};

/// A call as a trace shows it.
#[derive(Debug, Clone, Copy)]
pub struct TracedCall<'c> {
    /// The kind of the call.
    pub kind: CallKind,
    /// The group, if the call names one and its name is valid.
    pub group: Option<&'c [u8]>,
    /// The key, if the call names one and it is valid.
    pub key: Option<&'c [u8]>,
}

/// The function of a trace. It runs in the thread of the call, without any lock.
pub trait Tracer: Send + Sync {
    /// Is called before the call; [`Tracer::end`] receives the number that this returns.
    fn begin(&self, call: &TracedCall<'_>) -> u64;

    /// Is called after the call, with the number of [`Tracer::begin`], the duration, and the status
    /// of the C interface.
    fn end(&self, call: &TracedCall<'_>, context: u64, duration: Duration, status: i32);
}

/// The tracer of this process, which the child of a fork does not have.
static TRACER: ForkLocal<RwLock<Option<Arc<dyn Tracer>>>> = ForkLocal::new();

/// The tracer, and engines whose slow calls are logged: while there is any, each call is timed.
static OBSERVERS: AtomicUsize = AtomicUsize::new(0);

/// The count of one reason to time each call.
#[derive(Debug)]
pub(super) struct ObservedMark(());

impl ObservedMark {
    pub(super) fn new() -> ObservedMark {
        OBSERVERS.fetch_add(1, Ordering::SeqCst);
        ObservedMark(())
    }
}

impl Drop for ObservedMark {
    fn drop(&mut self) {
        OBSERVERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Sets the tracer of all calls of the process, or removes it. A call that has begun ends with the
/// tracer with which it began.
pub fn set_tracer(tracer: Option<Arc<dyn Tracer>>) {
    os::watch_forks();
    let is_set = tracer.is_some();
    let mut place = TRACER.get().write();
    let before = std::mem::replace(&mut *place, tracer);
    match (before.is_some(), is_set) {
        (false, true) => drop(OBSERVERS.fetch_add(1, Ordering::SeqCst)),
        (true, false) => drop(OBSERVERS.fetch_sub(1, Ordering::SeqCst)),
        _ => {}
    }
    drop(place);
    // The drop runs code of the program.
    drop(before);
}

/// Returns whether each call has to be timed.
#[inline]
pub fn is_observed() -> bool {
    OBSERVERS.load(Ordering::Relaxed) != 0
}

/// Returns the tracer.
pub fn tracer() -> Option<Arc<dyn Tracer>> {
    TRACER.get().read().clone()
}
