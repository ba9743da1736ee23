//! Calls to a server or a cluster, which follow redirects and are repeated where that is safe.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Cmd, ServerErrorKind, Value, cmd};

use crate::call::CallContext;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::cluster::Cluster;
use crate::engine::redis::client::error::{CallError, is_cluster, outcome_unknown, unexpected};
use crate::engine::redis::client::login::Login;
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::options::ClientOptions;
use crate::engine::redis::client::redirect::{Redirect, redirect_in};
use crate::engine::redis::client::reply::{checked, is_error};
use crate::engine::redis::client::script::Script;
use crate::error::{Error, ErrorKind, Result};

/// The pause before a call is repeated, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(200);
/// The most redirects of one call; more mean that the nodes contradict each other.
const REDIRECTIONS_MAX: usize = 16;

/// A server or a cluster, with the context of the calls to it.
#[derive(Clone)]
pub(crate) struct Server {
    kind: Kind,
    call_timeout: Duration,
    call: CallContext,
}

#[derive(Clone)]
enum Kind {
    One(Arc<Node>),
    Cluster(Arc<Cluster>),
}

/// Commands for one slot.
pub(crate) struct Request {
    /// The commands in the protocol of the server.
    pub packed: Vec<u8>,
    /// The number of commands.
    pub count: usize,
    /// Whether the request may be repeated when it is unknown whether it was run.
    pub is_read: bool,
}

/// The node to which a call goes next.
enum Target {
    /// The master of the slot.
    Owner,
    /// The node named in a redirect; `asking` is true for ASK.
    Named { address: Address, asking: bool },
}

impl Request {
    /// Returns a request of one command.
    pub(crate) fn one(command: &Cmd, is_read: bool) -> Self {
        Request { packed: command.get_packed_command(), count: 1, is_read }
    }

    /// Returns a request of commands in MULTI and EXEC. The last reply has the replies of them all.
    pub(crate) fn transaction(commands: &[&Cmd], is_read: bool) -> Self {
        let mut packed = b"*1\r\n$5\r\nMULTI\r\n".to_vec();
        for command in commands {
            command.write_packed_command(&mut packed);
        }
        packed.extend_from_slice(b"*1\r\n$4\r\nEXEC\r\n");
        Request { packed, count: commands.len() + 2, is_read }
    }
}

