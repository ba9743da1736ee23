//! The store on real servers, which the tests start, stop, starve and cut off themselves.

mod access;
mod cluster;
mod cuts;
mod deadlines;
mod failover;
mod fixtures;
mod harness;
mod layout;
mod load;
mod many;
mod memory;
mod tls;
mod values;
pub mod watches;

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};

use kv::{ErrorKind, Store, Version};

use crate::support::redis::{Cluster, Server, Setup};
use crate::support::{key, no_group};

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

/// Raises a flag when dropped, also by a panic: who waits for it goes on.
struct Raised<'f>(&'f AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Returns what a call failed with.
fn kind<T: Debug>(result: kv::Result<T>) -> ErrorKind {
    result.expect_err("a failure").kind()
}
