//! Commits: a batch is run, and the publication of its changes is awaited.

use std::sync::Arc;
use std::time::Instant;

use redis::Cmd;

use crate::engine::redis::client::error::{is_from_script, outcome_unknown};
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::{Context, flag};
use crate::engine::redis::listen::message::Message;
use crate::engine::redis::ops::purge;
use crate::engine::redis::ops::steps::{self, Outcome, Ran};
use crate::engine::redis::options::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use crate::engine::redis::refusal::groups_apart;
use crate::engine::redis::scripts;
use crate::error::{ErrorKind, Result};
use crate::model::{
    Change, Commit, Condition, Entry, EntryInfo, Group, GroupRange, Key, Op, Reply, VALUE_LEN_MAX,
};

/// The most string keys that one step of a live deletion deletes.
const DELETES_MAX: usize = 100;

impl Context {
    /// Runs a batch by the fastest commands or script that can do it.
    pub(crate) fn commit(&self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        if ops.iter().any(|op| matches!(op, Op::DeleteAll { .. })) {
            return Err(groups_apart());
        }
        let slot = self.common_slot(ops)?;
        let is_write = ops.iter().any(Op::is_write);
        if !is_write && let Some(commit) = self.get_many_strings(slot, ops, replies)? {
            return Ok(commit);
        }
        let wanted = self.is_wanted(ops);
        let committed = self.change_and_publish(wanted, |origin| {
            let ran = self.run_batch(slot, ops, replies, origin, wanted)?;
            Ok(((ran.commit, ran.pieces), ran.message))
        });
        self.writing.note_commit(ops, &committed);
        let (commit, pieces) = committed?;
        if is_write && commit == Commit::Applied {
            self.counters.count_transaction(1);
        }
        for (index, info) in pieces {
            let (Some(op), Some(reply)) = (ops.get(index), replies.get_mut(index)) else {
                continue;
            };
            let Some(key) = op.key() else { continue };
            let value = self.whole(op.group(), key, info).map_err(|error| match is_write {
                true => error.context("the steps were made, but a value could not be read"),
                false => error,
            })?;
            let EntryInfo { version, expires_at, .. } = info;
            *reply = Reply::Entry(Some(Entry { value: value.into(), version, expires_at }));
        }
        Ok(commit)
    }

    /// Runs a batch, or deletes the string keys of one step page after page.
    pub(crate) fn commit_or_delete_live(
        &self,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        match self.delete_strings_live(ops, replies)? {
            Some(commit) => Ok(commit),
            None => self.commit(ops, replies),
        }
    }

    /// Deletes all groups whose names begin with `prefix`, each in a step of its own; with an empty
    /// prefix, the string keys as well.
    pub(crate) fn delete_all(&self, prefix: &[u8], reply: &mut Reply) -> Result<Commit> {
        let mut names: Vec<_> = self.count_groups(prefix)?.into_iter().map(|it| it.0).collect();
        if prefix.is_empty() {
            names.push(Vec::new());
        }
        names.sort_unstable();
        let mut removed = 0;
        for name in names {
            let delete = Op::DeletePrefix { group: Group::new(&name)?, prefix: b"" };
            let mut deleted = [Reply::None];
            self.commit_or_delete_live(&[delete], &mut deleted)?;
            if let [Reply::Removed(count)] = deleted {
                removed += count;
            }
        }
        *reply = Reply::Removed(removed);
        Ok(Commit::Applied)
    }

