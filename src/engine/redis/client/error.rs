//! The errors of servers and of connections to them.

use redis::{ServerError, ServerErrorKind};

use crate::error::{Error, ErrorKind};

/// Returns the error for a reply that is one. Its text contains no password, because passwords are
/// sent only in AUTH, which servers do not repeat.
pub(crate) fn from_server(error: &ServerError) -> Error {
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
            let message = "the key is not a string key: another client has written a value of \
                           another type; delete it or use another prefix";
            return Error::new(ErrorKind::Format, message);
        }
        // The error of a command within a script is in the text of the script's error.
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
    Error::new(kind, format!("the server replies {} {detail}", error.code()))
}

/// Returns the error for a reply of another form than `expected`.
pub(crate) fn unexpected(expected: &str) -> Error {
    let message = format!("the server's reply is not {expected}");
    Error::new(ErrorKind::Format, message)
}

/// Returns the error for a server that cannot be reached, for a reason.
pub(crate) fn unavailable(
    address: &dyn std::fmt::Display,
    reason: &dyn std::fmt::Display,
) -> Error {
    Error::new(ErrorKind::Unavailable, format!("redis at {address}: {reason}"))
}

/// Returns the error of a write that was sent, and then failed with `error`.
pub(crate) fn outcome_unknown(error: Error) -> Error {
    let error = match error.ends_call() {
        true => Error::new(ErrorKind::Unavailable, format!("redis: {error} after it was sent")),
        false => error,
    };
    error.context("whether it was written is not known")
}
