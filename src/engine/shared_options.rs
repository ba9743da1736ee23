//! The options of engines that several handles share.

use crate::error::{Error, ErrorKind, Result};

/// Returns the error of an option with a value that is refused.
pub(crate) fn invalid_option(message: String) -> Error {
    Error::new(ErrorKind::Argument, message)
}

/// Fails if an option of a handle differs from that of the handles that are open already on `what`;
/// the message names the first one.
pub(crate) fn check_same(options: &[(&str, bool)], what: &str) -> Result<()> {
    match options.iter().find(|(_, is_same)| !is_same) {
        None => Ok(()),
        Some((name, _)) => Err(Error::new(
            ErrorKind::Argument,
            format!("option {name} differs from that of a handle already open on this {what}"),
        )),
    }
}
