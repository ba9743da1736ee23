//! What servers refuse, in the words of the store.

use redis::{ServerError, ServerErrorKind};

use crate::error::{Error, ErrorKind};

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
