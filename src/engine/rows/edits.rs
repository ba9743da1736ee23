//! The changes of a transaction.

use crate::engine::rows::overlay::Overlay;
use crate::model::Usage;

/// The changes of a draft, which [`Rows::apply`](super::Rows::apply) makes.
pub(crate) struct Edits {
    pub(super) overlay: Overlay,
    /// The new usage of namespaces.
    pub(super) usage: Vec<(Box<[u8]>, Usage)>,
}
