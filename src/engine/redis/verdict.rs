//! What a reply says of the call: whether this was the server to ask, and the time.

use redis::{ServerError, ServerErrorKind, Value};

use crate::engine::redis::error::from_server;
use crate::engine::redis::options::Address;
use crate::error::Error;

/// What follows from a reply.
#[derive(Debug)]
pub enum Verdict {
    /// It is the answer.
    Answered,
    /// The call belongs to another server: for good, or only if it asks for it.
    Elsewhere {
        /// Where that is; without a host, where this server is.
        address: Address,
        /// Whether it is asked for once.
        asking: bool,
    },
    /// The server cannot answer yet.
    Wait(Error),
}

/// Returns what follows from a reply of a single server or one of a cluster.
pub fn verdict_on(reply: &Value, in_cluster: bool) -> Verdict {
    use ServerErrorKind::{Ask, BusyLoading, ClusterDown, MasterDown, Moved, ReadOnly, TryAgain};
    let Value::ServerError(error) = reply else { return Verdict::Answered };
    match error.kind() {
        Some(kind @ (Moved | Ask)) if in_cluster => match named_in(error) {
            Some(address) => Verdict::Elsewhere { address, asking: kind == Ask },
            None => Verdict::Answered,
        },
        Some(TryAgain | ClusterDown | MasterDown | BusyLoading) => {
            Verdict::Wait(from_server(error))
        }
        // A master that has become a replica: the map of the slots is old.
        Some(ReadOnly) if in_cluster => Verdict::Wait(from_server(error)),
        _ => Verdict::Answered,
    }
}

/// Returns the address in `MOVED SLOT HOST:PORT` or `ASK ...`.
fn named_in(error: &ServerError) -> Option<Address> {
    let place = error.details()?.split(' ').nth(1)?;
    let (host, port) = place.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some(Address { host: host.to_owned(), port: port.parse().ok()? })
}
