//! The errors of servers and of connections to them.

use std::fmt::Display;
use std::io;

use redis::ServerErrorKind;
use rustls::AlertDescription;

use crate::engine::redis::client::value::ServerError;
use crate::error::{Error, ErrorKind};

/// The failure of a call on a connection.
#[derive(Debug, Clone)]
pub(crate) struct CallError {
    /// The error of the call.
    pub error: Error,
    /// Whether the server may have received the call.
    pub sent: bool,
    /// Whether the server has replied that it cannot serve connections yet.
    pub heals: bool,
}

/// The remedy for an error of a server that has run nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// None: the same call fails again.
    None,
    /// The same call succeeds later.
    Wait,
    /// The server has become a replica: the call succeeds on another.
    Reconnect,
}

impl CallError {
    /// Returns the failure of a call that was not sent.
    pub(crate) fn unsent(error: Error) -> CallError {
        CallError { error, sent: false, heals: false }
    }
}

/// Returns the remedy for an error with which a server refuses a call as a whole.
pub(crate) fn remedy_of(error: &ServerError) -> Remedy {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly, TryAgain};
    match (error.kind(), error.code()) {
        (Some(TryAgain | ClusterDown | MasterDown | BusyLoading), _)
        | (_, "BUSY" | "NOREPLICAS") => Remedy::Wait,
        (Some(ReadOnly), _) => Remedy::Reconnect,
        _ if is_crowded(error) || is_moving(error) => Remedy::Wait,
        _ => Remedy::None,
    }
}

/// Returns whether a script needs a key that is on another node, because its slot moves.
fn is_moving(error: &ServerError) -> bool {
    error.details().is_some_and(|it| it.contains("non local key"))
}

fn is_crowded(error: &ServerError) -> bool {
    error.details().is_some_and(|it| it.starts_with("max number of clients"))
}

/// Returns the error for a reply that is one. Its text contains no password, because passwords are
/// sent only in AUTH, which servers do not repeat.
pub(crate) fn from_server(error: &ServerError) -> Error {
    let detail = error.details().unwrap_or_default();
    let (kind, advice) = match (error.kind(), error.code()) {
        (Some(ServerErrorKind::NoPerm), _) => (ErrorKind::Permission, ""),
        (_, "NOAUTH" | "WRONGPASS") => (ErrorKind::Permission, ""),
        (Some(ServerErrorKind::CrossSlot), _) => (ErrorKind::Unsupported, ""),
        (Some(ServerErrorKind::ReadOnly), _) => {
            (ErrorKind::ReadOnly, "it is a replica; open the store on the master")
        }
        (Some(ServerErrorKind::Moved | ServerErrorKind::Ask), _) => return is_cluster(),
        (_, "OOM") => (ErrorKind::Full, FULL),
        (_, "MISCONF") => (ErrorKind::Io, "it cannot save to its disk; free space there"),
        (_, "NOREPLICAS") => (
            ErrorKind::Unavailable,
            "nothing was written; try again when its replicas are back, or lower \
             min-replicas-to-write",
        ),
        (Some(ServerErrorKind::BusyLoading), _) => {
            (ErrorKind::Unavailable, "it reads its data into memory; try again later")
        }
        (Some(ServerErrorKind::ClusterDown), _) => {
            (ErrorKind::Unavailable, "try again when each slot has a master")
        }
        (Some(ServerErrorKind::MasterDown), _) => {
            (ErrorKind::Unavailable, "it is a replica without its master; try again later")
        }
        (Some(ServerErrorKind::TryAgain), _) => {
            (ErrorKind::Unavailable, "the keys are being moved; try again")
        }
        _ if is_moving(error) => (ErrorKind::Unavailable, "the slot is being moved; try again"),
        (_, "KVCORRUPT") => return Error::new(ErrorKind::Corrupt, damage_in(detail)),
        (_, "BUSY") => (
            ErrorKind::Unavailable,
            "try again when that script has ended, or end it with SCRIPT KILL",
        ),
        _ if is_crowded(error) => {
            (ErrorKind::Unavailable, "raise its maxclients, or lower pool_size")
        }
        (_, "WRONGTYPE") => {
            let message = "the key is not a string key: another client has written a value of \
                           another type; delete it or use another prefix";
            return Error::new(ErrorKind::Format, message);
        }
        // The error of a command within a script is in the text of the script's error.
        _ if detail.contains("OOM command not allowed") => (ErrorKind::Full, FULL),
        _ if detail.contains("WRONGTYPE") => (ErrorKind::Format, ""),
        _ if ["NOPERM", "No permissions"]
            .iter()
            .chain(&IN_SCRIPT)
            .any(|it| detail.contains(it)) =>
        {
            (ErrorKind::Permission, "")
        }
        _ => (ErrorKind::Io, ""),
    };
    let separator = if advice.is_empty() { "" } else { ": " };
    let message = format!("the server replies {} {detail}{separator}{advice}", error.code());
    Error::new(kind, message)
}