    /// Deletes the string keys with a prefix page after page, if scans are live and the batch is
    /// this one step; otherwise returns `None`.
    fn delete_strings_live(&self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Option<Commit>> {
        let ([Op::DeletePrefix { group, prefix }], [reply]) = (ops, replies) else {
            return Ok(None);
        };
        if !self.live_scans || !group.is_default() {
            return Ok(None);
        }
        let is_together = !self.server.is_cluster() || self.layout.is_one_slot();
        let mut removed = 0;
        self.scan_strings(prefix, &mut |mut keys| {
            keys.sort_unstable();
            for page in keys.chunks(if is_together { DELETES_MAX } else { 1 }) {
                let delete = |key| {
                    let (group, key) = (*group, Key::new(key)?);
                    Ok(Op::Delete { group, key, condition: Condition::Any })
                };
                let deletes: Vec<_> = page.iter().map(|it| delete(it)).collect::<Result<_>>()?;
                let mut deleted: Vec<_> = page.iter().map(|_| Reply::None).collect();
                self.commit(&deletes, &mut deleted)?;
                removed += deleted.iter().filter(|it| **it == Reply::Deleted(true)).count() as u64;
            }
            Ok(true)
        })?;
        *reply = Reply::Removed(removed);
        Ok(Some(Commit::Applied))
    }

    /// Runs `make`, which changes the store and returns its result with the message of its changes.
    /// If `wanted`, waits until this process has received and published that message, and runs the
    /// callbacks. `make` receives the origin for the message.
    pub(crate) fn change_and_publish<T>(
        &self,
        wanted: bool,
        make: impl FnOnce(&str) -> Result<(T, Vec<u8>)>,
    ) -> Result<T> {
        let begun = Instant::now();
        let (number, origin) = self.listener.origin();
        let expected = wanted && self.listener.expect(number);
        let made = make(&origin);
        let message = made.as_ref().map_or(&b""[..], |(_, message)| message);
        if expected && !message.is_empty() {
            self.listener.wait_for(number, begun, message);
        } else if expected {
            self.listener.forget(number);
        }
        let (made, message) = made?;
        if wanted {
            self.call_back(&message);
        }
        Ok(made)
    }

    /// Returns whether the observer selects a key or group that the steps write to.
    fn is_wanted(&self, ops: &[Op<'_>]) -> bool {
        let wants = |op: &Op<'_>| op.is_write() && self.observer.wants(op.group(), op.key());
        !self.observer.is_idle() && ops.iter().any(wants)
    }

    /// Runs the callbacks for the changes in a message.
    fn call_back(&self, message: &[u8]) {
        if let Some(message) = Message::parse(message) {
            let is_wanted = |it: &Arc<Change>| {
                let key = Key::new(it.key()).ok();
                Group::new(it.group()).is_ok_and(|group| self.observer.wants(group, key))
            };
            let changes: Vec<_> = message.changes.into_iter().filter(is_wanted).collect();
            self.observer.call_back(&changes);
        }
    }

    fn run_batch(
        &self,
        slot: u16,
        ops: &[Op<'_>],
        replies: &mut [Reply],
        origin: &str,
        wanted: bool,
    ) -> Result<Outcome> {
        if let Some(outcome) = self.set_strings(slot, ops, replies, origin, wanted)? {
            return Ok(outcome);
        }
        let mut is_registered = false;
        loop {
            let ran = self.run_script(slot, ops, origin, wanted, is_registered)?;
            match steps::read(ran, ops, replies)? {
                Ran::Done(outcome) => return Ok(outcome),
                Ran::Unregistered => {
                    self.register(ops)?;
                    is_registered = true;
                }
                // Expired entries make room, some at a time.
                Ran::OverQuota { namespace, error } => {
                    let groups = [&namespace[..], b":"].concat();
                    let (bucket, range) = (slot_of(&namespace), GroupRange::Prefix(&groups));
                    if self.purge_bucket(bucket, range, purge::STEP)? == 0 {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn run_script(
        &self,
        slot: u16,
        ops: &[Op<'_>],
        origin: &str,
        wanted: bool,
        is_registered: bool,
    ) -> Result<Value> {
        let keys = steps::keys(ops, &self.layout);
        let fill = |command: &mut Cmd| {
            command.arg(keys.len()).arg(&keys);
            command.arg(self.layout.string_prefix()).arg(self.listener.channel()).arg(origin);
            command.arg(flag(wanted)).arg(flag(self.server.is_cluster())).arg(flag(is_registered));
            command.arg(SCAN_KEYS_MAX).arg(SCAN_BYTES_MAX).arg(VALUE_LEN_MAX);
            steps::append(ops, self, command);
        };
        let is_read = !ops.iter().any(Op::is_write);
        let ran = self.server.run(slot, &scripts::COMMIT, is_read, &fill);
        ran.map_err(|error| match error.kind() {
            // A right that was taken away while the store is open may end a script in its middle.
            ErrorKind::Permission if !is_read && is_from_script(&error) => outcome_unknown(error),
            _ => error,
        })
    }
}
