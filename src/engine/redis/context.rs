//! The context of calls: the server, and the parts that all operations and threads share.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16};

use redis::{Cmd, ServerErrorKind, cmd};

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::counters::Counters;
use crate::engine::poison::Poison;
use crate::engine::redis::client::reply::{checked, is_error, time_of};
use crate::engine::redis::client::script::Script;
use crate::engine::redis::client::server::Server;
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::layout::{Bucket, Layout};
use crate::engine::redis::listen::listener::ChangeListener;
use crate::engine::redis::pieces::keys::PieceKeys;
use crate::engine::redis::pieces::lease::Leases;
use crate::engine::redis::pieces::writing::Writing;
use crate::engine::redis::refusal::two_slots;
use crate::engine::redis::rights::Rights;
use crate::engine::redis::row::version_text;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, Key, Observer, Op, PIECE_LEN, SetExpiry, Values, Version};

/// The shared parts of the engine with a server that is bound to one call.
pub(super) struct Context {
    /// The server or cluster.
    pub server: Arc<Server>,
    /// The shared parts.
    pub shared: Arc<Shared>,
}

impl Deref for Context {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// The parts that the engine and its threads share.
pub(super) struct Shared {
    /// The layout of the keys.
    pub layout: Layout,
    /// The expiry of entries that are written without a ttl.
    pub default_expiry: SetExpiry,
    /// Whether scans may be read in several steps.
    pub live_scans: bool,
    /// The observer, to which changes are published.
    pub observer: Arc<dyn Observer>,
    /// The listener, which receives changes from the servers.
    pub listener: ChangeListener,
    /// Whether keys of the server had an expiry when that was last read.
    pub some_expire: AtomicBool,
    /// The poison flag.
    pub poison: Poison,
    /// The rights of the user.
    pub rights: Rights,
    /// The most bytes of a value that is written in pieces.
    pub stream_max: u64,
    /// The values that are being written in pieces.
    pub writing: Writing,
    /// The leases of pieces.
    pub leases: Leases,
    /// The bucket at which the next purge begins.
    pub next_bucket: AtomicU16,
    /// Counters of reads, commits and purged entries.
    pub counters: Counters,
}

impl Context {
    /// Returns the context of calls that end when `call` has to.
    pub(super) fn bind(&self, call: &CallContext) -> Context {
        Context { server: Arc::new(self.server.bind(call)), shared: self.shared.clone() }
    }

    /// Fails if the store is poisoned, or the user may not write.
    pub(super) fn check_write(&self) -> Result<()> {
        self.poison.check()?;
        self.rights.check_write()
    }

    /// Returns the time of the server, on a cluster of one node.
    pub(super) fn now(&self) -> Result<Timestamp> {
        time_of(&checked(self.server.call_one(0, &cmd("TIME"))?)?)
    }

    /// Returns the slot of an entry.
    pub(super) fn slot(&self, group: Group<'_>, key: &[u8]) -> Result<u16> {
        match group.as_bytes() {
            // Only a cluster has slots.
            _ if !self.server.is_cluster() => Ok(0),
            [] => Ok(slot_of(&self.layout.string_key(key)?)),
            _ => Ok(self.bucket_slot(self.layout.bucket_of(group))),
        }
    }

    /// Returns the slot of a bucket.
    pub(super) fn bucket_slot(&self, bucket: Bucket) -> u16 {
        if self.server.is_cluster() { slot_of(&self.layout.bucket(bucket)) } else { 0 }
    }

    /// Returns the keys of the pieces of a value of `size` bytes with this version, which is the
    /// number of its stream.
    pub(super) fn piece_keys(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        version: Version,
        size: u64,
    ) -> Result<PieceKeys> {
        let count = (!group.is_default()).then(|| size.div_ceil(PIECE_LEN as u64));
        let bucket = match count {
            Some(_) => self.layout.bucket_of(group),
            None => slot_of(&self.layout.string_key(key.as_bytes())?),
        };
        let base = self.layout.pieces(bucket, &version_text(version));
        Ok(PieceKeys { slot: self.bucket_slot(bucket), base, count })
    }

    /// Returns the slot of all steps; fails if two of them are in different slots.
    pub(super) fn common_slot(&self, ops: &[Op<'_>]) -> Result<u16> {
        let mut common: Option<(u16, &Op<'_>)> = None;
        for op in ops {
            let key = op.key().map_or(&b""[..], Key::as_bytes);
            if op.group().is_default() {
                self.layout.check_string_key(key)?;
                if op.key().is_none() {
                    self.check_string_scan()?;
                }
            }
            let slot = self.slot(op.group(), key)?;
            match common {
                Some((known, first)) if known != slot => {
                    return Err(two_slots(label(first), label(op)));
                }
                _ => common = Some((slot, op)),
            }
        }
        Ok(common.map_or(0, |(slot, _)| slot))
    }

    /// Fails if a scan of all string keys cannot be a snapshot, because they are in several slots.
    pub(super) fn check_string_scan(&self) -> Result<()> {
        if !self.server.is_cluster() || self.layout.is_one_slot() {
            return Ok(());
        }
        let message = "the default group of a cluster is in all slots, so a scan of it is not one \
                       snapshot: use named groups, a prefix such as {app}, or do without a \
                       snapshot (scans=live)";
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    /// Runs a script once for each of `inputs`, which may be done twice, and returns the replies.
    /// The first part of an input is its slot; `fill` appends the number of keys, the keys and the
    /// arguments of the other.
    pub(super) fn run_for_each<T>(
        &self,
        inputs: &[(u16, T)],
        script: &Script,
        fill: &dyn Fn(&T, &mut Cmd),
    ) -> Result<Vec<Value>> {
        let command_of = |(slot, input): &(u16, T)| {
            let mut command = cmd("EVALSHA");
            command.arg(script.hash());
            fill(input, &mut command);
            (*slot, command)
        };
        let commands: Vec<_> = inputs.iter().map(command_of).collect();
        let replies = inputs.iter().zip(self.server.call_many(&commands)?);
        let reply_of = |((slot, input), reply): (&(u16, T), Value)| {
            // A server that does not have the script receives its text.
            if !is_error(&reply, ServerErrorKind::NoScript) {
                return checked(reply);
            }
            self.server.run(*slot, script, true, &|command| fill(input, command))
        };
        replies.map(reply_of).collect()
    }

    /// Appends the number and name of the key of a named group, its bucket and its name.
    pub(super) fn append_group(&self, group: Group<'_>, command: &mut Cmd) {
        command.arg(1).arg(self.layout.hash(group));
        command.arg(self.layout.bucket(self.layout.bucket_of(group))).arg(group.as_bytes());
    }
}

/// Returns the name of a step in an error message: its group, or its key in the default group.
fn label<'a>(op: &Op<'a>) -> &'a [u8] {
    match op.group().as_bytes() {
        [] => op.key().map_or(&b""[..], Key::as_bytes),
        group => group,
    }
}

/// Returns the spelling in scripts of the part of a value that a scan returns.
pub(super) fn spell_values(values: Values) -> String {
    match values {
        Values::Bytes => "b".to_owned(),
        Values::UpTo(max) => format!("u{max}"),
        Values::Sizes => "s".to_owned(),
        Values::None => "v".to_owned(),
    }
}

/// Returns the spelling of a flag in scripts.
pub(super) fn flag(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}
