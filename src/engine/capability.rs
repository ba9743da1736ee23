//! The capabilities that some engines lack, for a call that needs one: the capability, or the error
//! of its absence.

use crate::engine::{ChangeLog, Engine};
use crate::error::{Error, ErrorKind, Result};

/// Returns the change log of an engine; fails with [`ErrorKind::Unsupported`] if it has none.
pub fn change_log(engine: &dyn Engine) -> Result<&dyn ChangeLog> {
    engine.change_log().ok_or_else(|| {
        let medium = engine.medium();
        unsupported(format!("a store in {medium} has no change log; open a file with changes=on"))
    })
}

fn unsupported(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}