/// The words of the error of a command in a script that the user may not run: of servers up to
/// version 7.0, and of later ones.
const IN_SCRIPT: [&str; 2] = ["The user executing the script can't", "ACL failure in script"];

/// Returns whether an error is that of a command in a script, which may have run others before it.
pub(crate) fn is_from_script(error: &Error) -> bool {
    IN_SCRIPT.iter().any(|it| error.message().contains(it))
}

/// Returns the damage that a script has reported. Servers add the name of the script to an error.
fn damage_in(detail: &str) -> String {
    let damage = detail.split_once(" script: ").map_or(detail, |(damage, _)| damage);
    format!("a named group is damaged, and kv_check names it: {damage}")
}

/// The advice for a server whose memory is full.
const FULL: &str = "its memory is full; delete entries, or raise its maxmemory";

/// Returns the error of a single server that is a node of a cluster.
pub(crate) fn is_cluster() -> Error {
    let message = "the server is one of a cluster: open it as redis-cluster:// or \
                   rediss-cluster://";
    Error::new(ErrorKind::Unsupported, message)
}

/// Returns the error for a reply of another form than `expected`.
pub(crate) fn unexpected(expected: &str) -> Error {
    let message = format!("the server's reply is not {expected}");
    Error::new(ErrorKind::Format, message)
}

/// Returns the error for a server that cannot be reached, for a reason.
pub(crate) fn unavailable(address: &dyn Display, reason: &dyn Display) -> Error {
    Error::new(ErrorKind::Unavailable, format!("redis at {address}: {reason}"))
}

/// Returns the error for a server that cannot be reached, with the number of the system's error.
pub(crate) fn disconnected(address: &dyn Display, error: &io::Error) -> Error {
    let number = error.raw_os_error().unwrap_or_default();
    unavailable(address, &in_words(error)).with_os_error(number)
}

/// Returns the error of a connection that has failed. A certificate that one side does not accept
/// is a matter of permission: the next attempt fails as well.
pub(crate) fn stream_error(address: &dyn Display, error: &io::Error) -> Error {
    let tls = error.get_ref().and_then(|it| it.downcast_ref::<rustls::Error>());
    if !tls.is_some_and(is_about_certificates) {
        return disconnected(address, error);
    }
    let message = format!(
        "redis at {address}: {error}; check the certificates, and the options tls_ca, tls_cert and \
         tls_key"
    );
    Error::new(ErrorKind::Permission, message)
}

fn is_about_certificates(error: &rustls::Error) -> bool {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked,
        CertificateUnknown, UnknownCA, UnsupportedCertificate,
    };
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => true,
        rustls::Error::AlertReceived(alert) => matches!(
            alert,
            AccessDenied
                | BadCertificate
                | CertificateExpired
                | CertificateRequired
                | CertificateRevoked
                | CertificateUnknown
                | UnknownCA
                | UnsupportedCertificate
        ),
        _ => false,
    }
}

/// Returns the reason of a failure of a connection in words.
pub(crate) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no reply in time".to_owned(),
        io::ErrorKind::UnexpectedEof => "the connection was cut".to_owned(),
        _ => error.to_string(),
    }
}

/// Returns the error of a write that was sent, and then failed with `error`.
pub(crate) fn outcome_unknown(error: Error) -> Error {
    let error = match error.ends_call() {
        true => Error::new(ErrorKind::Unavailable, format!("redis: {error} after it was sent")),
        false => error,
    };
    error.context("whether it was written is not known")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(reply: &str) -> Error {
        from_server(&ServerError::of_line(reply))
    }

    #[test]
    fn a_command_that_a_script_may_not_run_is_a_matter_of_rights_in_the_words_of_each_server() {
        for reply in [
            "ERR The user executing the script can't run this command or subcommand script: on line 1",
            "ERR ACL failure in script: User app has no permissions to run the 'set' command",
        ] {
            let error = error_of(reply);
            assert_eq!(error.kind(), ErrorKind::Permission, "{reply}");
            assert!(is_from_script(&error), "{reply}");
        }
        let alone = error_of("NOPERM User app has no permissions to run the 'set' command");
        assert_eq!(alone.kind(), ErrorKind::Permission);
        assert!(!is_from_script(&alone), "nothing was run before");
    }
}
