//! A lock on a file, as the system shows it.

/// A lock on a range of bytes of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileLock {
    /// The process that holds it.
    pub process: u32,
    /// Whether it is a write lock, else a read lock.
    pub is_write: bool,
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
}
