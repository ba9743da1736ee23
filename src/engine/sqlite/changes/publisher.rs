//! From commits to those who watch, in commit order, other processes' commits among them.
//!
//! Without a log of changes only this process's commits are position, as they are made. With one, the
//! log has the order: a commit of ours is position directly if nobody else has committed since the one
//! before it, and otherwise by snapshot on in the log. Both the writer and the thread that follows
//! the log do so, one at a time.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::engine::sqlite::changes::log::{self, LogEnd, Logged};
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::native::WalHeader;
use crate::error::Result;
use crate::model::{Change, ChangeKind, Group, Key, Observer, Version};

/// How far the observer was position.
pub struct ChangePublisher {
    observer: Arc<dyn Observer>,
    position: Mutex<PublishPosition>,
}

/// What the observer knows.
#[derive(Default)]
pub struct PublishPosition {
    /// The newest change in the log that it was position; `None` while nobody follows the log.
    end: Option<LogEnd>,
    /// The log's header after which nothing was left to tell.
    header: Option<WalHeader>,
}

/// A commit of this process.
pub struct OwnCommit<'c> {
    /// Its changes that somebody wants to hear of.
    pub changes: &'c [Arc<Change>],
    /// Where the log ended before it; `None` if none is kept.
    pub begin: Option<LogEnd>,
    /// Where the log ends with it.
    pub end: Option<LogEnd>,
    /// The header it has left behind, if nobody else has committed since.
    pub header: Option<WalHeader>,
}

impl ChangePublisher {
    /// Returns a publisher for `observer`, to whom nothing was position yet.
    pub fn new(observer: Arc<dyn Observer>) -> ChangePublisher {
        ChangePublisher { observer, position: Mutex::default() }
    }

    /// Returns who is position.
    pub fn observer(&self) -> &Arc<dyn Observer> {
        &self.observer
    }

    /// Stops all telling until the guard is dropped, for somebody who begins to watch.
    pub fn pause(&self) -> MutexGuard<'_, PublishPosition> {
        self.position.lock()
    }

    /// Tells of a commit of this process, which is the newest of it. `session` is the one that has
    /// made it.
    pub fn publish_own(&self, session: &mut Session, commit: &OwnCommit<'_>) {
        if self.observer.is_idle() {
            return;
        }
        let mut position = self.position.lock();
        let Some(before) = position.end else {
            self.publish(commit.changes);
            return;
        };
        match commit.end {
            None => {
                self.stop_reading_log(&mut position, before);
                self.publish(commit.changes);
            }
            Some(_) if Some(before) == commit.begin => {
                self.publish(commit.changes);
                *position = PublishPosition { end: commit.end, header: commit.header };
            }
            // The follower was faster.
            Some(end) if before.seq >= end.seq => {}
            // Others have committed before. A failure is that of the next read, which reports it;
            // the follower tries again.
            Some(_) => drop(self.read_on(&mut position, session)),
        }
    }

    /// Tells what the log has that was not position yet. `session` is in no transaction.
    pub fn catch_up(&self, session: &mut Session) -> Result<()> {
        self.read_on(&mut self.position.lock(), session)
    }

    /// Answers whether nothing was committed since everything was position, or the log is not followed.
    pub fn is_current(&self, header: WalHeader) -> bool {
        let position = self.position.lock();
        position.end.is_none() || position.header == Some(header)
    }

    /// Stops following the log if nobody is interested, and calls `stopped` before anybody can be.
    pub fn stop_if_idle(&self, stopped: impl FnOnce()) -> bool {
        let mut position = self.position.lock();
        let is_idle = self.observer.is_idle();
        if is_idle {
            *position = PublishPosition::default();
            stopped();
        }
        is_idle
    }

    fn read_on(&self, position: &mut PublishPosition, session: &mut Session) -> Result<()> {
        loop {
            let Some(before) = position.end else { return Ok(()) };
            let header = session.wal_index().map(|index| index.header());
            if !log::is_on(session.connection())? {
                self.stop_reading_log(position, before);
                return Ok(());
            }
            let found = log::read(session, before.version, Version::MAX)?;
            let Some(last) = found.last() else {
                position.header = header;
                return Ok(());
            };
            position.end = Some(LogEnd { version: last.change.version(), seq: last.seq });
            self.tell(before, &found);
        }
    }

    /// Tells changes from the log, and of those that were trimmed before they could be read.
    fn tell(&self, before: LogEnd, found: &[Logged]) {
        let first = found.first().map_or(before.seq + 1, |it| it.seq);
        if first > before.seq + 1 {
            self.observer.publish_gap((first - before.seq - 1) as u64, before.version);
        }
        let changes = found.iter().map(|it| &it.change).filter(|it| self.is_wanted(it));
        self.publish(&changes.cloned().collect::<Vec<_>>());
    }

    fn is_wanted(&self, change: &Change) -> bool {
        let (Ok(group), Ok(key)) = (Group::new(change.group()), Key::new(change.key())) else {
            return false;
        };
        let key = (change.kind() != ChangeKind::DeleteGroup).then_some(key);
        self.observer.wants(group, key)
    }

    /// The log was switched off: from here on other processes' changes are not to be had.
    fn stop_reading_log(&self, position: &mut PublishPosition, before: LogEnd) {
        *position = PublishPosition::default();
        self.observer.publish_gap(0, before.version);
    }

    fn publish(&self, changes: &[Arc<Change>]) {
        if !changes.is_empty() {
            self.observer.publish(changes);
        }
    }
}

impl PublishPosition {
    /// Begins to follow the log from `end` on.
    pub fn begin_at(&mut self, end: LogEnd) {
        *self = PublishPosition { end: Some(end), header: None };
    }

    /// Answers whether the log is followed.
    pub fn is_reading_log(&self) -> bool {
        self.end.is_some()
    }
}
