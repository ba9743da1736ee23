//! Paths as options spell them.

use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;

/// Returns `path` if it can be that of a SQLite file, or [`ErrorKind::Argument`] with the reason.
pub(crate) fn checked_path(path: &str) -> Result<&str> {
    if path.is_empty() {
        return Err(invalid("the path is empty".to_owned()));
    }
    if path.contains('\0') {
        return Err(invalid(format!("path {} holds a NUL", Quoted(path.as_bytes()))));
    }
    if path == ":memory:" {
        let message =
            "\":memory:\" is no file; a store in memory has a location and type of its own";
        return Err(invalid(message.to_owned()));
    }
    Ok(path)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Argument, message)
}
