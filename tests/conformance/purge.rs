//! Purging: it counts and removes expired entries, and no others.

use std::time::{Duration, Instant};

use kv::{Selection, Selector, WatchStart};

use crate::support::{group, key, no_group, until, word};

cases! {

fn expired_entries_are_purged_in_the_background_with_an_event_each_and_live_ones_stay(at) {
    let at = at.with("purge_interval=10ms");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = at.store.watch(all, 4096, WatchStart::Now).expect("a watch");
    for id in 0..1_000_u32 {
        let ttl_ms = if id % 2 == 0 { 10 } else { 1_000_000 };
        at.store.set_ttl(group(b"g"), key(&id.to_be_bytes()), &[1; 2_000], ttl_ms).expect("set");
    }
    at.store.set(group(b"g"), key(b"for ever"), b"").expect("set");
    at.clock.advance(10);

    let deadline = Instant::now() + Duration::from_secs(20);
    let mut expired = 0;
    while expired < 500 {
        assert!(Instant::now() < deadline, "{expired} are purged, 500 have expired");
        let event = watch.poll(Some(Duration::from_millis(10))).expect("an open watch");
        let words = event.map(|it| word(&it)).unwrap_or_default();
        expired += usize::from(words.starts_with("expire g/"));
    }

    assert_eq!(at.count(b"g"), 501);
    assert_eq!(watch.poll(Some(Duration::ZERO)), Ok(None));
    until("the purge has counted", Duration::from_secs(20), || at.store.stats().expect("stats").expirations == 500);
    let usage = at.store.usage().expect("usage");
    assert_eq!((usage.entries, usage.expired_entries), (501, 0));
}

fn a_purge_counts_and_removes_only_expired_entries(at) {
    at.set(b"for ever", b"");
    at.set_ttl(b"alive", b"", 11);
    at.set_ttl(b"dead", b"", 10);
    at.store.set_ttl(group(b"g"), key(b"dead"), &[1; 5_000], 9).expect("set");
    at.clock.advance(10);
    assert_eq!(at.store.usage().expect("stats").expired_entries, 2);

    assert_eq!(at.store.purge_expired(), Ok(2));
    assert_eq!(at.store.purge_expired(), Ok(0));

    let usage = at.store.usage().expect("usage");
    assert_eq!((usage.entries, usage.expired_entries), (2, 0));
    assert_eq!(at.store.stats().expect("stats").expirations, 2);
    assert_eq!(at.all_keys(), [b"alive".to_vec(), b"for ever".to_vec()]);
}

fn a_purge_takes_more_than_one_step(at) {
    for id in 0..1_000_u32 {
        at.set_ttl(&id.to_be_bytes(), b"", 1 + i64::from(id % 2) * 100);
    }
    at.clock.advance(50);

    assert_eq!(at.store.purge_expired(), Ok(500));

    assert_eq!(at.count(b""), 500);
}

fn a_set_between_expiry_and_purge_is_kept(at) {
    at.set_ttl(b"key", b"old", 10);
    at.clock.advance(10);
    at.set(b"key", b"new");

    assert_eq!(at.store.purge_expired(), Ok(0));

    assert_eq!(at.get(b"key"), Some(b"new".to_vec()));
}

fn an_increment_between_expiry_and_purge_is_kept(at) {
    at.set_ttl(b"key", b"7", 10);
    at.clock.advance(10);
    at.store.increment(no_group(), key(b"key"), 1, 1_000).expect("increment");
    at.clock.advance(10);

    assert_eq!(at.store.purge_expired(), Ok(0));

    assert_eq!(at.get(b"key"), Some(b"1".to_vec()));
}

fn a_persisted_or_prolonged_entry_survives_the_purge_at_its_old_expiry(at) {
    at.set_ttl(b"a", b"", 10);
    at.set_ttl(b"b", b"", 10);
    at.store.persist(no_group(), key(b"a")).expect("persist");
    at.store.expire(no_group(), key(b"b"), 20, Default::default()).expect("expire");
    at.clock.advance(10);

    assert_eq!(at.store.purge_expired(), Ok(0));

    assert!(at.exists(b"a") && at.exists(b"b"));
}

fn what_a_batch_that_failed_had_touched_still_expires(at) {
    at.set_ttl(b"key", b"text", 10);
    let (group, name) = (no_group(), key(b"key"));
    let not_a_number = kv::Op::Increment { group, key: name, delta: 1, created: Default::default() };
    let expire = kv::Op::Expire {
        group,
        key: name,
        expiry: kv::SetExpiry::Never,
        rule: Default::default(),
    };
    at.commit(&[expire, not_a_number]).expect_err("text is no number");
    at.clock.advance(10);

    assert_eq!(at.store.purge_expired(), Ok(1));
}

}
