//! The store: a method for each operation of an engine.

mod batch;
mod changes;
mod expire;
mod maintenance;
mod read;
mod scan;
#[allow(clippy::module_inception)]
mod store;
mod transaction;
mod transaction_buffer;
mod transaction_scan;
mod value_writer;
mod write;

pub use batch::Batch;
pub use expire::Ttl;
pub use store::Store;
pub use transaction::Transaction;
pub use transaction_buffer::TRANSACTION_LEN_MAX;
pub use value_writer::{ValueWriter, WriteRules};
pub use write::{Delete, Put};
