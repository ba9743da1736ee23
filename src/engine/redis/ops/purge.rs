//! The purge of expired entries of named groups. The server itself removes expired string keys.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use redis::{Cmd, cmd};

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{bytes, checked, count_of, pair};
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::{Context, flag};
use crate::engine::redis::layout::Bucket;
use crate::engine::redis::scripts;
use crate::engine::stop::Stop;
use crate::error::Result;
use crate::model::{Group, GroupRange};
use crate::os::spawn;

/// The most entries that one script purges, so that no call to a server is long.
pub(crate) const STEP: usize = 1_000;
/// The most groups that one script lists.
const RELIST_PAGE: usize = 500;
/// The interval at which unlisted expiries are looked for.
const RELIST_INTERVAL: Duration = Duration::from_secs(3_600);

/// The purge thread. It ends when this is dropped.
pub(crate) struct Purger {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Purger {
    /// Spawns the thread, which purges every `interval`; returns `None` if that is zero.
    pub(crate) fn start(context: &Arc<Context>, interval: Duration) -> Result<Option<Purger>> {
        if interval.is_zero() {
            return Ok(None);
        }
        let context = context.clone();
        let stop = Arc::new(Stop::default());
        let stopped = stop.clone();
        let work = move || {
            while !stopped.wait(interval) {
                let all = GroupRange::Prefix(b"");
                // Entries that a failure leaves are purged in the next interval.
                let mut has_more = context.begin_task("purged", interval).unwrap_or(false);
                if has_more && context.begin_task("relisted", RELIST_INTERVAL).unwrap_or(false) {
                    drop(context.relist());
                }
                let (began, mut removed) = (Instant::now(), 0);
                while has_more && !stopped.is_requested() {
                    let purged = context.purge(all, STEP).unwrap_or(0);
                    removed += purged;
                    has_more = purged == STEP as u64;
                }
                context.counters.count_purge(began, removed);
            }
        };
        let thread = Some(spawn("kv-redis-purge", work)?);
        Ok(Some(Purger { stop, thread }))
    }
}

impl Drop for Purger {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            drop(thread.join());
        }
    }
}

impl Context {
    /// Removes at most `limit` expired entries of named groups in `range`; returns how many.
    pub(crate) fn purge(&self, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        if matches!(range, GroupRange::One(group) if group.is_default()) {
            return Ok(0);
        }
        let mut due = self.due_buckets(&self.buckets(range)?)?;
        // The bucket in which the last purge reached its limit has more to purge.
        let begin = self.next_bucket.load(Ordering::Relaxed);
        let after = due.partition_point(|bucket| *bucket < begin);
        due.rotate_left(after);
        let mut removed = 0;
        for bucket in due {
            removed += self.purge_bucket(bucket, range, limit - removed as usize)?;
            if removed as usize >= limit {
                self.next_bucket.store(bucket, Ordering::Relaxed);
                break;
            }
        }
        Ok(removed)
    }

    /// Lists the first expiries that could not be listed when they were set, because their list was
    /// on another node.
    pub(crate) fn relist(&self) -> Result<()> {
        let fill = |lower: &[u8], command: &mut Cmd| {
            command.arg(lower).arg("+").arg(RELIST_PAGE);
        };
        for bucket in self.buckets(GroupRange::Prefix(b""))? {
            let lower = b"-".to_vec();
            self.run_in_pages(bucket, &scripts::RELIST, lower, &fill, &mut bytes)?;
        }
        Ok(())
    }

    /// Returns whether this process does a task now: no other has begun it less than `interval`
    /// ago, and there are named groups. `field` has the time of the last one.
    fn begin_task(&self, field: &str, interval: Duration) -> Result<bool> {
        if self.buckets(GroupRange::Prefix(b""))?.is_empty() {
            return Ok(false);
        }
        let key = self.layout.layout_key();
        let fill = |command: &mut Cmd| {
            command.arg(1).arg(&key).arg(field).arg(interval.as_millis().max(1) as u64);
        };
        let slot = self.slot_of_key(&key);
        Ok(count_of(&self.server.run(slot, &scripts::BEGIN_TASK, true, &fill)?)? > 0)
    }

    /// Returns those of `buckets` in which a group may have expired entries.
    fn due_buckets(&self, buckets: &[Bucket]) -> Result<Vec<Bucket>> {
        let now = self.now()?.as_millis();
        let count_due = |bucket: &Bucket| {
            let mut count = cmd("ZCOUNT");
            count.arg(self.layout.due_key(*bucket)).arg("-inf").arg(now);
            (self.bucket_slot(*bucket), count)
        };
        let commands: Vec<_> = buckets.iter().map(count_due).collect();
        let counts = self.server.call_many(&commands)?;
        let mut due = Vec::new();
        for (bucket, count) in buckets.iter().zip(counts) {
            if count_of(&checked(count)?)? > 0 {
                due.push(*bucket);
            }
        }
        Ok(due)
    }

    /// Removes at most `limit` expired entries of the groups in `range` that are in a bucket;
    /// returns how many.
    pub(crate) fn purge_bucket(
        &self,
        bucket: Bucket,
        range: GroupRange<'_>,
        limit: usize,
    ) -> Result<u64> {
        let wanted = !self.observer.is_idle();
        self.change_and_publish(wanted, |origin| {
            let fill = |command: &mut Cmd| {
                command.arg(1).arg(self.layout.due_key(bucket));
                command.arg(self.layout.bucket(bucket)).arg(limit).arg(self.listener.channel());
                command.arg(origin).arg(flag(wanted)).arg(flag(self.server.is_cluster()));
                match range {
                    GroupRange::One(group) => command.arg(Group::as_bytes(group)),
                    GroupRange::Prefix(prefix) => command.arg(prefix).arg(""),
                };
            };
            // The script may be run twice: a second run removes further expired entries only.
            let reply = self.server.run(self.bucket_slot(bucket), &scripts::EXPIRE, true, &fill)?;
            let Value::Array(parts) = reply else { return Err(unexpected("that of a purge")) };
            let (removed, message) = pair(parts)?;
            let removed = count_of(&removed)?;
            self.counters.expirations.add(removed);
            Ok((removed, bytes(message)?))
        })
    }
}
