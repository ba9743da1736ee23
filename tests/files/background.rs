//! What the background thread of a file does without being asked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::{Place, key, no_group, sqlite};
use kv::{ManualClock, Store, Timestamp};

fn open(place: &Place, clock: &Arc<ManualClock>) -> Store {
    let location = sqlite(&place.file("background.db"), "purge_interval=10ms");
    kv::open_with_clock(&location, clock.clone()).expect("the store opens")
}

/// Waits until `done`: the thread lives by the real clock.
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn dead_entries_vanish_by_themselves_and_live_ones_stay() {
    let (place, clock) =
        (Place::in_memory(), Arc::new(ManualClock::new(Timestamp::from_micros(0))));
    let store = open(&place, &clock);
    for id in 0..1_000_u32 {
        let ttl_ms = if id % 2 == 0 { 10 } else { 11 };
        store.set_ttl(no_group(), key(&id.to_be_bytes()), &[1; 2_000], ttl_ms).expect("set");
    }

    clock.advance(10);
    wait_until("the dead are gone", || store.stats().expect("stats").expired_entries == 0);

    let stats = store.stats().expect("stats");
    assert_eq!((stats.entries, stats.expirations), (500, 500));
    store.check().expect("sound");
}

#[test]
fn a_set_racing_with_the_purge_is_never_lost() {
    let (place, clock) =
        (Place::in_memory(), Arc::new(ManualClock::new(Timestamp::from_micros(0))));
    let store = open(&place, &clock);

    for round in 0..2_000_u32 {
        let name = (round % 16).to_be_bytes();
        store.set_ttl(no_group(), key(&name), b"mortal", 1).expect("set");
        clock.advance(1);
        store.set(no_group(), key(&name), &round.to_be_bytes()).expect("set");
        if round % 100 == 0 {
            // Long enough for a purge to have begun.
            std::thread::sleep(Duration::from_millis(11));
        }

        let entry = store.get(no_group(), key(&name)).expect("get");
        assert_eq!(&entry.expect("kept").value[..], round.to_be_bytes());
    }
}

#[test]
fn closing_does_not_wait_for_the_next_purge() {
    let place = Place::in_memory();
    let location = sqlite(&place.file("background.db"), "purge_interval=1h");
    let store = kv::open(&location).expect("the store opens");
    store.set(no_group(), key(b"key"), b"").expect("set");

    let began = Instant::now();
    drop(store);

    assert!(began.elapsed() < Duration::from_secs(5));
}
