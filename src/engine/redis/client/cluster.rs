//! A cluster: its slot map, and when it is refreshed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use redis::cmd;

use crate::call::CallContext;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::error::{from_server, unexpected};
use crate::engine::redis::client::login::Login;
use crate::engine::redis::client::map::Map;
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::slot::SLOTS;
use crate::engine::redis::client::value::Value;
use crate::error::{Error, ErrorKind, Result};

/// The timeout of CLUSTER SLOTS on one node.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(1);
/// The age up to which a map is not refreshed.
const FRESH: Duration = Duration::from_millis(20);
/// How long a node that has failed is asked last for the map.
const SUSPICION: Duration = Duration::from_secs(5);

/// A cluster: its known nodes and its slot map.
pub(crate) struct Cluster {
    seeds: Vec<Address>,
    login: Arc<Login>,
    pool_size: usize,
    map: RwLock<Arc<Map>>,
    /// The time of the last refresh; locked during a refresh.
    refreshed_at: Mutex<Option<Instant>>,
    /// Nodes that have failed, and when.
    suspects: Mutex<HashMap<Address, Instant>>,
    /// Whether a node has failed since the map was refreshed.
    is_stale: AtomicBool,
    /// Called when another node has become a master, has joined or has left.
    changed: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Cluster {
    /// Returns a cluster with an empty map; `seeds` are some of its nodes.
    pub(crate) fn new(seeds: Vec<Address>, login: Arc<Login>, pool_size: usize) -> Self {
        Cluster {
            seeds,
            login,
            pool_size,
            map: RwLock::default(),
            refreshed_at: Mutex::new(None),
            suspects: Mutex::default(),
            is_stale: AtomicBool::new(false),
            changed: OnceLock::new(),
        }
    }

    /// Returns the map, refreshed if it is empty or if a node has failed since it was refreshed.
    pub(crate) fn map(&self, deadline: Instant, call: &CallContext) -> Result<Arc<Map>> {
        let map = self.known();
        if map.masters.is_empty() {
            return self.refresh(deadline, call);
        }
        if !self.is_stale.swap(false, Ordering::Relaxed) {
            return Ok(map);
        }
        let until = deadline.min(Instant::now() + REFRESH_TIMEOUT);
        // The map may be right all the same.
        Ok(self.refresh(until, call).unwrap_or(map))
    }

    /// Notes that a node has failed, so that the map is refreshed before it is used again.
    pub(crate) fn suspect(&self, address: &Address) {
        self.suspects.lock().insert(address.clone(), Instant::now());
        self.is_stale.store(true, Ordering::Relaxed);
    }

    /// Calls `changed` when another node has become a master, has joined or has left. The first
    /// caller is the one that is called.
    pub(crate) fn on_change(&self, changed: Box<dyn Fn() + Send + Sync>) {
        drop(self.changed.set(changed));
    }

    /// Returns the map, which may be empty.
    pub(crate) fn known(&self) -> Arc<Map> {
        self.map.read().clone()
    }

    /// Returns the node at an address, which another node has named.
    pub(crate) fn node_at(&self, address: &Address) -> Arc<Node> {
        let known = self.map.read().all.get(address).cloned();
        known.unwrap_or_else(|| self.new_node(address.clone()))
    }

    /// Refreshes the map from the first node that replies, and returns it. A map that another
    /// thread has refreshed just now is returned as it is.
    pub(crate) fn refresh(&self, deadline: Instant, call: &CallContext) -> Result<Arc<Map>> {
        let mut refreshed_at = loop {
            call.check()?;
            if let Some(guard) = self.refreshed_at.try_lock_until(call.nap(deadline)) {
                break guard;
            }
            if Instant::now() >= deadline {
                let message = "no node of the cluster has reported its slots in time; check its \
                               nodes, or try again";
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
        };
        if refreshed_at.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(self.map.read().clone());
        }
        let mut last = None;
        for node in self.sources() {
            let until = deadline.min(Instant::now() + REFRESH_TIMEOUT);
            match self.request_map(&node, until, call) {
                Ok(map) => {
                    let map = Arc::new(map);
                    let before = std::mem::replace(&mut *self.map.write(), map.clone());
                    *refreshed_at = Some(Instant::now());
                    self.is_stale.store(false, Ordering::Relaxed);
                    drop(refreshed_at);
                    let is_new = |it: &&Arc<Node>| !before.is_master(it.address());
                    if !before.masters.is_empty() {
                        let new = map.masters.iter().filter(is_new);
                        new.for_each(|it| self.login.traffic.count_failover(it.address()));
                    }
                    if let Some(changed) = self.changed.get()
                        && !map.has_nodes_of(&before)
                    {
                        changed();
                    }
                    return Ok(map);
                }
                Err(error) if error.ends_call() => return Err(error),
                // A certificate or a user that is refused is the cause that does not heal.
                Err(error) if is_refusal(&last) && error.kind() != ErrorKind::Permission => {}
                Err(error) => last = Some(error),
            }
            self.suspects.lock().insert(node.address().clone(), Instant::now());
            if Instant::now() >= deadline {
                break;
            }
        }
        Err(last.unwrap_or_else(|| unexpected("the address of a server")))
    }

    /// Returns the nodes to ask for the map, those last that have failed just now.
    fn sources(&self) -> Vec<Arc<Node>> {
        let known = self.known();
        let seeds = self.seeds.iter().map(|address| self.node_at(address));
        let mut nodes: Vec<_> = known.all().cloned().chain(seeds).collect();
        let mut suspects = self.suspects.lock();
        suspects.retain(|_, failed_at| failed_at.elapsed() < SUSPICION);
        nodes.sort_by_key(|it| suspects.contains_key(it.address()));
        nodes
    }

    /// Returns the map as one node reports it.
    pub(super) fn request_map(
        &self,
        node: &Node,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Map> {
        let command = cmd("CLUSTER").arg("SLOTS").get_packed_command();
        let replies =
            node.call_alone(&command, 1, deadline, call).map_err(|broken| broken.error)?;
        match replies.into_iter().next() {
            Some(Value::Array(ranges)) if !ranges.is_empty() => self.parse(&ranges, node.address()),
            Some(Value::ServerError(error)) => {
                Err(from_server(&error).context(format_args!("redis at {}", node.address())))
            }
            Some(Value::Array(_)) => {
                let message = format!(
                    "redis at {}: no node of the cluster has a slot; assign its slots first",
                    node.address()
                );
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            _ => Err(unexpected("a list of slots")),
        }
    }

    fn parse(&self, ranges: &[Value], source: &Address) -> Result<Map> {
        let mut map = Map { slots: vec![None; usize::from(SLOTS)], ..Map::default() };
        for range in ranges {
            let Value::Array(parts) = range else { return Err(unexpected("a range of slots")) };
            let [Value::Int(first), Value::Int(last), servers @ ..] = &parts[..] else {
                return Err(unexpected("a range of slots"));
            };
            for (index, server) in servers.iter().enumerate() {
                let address = address_of(server, source)?;
                let node = match map.all.get(&address) {
                    Some(node) => node.clone(),
                    None => self.node_at(&address),
                };
                map.all.insert(address, node.clone());
                // The first server of a range is its master.
                if index == 0 {
                    let known = map.masters.iter().position(|it| Arc::ptr_eq(it, &node));
                    let master = known.unwrap_or_else(|| {
                        map.masters.push(node);
                        map.masters.len() - 1
                    });
                    let range = *first as usize..=*last as usize;
                    if let Some(slots) = map.slots.get_mut(range) {
                        slots.fill(u16::try_from(master).ok());
                    }
                }
            }
        }
        Ok(map)
    }

    fn new_node(&self, address: Address) -> Arc<Node> {
        Arc::new(Node::new(address, self.login.clone(), self.pool_size, false))
    }
}

fn is_refusal(error: &Option<Error>) -> bool {
    error.as_ref().is_some_and(|it| it.kind() == ErrorKind::Permission)
}

/// Returns the address in `[host, port, id, ...]`. Without a host it is that of `source`, the node
/// that has replied.
fn address_of(server: &Value, source: &Address) -> Result<Address> {
    let Value::Array(parts) = server else { return Err(unexpected("a server")) };
    let (Some(host), Some(Value::Int(port))) = (parts.first(), parts.get(1)) else {
        return Err(unexpected("the address of a server"));
    };
    let host = match host {
        Value::BulkString(name) if !name.is_empty() && name != b"?" => {
            String::from_utf8_lossy(name).into_owned()
        }
        _ => source.host().to_owned(),
    };
    Ok(Address::Tcp { host, port: u16::try_from(*port).unwrap_or_default() })
}
