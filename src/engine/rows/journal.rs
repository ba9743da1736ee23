//! The journal of a transaction: its changes step by step.

use crate::engine::rows::row::Row;
use crate::error::Result;
use crate::model::{ChangeKind, Expiry, Version};

/// A place to which a draft writes each change as it is worked out, in order.
pub(crate) trait Journal {
    /// Returns whether removals are noted with the version that their change has.
    fn notes_changes(&self) -> bool;

    /// Notes a row that is put into a group; whether its value was written in pieces.
    fn put(&mut self, group: &[u8], row: &Row, is_stream: bool) -> Result<()>;

    /// Notes a new expiry of the row under a key.
    fn set_expiry(&mut self, group: &[u8], key: &[u8], expires_at: Option<Expiry>) -> Result<()>;

    /// Notes the removal of the row under a key.
    fn remove(
        &mut self,
        group: &[u8],
        key: &[u8],
        change: Option<(ChangeKind, Version)>,
    ) -> Result<()>;

    /// Notes the removal of all rows of a group whose keys begin with `prefix`.
    fn remove_prefix(
        &mut self,
        group: &[u8],
        prefix: &[u8],
        change: Option<(ChangeKind, Version)>,
    ) -> Result<()>;
}
