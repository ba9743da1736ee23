//! Calls to a server or a cluster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Cmd, ServerErrorKind, cmd};

use crate::call::CallContext;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::cluster::Cluster;
use crate::engine::redis::client::error::{CallError, is_cluster, unexpected};
use crate::engine::redis::client::login::Login;
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::options::ClientOptions;
use crate::engine::redis::client::redirect::{Redirect, redirect_in};
use crate::engine::redis::client::reply::{checked, is_error};
use crate::engine::redis::client::request::Request;
use crate::engine::redis::client::script::Script;
use crate::engine::redis::client::sentinel::Sentinels;
use crate::engine::redis::client::traffic::Traffic;
use crate::engine::redis::client::value::Value;
use crate::error::Result;

/// A server or a cluster, with the context of the calls to it.
#[derive(Clone)]
pub(crate) struct Server {
    pub(super) kind: Kind,
    pub(super) call_timeout: Duration,
    pub(super) call: CallContext,
    traffic: Arc<Traffic>,
}

/// One node, or several.
#[derive(Clone)]
pub(super) enum Kind {
    /// A single server.
    One(Arc<Node>),
    /// The nodes of a cluster.
    Cluster(Arc<Cluster>),
}

impl Server {
    /// Returns the server or cluster that `options` name, without connecting to it; the log names
    /// it `store`. Certificate files are read here, once.
    pub(crate) fn new(options: &ClientOptions, store: &str) -> Result<Self> {
        options.check()?;
        let traffic = Arc::new(Traffic::of(store));
        let login = Login::new(options, traffic.clone())?;
        let size = options.pool_size as usize;
        let addresses = options.addresses.clone();
        if let Some(sentinels) = Sentinels::new(options, &traffic)? {
            let master = Address::Master(options.sentinel.clone());
            let node = Arc::new(Node::behind(sentinels, master, login, size));
            return Ok(Server::of(Kind::One(node), options, traffic));
        }
        let login = Arc::new(login);
        let kind = match addresses.first() {
            Some(only) if !options.cluster => {
                Kind::One(Arc::new(Node::new(only.clone(), login, size, true)))
            }
            _ => Kind::Cluster(Arc::new(Cluster::new(addresses, login, size))),
        };
        Ok(Server::of(kind, options, traffic))
    }

    fn of(kind: Kind, options: &ClientOptions, traffic: Arc<Traffic>) -> Server {
        Server { kind, call_timeout: options.call_timeout, call: CallContext::default(), traffic }
    }

    /// Returns the counters of connections and calls.
    pub(crate) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Returns the same server for calls that end when `call` has to.
    pub(crate) fn bind(&self, call: &CallContext) -> Server {
        Server { call: call.clone(), ..self.clone() }
    }

