//! The work of a file's maintenance thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::{Place, key, no_group, sqlite, until};
use kv::{ManualClock, Store, Timestamp};

fn open(place: &Place, clock: &Arc<ManualClock>) -> Store {
    let location = sqlite(&place.file("background.db"), "purge_interval=10ms");
    kv::open_with_clock(&location, clock.clone()).expect("the store opens")
}

/// Waits for a purge of the maintenance thread, whose intervals are of the real clock.
fn until_purged(store: &Store) {
    until("expired entries are purged", Duration::from_secs(20), || {
        store.usage().expect("stats").expired_entries == 0
    });
}

#[test]
fn expired_entries_are_purged_and_live_ones_stay() {
    let (place, clock) =
        (Place::in_memory(), Arc::new(ManualClock::new(Timestamp::from_micros(0))));
    let store = open(&place, &clock);
    for id in 0..1_000_u32 {
        let ttl_ms = if id % 2 == 0 { 10 } else { 11 };
        store.set_ttl(no_group(), key(&id.to_be_bytes()), &[1; 2_000], ttl_ms).expect("set");
    }

    clock.advance(10);
    until_purged(&store);

    let (usage, stats) = (store.usage().expect("usage"), store.stats().expect("stats"));
    assert_eq!((usage.entries, stats.expirations), (500, 500));
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
        if round % 100 == 0 {
            // A purge is certain to run between the expiry and the set of these rounds.
            clock.advance(1);
            until_purged(&store);
        }
        clock.advance(1);
        store.set(no_group(), key(&name), &round.to_be_bytes()).expect("set");

        let entry = store.get(no_group(), key(&name)).expect("get");
        assert_eq!(&entry.expect("kept").value[..], round.to_be_bytes());
    }
    assert!(store.stats().expect("stats").expirations >= 20, "no purge removed an entry");
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
