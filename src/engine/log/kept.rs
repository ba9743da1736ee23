//! The logs that are kept.

use crate::model::Version;

/// A log that is kept for replay, or for its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeptLog {
    pub(super) number: u64,
    /// The newest version before it.
    pub(super) since: Version,
    /// The end of its records; `None` for the log that is written.
    pub(super) end: Option<u64>,
    /// The number of its steps.
    pub(super) changes: u64,
}
