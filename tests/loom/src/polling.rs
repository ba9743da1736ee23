//! The queue of a watch: src/watch/queue.rs.

use std::sync::Arc;

use loom::thread;

use crate::call::CallContext;
use crate::harness::Model;
use crate::model::{Change, ChangeKind, Event, Group, Version};
use crate::watch::queue::{Subscription, Waited};
use crate::watch::selection::{Selection, Selector};

fn subscription(capacity: usize) -> Arc<Subscription> {
    let all = Selection { group: Selector::Any, key: Selector::Any };
    Arc::new(Subscription::new(all, capacity, Arc::default()))
}

fn change(version: Version) -> Arc<Change> {
    let group = Group::new(b"g").expect("short");
    Arc::new(Change::new(ChangeKind::Set, group, b"k", b"v", version))
}

/// The versions of `count` changes, each received or counted as lost.
fn receive(subscription: &Subscription, count: u64) -> (Vec<Version>, u64) {
    let (mut versions, mut lost) = (Vec::new(), 0);
    while versions.len() as u64 + lost < count {
        match subscription.wait(&CallContext, None) {
            Waited::Event(Event::Change(change)) => versions.push(change.version()),
            Waited::Event(Event::Lagged { lost: more, .. }) => lost += more,
            other => panic!("{other:?}"),
        }
    }
    (versions, lost)
}

/// A writer and a thread that polls: every change arrives once and in order, or is counted as lost.
fn write_and_poll() {
    let subscription = subscription(1);
    let writer = subscription.clone();
    let writing = thread::spawn(move || {
        for version in 1..=3 {
            writer.push([change(version)].iter());
        }
    });
    let (versions, lost) = receive(&subscription, 3);
    assert_eq!(versions.len() as u64 + lost, 3);
    assert!(versions.is_sorted_by(|a, b| a < b));
    writing.join().expect("no panic");
}

/// A close meets a poll that waits, and a writer: the poll ends.
fn close_and_poll() {
    let subscription = subscription(4);
    let (closer, writer) = (subscription.clone(), subscription.clone());
    let closing = thread::spawn(move || closer.close());
    let writing = thread::spawn(move || writer.push([change(1)].iter()));
    while subscription.wait(&CallContext, None) != Waited::Closed {}
    closing.join().expect("no panic");
    writing.join().expect("no panic");
    assert_eq!(subscription.wait(&CallContext, None), Waited::Closed);
}

/// The planted fault: nothing is written, so the poll waits for ever.
fn poll_without_a_writer() {
    receive(&subscription(1), 1);
}

/// Returns the models.
pub fn models() -> Vec<Model> {
    vec![
        Model::new("every change arrives or is counted", write_and_poll),
        Model::new("a close ends a poll", close_and_poll),
        Model::new("a poll waits for ever", poll_without_a_writer).planted(),
    ]
}
