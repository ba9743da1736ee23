//! The repair of a damaged store.

use crate::config::location::Location;
use crate::engine::log::{Repair, repair_log};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;

/// Ends the store with a log at `location` before its first damaged record; returns `None` if it
/// is not damaged. Fails with [`ErrorKind::Unsupported`] for any other store.
pub fn repair(location: &str) -> Result<Option<Repair>> {
    let Location::Log(options) = Location::parse(location)? else {
        let message = "only a store with a log is repaired; kv recover reads a damaged file";
        return Err(Error::new(ErrorKind::Unsupported, message));
    };
    let name = Quoted(options.path.as_os_str().as_encoded_bytes()).to_string();
    repair_log(&options.path).map_err(|error| error.context(format_args!("repair {name}")))
}
