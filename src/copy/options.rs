//! The options, progress and limits of a copy.

use crate::model::{Group, Key};

/// The most entries of one batch.
pub const COPY_BATCH_ENTRIES: usize = 256;
/// The most bytes of groups, keys and values of one batch; a longer entry is written alone.
pub const COPY_BATCH_BYTES: usize = 1 << 20;

/// The treatment of entries that the target already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Replaces those under a key of the source; the others stay.
    #[default]
    Overwrite,
    /// Keeps all of them, and skips the entries of the source under their keys.
    Keep,
    /// Refuses to begin unless the target is empty. A copy that resumes after a position does not
    /// check, and continues as [`Existing::Overwrite`].
    Refuse,
}

/// The options of a copy.
#[derive(Debug, Clone, Copy, Default)]
pub struct CopyOptions<'a> {
    /// The treatment of entries that the target already has.
    pub existing: Existing,
    /// Copies only the entries after this position: that of the last progress of a copy that ended
    /// early.
    pub after: Option<(Group<'a>, Key<'a>)>,
}

/// The counts of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Entries written.
    pub entries: u64,
    /// Bytes of their groups, keys and values.
    pub bytes: u64,
    /// Entries that were not written because the target has their keys; only with
    /// [`Existing::Keep`].
    pub skipped: u64,
    /// Entries that expired during the copy.
    pub expired: u64,
    /// Entries that the target had when they were written, and no longer when their group was
    /// done: other callers have deleted them, or the target has evicted them.
    pub missing: u64,
}

impl Copied {
    /// Returns the sum of both.
    pub fn and(self, other: Copied) -> Copied {
        Copied {
            entries: self.entries + other.entries,
            bytes: self.bytes + other.bytes,
            skipped: self.skipped + other.skipped,
            expired: self.expired + other.expired,
            missing: self.missing + other.missing,
        }
    }
}

/// The progress of a copy, after each batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyProgress<'a> {
    /// The counts since the call began.
    pub copied: Copied,
    /// The number of entries of the source when the call began, those before its position included.
    pub total: u64,
    /// The last entry that was dealt with: all entries of the source up to it were written, skipped
    /// or had expired, and none after it was written.
    pub position: (Group<'a>, Key<'a>),
}
