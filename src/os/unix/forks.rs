//! A function that is called in the child of a fork.

/// Calls `handler` in each child from now on.
pub(crate) fn call_in_child(handler: extern "C" fn()) {
    // SAFETY: the caller passes a function that a forked child may call, and the library is linked
    // so that it is never unloaded.
    unsafe { libc::pthread_atfork(None, None, Some(handler)) };
}
