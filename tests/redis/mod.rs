//! The store on real servers, which the tests start, stop, starve and cut off themselves.

mod access;
mod calls;
mod cluster;
mod crowded;
mod cuts;
mod damage;
mod deadlines;
mod documented_rights;
mod failover;
mod fixtures;
mod half_moved;
mod harness;
mod layout;
mod liars;
mod load;
mod many;
mod memory;
mod one_address;
pub mod pieces;
mod pieces_moved;
mod pieces_seen;
mod redirects;
mod resharding;
mod rights;
mod sentinel;
pub mod signals;
mod steps;
mod tls;
mod topology;
mod unmixed;
mod upgrades;
mod values;
mod vanished;
pub mod watches;
mod ways_in;
mod writes;

use std::fmt::Debug;

use kv::{ErrorKind, Store, Version};

use crate::support::redis::{Cluster, Server, Setup};
use crate::support::{Raised, key, no_group};

fn start(setup: Setup) -> Server {
    Server::start(setup)
}

/// Starts a cluster in which a silent master is replaced after a second.
fn start_cluster() -> Cluster {
    Cluster::start(1_000, &Setup::default())
}

fn open(location: &str) -> Store {
    kv::open(location).expect("an open store")
}

fn set(store: &Store, name: &[u8], value: &[u8]) -> Version {
    store.set(no_group(), key(name), value).expect("set")
}

fn get(store: &Store, name: &[u8]) -> Option<Vec<u8>> {
    let entry = store.get(no_group(), key(name)).expect("get");
    entry.map(|entry| entry.value.to_vec())
}

/// Returns how many clients a server has that are not the test's own, which use its socket.
fn clients(server: &Server) -> usize {
    let list = server.client().call(&["CLIENT", "LIST", "TYPE", "normal"]).text();
    list.lines().filter(|line| !line.contains("/socket:0")).count()
}

/// Returns what a call failed with.
fn kind<T: Debug>(result: kv::Result<T>) -> ErrorKind {
    result.expect_err("a failure").kind()
}
