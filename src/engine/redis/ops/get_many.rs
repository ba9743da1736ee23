//! Reads of many string keys.

use std::sync::atomic::Ordering;

use redis::{Cmd, ServerErrorKind, cmd};

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, checked, integer, is_error, pair};
use crate::engine::redis::client::request::Request;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::row::version_of;
use crate::engine::redis::scripts;
use crate::error::Result;
use crate::model::{Commit, Entry, Expiry, Key, Op, Reply};

impl Context {
    /// Reads string keys, if the batch has no other steps; otherwise returns `None`.
    pub(crate) fn get_many_strings(
        &self,
        slot: u16,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Option<Commit>> {
        let is_string_get = |op: &Op<'_>| matches!(op, Op::Get { group, .. } if group.is_default());
        if ops.is_empty() || !ops.iter().all(is_string_get) {
            return Ok(None);
        }
        let keys: Vec<Key<'_>> = ops.iter().filter_map(Op::key).collect();
        for (found, reply) in self.read_many(slot, &keys)?.into_iter().zip(replies) {
            *reply = Reply::Entry(found);
        }
        Ok(Some(Commit::Applied))
    }

    /// Reads string keys of one slot at one moment.
    pub(crate) fn read_many(&self, slot: u16, keys: &[Key<'_>]) -> Result<Vec<Option<Entry>>> {
        if let Some(entries) = self.read_in_transaction(slot, keys)? {
            return Ok(entries);
        }
        self.read_by_script(slot, keys)
    }

    /// Reads string keys by a script, which a cluster can redirect and a server with full memory
    /// runs.
    pub(crate) fn read_by_script(&self, slot: u16, keys: &[Key<'_>]) -> Result<Vec<Option<Entry>>> {
        let fill = |command: &mut Cmd| {
            self.append_string_keys(keys.iter().copied(), keys.len(), command);
        };
        let reply = self.server.run(slot, &scripts::GET_MANY, true, &fill)?;
        let Value::Array(parts) = reply else { return Err(unexpected("entries")) };
        entries_of(parts)
    }

    /// Reads string keys by MGET, which takes half as long as a script that returns the values, and
    /// their expiries by a script in the same transaction. Returns `None` where one script has to
    /// do both: on a cluster, which cannot redirect a transaction, and on a server with full
    /// memory, which queues no commands.
    fn read_in_transaction(
        &self,
        slot: u16,
        keys: &[Key<'_>],
    ) -> Result<Option<Vec<Option<Entry>>>> {
        if self.server.is_cluster() {
            return Ok(None);
        }
        // The expiries take most of the time. If no key of the server had one, the script only
        // checks that this still holds.
        let some_expire = &self.some_expire;
        let expiring = if some_expire.load(Ordering::Relaxed) { keys } else { &[] };
        let mut reply = self.send_transaction(slot, keys, expiring)?;
        if matches!(&reply, Value::Array(parts) if parts.last() == Some(&Value::Nil)) {
            some_expire.store(true, Ordering::Relaxed);
            reply = self.send_transaction(slot, keys, keys)?;
        }
        let Value::Array(mut parts) = reply else { return Ok(None) };
        if let Some(last @ Value::Int(0)) = parts.last_mut() {
            some_expire.store(false, Ordering::Relaxed);
            *last = Value::Array(Vec::new());
        }
        entries_of(parts).map(Some)
    }

    /// Reads the values of `keys` and the expiries of `expiring`; an empty `expiring` checks that
    /// no key of the server has one.
    fn send_transaction(&self, slot: u16, keys: &[Key<'_>], expiring: &[Key<'_>]) -> Result<Value> {
        let mut values = cmd("MGET");
        self.append_string_names(keys.iter().copied(), &mut values);
        let send = |name: &str, script: &str| {
            let mut expiries = cmd(name);
            expiries.arg(script);
            self.append_string_keys(expiring.iter().copied(), expiring.len(), &mut expiries);
            let request = Request::transaction(&[&values, &expiries], true);
            let mut replies = self.server.call(slot, &request)?;
            replies.pop().ok_or_else(|| unexpected("that of a transaction"))
        };
        let reply = send("EVALSHA", scripts::EXPIRIES.hash())?;
        match &reply {
            Value::Array(parts)
                if parts.iter().any(|it| is_error(it, ServerErrorKind::NoScript)) =>
            {
                send("EVAL", scripts::EXPIRIES.text())
            }
            _ => Ok(reply),
        }
    }
}

/// Returns the entries of a reply. Its parts are the values, and a list with the number and expiry
/// of each that has one.
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
        let index = usize::try_from(integer(number)? - 1).ok();
        if let Some(Some(entry)) = index.and_then(|it| entries.get_mut(it)) {
            entry.expires_at = string_expiry(expiry)?;
        }
    }
    Ok(entries)
}

/// Returns the expiry of a string key. The server keeps the key during its last millisecond too, so
/// the expiry here is one millisecond later.
pub(crate) fn string_expiry(reply: &Value) -> Result<Option<Expiry>> {
    let at = integer(reply)?;
    Ok((at >= 0).then(|| Expiry::at_millis(at.saturating_add(1))))
}
