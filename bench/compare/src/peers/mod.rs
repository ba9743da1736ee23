//! The peers: one file each, with the few C declarations it needs.

pub mod kv;
pub mod kv_abi;
pub mod leveldb;
pub mod lmdb;
pub mod rocksdb;
pub mod sqlite;
mod sqlite_statement;

/// The group of every key, for the peers that have groups.
///
/// The others store the bare key: they are compared as their users would use them.
pub const GROUP: &[u8] = b"bench";
