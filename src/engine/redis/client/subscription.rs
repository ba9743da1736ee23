//! The subscription on one node: a connection that receives what is published.

use std::time::{Duration, Instant};

use redis::cmd;

use crate::call::UNBOUND;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::connection::Connection;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::reply::{bytes, checked};
use crate::engine::redis::client::value::Value;
use crate::error::{Error, ErrorKind, Result};

/// The name of a node that is in no cluster.
const NO_CLUSTER: &[u8] = b"-";

/// The subject of subscriptions.
pub(crate) struct Channels {
    /// The channel on which changes are published.
    pub changes: Vec<u8>,
    /// The database of the store, whose expired keys servers publish.
    pub database: u32,
    /// Whether servers are configured to publish them.
    pub expiry_events: bool,
    /// Whether the servers are a cluster.
    pub in_cluster: bool,
    /// The most time that a subscription takes.
    pub timeout: Duration,
}

/// A connection that is subscribed on one node.
pub(crate) struct Subscription {
    /// The connection.
    pub connection: Connection,
    /// The address of the node.
    pub address: Address,
    /// The node's name in a cluster.
    pub name: Vec<u8>,
    /// Whether the node has replied since it was pinged.
    pub is_alive: bool,
}

impl Subscription {
    /// Subscribes on a node.
    pub(crate) fn open(node: &Node, channels: &Channels) -> Result<Subscription> {
        let deadline = Instant::now() + channels.timeout;
        let mut connection = node.connect(deadline)?;
        connection.begin(deadline, &UNBOUND);
        let mut call = |command: &redis::Cmd, count: usize| -> Result<Vec<Value>> {
            let replies = connection.call(&command.get_packed_command(), count);
            let replies = replies.map_err(|failed| failed.error)?;
            replies.into_iter().map(checked).collect()
        };
        if channels.expiry_events {
            enable_expiry_events(&mut |command| {
                call(command, 1)?.pop().ok_or_else(|| unexpected("a setting"))
            })?;
        }
        let name = match channels.in_cluster {
            false => NO_CLUSTER.to_vec(),
            true => {
                let reply = call(cmd("CLUSTER").arg("MYID"), 1)?.pop();
                bytes(reply.ok_or_else(|| unexpected("a name"))?)?
            }
        };
        let expired = expired_channel(channels.database);
        // Each has a reply, also if it is refused.
        for channel in [&channels.changes, &expired] {
            call(cmd("SUBSCRIBE").arg(channel), 1)?;
        }
        connection.set_waiting(false);
        Ok(Subscription { connection, address: node.address().clone(), name, is_alive: true })
    }
}

/// Returns the channel on which servers publish the names of expired keys of a database.
pub(crate) fn expired_channel(database: u32) -> Vec<u8> {
    format!("__keyevent@{database}__:expired").into_bytes()
}

/// Configures the server to publish the names of expired keys, unless it does already. `call` sends
/// a command and returns its reply.
pub(crate) fn enable_expiry_events(
    call: &mut dyn FnMut(&redis::Cmd) -> Result<Value>,
) -> Result<()> {
    const SETTING: &str = "notify-keyspace-events";
    let refused = |error: Error| match error.kind() {
        ErrorKind::Unavailable => error,
        _ => Error::new(
            ErrorKind::Unsupported,
            format!(
                "watches receive expired string keys only if the server has {SETTING} Ex, and it \
                 does not allow to read or set that; set it there, or open with \
                 expiry_events=off: {}",
                error.message()
            ),
        ),
    };
    let reply = call(cmd("CONFIG").arg("GET").arg(SETTING)).map_err(refused)?;
    let Value::Array(parts) = reply else { return Err(unexpected("a setting")) };
    let flags = match parts.into_iter().nth(1) {
        Some(value) => String::from_utf8_lossy(&bytes(value)?).into_owned(),
        None => String::new(),
    };
    if flags.contains('E') && flags.contains(['x', 'A']) {
        return Ok(());
    }
    let more = format!("{flags}Ex");
    call(cmd("CONFIG").arg("SET").arg(SETTING).arg(more)).map_err(refused).map(drop)
}
