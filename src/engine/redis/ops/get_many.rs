//! Reading many plain keys.

use std::sync::atomic::Ordering;

use redis::{Cmd, ServerErrorKind, Value, cmd};

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, checked, integer, is_error, pair};
use crate::engine::redis::client::server::Request;
use crate::engine::redis::context::Context;
use crate::engine::redis::row::version_of;
use crate::engine::redis::scripts;
use crate::error::Result;
use crate::model::{Commit, Entry, Expiry, Key, Op, Reply};

impl Context {
    /// Reads plain keys if that is all there is to do.
    pub fn get_many_strings(
        &self,
        slot: u16,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Option<Commit>> {
        let is_plain = |op: &Op<'_>| matches!(op, Op::Get { group, .. } if group.is_default());
        if ops.is_empty() || !ops.iter().all(is_plain) {
            return Ok(None);
        }
        let keys: Vec<Key<'_>> = ops.iter().filter_map(Op::key).collect();
        for (found, reply) in self.read_many(slot, &keys)?.into_iter().zip(replies) {
            *reply = Reply::Entry(found);
        }
        Ok(Some(Commit::Applied))
    }

    /// Reads plain keys of one slot at one moment.
    pub fn read_many(&self, slot: u16, keys: &[Key<'_>]) -> Result<Vec<Option<Entry>>> {
        if let Some(entries) = self.read_in_transaction(slot, keys)? {
            return Ok(entries);
        }
        self.read_by_script(slot, keys)
    }

    /// Does the same by a script alone, which a cluster can redirect and a full server runs.
    pub fn read_by_script(&self, slot: u16, keys: &[Key<'_>]) -> Result<Vec<Option<Entry>>> {
        let fill = |command: &mut Cmd| {
            self.append_string_keys(keys.iter().copied(), keys.len(), command);
        };
        let answer = self.server.run(slot, &scripts::GET_MANY, true, &fill)?;
        let Value::Array(parts) = answer else { return Err(unexpected("entries")) };
        entries_of(parts)
    }

    /// Reads plain keys by a command of the server, which takes half as long as a script that hands
    /// the values over, and in the same step when they expire, by a script. Returns `None` where that
    /// takes one script for both: on a cluster, which could not redirect them together, and on a
    /// server whose memory is full, which queues nothing.
    fn read_in_transaction(
        &self,
        slot: u16,
        keys: &[Key<'_>],
    ) -> Result<Option<Vec<Option<Entry>>>> {
        if self.server.is_cluster() {
            return Ok(None);
        }
        // The expiries take most of the time. Where no key has one, it is enough to receive that again.
        let some_expire = &self.some_expire;
        let asked = if some_expire.load(Ordering::Relaxed) { keys } else { &[] };
        let mut answer = self.send_transaction(slot, keys, asked)?;
        if matches!(&answer, Value::Array(parts) if parts.last() == Some(&Value::Nil)) {
            some_expire.store(true, Ordering::Relaxed);
            answer = self.send_transaction(slot, keys, keys)?;
        }
        let Value::Array(mut parts) = answer else { return Ok(None) };
        if let Some(last @ Value::Int(0)) = parts.last_mut() {
            some_expire.store(false, Ordering::Relaxed);
            *last = Value::Array(Vec::new());
        }
        entries_of(parts).map(Some)
    }

    /// Reads `keys`, and when those of `asked` expire.
    fn send_transaction(&self, slot: u16, keys: &[Key<'_>], asked: &[Key<'_>]) -> Result<Value> {
        let mut values = cmd("MGET");
        self.append_string_names(keys.iter().copied(), &mut values);
        let send = |name: &str, script: &str| {
            let mut expiries = cmd(name);
            expiries.arg(script);
            self.append_string_keys(asked.iter().copied(), asked.len(), &mut expiries);
            let request = Request::transaction(&[&values, &expiries], true);
            let mut replies = self.server.call(slot, &request)?;
            replies.pop().ok_or_else(|| unexpected("of a transaction"))
        };
        let answer = send("EVALSHA", scripts::EXPIRIES.hash())?;
        match &answer {
            Value::Array(parts)
                if parts.iter().any(|it| is_error(it, ServerErrorKind::NoScript)) =>
            {
                send("EVAL", scripts::EXPIRIES.text())
            }
            _ => Ok(answer),
        }
    }
}

/// Returns the entries that were read. The parts are the values, and for those that expire their number
/// and when.
fn entries_of(parts: Vec<Value>) -> Result<Vec<Option<Entry>>> {
    let (values, expiries) = pair(parts)?;
    let (Value::Array(values), Value::Array(expiries)) = (checked(values)?, checked(expiries)?)
    else {
        return Err(unexpected("entries"));
    };
    let mut entries = Vec::with_capacity(values.len());
    for value in values {
        entries.push(match value {
            Value::Nil => None,
            value => {
                let value = as_bytes(&value)?;
                let version = version_of(value);
                Some(Entry { value: value.into(), version, expires_at: None })
            }
        });
    }
    for found in expiries.chunks_exact(2) {
        let [number, expiry] = found else { return Err(unexpected("entries")) };
        let place = usize::try_from(integer(number)? - 1).ok();
        if let Some(Some(entry)) = place.and_then(|it| entries.get_mut(it)) {
            entry.expires_at = string_expiry(expiry)?;
        }
    }
    Ok(entries)
}

/// Returns when a plain key dies. It lives for its last millisecond too, so for us it dies in the
/// next.
pub fn string_expiry(reply: &Value) -> Result<Option<Expiry>> {
    let at = integer(reply)?;
    Ok((at >= 0).then(|| Expiry::at_millis(at.saturating_add(1))))
}
