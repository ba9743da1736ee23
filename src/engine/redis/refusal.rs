//! Refusals: operations that a Redis cannot do in one step.

use crate::engine::redis::options::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use crate::error::{Error, ErrorKind};
use crate::model::Quoted;

/// Returns the error of a batch with steps in two slots.
pub(super) fn two_slots(first: &[u8], second: &[u8]) -> Error {
    let (first, second) = (Quoted(first), Quoted(second));
    let message = format!(
        "a batch on a cluster has one slot, but {first} and {second} are in two: use one group, \
         groups of one namespace, or a prefix such as {{app}}"
    );
    Error::new(ErrorKind::Unsupported, message)
}

/// Returns the error of a scan that is too large for one snapshot.
pub(super) fn scan_refused() -> Error {
    let mib = SCAN_BYTES_MAX >> 20;
    let message = format!(
        "a scan is one snapshot, which on redis has at most {SCAN_KEYS_MAX} keys and {mib} MiB: \
         scan less at a time, use named groups, or open the store with scans=live"
    );
    Error::new(ErrorKind::Unsupported, message)
}
