//! The attempts of a call: it follows redirects, and is repeated where that is safe.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::cmd;

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::error::{CallError, outcome_unknown};
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::redirect::{Redirect, redirect_in};
use crate::engine::redis::client::request::Request;
use crate::engine::redis::client::server::{Kind, Server};
use crate::engine::redis::client::value::Value;
use crate::error::{Error, ErrorKind, Result};

/// The pause before a call is repeated, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(200);
/// The most redirects of one call; more mean that the nodes contradict each other.
const REDIRECTIONS_MAX: usize = 16;

/// The node to which a call goes next.
enum Target {
    /// The master of the slot.
    Owner,
    /// The node named in a redirect; `asking` is true for ASK.
    Named { address: Address, asking: bool },
}

impl Server {
    /// Does so until a deadline.
    pub(super) fn call_by(
        &self,
        deadline: Instant,
        slot: u16,
        request: &Request,
    ) -> Result<Vec<Value>> {
        let (mut pause, mut redirections) = (PAUSE_MIN, 0);
        let mut target = Target::Owner;
        // The last reply by which servers refused the call, of which they have run nothing.
        let mut refusal: Option<Error> = None;
        loop {
            let failure = match self.attempt(slot, request, &target, deadline) {
                Ok((node, replies)) => match self.redirect(&replies, &node, deadline) {
                    Redirect::None => return Ok(replies),
                    Redirect::To { address, asking } if redirections < REDIRECTIONS_MAX => {
                        redirections += 1;
                        self.traffic().redirections.add(1);
                        target = Target::Named { address, asking };
                        continue;
                    }
                    Redirect::To { .. } => refusal.insert(in_circles()).clone(),
                    Redirect::Retry(error) => refusal.insert(error).clone(),
                    Redirect::Reconnect(error) => {
                        if let Kind::One(node) = &self.kind {
                            node.reconnect();
                        }
                        refusal.insert(error).clone()
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
            self.traffic().count_retry(refusal.as_ref().unwrap_or(&failure));
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
            let replies = self.call_at(&node, &request.packed, request.count, deadline)?;
            return Ok((node, replies));
        }
        let packed = [cmd("ASKING").get_packed_command(), request.packed.clone()].concat();
        let mut replies = self.call_at(&node, &packed, request.count + 1, deadline)?;
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
}

fn in_circles() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the nodes of the cluster redirect a call in circles; nothing was run: try again, or check \
         their slots",
    )
}