impl Server {
    /// Returns the server or cluster that `options` name, without connecting to it. Certificate
    /// files are read here, once.
    pub(crate) fn new(options: &ClientOptions) -> Result<Self> {
        options.check()?;
        let login = Arc::new(Login::new(options)?);
        let size = options.pool_size as usize;
        let addresses = options.addresses.clone();
        let kind = match addresses.first() {
            Some(only) if !options.cluster => {
                Kind::One(Arc::new(Node::new(only.clone(), login, size, true)))
            }
            _ => Kind::Cluster(Arc::new(Cluster::new(addresses, login, size))),
        };
        let (call_timeout, call) = (options.call_timeout, CallContext::default());
        Ok(Server { kind, call_timeout, call })
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
            true => error.context("no store can be in it; a Sentinel names the master to open"),
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

    /// Returns the masters, or the single server.
    pub(crate) fn masters(&self) -> Result<Vec<Arc<Node>>> {
        match &self.kind {
            Kind::One(node) => Ok(vec![node.clone()]),
            Kind::Cluster(cluster) => {
                Ok(cluster.map(self.deadline(), &self.call)?.masters().to_vec())
            }
        }
    }

    /// Returns all nodes, from a refreshed map.
    pub(crate) fn all(&self) -> Result<Vec<Arc<Node>>> {
        match &self.kind {
            Kind::One(node) => Ok(vec![node.clone()]),
            Kind::Cluster(cluster) => {
                Ok(cluster.refresh(self.deadline(), &self.call)?.all().cloned().collect())
            }
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
        let called = node.call(&command.get_packed_command(), 1, self.deadline(), &self.call);
        let reply = called.map_err(|broken| broken.error)?.pop();
        checked(reply.ok_or_else(|| unexpected("complete"))?)
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
            let received = node.call(&packed, indices.len(), deadline, &self.call);
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
        let Kind::Cluster(cluster) = &self.kind else {
            return Ok(vec![(self.masters()?.swap_remove(0), (0..commands.len()).collect())]);
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

    fn call_by(&self, deadline: Instant, slot: u16, request: &Request) -> Result<Vec<Value>> {
        let (mut pause, mut redirections) = (PAUSE_MIN, 0);
        let mut target = Target::Owner;
        // The last reply by which a server refused the call, of which it has run nothing.
        let mut refusal: Option<Error> = None;
        loop {
            let failure = match self.attempt(slot, request, &target, deadline) {
                Ok((node, replies)) => match self.redirect(&replies, &node, deadline) {
                    Redirect::None => return Ok(replies),
                    Redirect::To { address, asking } if redirections < REDIRECTIONS_MAX => {
                        redirections += 1;
                        target = Target::Named { address, asking };
                        continue;
                    }
                    Redirect::To { .. } => Error::new(
                        ErrorKind::Unavailable,
                        "the nodes of the cluster redirect a call in circles; nothing was run: try \
                         again, or check their slots",
                    ),
                    Redirect::Retry(error) => {
                        refusal = Some(error.clone());
                        error
                    }
                    Redirect::Reconnect(error) => {
                        if let Kind::One(node) = &self.kind {
                            node.reconnect();
                        }
                        refusal = Some(error.clone());
                        error
                    }
                },
                Err(broken) if broken.sent && !request.is_read => {
                    return Err(outcome_unknown(broken.error));
                }
                Err(broken) => {
                    if broken.heals {
                        refusal = Some(broken.error.clone());
                    }
                    if !self.may_repeat(&broken, refusal.is_some()) {
                        return Err(broken.error);
                    }
                    broken.error
                }
            };
            (target, redirections) = (Target::Owner, 0);
            if Instant::now() + pause >= deadline {
                return Err(refusal.unwrap_or(failure));
            }
            self.call.sleep(pause)?;
            pause = (pause * 2).min(PAUSE_MAX);
            if let Kind::Cluster(cluster) = &self.kind {
                // A refresh that fails is repeated after the next pause.
                drop(cluster.refresh(deadline, &self.call));
            }
        }
    }

    /// Returns whether a call that has failed may succeed later.
    fn may_repeat(&self, broken: &CallError, was_refused: bool) -> bool {
        // The pool of a single server has waited for it already.
        let may_wait = self.is_cluster() || broken.sent || was_refused;
        broken.error.kind() == ErrorKind::Unavailable && may_wait
    }

    fn attempt(
        &self,
        slot: u16,
        request: &Request,
        target: &Target,
        deadline: Instant,
    ) -> Result<(Arc<Node>, Vec<Value>), CallError> {
        let (node, asking) = match (&self.kind, target) {
            (Kind::One(node), _) => (node.clone(), false),
            (Kind::Cluster(cluster), Target::Named { address, asking }) => {
                (cluster.node_at(address), *asking)
            }
            (Kind::Cluster(cluster), Target::Owner) => {
                let map = cluster.map(deadline, &self.call).map_err(CallError::unsent)?;
                let master = map.master_of(slot).cloned();
                let no_master = || {
                    let message =
                        "no node of the cluster has the slot of the key; assign all slots";
                    CallError::unsent(Error::new(ErrorKind::Unavailable, message))
                };
                (master.ok_or_else(no_master)?, false)
            }
        };
        if !asking {
            let replies = node.call(&request.packed, request.count, deadline, &self.call)?;
            return Ok((node, replies));
        }
        let packed = [cmd("ASKING").get_packed_command(), request.packed.clone()].concat();
        let mut replies = node.call(&packed, request.count + 1, deadline, &self.call)?;
        replies.remove(0);
        Ok((node, replies))
    }

    /// Returns the first redirect in the replies of `node`. MOVED also refreshes the map.
    fn redirect(&self, replies: &[Value], node: &Node, deadline: Instant) -> Redirect {
        let mut redirects = replies.iter().map(|reply| redirect_in(reply, self.is_cluster()));
        let mut first = redirects.find(|it| !matches!(it, Redirect::None));
        if let Some(Redirect::To { address, .. }) = &mut first {
            // An empty host means the host of the node that has replied.
            *address = address.clone().or_host(node.address().host());
        }
        if let (Kind::Cluster(cluster), Some(Redirect::To { asking: false, .. })) =
            (&self.kind, &first)
        {
            // The call follows the redirect even if the refresh fails.
            drop(cluster.refresh(deadline, &self.call));
        }
        first.unwrap_or(Redirect::None)
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.call_timeout
    }
}
