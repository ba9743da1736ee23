//! What a reply says of the call: whether this was the server to ask, and the time.

use redis::{ServerError, ServerErrorKind, Value};

use crate::engine::redis::client::error::from_server;
use crate::engine::redis::client::options::Address;
use crate::error::Error;

/// What follows from a reply.
#[derive(Debug)]
pub enum Redirect {
    /// It is the answer.
    None,
    /// The call belongs to another server: for good, or only if it asks for it.
    To {
        /// Where that is; without a host, where this server is.
        address: Address,
        /// Whether it is asked for once.
        asking: bool,
    },
    /// The server cannot answer yet.
    Retry(Error),
}

/// Returns what follows from a reply of a single server or one of a cluster.
pub fn redirect_in(reply: &Value, in_cluster: bool) -> Redirect {
    use ServerErrorKind::{Ask, BusyLoading, ClusterDown, MasterDown, Moved, ReadOnly, TryAgain};
    let Value::ServerError(error) = reply else { return Redirect::None };
    match error.kind() {
        Some(kind @ (Moved | Ask)) if in_cluster => match named_in(error) {
            Some(address) => Redirect::To { address, asking: kind == Ask },
            None => Redirect::None,
        },
        Some(TryAgain | ClusterDown | MasterDown | BusyLoading) => {
            Redirect::Retry(from_server(error))
        }
        // A master that has become a replica: the map of the slots is old.
        Some(ReadOnly) if in_cluster => Redirect::Retry(from_server(error)),
        _ => Redirect::None,
    }
}

/// Returns the address in `MOVED SLOT HOST:PORT` or `ASK ...`.
fn named_in(error: &ServerError) -> Option<Address> {
    let place = error.details()?.split(' ').nth(1)?;
    let (host, port) = place.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some(Address { host: host.to_owned(), port: port.parse().ok()? })
}
