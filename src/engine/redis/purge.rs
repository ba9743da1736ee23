//! How the dead of named groups go. Those of the default group the server removes by itself.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use redis::{Cmd, Value, cmd};

use crate::engine::PURGE_STEP;
use crate::engine::redis::core::{Core, flag, homes_of};
use crate::engine::redis::error::unexpected;
use crate::engine::redis::layout::Home;
use crate::engine::redis::reply::{bytes, checked, count_of, pair};
use crate::engine::redis::script;
use crate::error::Result;
use crate::model::{Group, GroupRange};
use crate::os::spawn;

/// A thread that purges now and then.
pub struct Purger {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Purger {
    /// Starts to purge every `interval`; never, if it is zero.
    pub fn start(core: &Arc<Core>, interval: Duration) -> Result<Option<Purger>> {
        if interval.is_zero() {
            return Ok(None);
        }
        let core = core.clone();
        let (end, ended) = mpsc::channel();
        let work = move || {
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                let all = GroupRange::Prefix(b"");
                // What cannot be purged now is purged later.
                while core.purge(all, PURGE_STEP).is_ok_and(|it| it == PURGE_STEP as u64)
                    && ended.try_recv() == Err(mpsc::TryRecvError::Empty)
                {}
            }
        };
        let thread = Some(spawn("kv-redis-purge", work)?);
        Ok(Some(Purger { end: Some(end), thread }))
    }
}

impl Drop for Purger {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It has no panic to pass on that was not told already.
            drop(thread.join());
        }
    }
}

impl Core {
    /// Removes at most `limit` dead entries of named groups in `range`.
    pub fn purge(&self, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        if matches!(range, GroupRange::One(group) if group.is_default()) {
            return Ok(0);
        }
        let homes = homes_of(range);
        let count = usize::from(*homes.end() - *homes.start()) + 1;
        // Where the last purge has left off, there is the most to do.
        let begin = self.next_home.load(Ordering::Relaxed);
        let begin = if homes.contains(&begin) { begin } else { *homes.start() };
        let due = self.due_homes(homes.clone())?;
        let mut removed = 0;
        for step in 0..count {
            let home = (usize::from(begin - *homes.start()) + step) % count;
            let home = *homes.start() + home as Home;
            if !due.contains(&home) {
                continue;
            }
            removed += self.purge_home(home, range, limit - removed as usize)?;
            if removed as usize >= limit {
                self.next_home.store(home, Ordering::Relaxed);
                break;
            }
        }
        self.expirations.fetch_add(removed, Ordering::Relaxed);
        Ok(removed)
    }

    /// Returns the homes in which something may have died.
    fn due_homes(&self, homes: RangeInclusive<Home>) -> Result<Vec<Home>> {
        let now = self.now()?.as_millis();
        let look = |home| {
            let mut look = cmd("ZCOUNT");
            look.arg([&self.layout.home(home)[..], b"d"].concat()).arg("-inf").arg(now);
            (self.home_slot(home), look)
        };
        let looks: Vec<_> = homes.clone().map(look).collect();
        let counts = self.server.call_many(&looks)?;
        let mut due = Vec::new();
        for (home, count) in homes.zip(counts) {
            if count_of(&checked(count)?)? > 0 {
                due.push(home);
            }
        }
        Ok(due)
    }

    fn purge_home(&self, home: Home, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        let wanted = !self.observer.is_idle();
        self.tell_of(wanted, |origin| {
            let fill = |command: &mut Cmd| {
                self.append_home_keys(home, command);
                command.arg(self.layout.home(home)).arg(limit).arg(self.feed.channel());
                command.arg(origin).arg(flag(wanted)).arg(flag(self.server.is_cluster()));
                match range {
                    GroupRange::One(group) => command.arg(Group::as_bytes(group)),
                    GroupRange::Prefix(prefix) => command.arg(prefix).arg(""),
                };
            };
            // What was removed once is not there to be removed again.
            let answer = self.server.run(self.home_slot(home), &script::EXPIRE, true, &fill)?;
            let Value::Array(parts) = answer else { return Err(unexpected("of a purge")) };
            let (removed, message) = pair(parts)?;
            Ok((count_of(&removed)?, bytes(message)?))
        })
    }
}
