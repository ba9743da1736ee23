//! The processes that hold locks on a file.

use super::file_id::Identity;
use super::system::locks::file_locks;

/// The ids of the processes that hold locks on a file.
#[derive(Debug, Default)]
pub(crate) struct LockHolders {
    /// Those with a read lock.
    pub readers: Vec<u32>,
    /// Those with a write lock.
    pub writers: Vec<u32>,
}

/// Returns the processes, other than this one, that hold a lock on a file; none where the system
/// does not tell.
pub(crate) fn lock_holders(file: Identity) -> LockHolders {
    let mut holders = LockHolders::default();
    for lock in file_locks(file) {
        match lock.is_write {
            true => holders.writers.push(lock.process),
            false => holders.readers.push(lock.process),
        }
    }
    holders
}
