//! A subscriber: one connection to each node, on which published messages are received.

use std::time::{Duration, Instant};

use redis::cmd;

use crate::call::UNBOUND;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::reply::bytes;
use crate::engine::redis::client::subscription::{Subscription, expired_channel};
use crate::engine::redis::client::value::Value;
use crate::error::Result;
use crate::os::{Descriptor, EventFlag, wait_readable};

/// The connections that are subscribed, one to each node.
pub(crate) struct Subscriber {
    nodes: Vec<Subscription>,
    /// The channel on which servers publish the names of expired keys.
    expired: Vec<u8>,
    /// The index of the connection that is read first next time, so that each gets its turn.
    next: usize,
    pinged: Instant,
}

/// The result of one step of a subscriber.
pub(crate) enum Received {
    /// A message, with the name of the node that sent it.
    Message(Vec<u8>, Vec<u8>),
    /// The name of a key that has expired.
    Expired(Vec<u8>),
    /// The connection to the node at this address is lost.
    Lost(Address),
    /// A reply of no interest.
    Other,
    /// Nothing has arrived.
    Nothing,
}

impl Subscriber {
    /// Returns a subscriber without connections, for a store in `database`.
    pub(crate) fn new(database: u32) -> Subscriber {
        let expired = expired_channel(database);
        Subscriber { nodes: Vec::new(), expired, next: 0, pinged: Instant::now() }
    }

    /// Adds a connection.
    pub(crate) fn add(&mut self, node: Subscription) {
        self.nodes.push(node);
    }

    /// Closes the connection to the node at an address.
    pub(crate) fn remove(&mut self, address: &Address) {
        self.nodes.retain(|it| it.address != *address);
    }

    /// Returns the next message. Returns [`Received::Nothing`] when a connection has become
    /// readable, when `wake` is raised, and at the latest after `timeout`, after which nodes are
    /// pinged; one that has not replied to the last ping is lost.
    pub(crate) fn next(&mut self, wake: &EventFlag, timeout: Duration) -> Result<Received> {
        let count = self.nodes.len();
        for step in 0..count {
            let at = (self.next + step) % count;
            let Some(node) = self.nodes.get_mut(at) else { break };
            match node.connection.try_receive() {
                Ok(None) => {}
                Ok(Some(value)) => {
                    node.is_alive = true;
                    self.next = at + 1;
                    return Ok(self.parse(value, at));
                }
                Err(_) => return Ok(self.lose(at)),
            }
        }
        let left = (self.pinged + timeout).saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(self.ping(timeout));
        }
        let mut fds: Vec<Descriptor> = self.nodes.iter().map(|it| it.connection.fd()).collect();
        fds.push(wake.raw());
        wait_readable(&fds, Some(left))?;
        Ok(Received::Nothing)
    }

    /// Pings all nodes, unless one has not replied to the last ping or cannot be pinged.
    fn ping(&mut self, timeout: Duration) -> Received {
        if let Some(silent) = self.nodes.iter().position(|it| !it.is_alive) {
            return self.lose(silent);
        }
        self.pinged = Instant::now();
        let ping = cmd("PING").get_packed_command();
        let deadline = self.pinged + timeout;
        let failed = self.nodes.iter_mut().position(|node| {
            node.is_alive = false;
            node.connection.begin(deadline, &UNBOUND);
            let sent = node.connection.send(&ping);
            node.connection.set_waiting(false);
            sent.is_err()
        });
        match failed {
            // The nodes after it were not pinged, and those are alive.
            Some(at) => self.lose(at),
            None => Received::Other,
        }
    }

    fn lose(&mut self, at: usize) -> Received {
        Received::Lost(self.nodes.remove(at).address)
    }

    fn parse(&self, value: Value, at: usize) -> Received {
        let Value::Array(parts) = value else { return Received::Other };
        let mut parts = parts.into_iter().map(|part| bytes(part).unwrap_or_default());
        match (parts.next().as_deref(), parts.next(), parts.next()) {
            (Some(b"message"), Some(channel), Some(name)) if channel == self.expired => {
                Received::Expired(name)
            }
            (Some(b"message"), Some(_), Some(payload)) => {
                let name = self.nodes.get(at).map(|it| it.name.clone());
                Received::Message(name.unwrap_or_default(), payload)
            }
            _ => Received::Other,
        }
    }
}
