//! The thread that keeps the subscriptions like the nodes of the cluster: it subscribes on new
//! nodes, again on those whose connection was lost, and gives up those that have left.
//!
//! It connects outside the receiver, so that a node that cannot be reached delays no message.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::subscription::{Subscription, enable_expiry_events};
use crate::engine::redis::listen::shared::Shared;
use crate::error::{ErrorKind, Result};

/// The pause before the thread subscribes on a master again, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// The least and the most time after which the cluster is asked for its nodes. Between them it is
/// the call timeout.
const INTERVAL_MIN: Duration = Duration::from_secs(2);
const INTERVAL_MAX: Duration = Duration::from_secs(10);

/// Keeps the subscriptions until the store is closed.
pub(super) fn run(shared: &Shared) {
    let interval = shared.channels.timeout.clamp(INTERVAL_MIN, INTERVAL_MAX);
    let (mut pause, mut absent, mut refused) = (PAUSE_MIN, HashSet::new(), false);
    while !shared.is_closing() {
        shared.state.lock().renewal_due = false;
        let (least, most) = match renew(shared, &mut absent) {
            Ok(true) => {
                refused = false;
                (Duration::ZERO, interval)
            }
            // Replicas may be away for long.
            Ok(false) => (PAUSE_MIN, pause.min(interval)),
            Err(error) => {
                // A user that was removed, or its password changed, does not come back by itself.
                let is_refused = error.kind() == ErrorKind::Permission;
                let was_refused = std::mem::replace(&mut refused, is_refused);
                shared.state.lock().trouble = Some(error);
                shared.publish_gap(is_refused && !was_refused);
                (PAUSE_MIN, pause.min(PAUSE_MAX))
            }
        };
        pause = if least.is_zero() { PAUSE_MIN } else { (pause * 2).min(interval) };
        rest(shared, least, most);
    }
}

/// Rests until a renewal is due, but not less than `least` and not more than `most`.
fn rest(shared: &Shared, least: Duration, most: Duration) {
    let begun = Instant::now();
    let mut state = shared.state.lock();
    loop {
        let until = begun + if state.renewal_due { least } else { most };
        if shared.is_closing() || Instant::now() >= until {
            return;
        }
        shared.renewal.wait_until(&mut state, until);
    }
}

/// Compares the subscriptions with a renewed map and subscribes on nodes that are missing. Returns
/// whether all nodes are subscribed; fails if a master is not. `absent` are the nodes that were
/// subscribed, but not in the map, the last time.
fn renew(shared: &Shared, absent: &mut HashSet<Address>) -> Result<bool> {
    let members = shared.server.members()?;
    let is_member = |address: &Address| members.iter().any(|it| it.0.address() == address);
    let mut state = shared.state.lock();
    let masters = members.iter().filter(|it| it.1).map(|it| it.0.address().clone());
    state.masters = masters.collect();
    let mut known: HashSet<Address> = state.subscribed.keys().cloned().collect();
    // Messages that a node has published before it left may still be under way the first time.
    let strangers: HashSet<Address> = known.iter().filter(|it| !is_member(it)).cloned().collect();
    state.leaving.extend(strangers.intersection(absent).cloned());
    *absent = strangers;
    known.extend(state.joining.iter().map(|it| it.0.address.clone()));
    drop(state);
    if shared.channels.expiry_events {
        for (node, _) in members.iter().filter(|it| known.contains(it.0.address())) {
            // Another program may have changed the setting. A node that is lost is noticed
            // elsewhere.
            drop(enable_expiry_events(&mut |command| shared.server.call_node(node, command)));
        }
    }
    let (mut trouble, mut is_whole) = (None, true);
    for (node, is_master) in members.iter().filter(|it| !known.contains(it.0.address())) {
        if shared.is_closing() {
            break;
        }
        match Subscription::open(node, &shared.channels) {
            Ok(subscription) => {
                // A replica may have become a master before it was subscribed.
                let has_missed = *is_master || shared.server.is_master(node).unwrap_or(true);
                shared.state.lock().joining.push((subscription, has_missed));
                shared.wake_receiver();
            }
            Err(error) if *is_master => trouble = Some(error),
            Err(_) => is_whole = false,
        }
    }
    shared.wake_receiver();
    trouble.map_or(Ok(is_whole), Err)
}
