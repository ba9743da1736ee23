//! Writes: group commit, and the transaction in which the leader of the write queue commits.
//!
//! A write passes, in this order: stall, writer (which joins the write queue), transaction,
//! session, table.

pub(super) mod digest;
pub(super) mod exclusive;
mod overflow;
pub(super) mod session;
pub(super) mod stall;
mod streams;
pub(super) mod table;
pub(super) mod transaction;
pub(super) mod upkeep;
pub(super) mod version;
pub(super) mod writer;
