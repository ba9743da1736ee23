//! The capabilities that some engines lack, for a call that needs one: the capability, or the error
//! of its absence.

use crate::engine::{BackupSource, ChangeLog, Engine, Medium, Quotas, Streams};
use crate::error::{Error, ErrorKind, Result};

/// Returns the change log of an engine; fails with [`ErrorKind::Unsupported`] if it has none.
pub(crate) fn change_log(engine: &dyn Engine) -> Result<&dyn ChangeLog> {
    engine.change_log().ok_or_else(|| {
        if engine.is_snapshot() {
            return of_snapshot("has no change log");
        }
        let medium = engine.medium();
        unsupported(format!("a store in {medium} has no change log; open a file with changes=on"))
    })
}

/// Returns the quotas that an engine keeps; fails with [`ErrorKind::Unsupported`] on a scope or
/// snapshot, which cannot do what `work` says.
pub(crate) fn quotas<'e>(engine: &'e dyn Engine, work: &str) -> Result<&'e dyn Quotas> {
    engine.quotas().ok_or_else(|| match engine.is_snapshot() {
        true => of_snapshot(&format!("cannot {work}")),
        false => outside(work),
    })
}

/// Returns the source of an engine's backups; fails with [`ErrorKind::Unsupported`] if it has no
/// file, or is a scope of one.
pub(crate) fn backup_source(engine: &dyn Engine) -> Result<&dyn BackupSource> {
    engine.backup_source().ok_or_else(|| {
        if engine.is_snapshot() {
            return of_snapshot("has no file to back up or to restore");
        }
        if !engine.prefix().is_empty() {
            return outside("copy the file, which holds other namespaces too");
        }
        let medium = engine.medium();
        let instead = match medium {
            Medium::Redis => "; the server saves and copies its own",
            Medium::Memory | Medium::File | Medium::Log => "",
        };
        unsupported(format!("a store in {medium} has no file to back up{instead}"))
    })
}

/// Returns the values that are written to an engine in pieces; fails with
/// [`ErrorKind::ReadOnly`] on a snapshot.
pub(crate) fn streams(engine: &dyn Engine) -> Result<&dyn Streams> {
    engine.streams().ok_or_else(|| {
        let message = "a snapshot can only be read; write to the store that it was taken from";
        Error::new(ErrorKind::ReadOnly, message)
    })
}

/// Returns the error of a call on a snapshot, which lacks what the call needs.
pub(crate) fn of_snapshot(lack: &str) -> Error {
    unsupported(format!("a snapshot {lack}; call this on the store that it was taken from"))
}

/// Returns the error of a scope that cannot do `work`.
fn outside(work: &str) -> Error {
    unsupported(format!("a store narrowed to a namespace cannot {work}"))
}

fn unsupported(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}
