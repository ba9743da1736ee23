//! A slot that moves from one master of a cluster to another, a few keys at a time.
//!
//! The test decides the pace, so that it can look at the state between two steps.

use super::{Client, Cluster, Reply, Server};

/// The keys that one step moves, as many as `redis-cli` does.
const KEYS_AT_ONCE: &str = "10";
/// The time that a step may take, in milliseconds.
const STEP_MS: &str = "20000";

/// A slot of which some keys are on one master and some on another.
pub struct SlotMove<'c> {
    cluster: &'c Cluster,
    slot: String,
    source: Client,
    target: Client,
    target_id: String,
    target_port: String,
}

impl Cluster {
    /// Begins to move a slot to another master. No key has moved yet.
    pub fn begin_move(&self, slot: u16) -> SlotMove<'_> {
        let from = self.master_of_slot(slot);
        let to = self.masters().find(|it| it.port() != from.port()).expect("another master");
        let id = |node: &Server| node.client().call(&["CLUSTER", "MYID"]).text();
        let mut it = SlotMove {
            cluster: self,
            slot: slot.to_string(),
            source: from.client(),
            target: to.client(),
            target_id: id(to),
            target_port: to.port().to_string(),
        };
        it.target.call(&["CLUSTER", "SETSLOT", &it.slot, "IMPORTING", &id(from)]);
        it.source.call(&["CLUSTER", "SETSLOT", &it.slot, "MIGRATING", &it.target_id]);
        it
    }
}

impl SlotMove<'_> {
    /// Returns the names of the keys that have not moved, of all stores.
    pub fn keys(&mut self) -> Vec<Vec<u8>> {
        self.source.call(&["CLUSTER", "GETKEYSINSLOT", &self.slot, "1000000"]).sorted()
    }

    /// Moves up to ten keys and returns how many; 0 if all have moved.
    pub fn step(&mut self) -> usize {
        let keys = self.source.call(&["CLUSTER", "GETKEYSINSLOT", &self.slot, KEYS_AT_ONCE]);
        let keys = keys.sorted();
        self.move_keys(&keys);
        keys.len()
    }

    /// Moves these keys at once. A key that has expired meanwhile is no fault; one that is at the
    /// target already is.
    pub fn move_keys(&mut self, keys: &[Vec<u8>]) {
        if keys.is_empty() {
            return;
        }
        let head = ["MIGRATE", "127.0.0.1", &self.target_port, "", "0", STEP_MS, "KEYS"];
        let words: Vec<_> = head.iter().map(|it| it.as_bytes()).collect();
        let words = words.into_iter().chain(keys.iter().map(|it| &it[..])).collect::<Vec<_>>();
        match self.source.try_call(&words).expect("the server replies") {
            Reply::Status(_) => {}
            other => {
                let keys: Vec<_> = keys.iter().map(|it| it.escape_ascii().to_string()).collect();
                panic!("the migration of {keys:?} is disturbed: {other:?}");
            }
        }
    }

    /// Moves all other keys and makes the target the owner of the slot.
    pub fn finish(mut self) {
        while self.step() > 0 {}
        let words = ["CLUSTER", "SETSLOT", &self.slot, "NODE", &self.target_id];
        self.target.call(&words);
        self.source.call(&words);
        // The others would come to know it by gossip.
        for master in self.cluster.masters() {
            master.client().call(&words);
        }
    }
}
