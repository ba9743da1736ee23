//! A function that is called in the child of a fork, which this system does not have.

/// Does nothing.
pub(crate) fn call_in_child(_: extern "C" fn()) {}
