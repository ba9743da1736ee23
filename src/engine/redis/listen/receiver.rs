//! The thread that receives changes from all nodes and publishes them to the observer.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::subscriber::{Received, Subscriber};
use crate::engine::redis::listen::message::{Message, micros_now};
use crate::engine::redis::listen::shared::{Barrier, Shared, Subscribed};
use crate::model::{Change, ChangeKind, Group};

/// The most time between two looks at whether the store is closed.
const NAP: Duration = Duration::from_secs(1);

/// Publishes what is received, until the store is closed.
pub(super) fn run(shared: &Shared) {
    let mut subscriber = Subscriber::new(shared.channels.database);
    // The names of nodes that have sent changes of their own: they are masters, or were.
    let mut origins = HashSet::new();
    while !shared.is_closing() {
        if shared.has_orders.swap(false, Ordering::AcqRel) {
            shared.obey(&mut subscriber);
        }
        match subscriber.next(&shared.wake, shared.channels.timeout) {
            Ok(Received::Message(node, payload)) => {
                if shared.publish(&node, &payload) && !origins.contains(&node) {
                    origins.insert(node);
                }
            }
            Ok(Received::Expired(name)) => shared.publish_expired(&name),
            Ok(Received::Lost(address)) => shared.note_lost(&address, &origins),
            Ok(Received::Other) => {}
            // Left raised, the flag would end each wait at once. `closing` and `has_orders` are set
            // before it is.
            Ok(Received::Nothing) => shared.wake.clear(),
            // The system has no memory for a wait, so the thread waits without it.
            Err(_) => std::thread::sleep(NAP),
        }
    }
}

impl Shared {
    /// Adds and removes subscriptions as the state orders it.
    fn obey(&self, subscriber: &mut Subscriber) {
        let mut joined = false;
        let mut state = self.state.lock();
        // Before the others: a new subscription of the same node may be among them.
        for address in std::mem::take(&mut state.silent) {
            subscriber.remove(&address);
        }
        for (subscription, has_missed) in std::mem::take(&mut state.joining) {
            let (address, name) = (subscription.address.clone(), subscription.name.clone());
            subscriber.add(subscription);
            let since = self.numbers.load(Ordering::Relaxed);
            state.subscribed.insert(address, Subscribed { name, since });
            joined |= has_missed;
        }
        for address in std::mem::take(&mut state.leaving) {
            subscriber.remove(&address);
            state.subscribed.remove(&address);
        }
        drop(state);
        self.publish_gap(joined);
    }

    /// Notes that a connection is lost: calls do not wait for messages on it.
    fn note_lost(&self, address: &Address, origins: &HashSet<Vec<u8>>) {
        let mut state = self.state.lock();
        let lost = state.subscribed.remove(address);
        if state.masters.contains(address) || lost.is_some_and(|it| origins.contains(&it.name)) {
            state.has_missed = true;
            state.give_up_barrier();
        }
        drop(state);
        self.changed.notify_all();
        self.renew_soon();
    }

    /// Publishes the changes of a message, and reports it to calls that wait for it. Returns
    /// whether the message counts: a cluster sends each to all nodes, and only the copy from its
    /// origin does.
    fn publish(&self, node: &[u8], payload: &[u8]) -> bool {
        let Some(message) = Message::parse(payload).filter(|it| it.node == node) else {
            return false;
        };
        if !message.changes.is_empty() {
            self.observer.publish(&message.changes);
        }
        let number = std::str::from_utf8(message.origin)
            .ok()
            .and_then(|origin| origin.strip_prefix(self.token.as_str())?.strip_prefix(':'))
            .and_then(|number| number.parse::<u64>().ok());
        let Some(number) = number else { return true };
        let mut state = self.state.lock();
        if state.awaited.remove(&number) {
            self.changed.notify_all();
        }
        if state.barrier == Barrier::Set(number) {
            state.barrier = Barrier::Reached;
            self.changed.notify_all();
            while state.barrier == Barrier::Reached && !self.is_closing() {
                self.changed.wait_for(&mut state, NAP);
            }
        }
        true
    }

    /// Publishes the expiry of a string key, which the server has reported.
    fn publish_expired(&self, name: &[u8]) {
        let Some(key) = name.strip_prefix(self.layout.string_prefix()) else { return };
        if self.layout.is_reserved(key) {
            return;
        }
        let change = Change::new(ChangeKind::Expire, Group::DEFAULT, key, b"", micros_now());
        self.observer.publish(&[Arc::new(change)]);
    }
}
