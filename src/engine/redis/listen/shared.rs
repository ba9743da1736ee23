//! The state that the listener shares with its threads.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex};

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::server::Server;
use crate::engine::redis::client::subscription::{Channels, Subscription};
use crate::engine::redis::layout::Layout;
use crate::error::Error;
use crate::model::Observer;
use crate::os::EventFlag;

/// The parts that the listener and its threads share.
pub(super) struct Shared {
    pub(super) server: Arc<Server>,
    pub(super) layout: Layout,
    pub(super) channels: Channels,
    pub(super) observer: Arc<dyn Observer>,
    /// The random name of this engine in the origins of its messages.
    pub(super) token: String,
    pub(super) numbers: AtomicU64,
    pub(super) closing: AtomicBool,
    /// Wakes the receiver.
    pub(super) wake: EventFlag,
    /// Whether there are orders for the receiver in the state.
    pub(super) has_orders: AtomicBool,
    pub(super) state: Mutex<State>,
    /// Signalled when a message that is awaited, a barrier or a subscription changes.
    pub(super) changed: Condvar,
    /// Signalled when the subscriptions have to be compared with the cluster.
    pub(super) renewal: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    /// The nodes on which the receiver is subscribed.
    pub(super) subscribed: HashMap<Address, Subscribed>,
    /// The masters when the cluster was last asked.
    pub(super) masters: HashSet<Address>,
    /// The last failure to subscribe on a master.
    pub(super) trouble: Option<Error>,
    /// Whether every master was subscribed before.
    pub(super) was_complete: bool,
    /// Whether changes may have been missed of which watches have no notice yet.
    pub(super) has_missed: bool,
    /// Whether the subscriptions have to be compared with the cluster now.
    pub(super) renewal_due: bool,
    /// Numbers of own messages for which a call waits.
    pub(super) awaited: HashSet<u64>,
    pub(super) barrier: Barrier,
    /// Orders for the receiver: new subscriptions, each with whether changes may have been missed
    /// before it; nodes that have left; and nodes whose messages do not arrive.
    pub(super) joining: Vec<(Subscription, bool)>,
    pub(super) leaving: Vec<Address>,
    pub(super) silent: Vec<Address>,
}

/// A node on which the receiver is subscribed.
pub(super) struct Subscribed {
    /// The node's name in a cluster.
    pub(super) name: Vec<u8>,
    /// The first number of a message that was sent after the subscription: those before it may have
    /// been published too early to arrive.
    pub(super) since: u64,
}

/// The state of the barrier, at which the receiver stops until the call that has set it continues.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
pub(super) enum Barrier {
    #[default]
    None,
    /// The message with this number is the barrier.
    Set(u64),
    /// The receiver has received the barrier and waits.
    Reached,
}

impl State {
    /// Returns whether every master is subscribed.
    pub(super) fn is_complete(&self) -> bool {
        !self.masters.is_empty() && self.masters.iter().all(|it| self.subscribed.contains_key(it))
    }

    /// Gives up a barrier that the receiver has not reached: its message may not arrive.
    pub(super) fn give_up_barrier(&mut self) {
        if let Barrier::Set(_) = self.barrier {
            self.barrier = Barrier::None;
        }
    }

    /// Returns the first number of a message that arrives if the node with this name publishes it,
    /// `None` if there is no subscription on the node.
    pub(super) fn subscribed_since(&self, name: &[u8]) -> Option<u64> {
        self.subscribed.values().find(|it| it.name == name).map(|it| it.since)
    }
}

impl Shared {
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Lets the subscriptions be compared with the cluster at once.
    pub(super) fn renew_soon(&self) {
        self.state.lock().renewal_due = true;
        self.renewal.notify_all();
    }

    /// Lets the receiver look at its orders.
    pub(super) fn wake_receiver(&self) {
        self.has_orders.store(true, Ordering::Release);
        self.wake.signal();
    }

    /// Notifies watches that changes may have been missed: after a node was `joined` that may have
    /// published some before, and once every master is subscribed, from when on nothing is missed.
    pub(super) fn publish_gap(&self, joined: bool) {
        let mut state = self.state.lock();
        let is_complete = state.is_complete();
        let is_due = is_complete && std::mem::take(&mut state.has_missed);
        let is_due = is_due || joined && state.was_complete;
        state.was_complete |= is_complete;
        drop(state);
        if is_due {
            // The number of changes is unknown.
            self.observer.publish_gap(0, 0);
        }
        self.changed.notify_all();
    }
}
