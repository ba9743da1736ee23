//! The changes of one transaction, collected for the observer.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::model::{Change, ChangeKind, Group, Key, NewValue, Observer, Version, check_room};

/// The changes of one transaction that the observer selects, in order.
pub(crate) struct Changes {
    observer: Arc<dyn Observer>,
    list: Vec<Arc<Change>>,
}

impl Changes {
    /// Returns an empty list for `observer`.
    pub(crate) fn new(observer: Arc<dyn Observer>) -> Self {
        Changes { observer, list: Vec::new() }
    }

    /// Returns whether the observer selects any change in a group.
    pub(crate) fn are_wanted_in(&self, group: Group<'_>) -> bool {
        !self.observer.is_idle() && self.observer.wants(group, None)
    }

    /// Adds a change of a commit at `now` if the observer selects it. A delete-group has no key.
    /// Fails if there is no memory for a copy of the value.
    pub(crate) fn add(
        &mut self,
        kind: ChangeKind,
        group: Group<'_>,
        key: Option<Key<'_>>,
        value: NewValue<'_>,
        version: Version,
        now: Timestamp,
    ) -> Result<()> {
        if !self.observer.is_idle() && self.observer.wants(group, key) {
            let key = key.map_or(&b""[..], Key::as_bytes);
            let bytes = value.of_change();
            check_room(bytes.len())?;
            let change = Change::new(kind, group, key, bytes, version).of_size(value.size());
            self.list.push(Arc::new(change.at_millis(now.as_millis())));
        }
        Ok(())
    }

    /// Returns the number of changes in the list.
    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    /// Removes all changes, after a rollback.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// Returns the changes and leaves an empty list.
    pub(crate) fn take(&mut self) -> Vec<Arc<Change>> {
        std::mem::take(&mut self.list)
    }
}
