//! The slot map of a cluster: which node has which slots.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::node::Node;

/// The slot map of a cluster, as one of its nodes has reported it.
#[derive(Default)]
pub(crate) struct Map {
    /// For each slot the index of its master, or `None`.
    pub(super) slots: Vec<Option<u16>>,
    pub(super) masters: Vec<Arc<Node>>,
    /// All nodes, masters and replicas.
    pub(super) all: HashMap<Address, Arc<Node>>,
}

impl Map {
    /// Returns the masters.
    pub(crate) fn masters(&self) -> &[Arc<Node>] {
        &self.masters
    }

    /// Returns all nodes.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.all.values()
    }

    /// Returns whether a master is at this address.
    pub(crate) fn is_master(&self, address: &Address) -> bool {
        self.masters.iter().any(|it| it.address() == address)
    }

    /// Returns whether the map has the masters and the replicas of another one.
    pub(super) fn has_nodes_of(&self, other: &Map) -> bool {
        self.all.len() == other.all.len()
            && self.masters.len() == other.masters.len()
            && self.all.keys().all(|it| other.all.contains_key(it))
            && self.masters.iter().all(|it| other.is_master(it.address()))
    }

    /// Returns the master of a slot, if it has one.
    pub(crate) fn master_of(&self, slot: u16) -> Option<&Arc<Node>> {
        let index = self.slots.get(usize::from(slot)).copied().flatten()?;
        self.masters.get(usize::from(index))
    }
}
