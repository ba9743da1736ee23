//! A cluster of three masters with a replica each.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::names::key_slot;
use super::server::free_port;
use super::{Client, Reply, Server, ServerClock, Setup};
use crate::support::until;

/// How long the nodes may take to know each other.
const PATIENCE: Duration = Duration::from_secs(60);

/// Six servers, and those that were added; killed when dropped.
pub struct Cluster {
    nodes: Vec<Server>,
    /// The configuration of a node.
    setup: Setup,
    scheme: &'static str,
}

impl Cluster {
    /// Starts a cluster in which a master that is silent for `timeout_ms` is replaced.
    pub fn start(timeout_ms: u64, setup: &Setup) -> Cluster {
        let authority = setup.authority();
        let mut setup = setup.clone();
        if authority.is_some() {
            setup = setup.line("tls-cluster yes").line("tls-replication yes");
        }
        // A replica that has got no ping yet is in no list of nodes.
        let setup = setup.line("repl-ping-replica-period 1");
        let setup = setup.line(format!("cluster-node-timeout {timeout_ms}"));
        let nodes: Vec<Server> = (0..6).map(|_| start_node(&setup)).collect();
        let addresses = nodes.iter().map(|it| format!("127.0.0.1:{}", it.port()));
        // It would wait for ever for nodes that do not let each other in.
        let mut create = Command::new("timeout");
        create.args(["60", "redis-cli", "--cluster", "create"]).args(addresses);
        create.args(["--cluster-replicas", "1", "--cluster-yes"]).stdin(Stdio::null());
        if let Some(authority) = &authority {
            create.arg("--tls").arg("--cacert").arg(authority);
        }
        let output = create.output().expect("redis-cli");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let scheme = if authority.is_some() { "rediss-cluster" } else { "redis-cluster" };
        let cluster = Cluster { nodes, setup, scheme };
        cluster.until_whole();
        cluster
    }

    /// Starts a cluster that lives by `clock`, which may leap as it likes: no master is replaced.
    pub fn ruled_by(clock: &Arc<ServerClock>) -> Cluster {
        let cluster = Cluster::start(2_000, &Setup::default().clock(clock));
        for node in &cluster.nodes {
            let mut client = node.client();
            client.call(&["CONFIG", "SET", "cluster-node-timeout", "1000000000000000"]);
            client.call(&["CONFIG", "SET", "repl-timeout", &i32::MAX.to_string()]);
        }
        cluster
    }

    /// Returns once every node knows all masters and every replica follows one.
    pub fn until_whole(&self) {
        let count = self.nodes.len();
        until("the cluster is whole", PATIENCE, || self.nodes.iter().all(|it| knows(it, count)));
        until("the replicas follow", PATIENCE, || {
            let following = |it: &&Server| info(&mut it.client(), "master_link_status") == "up";
            self.nodes.iter().filter(following).count() == 3
        });
    }

    /// Returns whether all running nodes agree that every slot has a master that replies.
    pub fn is_served(&self) -> bool {
        let alive = self.nodes.iter().filter(|it| it.is_alive());
        let mut clients: Vec<Client> = alive.map(Server::client).collect();
        clients.iter_mut().all(|client| {
            let text = client.call(&["CLUSTER", "INFO"]).text();
            let masters = slots(client).into_iter().map(|it| it.2);
            text.contains("cluster_state:ok")
                && text.contains("cluster_slots_fail:0")
                && masters.into_iter().all(|port| {
                    self.nodes.iter().any(|it| i64::from(it.port()) == port && it.is_alive())
                })
        })
    }

    /// Moves `count` slots from one master to another.
    pub fn reshard(&self, count: u32) {
        let ids: Vec<String> = self.masters().map(id).collect();
        self.move_slots(&ids[0], &ids[1], count);
    }

