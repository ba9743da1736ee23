//! What servers refuse, in the words of the store.

use redis::{ServerError, ServerErrorKind};

use crate::engine::redis::options::{WALK_BYTES_MAX, WALK_KEYS_MAX};
use crate::error::{Error, ErrorKind};
use crate::model::Quoted;

/// Returns what an error of a server means. Its text never holds a password: none is ever sent where
/// a server would repeat it.
pub fn from_server(error: &ServerError) -> Error {
    let detail = error.details().unwrap_or_default();
    let kind = match (error.kind(), error.code()) {
        (Some(ServerErrorKind::NoPerm), _) | (_, "NOAUTH" | "WRONGPASS") => ErrorKind::Permission,
        (Some(ServerErrorKind::CrossSlot), _) => ErrorKind::Unsupported,
        (Some(ServerErrorKind::ReadOnly), _) => ErrorKind::ReadOnly,
        (Some(ServerErrorKind::Moved | ServerErrorKind::Ask), _) => {
            let message = "the server is one of a cluster: open it as redis-cluster:// or \
                           rediss-cluster://";
            return Error::new(ErrorKind::Unsupported, message);
        }
        (_, "OOM") => ErrorKind::Full,
        (_, "MISCONF" | "NOREPLICAS") => ErrorKind::Io,
        (Some(ServerErrorKind::BusyLoading), _)
        | (Some(ServerErrorKind::ClusterDown), _)
        | (Some(ServerErrorKind::MasterDown), _)
        | (Some(ServerErrorKind::TryAgain), _)
        | (_, "BUSY") => ErrorKind::Unavailable,
        (_, "WRONGTYPE") => {
            let message = "the key holds something else than a plain value, which another client \
                           has written";
            return Error::new(ErrorKind::Format, message);
        }
        // A script names the failure of a command of its own in its text.
        _ if detail.contains("OOM command not allowed") => ErrorKind::Full,
        _ if detail.contains("WRONGTYPE") => ErrorKind::Format,
        _ if ["NOPERM", "No permissions", "The user executing the script can't"]
            .iter()
            .any(|it| detail.contains(it)) =>
        {
            ErrorKind::Permission
        }
        _ => ErrorKind::Io,
    };
    Error::new(kind, format!("the server answers {} {detail}", error.code()))
}

/// Returns that a server's answer is not what was asked for.
pub fn unexpected(what: &str) -> Error {
    let message = format!("the server's answer is not {what}");
    Error::new(ErrorKind::Format, message)
}

/// Returns that nobody answers at an address.
pub fn unavailable(address: &dyn std::fmt::Display, why: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unavailable, format!("redis at {address}: {why}"))
}

/// Returns what is to be told of a write that was sent, and then failed with `error`.
pub fn not_known(error: Error) -> Error {
    let told = match error.ends_call() {
        true => Error::new(ErrorKind::Unavailable, format!("redis: {error} after it was sent")),
        false => error,
    };
    told.context("whether it was written is not known")
}

/// Returns that a batch has steps in two slots.
pub fn two_slots(first: &[u8], second: &[u8]) -> Error {
    let (first, second) = (Quoted(first), Quoted(second));
    let message = format!(
        "a batch on a cluster stays in one slot, but {first} and {second} are in two: one group, \
         groups of one namespace, or a prefix such as {{app}} are in one"
    );
    Error::new(ErrorKind::Unsupported, message)
}

/// Returns that a walk would take too long in one step.
pub fn walk_refused() -> Error {
    let mib = WALK_BYTES_MAX >> 20;
    let message = format!(
        "a walk is one snapshot, which redis can only give of {WALK_KEYS_MAX} keys and {mib} MiB: \
         ask for less at a time, use named groups, or open the store with scans=live"
    );
    Error::new(ErrorKind::Unsupported, message)
}
