//! Writes: group commit, and the transaction in which the leader of the write queue commits.
//!
//! A write passes, in this order: stall, writer (which joins the write queue), group, transaction,
//! session, table.

pub mod exclusive;
pub mod group;
pub mod session;
pub mod stall;
pub mod table;
pub mod transaction;
pub mod upkeep;
pub mod version;
pub mod writer;