    /// Returns whether this is a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.kind, Kind::Cluster(_))
    }

    /// Fails if no server replies, or if it is a node of a cluster without being opened as one.
    pub(crate) fn check(&self) -> Result<()> {
        let mut packed = cmd("TIME").get_packed_command();
        let count = match self.kind {
            Kind::Cluster(_) => 1,
            Kind::One(_) => {
                packed.extend(cmd("CLUSTER").arg("INFO").get_packed_command());
                2
            }
        };
        let replies = self.call(0, &Request { packed, count, is_read: true })?;
        let mut replies = replies.into_iter();
        let time = replies.next().ok_or_else(|| unexpected("complete"))?;
        checked(time).map_err(|error| match error.message().contains("unknown command") {
            true => error.context("no store can be in it; open a Sentinel as redis-sentinel://"),
            false => error,
        })?;
        // A server without clusters, or a user without the right to ask, gets an error.
        match replies.next() {
            Some(Value::BulkString(info)) if info.starts_with(b"cluster_state:") => {
                Err(is_cluster())
            }
            _ => Ok(()),
        }
    }

    /// Returns the number of connections to all known nodes.
    pub(crate) fn connections(&self) -> u64 {
        let nodes = match &self.kind {
            Kind::One(node) => vec![node.clone()],
            Kind::Cluster(cluster) => cluster.known().all().cloned().collect(),
        };
        nodes.iter().map(|node| node.connections() as u64).sum()
    }

    /// Sends one command to one node and returns the reply; fails if the reply is an error.
    pub(crate) fn call_node(&self, node: &Node, command: &Cmd) -> Result<Value> {
        let called = self.call_at(node, &command.get_packed_command(), 1, self.deadline());
        let reply = called.map_err(|broken| broken.error)?.pop();
        checked(reply.ok_or_else(|| unexpected("complete"))?)
    }

    /// Sends commands to one node and returns as many replies. After a failure of the connection,
    /// the map of a cluster is renewed before it is used again.
    pub(super) fn call_at(
        &self,
        node: &Node,
        commands: &[u8],
        count: usize,
        deadline: Instant,
    ) -> Result<Vec<Value>, CallError> {
        let called = node.call(commands, count, deadline, &self.call);
        if let (Err(failed), Kind::Cluster(cluster)) = (&called, &self.kind)
            && !failed.error.ends_call()
        {
            cluster.suspect(node.address());
        }
        called
    }

    /// Runs a script on the master of `slot` and returns its reply. `fill` appends the number of
    /// keys, the keys and the arguments.
    pub(crate) fn run(
        &self,
        slot: u16,
        script: &Script,
        is_read: bool,
        fill: &dyn Fn(&mut Cmd),
    ) -> Result<Value> {
        let deadline = self.deadline();
        let mut by_hash = cmd("EVALSHA");
        by_hash.arg(script.hash());
        fill(&mut by_hash);
        let reply = self.call_by(deadline, slot, &Request::one(&by_hash, is_read))?.pop();
        let reply = reply.ok_or_else(|| unexpected("complete"))?;
        if !is_error(&reply, ServerErrorKind::NoScript) {
            return checked(reply);
        }
        // The server caches the script from now on.
        let mut by_text = cmd("EVAL");
        by_text.arg(script.text());
        fill(&mut by_text);
        let reply = self.call_by(deadline, slot, &Request::one(&by_text, is_read))?.pop();
        checked(reply.ok_or_else(|| unexpected("complete"))?)
    }

    /// Sends commands that may be run twice to the masters of their slots, one write for each
    /// master, and returns the replies, errors among them.
    pub(crate) fn call_many(&self, commands: &[(u16, Cmd)]) -> Result<Vec<Value>> {
        let deadline = self.deadline();
        let mut replies: Vec<Option<Value>> = vec![None; commands.len()];
        for (node, indices) in self.by_master(commands, deadline)? {
            let mut packed = Vec::new();
            for (_, command) in indices.iter().filter_map(|index| commands.get(*index)) {
                packed.extend(command.get_packed_command());
            }
            // A command that fails or is redirected here is sent again below.
            let received = self.call_at(&node, &packed, indices.len(), deadline);
            for (index, value) in indices.iter().zip(received.unwrap_or_default()) {
                if let Some(reply) = replies.get_mut(*index)
                    && matches!(redirect_in(&value, self.is_cluster()), Redirect::None)
                {
                    *reply = Some(value);
                }
            }
        }
        let each = commands.iter().zip(replies);
        let reply_of = |((slot, command), reply): (&(u16, Cmd), Option<Value>)| match reply {
            Some(reply) => Ok(reply),
            None => {
                let reply = self.call_by(deadline, *slot, &Request::one(command, true))?.pop();
                reply.ok_or_else(|| unexpected("complete"))
            }
        };
        each.map(reply_of).collect()
    }

    /// Returns the masters of the slots of commands, with the indices of these commands. A command
    /// whose slot has no master is left out.
    fn by_master(
        &self,
        commands: &[(u16, Cmd)],
        deadline: Instant,
    ) -> Result<Vec<(Arc<Node>, Vec<usize>)>> {
        let cluster = match &self.kind {
            Kind::One(node) => return Ok(vec![(node.clone(), (0..commands.len()).collect())]),
            Kind::Cluster(cluster) => cluster,
        };
        let map = cluster.map(deadline, &self.call)?;
        let mut masters: Vec<(Arc<Node>, Vec<usize>)> = Vec::new();
        for (index, (slot, _)) in commands.iter().enumerate() {
            let Some(master) = map.master_of(*slot) else { continue };
            match masters.iter_mut().find(|(node, _)| Arc::ptr_eq(node, master)) {
                Some((_, indices)) => indices.push(index),
                None => masters.push((master.clone(), vec![index])),
            }
        }
        Ok(masters)
    }

    /// Sends one command that may be run twice to the master of `slot`, and returns the reply,
    /// which may be an error.
    pub(crate) fn call_one(&self, slot: u16, command: &Cmd) -> Result<Value> {
        let reply = self.call(slot, &Request::one(command, true))?.pop();
        reply.ok_or_else(|| unexpected("complete"))
    }

    /// Sends a request to the master of `slot` and returns the replies, errors among them. Follows
    /// redirects, and repeats the request until the call timeout where that is safe.
    pub(crate) fn call(&self, slot: u16, request: &Request) -> Result<Vec<Value>> {
        self.call_by(self.deadline(), slot, request)
    }
}
