//! Writes: the write queue, and the transaction in which its leader commits.

pub mod queue;
pub mod stall;
pub mod table;
pub mod transaction;
pub mod writer;
