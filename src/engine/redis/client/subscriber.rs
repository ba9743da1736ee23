//! A subscriber: one connection to each node, on which published messages are received.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Value, cmd};

use crate::call::UNBOUND;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::connection::Connection;
use crate::engine::redis::client::error::{unavailable, unexpected};
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::reply::{bytes, checked};
use crate::engine::redis::client::server::Server;
use crate::error::{Error, ErrorKind, Result};
use crate::os::{EventFd, wait_readable};

/// Connections subscribed on all masters, and on the replicas that can be reached.
pub(crate) struct Subscriber {
    nodes: Vec<NodeSubscriber>,
    /// The channel on which servers publish the names of expired keys.
    expired: Vec<u8>,
    /// The index of the connection that is read first next time, so that each gets its turn.
    next: usize,
    pinged: Instant,
}

/// The connection subscribed on one node.
struct NodeSubscriber {
    connection: Connection,
    address: Address,
    /// The node's name in a cluster.
    name: Vec<u8>,
    /// Whether the node has replied since it was pinged.
    alive: bool,
}

/// The result of one step of a subscriber.
pub(crate) enum Received {
    /// A message, with the name of the node that sent it.
    Message(Vec<u8>, Vec<u8>),
    /// The name of a key that has expired.
    Expired(Vec<u8>),
    /// Nothing of interest.
    Nothing,
}

impl Subscriber {
    /// Subscribes on all nodes.
    pub(crate) fn open(
        server: &Server,
        channel: &[u8],
        database: u32,
        expiry_events: bool,
        timeout: Duration,
    ) -> Result<Subscriber> {
        let expired = format!("__keyevent@{database}__:expired").into_bytes();
        let (masters, is_cluster) = (server.masters()?, server.is_cluster());
        let mut nodes = Vec::new();
        for node in server.all()? {
            let channels = [channel, &expired];
            match NodeSubscriber::open(&node, is_cluster, channels, expiry_events, timeout) {
                Ok(subscribed) => nodes.push(subscribed),
                // A replica is subscribed in case it becomes a master.
                Err(_) if !masters.iter().any(|it| it.address() == node.address()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Subscriber { nodes, expired, next: 0, pinged: Instant::now() })
    }

    /// Returns the next message, or [`Received::Nothing`] when a connection has become readable,
    /// when `wake` is raised, or after `timeout`. Fails when a connection is lost or a node does
    /// not reply to a ping, or when the cluster has a master without a subscription.
    pub(crate) fn next(
        &mut self,
        server: &Server,
        wake: &EventFd,
        timeout: Duration,
    ) -> Result<Received> {
        let count = self.nodes.len();
        for step in 0..count {
            let at = (self.next + step) % count;
            let Some(node) = self.nodes.get_mut(at) else { break };
            if let Some(value) = node.connection.try_receive()? {
                node.alive = true;
                self.next = at + 1;
                return Ok(self.parse(value, at));
            }
        }
        let left = (self.pinged + timeout).saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.ping(server, timeout)?;
            return Ok(Received::Nothing);
        }
        let mut fds: Vec<RawFd> = self.nodes.iter().map(|it| it.connection.fd()).collect();
        fds.push(wake.raw());
        wait_readable(&fds, Some(left))?;
        Ok(Received::Nothing)
    }

    /// Pings all nodes; fails if one has not replied to the last ping, or if the cluster has a
    /// master without a subscription.
    fn ping(&mut self, server: &Server, timeout: Duration) -> Result<()> {
        self.pinged = Instant::now();
        if let Some(silent) = self.nodes.iter().find(|it| !it.alive) {
            return Err(unavailable(&silent.address, &"no reply in time"));
        }
        let ping = cmd("PING").get_packed_command();
        for node in &mut self.nodes {
            node.alive = false;
            node.connection.begin(self.pinged + timeout, &UNBOUND);
            node.connection.send(&ping).map_err(|failed| failed.error)?;
            node.connection.set_waiting(false);
        }
        if server.is_cluster() {
            let is_subscribed =
                |master: &Arc<Node>| self.nodes.iter().any(|it| it.address == *master.address());
            if !server.masters()?.iter().all(is_subscribed) {
                let message = "the cluster has a new master, to which no subscription exists yet";
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
        }
        Ok(())
    }

    fn parse(&self, value: Value, at: usize) -> Received {
        let Value::Array(parts) = value else { return Received::Nothing };
        let mut parts = parts.into_iter().map(|part| bytes(part).unwrap_or_default());
        match (parts.next().as_deref(), parts.next(), parts.next()) {
            (Some(b"message"), Some(channel), Some(name)) if channel == self.expired => {
                Received::Expired(name)
            }
            (Some(b"message"), Some(_), Some(payload)) => {
                let name = self.nodes.get(at).map(|it| it.name.clone());
                Received::Message(name.unwrap_or_default(), payload)
            }
            _ => Received::Nothing,
        }
    }
}

impl NodeSubscriber {
    fn open(
        node: &Node,
        is_cluster: bool,
        channels: [&[u8]; 2],
        expiry_events: bool,
        timeout: Duration,
    ) -> Result<NodeSubscriber> {
        let deadline = Instant::now() + timeout;
        let mut connection = node.connect(deadline)?;
        connection.begin(deadline, &UNBOUND);
        let mut call = |command: &redis::Cmd, count: usize| -> Result<Vec<Value>> {
            let replies = connection.call(&command.get_packed_command(), count);
            let replies = replies.map_err(|failed| failed.error)?;
            replies.into_iter().map(checked).collect()
        };
        if expiry_events {
            enable_expiry_events(&mut call)?;
        }
        let name = match is_cluster {
            false => b"-".to_vec(),
            true => {
                let reply = call(cmd("CLUSTER").arg("MYID"), 1)?.pop();
                bytes(reply.ok_or_else(|| unexpected("a name"))?)?
            }
        };
        call(cmd("SUBSCRIBE").arg(&channels), channels.len())?;
        connection.set_waiting(false);
        Ok(NodeSubscriber { connection, address: node.address().clone(), name, alive: true })
    }
}

/// Configures the server to publish the names of expired keys, unless it does already.
fn enable_expiry_events(
    call: &mut dyn FnMut(&redis::Cmd, usize) -> Result<Vec<Value>>,
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
    let reply = call(cmd("CONFIG").arg("GET").arg(SETTING), 1).map_err(refused)?.pop();
    let Some(Value::Array(parts)) = reply else { return Err(unexpected("a setting")) };
    let flags = match parts.into_iter().nth(1) {
        Some(value) => String::from_utf8_lossy(&bytes(value)?).into_owned(),
        None => String::new(),
    };
    if flags.contains('E') && flags.contains(['x', 'A']) {
        return Ok(());
    }
    let more = format!("{flags}Ex");
    call(cmd("CONFIG").arg("SET").arg(SETTING).arg(more), 1).map_err(refused)?;
    Ok(())
}
