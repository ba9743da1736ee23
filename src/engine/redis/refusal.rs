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

/// Returns the error of a batch that deletes all groups beside other steps.
pub(super) fn groups_apart() -> Error {
    let message = "a redis deletes groups one after the other, not in one batch with other steps; \
                   delete them in a call of its own";
    Error::new(ErrorKind::Unsupported, message)
}

/// Returns the error of a write that has to survive a loss of power.
pub(super) fn not_durable() -> Error {
    let message =
        "the durability of writes is a setting of the redis server: set appendfsync there";
    Error::new(ErrorKind::Unsupported, message)
}

/// Returns the error of a snapshot over several calls.
pub(super) fn no_snapshots() -> Error {
    let message = "a redis keeps no snapshot between two calls: read in one batch, or scan with a \
                   snapshot";
    Error::new(ErrorKind::Unsupported, message)
}

/// Returns the error of a scan or deletion that is too large for one moment: there are `keys`, or
/// `bytes` of them were read.
pub(super) fn scan_refused(keys: u64, bytes: u64) -> Error {
    let found = match bytes > SCAN_BYTES_MAX {
        true => format!("{bytes} bytes were read, and the limit is {SCAN_BYTES_MAX}"),
        false => format!("there are {keys} keys, and the limit is {SCAN_KEYS_MAX}"),
    };
    let message = format!(
        "one step of a redis is too short for a snapshot of so much: {found}; scan less at a time, \
         use named groups, or do without a snapshot (scans=live)"
    );
    Error::new(ErrorKind::Unsupported, message)
}
