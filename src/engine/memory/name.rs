//! The name of a row.

use std::sync::Arc;

/// The bytes of a group's name or of a key; clones share them.
pub(super) type Name = Arc<[u8]>;
