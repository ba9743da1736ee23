//! The hub: publishes the changes of an engine to its subscriptions and callbacks.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::RwLock;

use crate::model::{Change, Group, Key, Observer, Version};
use crate::observe::{Counter, LogLevel, Metrics, Topic, log};
use crate::watch::callbacks::{Callback, Callbacks};
use crate::watch::event_memory::EventMemory;
use crate::watch::index::{Index, Number};
use crate::watch::queue::{QueueFigures, Subscription};

/// The subscriptions and callbacks of one engine.
#[derive(Default)]
pub struct Hub {
    index: RwLock<Index>,
    callbacks: Callbacks,
    /// The number of subscriptions and callbacks together, which every write reads.
    len: AtomicUsize,
    numbers: AtomicU64,
    /// Events for which a queue had no room.
    lost: Counter,
    /// The memory of the queued events.
    memory: Arc<EventMemory>,
    /// The store as the log names it.
    store: String,
}

impl Hub {
    /// Returns the hub of a store, which the log names `store`, and whose queued events take at
    /// most `max_memory` bytes.
    pub fn of(store: String, max_memory: u64) -> Hub {
        let mut hub = Hub::default();
        hub.store = store;
        hub.memory = Arc::new(EventMemory::with_limit(max_memory));
        hub
    }

    /// Returns the memory of the queued events.
    pub(super) fn memory(&self) -> &Arc<EventMemory> {
        &self.memory
    }

    /// Adds the figures of the watches and callbacks to `metrics`; `now_ms` is the present time in
    /// milliseconds since 1970.
    pub fn measure(&self, now_ms: i64, metrics: &mut Metrics) {
        let index = self.index.read();
        metrics.watches = index.len() as u64;
        index.for_each(|subscription| {
            let QueueFigures { len, oldest_ms } = subscription.figures();
            let lag = oldest_ms.map_or(0, |oldest| now_ms.saturating_sub(oldest));
            metrics.queued_events += len;
            metrics.longest_queue = metrics.longest_queue.max(len);
            metrics.watch_lag_ms = metrics.watch_lag_ms.max(u64::try_from(lag).unwrap_or(0));
        });
        drop(index);
        metrics.callbacks = self.callbacks.len() as u64;
        metrics.event_bytes = self.memory.used();
        metrics.lost_events = self.lost.get();
    }

    /// Counts lost events, the first of which the log has.
    fn count_lost(&self, lost: u64) {
        if lost == 0 {
            return;
        }
        if self.lost.get() == 0 {
            let message = format_args!(
                "the queue of a watch is full, and events are lost: poll it more often, or raise \
                 its capacity"
            );
            log(LogLevel::Warn, Topic::Watch, &self.store, message);
        }
        self.lost.add(lost);
    }

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

impl Drop for Hub {
    fn drop(&mut self) {
        if !self.store.is_empty() {
            log(LogLevel::Info, Topic::Close, &self.store, format_args!("closed"));
        }
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
            index.for_each_match(change, |_, it| self.count_lost(it.push([change].into_iter())));
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
            self.count_lost(subscription.push(list.into_iter()));
        }
    }

    fn publish_gap(&self, lost: u64, _: Version) {
        self.lost.add(lost);
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
