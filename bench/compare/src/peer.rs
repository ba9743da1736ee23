//! The operations of each peer, in the terms of the workloads.

use std::path::Path;

use anyhow::{Result, bail};

use crate::peers::kv_abi::Abi;

/// When a write that returned is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It survives the death of the process (`kill -9`), not that of the machine.
    Process,
    /// It was fsynced: it survives the machine too.
    Disk,
}

/// How to open a peer's store.
#[derive(Clone, Copy)]
pub struct OpenOptions<'a> {
    pub directory: &'a Path,
    pub durability: Durability,
    /// Memory for the peers with a configurable cache of pages or blocks; None keeps each library's
    /// default.
    pub cache_mib: Option<u32>,
    /// The functions of libkv, if it could be loaded.
    pub kv: Option<&'static Abi>,
}

/// One key and its value, for a batch.
pub struct Entry {
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

/// The order in which a scan visits the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// A store under comparison, driven as well as its own C API allows.
///
/// The methods with `&mut self` are the one-threaded workloads, so that no peer pays for a lock
/// it does not need; only `set_shared` is called from several threads at once.
pub trait Peer: Send + Sync {
    /// Opens the store in an existing directory, creating it if the directory is empty.
    fn open(opening: &OpenOptions) -> Result<Self>
    where
        Self: Sized;

    /// Copies the value of `key` into `value`, or returns false if it is absent.
    ///
    /// Every peer copies: a caller wants to keep what it has read.
    fn get(&mut self, key: &[u8], value: &mut Vec<u8>) -> Result<bool>;

    /// Shows the value of `key` where the library keeps it, or returns false if it is absent.
    fn get_borrowed(&mut self, _key: &[u8], _visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        bail!("this peer has no row for borrowed values")
    }

    /// Writes one key, as a transaction of its own.
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()>;

    /// Writes one key, as a transaction of its own, beside other threads doing the same.
    fn set_shared(&self, key: &[u8], value: &[u8]) -> Result<()>;

    /// Writes all entries in one transaction.
    fn batch(&mut self, entries: &[Entry]) -> Result<()>;

    /// Visits up to `limit` entries behind `from`, which is itself not visited, and returns how
    /// many there were.
    fn scan(
        &mut self,
        direction: Direction,
        from: &[u8],
        limit: usize,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<usize>;

    /// Closes the store and reports what dropping it would swallow.
    fn close(self: Box<Self>) -> Result<()>;
}
