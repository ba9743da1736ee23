//! Entries of the two stores of a copy, and the errors of reading and writing them.

use crate::error::{Error, Result};
use crate::model::{Expiry, ScanEntry};
use crate::store::Store;

/// Returns whether an entry has expired by the clock of the target.
pub(super) fn is_expired(expires_at: Option<Expiry>, to: &Store) -> Result<bool> {
    let now = to.open_engine()?.now(to.call())?;
    Ok(expires_at.is_some_and(|at| at.is_past(now)))
}

/// Returns the bytes of group, key and value of an entry.
pub(super) fn len(entry: &ScanEntry<'_>) -> usize {
    entry.group.len() + entry.key.len() + entry.value.len()
}

/// Returns `error` with the context that it is of the source.
pub(super) fn reading(error: Error) -> Error {
    error.context("copy, reading the source")
}

/// Returns `error` with the context that it is of the target.
pub(super) fn writing(error: Error) -> Error {
    error.context("copy, writing the target")
}
