//! Whether a watch of this process receives the changes of others.

use kv::{ErrorKind, Store};

use crate::store_arguments::{StoreArguments, StoreName};

/// Returns whether a watch receives the changes of other processes. Only a file needs its change
/// log for that.
pub fn is_live(store: &Store, arguments: &StoreArguments) -> kv::Result<bool> {
    match store.oldest_change() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Unsupported => match arguments.store_name()? {
            StoreName::Location(location) if location.starts_with("log:") => Ok(false),
            name @ StoreName::Location(_) => Ok(name.path().is_none()),
            // Only a file has a size.
            StoreName::Service { .. } => Ok(store.stats()?.file_bytes == 0),
        },
        Err(error) => Err(error),
    }
}
