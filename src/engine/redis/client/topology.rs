//! The nodes of a cluster that changes: renewed maps, and reports of nodes on themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::cmd;

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::error::{unavailable, unexpected};
use crate::engine::redis::client::map::Map;
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::reply::text;
use crate::engine::redis::client::report::{Holding, Report};
use crate::engine::redis::client::server::{Kind, Server};
use crate::error::{ErrorKind, Result};

impl Server {
    /// Returns the map of a cluster, renewed; `None` for a single server.
    pub(crate) fn renewed_map(&self) -> Result<Option<Arc<Map>>> {
        match &self.kind {
            Kind::One(_) => Ok(None),
            Kind::Cluster(cluster) => cluster.refresh(self.deadline(), &self.call).map(Some),
        }
    }

    /// Returns all nodes from a renewed map, each with whether it is a master; masters first.
    pub(crate) fn members(&self) -> Result<Vec<(Arc<Node>, bool)>> {
        let map = match &self.kind {
            Kind::One(node) => return Ok(vec![(node.clone(), true)]),
            Kind::Cluster(cluster) => cluster.refresh(self.deadline(), &self.call)?,
        };
        let masters = map.masters().iter().map(|it| (it.clone(), true));
        let replicas = map.all().filter(|it| !map.is_master(it.address()));
        Ok(masters.chain(replicas.map(|it| (it.clone(), false))).collect())
    }

    /// Returns whether a node says that it is a master with slots.
    pub(crate) fn is_master(&self, node: &Node) -> Result<bool> {
        match &self.kind {
            Kind::One(_) => Ok(true),
            Kind::Cluster(cluster) => {
                let map = cluster.request_map(node, self.deadline(), &self.call)?;
                Ok(map.is_master(node.address()))
            }
        }
    }

    /// Returns the node of a cluster at an address that another node has named.
    pub(crate) fn node_at(&self, address: &Address) -> Arc<Node> {
        match &self.kind {
            Kind::One(node) => node.clone(),
            Kind::Cluster(cluster) => cluster.node_at(address),
        }
    }

    /// Returns the report of a node of a cluster on itself. Fails if the node is cut off from the
    /// others.
    pub(crate) fn report(&self, node: &Node) -> Result<Report> {
        let reply = self.call_node(node, cmd("CLUSTER").arg("NODES"));
        let reply = reply.map_err(|error| match error.kind() {
            ErrorKind::Permission => error
                .context("a scan of the default group of a cluster needs the right +cluster|nodes"),
            _ => error,
        })?;
        let report = Report::parse(&text(reply)?, node.address());
        let report = report.ok_or_else(|| unexpected("a list of nodes"))?;
        if report.is_cut_off {
            let reason = "it is cut off from most masters of its cluster; try again";
            return Err(unavailable(node.address(), &reason));
        }
        Ok(report)
    }

    /// Returns the address of the master of a slot of a cluster; `None` while the slot is moved to
    /// another node, or the map is not that of the master.
    pub(crate) fn settled_master(&self, slot: u16) -> Result<Option<Address>> {
        let Some(map) = self.renewed_map()? else { return Ok(None) };
        let Some(node) = map.master_of(slot) else { return Ok(None) };
        let report = self.report(node)?;
        let is_settled = report.is_master && report.holding(slot) == Holding::Owned;
        Ok(is_settled.then(|| node.address().clone()))
    }

    /// Calls `changed` whenever another node becomes a master, joins or leaves.
    pub(crate) fn on_change(&self, changed: Box<dyn Fn() + Send + Sync>) {
        if let Kind::Cluster(cluster) = &self.kind {
            cluster.on_change(changed);
        }
    }

    /// Returns the most time of a call.
    pub(crate) fn call_timeout(&self) -> Duration {
        self.call_timeout
    }

    /// Sleeps; fails when the call has to end.
    pub(crate) fn sleep(&self, time: Duration) -> Result<()> {
        self.call.sleep(time)
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.call_timeout
    }
}
