//! The hub: publishes the changes of an engine to its subscriptions and callbacks.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::RwLock;

use crate::model::{Change, Group, Key, Observer, Version};
use crate::watch::callbacks::{Callback, Callbacks};
use crate::watch::index::{Index, Number};
use crate::watch::queue::Subscription;

/// The subscriptions and callbacks of one engine.
#[derive(Default)]
pub struct Hub {
    index: RwLock<Index>,
    callbacks: Callbacks,
    /// The number of subscriptions and callbacks together, which every write reads.
    len: AtomicUsize,
    numbers: AtomicU64,
}

impl Hub {
    /// Adds a subscription; returns the number that removes it.
    pub fn subscribe(&self, subscription: Arc<Subscription>) -> Number {
        let number = self.next_number();
        self.index.write().insert(number, subscription);
        self.len.fetch_add(1, Ordering::SeqCst);
        number
    }

    /// Ends a subscription and removes it.
    pub fn unsubscribe(&self, number: Number, subscription: &Subscription) {
        subscription.close();
        let mut index = self.index.write();
        let before = index.len();
        index.remove(number, subscription);
        self.len.fetch_sub(before - index.len(), Ordering::SeqCst);
    }

    /// Adds a callback behind the existing ones; returns the number that removes it.
    pub fn on_change(&self, callback: Callback) -> Number {
        let number = self.next_number();
        self.callbacks.insert(number, callback);
        self.len.fetch_add(1, Ordering::SeqCst);
        number
    }

    /// Removes the callbacks with numbers that [`Hub::on_change`] returned. Each number is to be
    /// passed once.
    pub fn remove_callbacks(&self, numbers: &[Number]) {
        self.len.fetch_sub(numbers.len(), Ordering::SeqCst);
        self.callbacks.remove(numbers);
    }

    fn next_number(&self) -> Number {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Observer for Hub {
    fn is_idle(&self) -> bool {
        self.len.load(Ordering::SeqCst) == 0
    }

    fn wants(&self, group: Group<'_>, key: Option<Key<'_>>) -> bool {
        !self.callbacks.is_empty()
            || self.index.read().has_any(group.as_bytes(), key.map(Key::as_bytes))
    }

    fn publish(&self, changes: &[Arc<Change>]) {
        let index = self.index.read();
        if let [change] = changes {
            index.for_each_match(change, |_, it| it.push([change].into_iter()));
            return;
        }
        // Each queue receives the changes of a transaction in one push.
        let mut matches: HashMap<Number, (Arc<Subscription>, Vec<&Arc<Change>>)> = HashMap::new();
        for change in changes {
            index.for_each_match(change, |number, it| {
                let (_, list) = matches.entry(number).or_insert_with(|| (it.clone(), Vec::new()));
                list.push(change);
            });
        }
        for (subscription, list) in matches.into_values() {
            subscription.push(list.into_iter());
        }
    }

    fn publish_gap(&self, lost: u64, _: Version) {
        self.index.read().for_each(|it| it.push_gap(lost));
    }

    fn publish_hint(&self) {
        self.index.read().for_each(|it| {
            if it.is_for_wait() {
                it.push_gap(0);
            }
        });
    }

    fn call_back(&self, changes: &[Arc<Change>]) {
        self.callbacks.dispatch(changes);
    }
}
