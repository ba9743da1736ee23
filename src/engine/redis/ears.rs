//! The connections on which changes are heard: one to each server.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Value, cmd};

use crate::call::UNBOUND;
use crate::engine::redis::error::{unavailable, unexpected};
use crate::engine::redis::node::Node;
use crate::engine::redis::options::Address;
use crate::engine::redis::reply::{bytes, checked};
use crate::engine::redis::server::Server;
use crate::engine::redis::wire::Wire;
use crate::error::{Error, ErrorKind, Result};
use crate::os::{EventFd, wait_readable};

/// Connections to all servers that can be reached, all masters among them.
pub struct Ears {
    ears: Vec<Ear>,
    expired: Vec<u8>,
    /// Which of them is asked first next time, so that none is kept waiting by the others.
    turn: usize,
    pinged: Instant,
}

struct Ear {
    wire: Wire,
    address: Address,
    /// What the server is called in a cluster.
    node: Vec<u8>,
    /// Whether it has answered since it was pinged.
    alive: bool,
}

/// What was heard.
pub enum Heard {
    /// A message, and the server it came from.
    Message(Vec<u8>, Vec<u8>),
    /// The name of a plain key that has died.
    Expired(Vec<u8>),
    /// Nothing of interest.
    Nothing,
}

impl Ears {
    /// Listens to all servers.
    pub fn open(
        server: &Server,
        channel: &[u8],
        database: u32,
        expiry_events: bool,
    ) -> Result<Ears> {
        let expired = format!("__keyevent@{database}__:expired").into_bytes();
        let masters = server.masters()?;
        let mut ears = Vec::new();
        for node in server.all()? {
            let ear = Ear::open(&node, server.is_cluster(), [channel, &expired], expiry_events);
            match ear {
                Ok(ear) => ears.push(ear),
                // A replica is heard in case it becomes a master.
                Err(_) if !masters.iter().any(|it| it.address() == node.address()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Ears { ears, expired, turn: 0, pinged: Instant::now() })
    }

    /// Returns what is heard next, or nothing after `timeout` or when `wake` is raised. Fails when a
    /// connection is lost, or the servers are others than before.
    pub fn next(&mut self, server: &Server, wake: &EventFd, timeout: Duration) -> Result<Heard> {
        let count = self.ears.len();
        for step in 0..count {
            let at = (self.turn + step) % count;
            let Some(ear) = self.ears.get_mut(at) else { break };
            if let Some(value) = ear.wire.try_receive()? {
                ear.alive = true;
                self.turn = at + 1;
                return Ok(self.meaning(value, at));
            }
        }
        let left = (self.pinged + timeout).saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.ping(server)?;
            return Ok(Heard::Nothing);
        }
        let mut fds: Vec<RawFd> = self.ears.iter().map(|ear| ear.wire.fd()).collect();
        fds.push(wake.raw());
        wait_readable(&fds, Some(left))?;
        Ok(Heard::Nothing)
    }

    /// Makes sure that all servers are still there, and no others.
    fn ping(&mut self, server: &Server) -> Result<()> {
        self.pinged = Instant::now();
        if let Some(silent) = self.ears.iter().find(|ear| !ear.alive) {
            return Err(unavailable(&silent.address, &"no answer in time"));
        }
        let ping = cmd("PING").get_packed_command();
        for ear in &mut self.ears {
            ear.alive = false;
            ear.wire.set_blocking(true)?;
            ear.wire.send(&ping).map_err(|broken| broken.error)?;
            ear.wire.set_blocking(false)?;
        }
        if server.is_cluster() {
            let known =
                |node: &Arc<Node>| self.ears.iter().any(|ear| ear.address == *node.address());
            if !server.masters()?.iter().all(known) {
                let message = "the cluster has other masters than before";
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
        }
        Ok(())
    }

    fn meaning(&self, value: Value, at: usize) -> Heard {
        let Value::Array(parts) = value else { return Heard::Nothing };
        let mut parts = parts.into_iter().map(|part| bytes(part).unwrap_or_default());
        match (parts.next().as_deref(), parts.next(), parts.next()) {
            (Some(b"message"), Some(channel), Some(name)) if channel == self.expired => {
                Heard::Expired(name)
            }
            (Some(b"message"), Some(_), Some(payload)) => {
                let node = self.ears.get(at).map(|ear| ear.node.clone());
                Heard::Message(node.unwrap_or_default(), payload)
            }
            _ => Heard::Nothing,
        }
    }
}

impl Ear {
    fn open(
        node: &Node,
        is_cluster: bool,
        channels: [&[u8]; 2],
        expiry_events: bool,
    ) -> Result<Ear> {
        let mut wire = node.connect()?;
        let mut call = |command: &redis::Cmd, count: usize| -> Result<Vec<Value>> {
            let replies = wire.call(&command.get_packed_command(), count, &UNBOUND);
            let replies = replies.map_err(|broken| broken.error)?;
            replies.into_iter().map(checked).collect()
        };
        if expiry_events {
            announce_expiry(&mut call)?;
        }
        let name = match is_cluster {
            false => b"-".to_vec(),
            true => {
                let reply = call(cmd("CLUSTER").arg("MYID"), 1)?.pop();
                bytes(reply.ok_or_else(|| unexpected("a name"))?)?
            }
        };
        call(cmd("SUBSCRIBE").arg(&channels), channels.len())?;
        wire.set_blocking(false)?;
        Ok(Ear { wire, address: node.address().clone(), node: name, alive: true })
    }
}

/// Makes the server tell of plain keys that die, if it does not yet.
fn announce_expiry(call: &mut dyn FnMut(&redis::Cmd, usize) -> Result<Vec<Value>>) -> Result<()> {
    const SETTING: &str = "notify-keyspace-events";
    let refused = |error: Error| match error.kind() {
        ErrorKind::Unavailable => error,
        _ => Error::new(
            ErrorKind::Unsupported,
            format!(
                "watches hear of what dies only if the server has {SETTING} Ex, and it does not let \
                 us look or set that; with expiry_events=off they begin all the same: {}",
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
