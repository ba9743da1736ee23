//! Maintenance: the maintenance thread of an open file, and the calls of an operator.

pub(super) mod admin;
pub(super) mod thread;
