//! Watches, callbacks and the change log of a store.

use crate::engine::{ChangeCursor, capability};
use crate::error::Result;
use crate::model::Version;
use crate::store::store::Store;
use crate::watch::{Callback, CallbackHandle, Selection, Watch, WatchStart};

impl Store {
    /// Begins to watch the changes in `selection`, with room for `capacity` changes that were not
    /// yet polled.
    pub fn watch(&self, selection: Selection, capacity: usize, start: WatchStart) -> Result<Watch> {
        let (subscribers, engine) = (&self.shared.subscribers, self.open_engine()?);
        Watch::open(subscribers, engine, &self.call, selection, capacity, start)
    }

    /// Begins a watch for a call that waits for a change in `selection`: it also wakes after
    /// commits of other processes that no event tells of, and ends with [`Store::end_waits`].
    pub(crate) fn watch_for_wait(&self, selection: Selection) -> Result<Watch> {
        let (subscribers, engine) = (&self.shared.subscribers, self.open_engine()?);
        Watch::open_for_wait(subscribers, engine, &self.call, selection)
    }

    /// Ends the calls that wait for changes, now and later: the store is about to be closed.
    pub(crate) fn end_waits(&self) {
        self.shared.subscribers.end_waits();
    }

    /// Calls `callback` for each change that this process commits from now on, in the thread that
    /// has committed it. See [`CallbackHandle::end`].
    pub fn on_change(&self, callback: Callback) -> Result<CallbackHandle> {
        let engine = self.open_engine()?;
        if engine.is_snapshot() {
            return Err(capability::of_snapshot("has no changes"));
        }
        Ok(self.shared.subscribers.on_change(engine, callback))
    }

    /// Returns a cursor over the change log after version `since`; 0 for all of it.
    pub fn changes(&self, since: Version) -> Result<Box<dyn ChangeCursor>> {
        capability::change_log(self.open_engine()?)?.changes(&self.call, since, None)
    }

    /// Returns the version after which the change log has every change.
    pub fn oldest_change(&self) -> Result<Version> {
        capability::change_log(self.open_engine()?)?.oldest_change(&self.call)
    }
}
