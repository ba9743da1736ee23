//! Redirects: replies by which a server names another node for a call, or asks for a retry.

use redis::ServerErrorKind;

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::error::{Remedy, from_server, remedy_of};
use crate::engine::redis::client::value::{ServerError, Value};
use crate::error::Error;

/// The redirect in a reply.
#[derive(Debug)]
pub(crate) enum Redirect {
    /// The reply is no redirect, but the result of the call.
    None,
    /// The call belongs to another node, which `MOVED` or `ASK` names.
    To {
        /// The address of the node; an empty host means the host of this server.
        address: Address,
        /// Whether this call alone goes there, after ASKING; otherwise the slot has moved.
        asking: bool,
    },
    /// The server cannot run the call yet.
    Retry(Error),
    /// The server has become a replica, and another one is the master now.
    Reconnect(Error),
}

/// Returns the redirect in a reply of a single server or of a node of a cluster.
pub(crate) fn redirect_in(reply: &Value, in_cluster: bool) -> Redirect {
    use ServerErrorKind::{Ask, Moved};
    let Value::ServerError(error) = reply else { return Redirect::None };
    match (error.kind(), remedy_of(error)) {
        (Some(kind @ (Moved | Ask)), _) if in_cluster => match named_in(error) {
            Some(address) => Redirect::To { address, asking: kind == Ask },
            None => Redirect::None,
        },
        (_, Remedy::None) => Redirect::None,
        (_, Remedy::Wait) => Redirect::Retry(from_server(error)),
        (_, Remedy::Reconnect) => Redirect::Reconnect(from_server(error)),
    }
}

/// Returns the address in `MOVED SLOT HOST:PORT` or `ASK ...`.
fn named_in(error: &ServerError) -> Option<Address> {
    let address = error.details()?.split(' ').nth(1)?;
    let (host, port) = address.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some(Address::tcp(host, port.parse().ok()?))
}
