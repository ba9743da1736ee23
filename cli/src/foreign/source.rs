//! The source of an import: entries that are counted, and read one after the other.

use crate::failure::Result;
use crate::import_entry::ImportEntry;

/// The data of another system.
pub trait Source {
    /// Returns the number of entries, those that have expired included.
    fn count(&self) -> Result<u64>;

    /// Calls `found` with each entry; ends with its first failure.
    fn each(&mut self, found: &mut dyn FnMut(ImportEntry) -> Result<()>) -> Result<()>;
}
