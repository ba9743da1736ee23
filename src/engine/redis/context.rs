//! The context of calls: the server, and the parts that all operations and threads share.

use std::ops::{Deref, RangeInclusive};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8};

use redis::{Cmd, ServerErrorKind, Value, cmd};

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::counters::Counters;
use crate::engine::poison::Poison;
use crate::engine::redis::client::reply::{checked, count_of, is_error, time_of};
use crate::engine::redis::client::script::Script;
use crate::engine::redis::client::server::Server;
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::layout::{BUCKETS, Bucket, Layout, bucket_of, bucket_of_unit};
use crate::engine::redis::listen::listener::ChangeListener;
use crate::engine::redis::refusal::two_slots;
use crate::engine::redis::scripts;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Group, GroupRange, Key, Namespace, Observer, Op, SetExpiry, Values, prefix_end,
};

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
    /// The bucket at which the next purge begins.
    pub next_bucket: AtomicU8,
    /// Counters of reads, commits and purged entries.
    pub counters: Counters,
}

impl Context {
    /// Returns the context of calls that end when `call` has to.
    pub(super) fn bind(&self, call: &CallContext) -> Context {
        Context { server: Arc::new(self.server.bind(call)), shared: self.shared.clone() }
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
            _ => Ok(slot_of(&self.layout.bucket(bucket_of(group)))),
        }
    }

    /// Returns the slot of a bucket.
    pub(super) fn bucket_slot(&self, bucket: Bucket) -> u16 {
        if self.server.is_cluster() { slot_of(&self.layout.bucket(bucket)) } else { 0 }
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

    /// Runs a script in each of `buckets` and returns the replies.
    pub(super) fn run_in_buckets(
        &self,
        buckets: impl IntoIterator<Item = Bucket>,
        script: &Script,
        fill: &dyn Fn(&[u8], &mut Cmd),
    ) -> Result<Vec<Value>> {
        let fill_in = |bucket: Bucket, command: &mut Cmd| {
            self.append_bucket_keys(bucket, command);
            fill(&self.layout.bucket(bucket), command);
        };
        let command_in = |bucket: Bucket| {
            let mut command = cmd("EVALSHA");
            command.arg(script.hash());
            fill_in(bucket, &mut command);
            (self.bucket_slot(bucket), command)
        };
        let run = |bucket: Bucket| {
            self.server.run(self.bucket_slot(bucket), script, true, &|it| fill_in(bucket, it))
        };
        let buckets: Vec<Bucket> = buckets.into_iter().collect();
        let commands: Vec<_> = buckets.iter().map(|bucket| command_in(*bucket)).collect();
        let replies = buckets.iter().zip(self.server.call_many(&commands)?);
        let reply_of = |(bucket, reply): (&Bucket, Value)| {
            // A server that does not have the script receives its text.
            let is_unknown = is_error(&reply, ServerErrorKind::NoScript);
            if is_unknown { run(*bucket) } else { checked(reply) }
        };
        replies.map(reply_of).collect()
    }

    /// Appends the number and names of the keys with the lists of a bucket.
    pub(super) fn append_bucket_keys(&self, bucket: Bucket, command: &mut Cmd) {
        let name = self.layout.bucket(bucket);
        command.arg(2).arg([&name[..], b"g"].concat()).arg([&name[..], b"d"].concat());
    }

    /// Appends the number and names of the keys of a named group.
    pub(super) fn append_group_keys(&self, group: Group<'_>, command: &mut Cmd) {
        let keys = self.layout.group_keys(group);
        command.arg(keys.len()).arg(&keys);
    }

    /// Counts the live entries of named groups in `range`.
    pub(super) fn count_named(&self, range: GroupRange<'_>) -> Result<u64> {
        let fill = |bucket: &[u8], command: &mut Cmd| match range {
            GroupRange::One(group) => {
                command.arg(bucket).arg(group.as_bytes());
            }
            GroupRange::Prefix(prefix) => {
                command.arg(bucket).arg(prefix).arg(prefix_end(prefix).unwrap_or_default());
            }
        };
        let replies = self.run_in_buckets(buckets_of(range), &scripts::COUNT, &fill)?;
        replies.iter().map(count_of).sum()
    }
}

/// Returns the buckets in which groups of `range` may be.
pub(super) fn buckets_of(range: GroupRange<'_>) -> RangeInclusive<Bucket> {
    let one = match range {
        GroupRange::One(group) => Some(bucket_of(group)),
        // All groups of a namespace are in one bucket.
        GroupRange::Prefix(prefix) => {
            Group::new(prefix).ok().and_then(Namespace::name_in).map(bucket_of_unit)
        }
    };
    match one {
        Some(bucket) => bucket..=bucket,
        None => 0..=(BUCKETS - 1) as Bucket,
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
pub(super) fn spell_values(values: Values) -> &'static str {
    match values {
        Values::Bytes => "b",
        Values::Sizes => "s",
        Values::None => "v",
    }
}

/// Returns the spelling of a flag in scripts.
pub(super) fn flag(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}
