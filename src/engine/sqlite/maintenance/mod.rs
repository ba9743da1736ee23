//! Maintenance: the maintenance thread of an open file, and the calls of an operator.

pub mod admin;
pub mod thread;
