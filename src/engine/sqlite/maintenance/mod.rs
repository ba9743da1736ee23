//! Maintenance: the maintenance thread of an open file, and the calls of an operator.

pub(super) mod admin;
pub(super) mod backup;
pub(super) mod file_work;
pub(super) mod restore;
pub(super) mod thread;
