//! Calls, wherever they have to go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Cmd, ServerErrorKind, Value, cmd};

use crate::call::CallContext;
use crate::engine::redis::client::cluster::Cluster;
use crate::engine::redis::client::connection::{CallError, Login};
use crate::engine::redis::client::error::{not_known, unexpected};
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::options::{Address, ClientOptions};
use crate::engine::redis::client::redirect::{Redirect, redirect_in};
use crate::engine::redis::client::reply::{checked, is_error};
use crate::engine::redis::client::script::Script;
use crate::engine::redis::client::tls;
use crate::error::{Error, Result};

/// How long is waited before a call is repeated, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(200);
/// More redirections are a quarrel of the servers.
const REDIRECTIONS_MAX: usize = 16;

/// A server, or a cluster of them, as calls of one context see it.
#[derive(Clone)]
pub struct Server {
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
pub struct Request {
    /// The commands, as they are sent.
    pub packed: Vec<u8>,
    /// How many they are.
    pub count: usize,
    /// Whether they may be repeated when nobody knows whether they were run.
    pub is_read: bool,
}

/// Where a call goes next.
enum Target {
    /// To who has the slot.
    Owner,
    /// To who was named by another server, asking for once or not.
    Named { address: Address, asking: bool },
}

impl Request {
    /// Returns a request of one command.
    pub fn one(command: &Cmd, is_read: bool) -> Self {
        Request { packed: command.get_packed_command(), count: 1, is_read }
    }

