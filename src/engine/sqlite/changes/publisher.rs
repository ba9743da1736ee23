//! Publishes commits to the observer in commit order, those of other processes included.
//!
//! Without a change log only this process's commits are published, as they are made; those of
//! others are hints to calls that wait. With one, the
//! log has the order. A commit of this process is published directly if no other process has
//! committed since the last published change; otherwise the publisher reads on in the log. Both the
//! writer and the WAL watcher publish, one at a time.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::engine::sqlite::changes::log::{self, LogEnd, Page};
use crate::engine::sqlite::file::schema::has_change_log;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::native::WalHeader;
use crate::error::Result;
use crate::model::{Change, ChangeKind, Group, Key, Observer, Version};

/// Publishes changes, and knows the last one that it has published.
pub(crate) struct ChangePublisher {
    observer: Arc<dyn Observer>,
    position: Mutex<PublishPosition>,
}

/// The position of the last change that was published.
#[derive(Default)]
pub(crate) struct PublishPosition {
    /// Its position in the change log; `None` while the log is not read.
    end: Option<LogEnd>,
    /// Whether watches are open that began without a log, or whose log was switched off.
    awaits_log: bool,
    /// The WAL header with which every change in the log was published, or with which there was no
    /// log.
    header: Option<WalHeader>,
}

/// A commit of this process.
pub(crate) struct OwnCommit<'c> {
    /// Its changes that the observer selects.
    pub changes: &'c [Arc<Change>],
    /// The end of the change log before it; `None` without one.
    pub begin: Option<LogEnd>,
    /// The end of the change log after it.
    pub end: Option<LogEnd>,
    /// The WAL header after it, if no other process has committed since.
    pub header: Option<WalHeader>,
}

impl ChangePublisher {
    /// Returns a publisher to `observer` that has published nothing yet.
    pub(crate) fn new(observer: Arc<dyn Observer>) -> ChangePublisher {
        ChangePublisher { observer, position: Mutex::default() }
    }

    /// Returns the observer.
    pub(crate) fn observer(&self) -> &Arc<dyn Observer> {
        &self.observer
    }

    /// Blocks all publication until the guard is dropped, so that a watch can begin.
    pub(crate) fn pause(&self) -> MutexGuard<'_, PublishPosition> {
        self.position.lock()
    }

    /// Publishes the newest commit of this process, which `session` has made.
    pub(crate) fn publish_own(&self, session: &mut Session, commit: &OwnCommit<'_>) {
        if self.observer.is_idle() {
            return;
        }
        let mut position = self.position.lock();
        let Some(before) = position.end else {
            if commit.end.is_some() && position.awaits_log {
                // Another process has switched the log on. After a failure the WAL watcher tries
                // again.
                drop(self.read_on(&mut position, session));
            } else {
                self.publish(commit.changes);
                position.header = commit.header;
            }
            return;
        };
        match commit.end {
            None => {
                self.stop_reading_log(&mut position, before);
                self.publish(commit.changes);
            }
            Some(_) if Some(before) == commit.begin => {
                self.publish(commit.changes);
                (position.end, position.header) = (commit.end, commit.header);
            }
            // The WAL watcher has published it already.
            Some(end) if before.version >= end.version => {}
            // Other processes have committed before it. After a failure the WAL watcher tries
            // again.
            Some(_) => drop(self.read_on(&mut position, session)),
        }
    }

    /// Publishes the changes in the log that were not published yet. `session` is in no
    /// transaction.
    pub(crate) fn catch_up(&self, session: &mut Session) -> Result<()> {
        self.read_on(&mut self.position.lock(), session)
    }

    /// Returns whether every change was published with `header`, or there was no log.
    pub(crate) fn is_current(&self, header: WalHeader) -> bool {
        let position = self.position.lock();
        !(position.is_reading_log() || position.awaits_log) || position.header == Some(header)
    }

    /// Stops reading the log if the observer is idle, and returns whether it did. `stopped` is
    /// called before a watch can begin.
    pub(crate) fn stop_if_idle(&self, stopped: impl FnOnce()) -> bool {
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
            let header = session.wal_index().map(|index| index.header());
            let is_on = has_change_log(session.connection())?;
            let before = match (position.end, is_on) {
                (Some(before), true) => before,
                (Some(before), false) => {
                    self.stop_reading_log(position, before);
                    return Ok(());
                }
                (None, true) if position.awaits_log => self.begin_reading_log(session)?,
                (None, _) => {
                    if position.header != header {
                        self.observer.publish_hint();
                    }
                    position.header = header;
                    return Ok(());
                }
            };
            let page = log::read_page(session, before, Version::MAX)?;
            position.end = Some(page.end);
            if page.changes.is_empty() && page.missing.is_none() {
                position.header = header;
                return Ok(());
            }
            self.publish_page(before, &page);
        }
    }

    /// Returns the position from which to read a log that was switched on after the watches began,
    /// and publishes a gap if its first changes were trimmed.
    fn begin_reading_log(&self, session: &mut Session) -> Result<LogEnd> {
        let first = log::first_position(session)?;
        if first.seq > 0 {
            self.observer.publish_gap(first.seq as u64, first.version);
        }
        Ok(first)
    }

    /// Publishes changes from the log, and the gap of those that were missing before them.
    fn publish_page(&self, before: LogEnd, page: &Page) {
        if let Some(lost) = page.missing {
            self.observer.publish_gap(lost, before.version);
        }
        let changes = page.changes.iter().map(|it| &it.change).filter(|it| self.is_wanted(it));
        self.publish(&changes.cloned().collect::<Vec<_>>());
    }

    fn is_wanted(&self, change: &Change) -> bool {
        let (Ok(group), Ok(key)) = (Group::new(change.group()), Key::new(change.key())) else {
            return false;
        };
        let key = (change.kind() != ChangeKind::DeleteGroup).then_some(key);
        self.observer.wants(group, key)
    }

    /// Publishes a gap, because the log was switched off: changes of other processes are not
    /// published from here on.
    fn stop_reading_log(&self, position: &mut PublishPosition, before: LogEnd) {
        *position = PublishPosition::default();
        position.await_log();
        self.observer.publish_gap(0, before.version);
    }

    fn publish(&self, changes: &[Arc<Change>]) {
        if !changes.is_empty() {
            self.observer.publish(changes);
        }
    }
}

impl PublishPosition {
    /// Begins to read the log from `end` on.
    pub(crate) fn begin_at(&mut self, end: LogEnd) {
        *self = PublishPosition { end: Some(end), ..PublishPosition::default() };
    }

    /// Begins to read the log from its start when it is switched on.
    pub(crate) fn await_log(&mut self) {
        self.awaits_log = true;
    }

    /// Returns whether the log is read.
    pub(crate) fn is_reading_log(&self) -> bool {
        self.end.is_some()
    }
}
