//! Writing plain keys, whatever is under them.

use redis::{Cmd, Value, cmd};

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{bytes, checked};
use crate::engine::redis::client::server::Request;
use crate::engine::redis::context::{Context, flag};
use crate::engine::redis::listen::message;
use crate::engine::redis::ops::steps::{Outcome, resolved, spell_expiry};
use crate::engine::redis::row::version_of;
use crate::engine::redis::scripts;
use crate::error::Result;
use crate::model::{Commit, Condition, Op, Reply, SetExpiry};

/// What is told twice, once as a value and once to those who watch, even if there are none.
const TOLD_BYTES_MAX: usize = 256 << 10;

impl Context {
    /// Sets plain keys if that is all there is to do, whatever is under them.
    pub fn set_strings(
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
        Ok(Some(Outcome { commit: Commit::Applied, message }))
    }

    /// Sets one plain key, or many that never expire, and returns the message; `None` for others.
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
                    command.arg(self.layout.plain());
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
                    command.arg(self.layout.plain());
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

    /// Answers whether a write is one of a key that never expires.
    fn is_endless(&self, op: &Op<'_>) -> bool {
        let Op::Set { expiry, .. } = op else { return false };
        let expiry = resolved(*expiry, self.default_expiry);
        matches!(expiry, SetExpiry::Default | SetExpiry::Never | SetExpiry::After(0))
    }

    /// Sets plain keys by commands of the server, which it does quicker than a script, and has them
    /// told in the same step; returns the message, or `None` where that takes a script: on a cluster,
    /// where a message says which server it came from, and where it would be long.
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
        if self.server.is_cluster() || ops.iter().map(len).sum::<usize>() > TOLD_BYTES_MAX {
            return Ok(None);
        }
        let Some(write) = self.native_set(ops) else { return Ok(None) };
        let message = message::of_sets(origin, ops);
        let mut publish = cmd("PUBLISH");
        publish.arg(self.listener.channel()).arg(&message);
        let request = Request::transaction(&[&write, &publish], false);
        let replies = self.server.call(slot, &request)?;
        for reply in replies {
            match checked(reply)? {
                Value::Array(executed) => {
                    executed.into_iter().try_for_each(|it| checked(it).map(drop))?
                }
                Value::Nil => return Err(unexpected("of a transaction")),
                _ => {}
            }
        }
        Ok(Some(message))
    }

    /// Returns the command that makes these writes, if one does.
    fn native_set(&self, ops: &[Op<'_>]) -> Option<Cmd> {
        /// Beyond this the server's sum of now and a ttl might have no 64 bits.
        const TTL_MAX: i64 = 1 << 52;
        if let [Op::Set { key, value, expiry, .. }] = *ops {
            let mut set = cmd("SET");
            self.append_string_names([key].into_iter(), &mut set);
            set.arg(value);
            match resolved(expiry, self.default_expiry) {
                SetExpiry::Default | SetExpiry::Never | SetExpiry::After(0) => {}
                // A plain key lives for its last millisecond too.
                SetExpiry::After(ms @ 2..=TTL_MAX) => drop(set.arg("PX").arg(ms - 1)),
                _ => return None,
            }
            return Some(set);
        }
        if !ops.iter().all(|op| self.is_endless(op)) {
            return None;
        }
        let mut set = cmd("MSET");
        for op in ops {
            if let Op::Set { key, value, .. } = *op {
                self.append_string_names([key].into_iter(), &mut set);
                set.arg(value);
            }
        }
        Some(set)
    }
}