    /// Returns a request of commands that are run in one step. The last reply has those of all.
    pub fn transaction(commands: &[&Cmd], is_read: bool) -> Self {
        let mut packed = b"*1\r\n$5\r\nMULTI\r\n".to_vec();
        for command in commands {
            command.write_packed_command(&mut packed);
        }
        packed.extend_from_slice(b"*1\r\n$4\r\nEXEC\r\n");
        Request { packed, count: commands.len() + 2, is_read }
    }
}

impl Server {
    /// Returns the server or cluster that `options` name, without connecting to it. The files of
    /// certificates are read here, once.
    pub fn new(options: &ClientOptions) -> Result<Self> {
        options.check()?;
        let tls = if options.tls { Some(tls::configure(options)?) } else { None };
        let login = Arc::new(Login {
            tls,
            username: options.username.clone(),
            password: options.password.clone(),
            database: options.database,
            connect_timeout: options.connect_timeout,
            call_timeout: options.call_timeout,
        });
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

    /// Returns the same server for calls that end when `call` is to.
    pub fn bind(&self, call: &CallContext) -> Server {
        Server { call: call.clone(), ..self.clone() }
    }

    /// Answers whether this is a cluster.
    pub fn is_cluster(&self) -> bool {
        matches!(self.kind, Kind::Cluster(_))
    }

    /// Returns the servers that have slots.
    pub fn masters(&self) -> Result<Vec<Arc<Node>>> {
        match &self.kind {
            Kind::One(node) => Ok(vec![node.clone()]),
            Kind::Cluster(cluster) => {
                Ok(cluster.map(self.deadline(), &self.call)?.masters().to_vec())
            }
        }
    }

    /// Returns all servers, as they are now.
    pub fn all(&self) -> Result<Vec<Arc<Node>>> {
        match &self.kind {
            Kind::One(node) => Ok(vec![node.clone()]),
            Kind::Cluster(cluster) => {
                Ok(cluster.refresh(self.deadline(), &self.call)?.all().cloned().collect())
            }
        }
    }

    /// Returns how many connections there are.
    pub fn connections(&self) -> u64 {
        let nodes = match &self.kind {
            Kind::One(node) => vec![node.clone()],
            Kind::Cluster(cluster) => cluster.known().all().cloned().collect(),
        };
        nodes.iter().map(|node| node.connections() as u64).sum()
    }

    /// Sends one command to one server.
    pub fn call_node(&self, node: &Node, command: &Cmd) -> Result<Value> {
        let called = node.call(&command.get_packed_command(), 1, self.deadline(), &self.call);
        let reply = called.map_err(|broken| broken.error)?.pop();
        checked(reply.ok_or_else(|| unexpected("there"))?)
    }

    /// Runs a script where `slot` is and returns its reply. `fill` appends what comes behind the name
    /// of the script: how many keys, the keys, the arguments.
    pub fn run(
        &self,
        slot: u16,
        script: &Script,
        is_read: bool,
        fill: &dyn Fn(&mut Cmd),
    ) -> Result<Value> {
        let mut known = cmd("EVALSHA");
        known.arg(script.hash());
        fill(&mut known);
        let reply = self.call(slot, &Request::one(&known, is_read))?.pop();
        let reply = reply.ok_or_else(|| unexpected("there"))?;
        if !is_error(&reply, ServerErrorKind::NoScript) {
            return checked(reply);
        }
        // The server keeps it from now on.
        let mut unknown = cmd("EVAL");
        unknown.arg(script.text());
        fill(&mut unknown);
        let reply = self.call(slot, &Request::one(&unknown, is_read))?.pop();
        checked(reply.ok_or_else(|| unexpected("there"))?)
    }

    /// Sends commands that only read, or may be run twice, each to who has its slot, as many as
    /// possible in one go, and returns the replies; what the servers refuse is among them.
    pub fn call_many(&self, commands: &[(u16, Cmd)]) -> Result<Vec<Value>> {
        let mut replies: Vec<Option<Value>> = vec![None; commands.len()];
        for (node, places) in self.by_owner(commands)? {
            let mut packed = Vec::new();
            for (_, command) in places.iter().filter_map(|at| commands.get(*at)) {
                packed.extend(command.get_packed_command());
            }
            // What fails here is sent again below, where redirections are followed.
            let answers = node.call(&packed, places.len(), self.deadline(), &self.call);
            let answers = answers.unwrap_or_default();
            for (at, answer) in places.iter().zip(answers) {
                if let Some(reply) = replies.get_mut(*at)
                    && matches!(redirect_in(&answer, self.is_cluster()), Redirect::None)
                {
                    *reply = Some(answer);
                }
            }
        }
        let each = commands.iter().zip(replies);
        let reply_of = |((slot, command), reply): (&(u16, Cmd), Option<Value>)| match reply {
            Some(reply) => Ok(reply),
            None => self.call_one(*slot, command),
        };
        each.map(reply_of).collect()
    }

    /// Returns the servers that commands go to, with the places of those commands.
    fn by_owner(&self, commands: &[(u16, Cmd)]) -> Result<Vec<(Arc<Node>, Vec<usize>)>> {
        let Kind::Cluster(cluster) = &self.kind else {
            return Ok(vec![(self.masters()?.swap_remove(0), (0..commands.len()).collect())]);
        };
        let map = cluster.map(self.deadline(), &self.call)?;
        let mut owners: Vec<(Arc<Node>, Vec<usize>)> = Vec::new();
        for (place, (slot, _)) in commands.iter().enumerate() {
            let Some(master) = map.master_of(*slot) else { continue };
            match owners.iter_mut().find(|(node, _)| Arc::ptr_eq(node, master)) {
                Some((_, places)) => places.push(place),
                None => owners.push((master.clone(), vec![place])),
            }
        }
        Ok(owners)
    }

    /// Sends one command that may be run twice to who has `slot`; what the server refuses is a reply.
    pub fn call_one(&self, slot: u16, command: &Cmd) -> Result<Value> {
        let reply = self.call(slot, &Request::one(command, true))?.pop();
        reply.ok_or_else(|| unexpected("there"))
    }

    /// Sends a request to who has `slot` and returns the replies; what the servers refuse is among
    /// them.
    pub fn call(&self, slot: u16, request: &Request) -> Result<Vec<Value>> {
        let deadline = self.deadline();
        let (mut pause, mut redirections) = (PAUSE_MIN, 0);
        let mut target = Target::Owner;
        loop {
            let why = match self.attempt(slot, request, &target, deadline) {
                Ok((node, replies)) => match self.redirect(&replies, &node) {
                    Redirect::None => return Ok(replies),
                    Redirect::To { .. } if redirections >= REDIRECTIONS_MAX => {
                        unexpected("of one opinion")
                    }
                    Redirect::To { address, asking } => {
                        redirections += 1;
                        target = Target::Named { address, asking };
                        continue;
                    }
                    Redirect::Retry(error) => {
                        target = Target::Owner;
                        error
                    }
                },
                Err(broken) if broken.sent && !request.is_read => {
                    return Err(not_known(broken.error));
                }
                Err(broken) if broken.error.ends_call() => return Err(broken.error),
                // A single server that cannot be reached is said to be so at once.
                Err(broken) if !self.is_cluster() && !broken.sent => return Err(broken.error),
                Err(broken) => {
                    target = Target::Owner;
                    broken.error
                }
            };
            if Instant::now() + pause >= deadline {
                return Err(why);
            }
            self.call.sleep(pause)?;
            pause = (pause * 2).min(PAUSE_MAX);
            if let Kind::Cluster(cluster) = &self.kind {
                // Who cannot be asked now is asked again after the next pause.
                drop(cluster.refresh(deadline, &self.call));
            }
        }
    }

    fn attempt(
        &self,
        slot: u16,
        request: &Request,
        target: &Target,
        deadline: Instant,
    ) -> Result<(Arc<Node>, Vec<Value>), CallError> {
        let unsent = |error: Error| CallError { error, sent: false };
        let (node, asking) = match (&self.kind, target) {
            (Kind::One(node), _) => (node.clone(), false),
            (Kind::Cluster(cluster), Target::Named { address, asking }) => {
                (cluster.node_at(address), *asking)
            }
            (Kind::Cluster(cluster), Target::Owner) => {
                let map = cluster.map(deadline, &self.call).map_err(unsent)?;
                let master = map.master_of(slot).cloned();
                (master.ok_or_else(|| unsent(unexpected("an owner of the slot")))?, false)
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

    /// Returns what the replies of `node` say of the call. Who has moved for good is remembered.
    fn redirect(&self, replies: &[Value], node: &Node) -> Redirect {
        let mut redirects = replies.iter().map(|reply| redirect_in(reply, self.is_cluster()));
        let mut first = redirects.find(|it| !matches!(it, Redirect::None));
        if let Some(Redirect::To { address, .. }) = &mut first
            && address.host.is_empty()
        {
            // Another port where it was asked: the servers do not know how we call their hosts.
            address.host.clone_from(&node.address().host);
        }
        if let (Kind::Cluster(cluster), Some(Redirect::To { asking: false, .. })) =
            (&self.kind, &first)
        {
            // If that fails, the call goes to where it was sent nevertheless.
            drop(cluster.refresh(self.deadline(), &self.call));
        }
        first.unwrap_or(Redirect::None)
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.call_timeout
    }
}
