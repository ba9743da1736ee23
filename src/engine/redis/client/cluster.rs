//! Which server of a cluster has which slots.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use redis::{Value, cmd};

use crate::call::CallContext;
use crate::engine::redis::client::connection::Login;
use crate::engine::redis::client::error::{from_server, unexpected};
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::options::Address;
use crate::engine::redis::client::slot::SLOTS;
use crate::error::{Error, ErrorKind, Result};

/// How long one server may take to say what it knows of the cluster.
const ASK_TIMEOUT: Duration = Duration::from_secs(1);
/// What was learnt in this time is not asked again.
const FRESH: Duration = Duration::from_millis(20);

/// The servers of a cluster as far as they are known.
pub struct Cluster {
    seeds: Vec<Address>,
    login: Arc<Login>,
    pool_size: usize,
    map: RwLock<Arc<Map>>,
    /// When the map was made; held while another is.
    asked: Mutex<Option<Instant>>,
}

/// What the servers of a cluster have said of it.
#[derive(Default)]
pub struct Map {
    /// For each slot the number of its master, or none.
    slots: Vec<Option<u16>>,
    masters: Vec<Arc<Node>>,
    /// All servers, masters and replicas.
    all: HashMap<Address, Arc<Node>>,
}

impl Map {
    /// Returns the masters.
    pub fn masters(&self) -> &[Arc<Node>] {
        &self.masters
    }

    /// Returns all servers.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.all.values()
    }

    /// Returns the master of a slot, if it has one.
    pub fn master_of(&self, slot: u16) -> Option<&Arc<Node>> {
        let number = self.slots.get(usize::from(slot)).copied().flatten()?;
        self.masters.get(usize::from(number))
    }
}

impl Cluster {
    /// Returns a cluster of which nothing is known but some of its servers.
    pub fn new(seeds: Vec<Address>, login: Arc<Login>, pool_size: usize) -> Self {
        let (map, asked) = (RwLock::default(), Mutex::new(None));
        Cluster { seeds, login, pool_size, map, asked }
    }

    /// Returns what is known, asking for it if that is nothing.
    pub fn map(&self, deadline: Instant, call: &CallContext) -> Result<Arc<Map>> {
        let map = self.map.read().clone();
        if map.masters.is_empty() { self.refresh(deadline, call) } else { Ok(map) }
    }

    /// Returns what is known, be it nothing.
    pub fn known(&self) -> Arc<Map> {
        self.map.read().clone()
    }

    /// Returns the server at an address that another one has named.
    pub fn node_at(&self, address: &Address) -> Arc<Node> {
        let known = self.map.read().all.get(address).cloned();
        known.unwrap_or_else(|| self.new_node(address.clone()))
    }

    /// Asks the servers, one after the other, until one answers. What another thread has just learnt
    /// is not asked again.
    pub fn refresh(&self, deadline: Instant, call: &CallContext) -> Result<Arc<Map>> {
        let mut asked = loop {
            call.check()?;
            if let Some(asked) = self.asked.try_lock_until(call.nap(deadline)) {
                break asked;
            }
            if Instant::now() >= deadline {
                let message = "no server of the cluster says in time who has which slots";
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
        };
        if asked.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(self.map.read().clone());
        }
        let known = self.map.read().clone();
        let seeds = self.seeds.iter().map(|address| self.node_at(address));
        let mut last = None;
        for node in known.all().cloned().chain(seeds) {
            let until = deadline.min(Instant::now() + ASK_TIMEOUT);
            match self.ask(&node, until, call) {
                Ok(map) => {
                    let map = Arc::new(map);
                    *self.map.write() = map.clone();
                    *asked = Some(Instant::now());
                    return Ok(map);
                }
                Err(error) if error.ends_call() => return Err(error),
                Err(error) => last = Some(error),
            }
            if Instant::now() >= deadline {
                break;
            }
        }
        Err(last.unwrap_or_else(|| unexpected("the address of a server")))
    }

    fn ask(&self, node: &Node, deadline: Instant, call: &CallContext) -> Result<Map> {
        let question = cmd("CLUSTER").arg("SLOTS").get_packed_command();
        let replies =
            node.call_alone(&question, 1, deadline, call).map_err(|broken| broken.error)?;
        match replies.into_iter().next() {
            Some(Value::Array(ranges)) if !ranges.is_empty() => self.parse(&ranges, node.address()),
            Some(Value::ServerError(error)) => {
                Err(from_server(&error).context(format_args!("redis at {}", node.address())))
            }
            Some(Value::Array(_)) => {
                let message = format!("redis at {}: no server has a slot", node.address());
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            _ => Err(unexpected("a list of slots")),
        }
    }

    fn parse(&self, ranges: &[Value], asked: &Address) -> Result<Map> {
        let mut map = Map { slots: vec![None; usize::from(SLOTS)], ..Map::default() };
        for range in ranges {
            let Value::Array(parts) = range else { return Err(unexpected("a range of slots")) };
            let [Value::Int(first), Value::Int(last), servers @ ..] = &parts[..] else {
                return Err(unexpected("a range of slots"));
            };
            for (number, server) in servers.iter().enumerate() {
                let address = address_of(server, asked)?;
                let node = match map.all.get(&address) {
                    Some(node) => node.clone(),
                    None => self.node_at(&address),
                };
                map.all.insert(address, node.clone());
                if number == 0 {
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

/// Returns the address in `[host, port, id, ...]`. A server that does not know its own host is where
/// it was asked.
fn address_of(server: &Value, asked: &Address) -> Result<Address> {
    let Value::Array(parts) = server else { return Err(unexpected("a server")) };
    let (Some(host), Some(Value::Int(port))) = (parts.first(), parts.get(1)) else {
        return Err(unexpected("the address of a server"));
    };
    let host = match host {
        Value::BulkString(name) if !name.is_empty() && name != b"?" => {
            String::from_utf8_lossy(name).into_owned()
        }
        _ => asked.host.clone(),
    };
    Ok(Address { host, port: u16::try_from(*port).unwrap_or_default() })
}
