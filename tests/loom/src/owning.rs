//! Slots for objects of one thread at a time: src/ffi/handle/exclusive.rs.

use std::sync::Arc;

use loom::thread;

use crate::error::ErrorKind;
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::harness::Model;

type Numbers = Slots<u32, 1>;

fn slots() -> Arc<Numbers> {
    let slots = Arc::new(Numbers::new(Kind::Cursor));
    // The first use makes a chunk of slots.
    let first = slots.insert(0).expect("there is room");
    slots.remove(first).expect("it is open");
    slots
}

/// Two threads use a handle, and one of them ends it. Each sees the content whole, or is refused.
fn use_and_end() {
    let slots = slots();
    let id = slots.insert(1).expect("there is room");
    let other = slots.clone();
    let using = thread::spawn(move || {
        let used = other.with(id, |number| {
            *number += 1;
            Ok(*number)
        });
        match used {
            Ok(number) => assert_eq!(number, 2),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Busy | ErrorKind::Handle)),
        }
    });
    match slots.remove(id) {
        Ok(number) => assert!(number == 1 || number == 2),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Busy),
    }
    using.join().expect("no panic");
}

/// One thread returns the slots that another one takes: no slot is given to both.
fn take_and_return() {
    let slots = slots();
    let (first, second) = (slots.insert(1).expect("room"), slots.insert(2).expect("room"));
    let other = slots.clone();
    let returning = thread::spawn(move || {
        assert_eq!(other.remove(first).expect("it is open"), 1);
        assert_eq!(other.remove(second).expect("it is open"), 2);
    });
    let (third, fourth) = (slots.insert(3).expect("room"), slots.insert(4).expect("room"));
    assert_eq!(slots.with(third, |number| Ok(*number)).expect("it is ours"), 3);
    assert_eq!(slots.with(fourth, |number| Ok(*number)).expect("it is ours"), 4);
    assert_eq!(slots.remove(third).expect("it is ours"), 3);
    returning.join().expect("no panic");
    assert!(slots.with(first, |_| Ok(())).is_err() && slots.with(second, |_| Ok(())).is_err());
}

/// A sweep over all handles meets a call; neither is refused because of the other.
fn sweep() {
    let slots = slots();
    let id = slots.insert(1).expect("there is room");
    let other = slots.clone();
    let sweeping = thread::spawn(move || other.for_each(|number| *number += 1));
    slots.with(id, |number| Ok(*number += 1)).expect("it is open");
    sweeping.join().expect("no panic");
    assert_eq!(slots.remove(id).expect("it is open"), 3);
}

/// Returns the models.
pub fn models() -> Vec<Model> {
    vec![
        Model::new("a handle is used by one thread at a time", use_and_end),
        Model::new("a slot is given to one thread at a time", take_and_return),
        Model::new("a sweep and a call wait for each other", sweep),
        Model::new("a handle is used by one thread at a time", use_and_end).weakened(),
    ]
}
