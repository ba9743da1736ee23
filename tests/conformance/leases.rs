//! Where the store of a case is: in memory, in a directory, or on servers that cases take turns
//! with.

use std::sync::{Arc, LazyLock, Mutex};

use crate::conformance::fixture::{Engine, START};
use crate::support::redis::{Cluster, Server, ServerClock, Setup};
use crate::support::{Place as Directory, log, sqlite};

/// A place for one store, empty when it is given out. It is given back when dropped.
pub struct Lease(Option<Place>);

/// The place of a store's data.
pub enum Place {
    Memory,
    File(Directory),
    Folder(Directory),
    Server(Host<Server>),
    Cluster(Host<Cluster>),
}

/// Servers and the clock they live by.
pub struct Host<S> {
    servers: S,
    clock: Arc<ServerClock>,
}

/// Those that no case uses now. A few are started and used by all cases: a cluster takes seconds.
static SERVERS: LazyLock<Mutex<Vec<Host<Server>>>> = LazyLock::new(Mutex::default);
static CLUSTERS: LazyLock<Mutex<Vec<Host<Cluster>>>> = LazyLock::new(Mutex::default);

fn setup(clock: &Arc<ServerClock>) -> Setup {
    Setup::default().clock(clock)
}

/// Stops the server's own search for expired keys: it would find them at another moment each time.
/// The server still removes those that it comes upon.
fn patient(server: Server) -> Server {
    server.client().call(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]);
    server
}

/// Takes one that is free, or starts one.
fn take<S>(free: &Mutex<Vec<Host<S>>>, start: fn(&Arc<ServerClock>) -> S) -> Host<S> {
    let host = free.lock().expect("no panic").pop();
    host.unwrap_or_else(|| {
        let clock = Arc::new(ServerClock::new());
        Host { servers: start(&clock), clock }
    })
}

impl Lease {
    /// Returns an empty place for a store of `engine`.
    pub fn of(engine: Engine) -> Lease {
        Lease(Some(match engine {
            Engine::Memory => Place::Memory,
            Engine::Sqlite => Place::File(Directory::in_memory()),
            Engine::Log => Place::Folder(Directory::in_memory()),
            Engine::RedisServer | Engine::RedisScope => {
                let host = take(&SERVERS, |clock| patient(Server::start(setup(clock))));
                host.clock.set(START);
                host.servers.client().call(&["FLUSHALL", "SYNC"]);
                Place::Server(host)
            }
            Engine::RedisCluster => {
                let host = take(&CLUSTERS, |clock| {
                    let cluster = Cluster::ruled_by(clock);
                    for node in cluster.nodes() {
                        node.client().call(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]);
                    }
                    cluster
                });
                host.clock.set(START);
                for master in host.servers.masters() {
                    master.client().call(&["FLUSHALL", "SYNC"]);
                }
                Place::Cluster(host)
            }
        }))
    }

    fn place(&self) -> &Place {
        self.0.as_ref().expect("it was not given back yet")
    }

    /// Returns the location of a store here.
    pub fn location(&self, options: &str) -> String {
        match self.place() {
            Place::Memory => format!("memory:?{options}"),
            Place::File(directory) => {
                let options = format!("purge_interval=0&{options}");
                sqlite(&directory.file("case.db"), &options)
            }
            Place::Folder(directory) => {
                let options = format!("purge_interval=0&{options}");
                log(&directory.file("case"), &options)
            }
            Place::Server(host) => host
                .servers
                .location(&format!("prefix=case&purge_interval=0&call_timeout=120s&{options}")),
            // The braces make one slot of all keys.
            Place::Cluster(host) => host
                .servers
                .location(&format!("prefix={{case}}&purge_interval=0&call_timeout=120s&{options}")),
        }
    }

    /// Returns the clock of the server, if there is one.
    pub fn clock(&self) -> Option<Arc<ServerClock>> {
        match self.place() {
            Place::Memory | Place::File(_) | Place::Folder(_) => None,
            Place::Server(host) => Some(host.clock.clone()),
            Place::Cluster(host) => Some(host.clock.clone()),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        match self.0.take() {
            Some(Place::Server(host)) => SERVERS.lock().expect("no panic").push(host),
            Some(Place::Cluster(host)) => CLUSTERS.lock().expect("no panic").push(host),
            _ => (),
        }
    }
}
