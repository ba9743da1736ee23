//! Unconditional sets of string keys.

use redis::{Cmd, cmd};

use crate::engine::redis::client::error::{outcome_unknown, unexpected};
use crate::engine::redis::client::reply::{bytes, checked};
use crate::engine::redis::client::request::Request;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::{Context, flag};
use crate::engine::redis::listen::message;
use crate::engine::redis::ops::steps::{Outcome, resolved, spell_expiry};
use crate::engine::redis::row::version_of;
use crate::engine::redis::scripts;
use crate::error::Result;
use crate::model::{Commit, Condition, Op, Reply, SetExpiry};

/// The most bytes of keys and values in a transaction with PUBLISH. It sends them twice, as values
/// and as the message, even if there is no subscriber.
const PUBLISH_BYTES_MAX: usize = 256 << 10;

impl Context {
    /// Sets string keys, if the batch has no other steps and no conditions; otherwise returns
    /// `None`.
    pub(crate) fn set_strings(
        &self,
        slot: u16,
        ops: &[Op<'_>],
        replies: &mut [Reply],
        origin: &str,
        wanted: bool,
    ) -> Result<Option<Outcome>> {
        let is_simple = |op: &Op<'_>| {
            matches!(op, Op::Set { group, condition: Condition::Any, expiry, .. }
                if group.is_default() && *expiry != SetExpiry::Keep)
        };
        if ops.is_empty() || !ops.iter().all(is_simple) {
            return Ok(None);
        }
        let message = match self.set_in_transaction(slot, ops, origin)? {
            Some(message) => Some(message),
            None => self.set_by_script(slot, ops, origin, wanted)?,
        };
        let Some(message) = message else { return Ok(None) };
        for (op, reply) in ops.iter().zip(replies) {
            if let Op::Set { value, .. } = op {
                *reply = Reply::Written { version: version_of(value) };
            }
        }
        Ok(Some(Outcome { commit: Commit::Applied, message, pieces: Vec::new() }))
    }

    /// Sets one string key, or many that never expire, by a script and returns the message; returns
    /// `None` for other batches.
    fn set_by_script(
        &self,
        slot: u16,
        ops: &[Op<'_>],
        origin: &str,
        wanted: bool,
    ) -> Result<Option<Vec<u8>>> {
        let in_cluster = flag(self.server.is_cluster());
        let message = match ops {
            [Op::Set { key, value, expiry, .. }] => {
                let fill = |command: &mut Cmd| {
                    self.append_string_keys([*key].into_iter(), 1, command);
                    command.arg(value).arg(spell_expiry(*expiry, self.default_expiry));
                    command
                        .arg(self.listener.channel())
                        .arg(origin)
                        .arg(flag(wanted))
                        .arg(in_cluster);
                    command.arg(self.layout.string_prefix());
                };
                self.server.run(slot, &scripts::SET, false, &fill)?
            }
            _ if ops.iter().all(|op| self.is_endless(op)) => {
                let fill = |command: &mut Cmd| {
                    self.append_string_keys(ops.iter().filter_map(Op::key), ops.len(), command);
                    command
                        .arg(self.listener.channel())
                        .arg(origin)
                        .arg(flag(wanted))
                        .arg(in_cluster);
                    command.arg(self.layout.string_prefix());
                    for op in ops {
                        if let Op::Set { value, .. } = op {
                            command.arg(value);
                        }
                    }
                };
                self.server.run(slot, &scripts::SET_MANY, false, &fill)?
            }
            _ => return Ok(None),
        };
        bytes(message).map(Some)
    }

    /// Returns whether a step sets a key that never expires.
    fn is_endless(&self, op: &Op<'_>) -> bool {
        let Op::Set { expiry, .. } = op else { return false };
        let expiry = resolved(*expiry, self.default_expiry);
        matches!(expiry, SetExpiry::Default | SetExpiry::Never | SetExpiry::After(0))
    }

    /// Sets string keys by SET or MSET, which is faster than a script, publishes the changes in the
    /// same transaction and returns the message. Returns `None` where this takes a script: on a
    /// cluster, where a message has the name of the node, and for long messages.
    fn set_in_transaction(
        &self,
        slot: u16,
        ops: &[Op<'_>],
        origin: &str,
    ) -> Result<Option<Vec<u8>>> {
        let len = |op: &Op<'_>| match op {
            Op::Set { key, value, .. } => key.as_bytes().len() + value.len(),
            _ => 0,
        };
        let is_possible = !self.server.is_cluster() && self.rights.has_transactions();
        if !is_possible || ops.iter().map(len).sum::<usize>() > PUBLISH_BYTES_MAX {
            return Ok(None);
        }
        let Some(write) = self.native_set(ops) else { return Ok(None) };
        let message = message::of_sets(origin, ops);
        let mut publish = cmd("PUBLISH");
        publish.arg(self.listener.channel()).arg(&message);
        let request = Request::transaction(&[&write, &publish], false);
        let mut replies = self.server.call(slot, &request)?.into_iter();
        let [Some(begun), Some(queued), Some(_), Some(executed)] =
            std::array::from_fn(|_| replies.next())
        else {
            return Err(outcome_unknown(unexpected("that of a transaction")));
        };
        let written = match executed {
            // A server that refuses MULTI has run the command.
            _ if checked(begun).is_err() => Some(queued),
            _ if matches!(queued, Value::ServerError(_)) => Some(queued),
            Value::Array(executed) => executed.into_iter().next(),
            // Nothing was run, because the publication is refused. A script writes without it.
            Value::ServerError(_) => return Ok(None),
            _ => None,
        };
        let unknown = || outcome_unknown(unexpected("that of a transaction"));
        checked(written.ok_or_else(unknown)?)?;
        Ok(Some(message))
    }

    /// Returns the single command that makes these writes, if there is one. A command counts a ttl
    /// from the server's clock rounded down, which would let an entry expire early, so a set with a
    /// ttl takes a script.
    fn native_set(&self, ops: &[Op<'_>]) -> Option<Cmd> {
        if !ops.iter().all(|op| self.is_endless(op)) {
            return None;
        }
        let mut set = cmd(if ops.len() == 1 { "SET" } else { "MSET" });
        for op in ops {
            if let Op::Set { key, value, .. } = *op {
                self.append_string_names([key].into_iter(), &mut set);
                set.arg(value);
            }
        }
        Some(set)
    }
}
