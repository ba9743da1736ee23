//! Whether a file belongs to a store that this process has open.
//!
//! To open and close such a file would release SQLite's locks on it in the whole process, and to
//! replace it would part the store from its data. So the library asks here before it opens a file
//! that a caller has named.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;
use crate::os::{self, Held};

/// Fails with [`ErrorKind::Argument`] if the file at `path` is the database file of a store that
/// this process has open, or a file beside it: its log, the index of the log, its journal. Does not
/// open the file, which may be missing.
pub fn check_unused(path: &Path) -> Result<()> {
    while_unused(path, || ())
}

/// Calls `open`, which may open and close the file at `path`, unless it belongs to a store that
/// this process has open. No store is opened meanwhile.
pub(crate) fn while_unused<R>(path: &Path, open: impl FnOnce() -> R) -> Result<R> {
    os::with_free_file(path, open).map_err(|owner| in_use(&owner))
}

/// Fails with [`ErrorKind::Argument`] if a database cannot be opened at `path`, because that is a
/// file beside the one of an open store, or the reverse: both would write into one file.
pub fn check_place(path: &Path) -> Result<()> {
    if let Some(Held::Side(owner)) = os::find_held(path) {
        return Err(in_use(&owner));
    }
    for suffix in [os::WAL, os::SHM, os::JOURNAL] {
        if let Some(Held::Main(owner)) = os::find_held(&os::side_path(path, suffix)) {
            return Err(in_use(&owner));
        }
    }
    Ok(())
}

fn in_use(owner: &Path) -> Error {
    let name = Quoted(owner.as_os_str().as_encoded_bytes());
    let message = format!("it is a file of the store {name}, which this process has open");
    Error::new(ErrorKind::Argument, message)
}