    /// Moves `count` slots from the master named `from`, or from `all`, to the one named `to`.
    pub fn move_slots(&self, from: &str, to: &str, count: u32) {
        let mut reshard = Command::new("redis-cli");
        reshard.args(["--cluster", "reshard", &format!("127.0.0.1:{}", self.nodes[0].port())]);
        reshard.args(["--cluster-from", from, "--cluster-to", to, "--cluster-yes"]);
        reshard.args(["--cluster-slots", &count.to_string()]).stdin(Stdio::null());
        let output = reshard.output().expect("redis-cli");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    /// Adds a master without slots, which all nodes know when this returns, and returns its name.
    pub fn add_master(&mut self) -> String {
        let node = start_node(&self.setup);
        let bus = node.client().call(&["CONFIG", "GET", "cluster-port"]).list().remove(1).text();
        let port = node.port().to_string();
        self.nodes[0].client().call(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        let name = id(&node);
        self.nodes.push(node);
        self.until_whole();
        name
    }

    /// Kills the node that was added last, and lets all others forget it.
    pub fn remove_last(&mut self) {
        let node = self.nodes.pop().expect("one that was added");
        let name = id(&node);
        node.kill();
        for other in &self.nodes {
            other.client().call(&["CLUSTER", "FORGET", &name]);
        }
    }

    /// Makes `replica` a master without a loss, and returns when all nodes know it.
    pub fn promote(&self, replica: &Server) {
        let (port, old) = (replica.port(), info(&mut replica.client(), "master_port"));
        let is_done = || info(&mut replica.client(), "role") == "master";
        until("the replica is a master", PATIENCE, || {
            if is_done() {
                return true;
            }
            if self.is_in_step(replica) {
                replica.client().call(&["CLUSTER", "FAILOVER"]);
                // The servers give it up after five seconds.
                let begun = Instant::now();
                while !is_done() && begun.elapsed() < Duration::from_secs(6) {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            is_done()
        });
        until("all nodes know the new master", PATIENCE, || {
            let masters = |it: &Server| -> Vec<i64> {
                slots(&mut it.client()).iter().map(|it| it.2).collect()
            };
            self.nodes
                .iter()
                .map(masters)
                .all(|it| it.contains(&port.into()) && it.iter().all(|it| it.to_string() != old))
        });
    }

    /// Returns whether `replica` has all that its master has written up to now. After a
    /// resynchronization the link is up before that, but the master may send nothing more until the
    /// replica acknowledges what it has, up to a second later; a fail-over would wait for that,
    /// without a write.
    fn is_in_step(&self, replica: &Server) -> bool {
        let master = info(&mut replica.client(), "master_port");
        let Some(master) = self.nodes.iter().find(|it| it.port().to_string() == master) else {
            return false;
        };
        let offset =
            |node: &Server, name| -> i64 { info(&mut node.client(), name).parse().unwrap_or(-1) };
        let replicas = master.client().call(&["INFO", "replication"]).text();
        let written = offset(master, "master_repl_offset");
        replicas.contains(&format!(",port={},state=online,", replica.port()))
            && offset(replica, "slave_repl_offset") >= written
    }

    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// Returns the nodes that are masters now.
    pub fn masters(&self) -> impl Iterator<Item = &Server> {
        self.nodes.iter().filter(|it| it.is_alive() && info(&mut it.client(), "role") == "master")
    }

    /// Returns the node that follows `master`.
    pub fn replica_of(&self, master: &Server) -> &Server {
        let port = master.port().to_string();
        let follows = |it: &&Server| info(&mut it.client(), "master_port") == port;
        self.nodes.iter().find(follows).expect("a replica")
    }

    /// Returns the master that has the slot of `key`, as `redis-cli` would find it.
    pub fn master_of(&self, key: &[u8]) -> &Server {
        self.master_of_slot(key_slot(&mut self.nodes[0].client(), key))
    }

    /// Returns the master that has a slot.
    pub fn master_of_slot(&self, slot: u16) -> &Server {
        let owner = slots(&mut self.nodes[0].client())
            .into_iter()
            .find(|(first, last, _)| (*first..=*last).contains(&i64::from(slot)))
            .expect("every slot has a master");
        self.nodes.iter().find(|it| i64::from(it.port()) == owner.2).expect("one of ours")
    }

    /// Returns the location of a store on this cluster.
    pub fn location(&self, options: &str) -> String {
        let hosts: Vec<_> =
            self.nodes[..3].iter().map(|it| format!("127.0.0.1:{}", it.port())).collect();
        format!("{}://{}?{options}", self.scheme, hosts.join(","))
    }
}

fn start_node(setup: &Setup) -> Server {
    let setup = setup.clone().line("cluster-enabled yes").line("cluster-config-file nodes");
    Server::start(setup.line(format!("cluster-port {}", free_port())))
}

/// Returns the name of a node.
pub fn id(node: &Server) -> String {
    node.client().call(&["CLUSTER", "MYID"]).text()
}

/// Returns whether a node knows `count` nodes, three of which are replicas, and all slots.
fn knows(node: &Server, count: usize) -> bool {
    let mut client = node.client();
    let state = client.call(&["CLUSTER", "INFO"]).text();
    let known = format!("cluster_known_nodes:{count}");
    let is_ok = ["cluster_state:ok", "cluster_slots_ok:16384", &known];
    is_ok.iter().all(|it| state.contains(it)) && replicas(&mut client) == 3
}

/// Returns how many replicas a node reports to its clients.
fn replicas(client: &mut Client) -> usize {
    let slots = client.call(&["CLUSTER", "SLOTS"]).list();
    slots.into_iter().map(|range| range.list().len().saturating_sub(3)).sum()
}

/// Returns the first and last slot of each range with the port of its master.
fn slots(client: &mut Client) -> Vec<(i64, i64, i64)> {
    let ranges = client.call(&["CLUSTER", "SLOTS"]).list().into_iter();
    ranges
        .map(|range| match &range.list()[..] {
            [Reply::Integer(first), Reply::Integer(last), Reply::Array(master), ..] => {
                let port = master.get(1).cloned().expect("a port").integer();
                (*first, *last, port)
            }
            other => panic!("{other:?} is no range of slots"),
        })
        .collect()
}

/// Returns what `INFO replication` says of `name`, or nothing.
fn info(client: &mut Client, name: &str) -> String {
    let text = client.call(&["INFO", "replication"]).text();
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|it| it.0 == name).map(|it| it.1.trim().to_owned()).unwrap_or_default()
}
