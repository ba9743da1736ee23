//! The signal that a command has received, and the calls of the library that it cancels.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use kv::CallContext;

/// The number of the signal, or 0. Its handler sets it.
static RECEIVED: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// The context of all calls of the command.
static CALLS: LazyLock<CallContext> = LazyLock::new(|| {
    let calls = CallContext::new();
    calls.set_poll(Some(Arc::new(|| received().is_some())));
    calls
});

/// Returns the place where a handler stores the number of its signal.
pub fn place() -> Arc<AtomicUsize> {
    RECEIVED.clone()
}

/// Returns the number of the signal that was received, if one was.
pub fn received() -> Option<i32> {
    match RECEIVED.load(Ordering::Relaxed) {
        0 => None,
        number => Some(number as i32),
    }
}

/// Returns the context of calls that a signal cancels.
pub fn calls() -> &'static CallContext {
    &CALLS
}

/// Forgets the signal that an earlier command of this process has received.
pub fn clear() {
    RECEIVED.store(0, Ordering::SeqCst);
    CALLS.arm(None);
}
