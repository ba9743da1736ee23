//! What the engine refuses, because a Redis cannot do it in one step.

use crate::engine::redis::options::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use crate::error::{Error, ErrorKind};
use crate::model::Quoted;

/// Returns that a batch has steps in two slots.
pub fn two_slots(first: &[u8], second: &[u8]) -> Error {
    let (first, second) = (Quoted(first), Quoted(second));
    let message = format!(
        "a batch on a cluster stays in one slot, but {first} and {second} are in two: one group, \
         groups of one namespace, or a prefix such as {{app}} are in one"
    );
    Error::new(ErrorKind::Unsupported, message)
}

/// Returns that a walk would take too long in one step.
pub fn scan_refused() -> Error {
    let mib = SCAN_BYTES_MAX >> 20;
    let message = format!(
        "a walk is one snapshot, which redis can only give of {SCAN_KEYS_MAX} keys and {mib} MiB: \
         ask for less at a time, use named groups, or open the store with scans=live"
    );
    Error::new(ErrorKind::Unsupported, message)
}
