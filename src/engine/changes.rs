//! What a transaction changes, gathered for those who want to hear of it.

use std::sync::Arc;

use crate::model::{Change, ChangeKind, Group, Key, Observer, Version};

/// The changes of one transaction that somebody is interested in, in order.
pub struct Changes {
    observer: Arc<dyn Observer>,
    list: Vec<Arc<Change>>,
}

impl Changes {
    /// Returns an empty list for `observer`.
    pub fn new(observer: Arc<dyn Observer>) -> Self {
        Changes { observer, list: Vec::new() }
    }

    /// Returns who is told.
    pub fn observer(&self) -> &Arc<dyn Observer> {
        &self.observer
    }

    /// Answers whether somebody is interested in anything in a group.
    pub fn are_wanted_in(&self, group: Group<'_>) -> bool {
        !self.observer.is_idle() && self.observer.wants(group, None)
    }

    /// Notes a change if somebody is interested in it. A delete-group has no key.
    pub fn note(
        &mut self,
        kind: ChangeKind,
        group: Group<'_>,
        key: Option<Key<'_>>,
        value: &[u8],
        version: Version,
    ) {
        if !self.observer.is_idle() && self.observer.wants(group, key) {
            let key = key.map_or(&b""[..], Key::as_bytes);
            self.list.push(Arc::new(Change::new(kind, group, key, value, version)));
        }
    }

    /// Returns how many were noted so far.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Forgets them all: they were not made.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Returns the changes and begins a new list.
    pub fn take(&mut self) -> Vec<Arc<Change>> {
        std::mem::take(&mut self.list)
    }
}
