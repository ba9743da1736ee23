//! Snapshots of a store: what several calls see while others write.

use std::ops::Bound;
use std::time::Duration;

use crate::conformance::fixture::{Fixture, check, get, set, value_of};
use crate::support::{drain, group, key, no_group};
use kv::{
    Commit, Condition, CopyOptions, ErrorKind, ExpiryRule, GroupRange, IDEMPOTENCY_GROUP, Idempotency,
    Namespace, Quota, Reply, Scan, Selection, Selector, SetExpiry, Store, TTL_DEFAULT, Transaction, Ttl,
    Values, WatchStart,
};

fn value(store: &Store, name: &[u8]) -> Option<Vec<u8>> {
    store.get(no_group(), key(name)).expect("get").map(|entry| entry.value.to_vec())
}

fn rows(store: &Store, scan: Scan<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut cursor = store.scan(scan).expect("a cursor");
    assert!(cursor.is_snapshot());
    drain(&mut *cursor).into_iter().map(|(_, key, value)| (key, value)).collect()
}

/// Changes everything of the store.
fn change(at: &Fixture) {
    at.store.delete_all(no_group()).expect("delete");
    at.set(b"new", b"new");
    at.set_in(b"new", b"new", b"new");
}

cases! {

fn every_read_is_of_the_moment_of_the_snapshot(at) {
    let version = at.set(b"a", b"1");
    at.set(b"b", b"22");
    at.set_in(b"group", b"c", b"333");
    let snapshot = at.store.snapshot().expect("a snapshot");
    change(at);

    let entry = snapshot.get(no_group(), key(b"a")).expect("get").expect("an entry");
    assert_eq!((&entry.value[..], entry.version, entry.expires_at), (&b"1"[..], version, None));
    assert_eq!(snapshot.info(no_group(), key(b"b")).expect("info").expect("an entry").size, 2);
    assert_eq!(value(&snapshot, b"new"), None);
    assert!(!snapshot.exists(no_group(), key(b"new")).expect("exists"));
    assert_eq!(snapshot.ttl(no_group(), key(b"a")).expect("ttl"), Some(Ttl::Never));
    assert_eq!(snapshot.count(GroupRange::Prefix(b"")).expect("count"), 3);
    assert_eq!(snapshot.count(GroupRange::One(group(b"group"))).expect("count"), 1);
    let names = drain(&mut *snapshot.groups(b"").expect("a cursor"));
    let names: Vec<_> = names.into_iter().map(|entry| entry.0).collect();
    assert_eq!(names, [&b""[..], b"group"]);
    assert_eq!(rows(&snapshot, Scan::all(no_group())), [(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"22".to_vec())]);
    let all = drain(&mut *snapshot.entries(GroupRange::Prefix(b""), None).expect("a cursor"));
    assert_eq!(all.len(), 3);
    let (commit, replies) = snapshot.commit(&[get(b"a"), check(b"new", Condition::Absent), get(b"b")]).expect("reads");
    assert_eq!(commit, Commit::Applied);
    assert_eq!((value_of(&replies[0]), value_of(&replies[2])), (Some(&b"1"[..]), Some(&b"22"[..])));
    let (commit, replies) = snapshot.commit(&[get(b"b"), check(b"a", Condition::Absent)]).expect("reads");
    assert_eq!(commit, Commit::Refused { index: 1, version });
    assert!(replies.iter().all(|it| *it == Reply::None));

    assert_eq!(value(&at.store, b"a"), None);
    assert_eq!(value(&at.store, b"new"), Some(b"new".to_vec()));
}

fn a_scan_of_a_snapshot_has_many_pages(at) {
    at.fill(b"g", 3_500, b"value");
    let snapshot = at.store.snapshot().expect("a snapshot");
    at.store.delete_prefix(group(b"g"), b"").expect("delete");
    let all = Scan::all(group(b"g"));
    let (low, high) = (100_u32.to_be_bytes(), 3_400_u32.to_be_bytes());
    let between = Scan { lower: Bound::Excluded(key(&low)), upper: Bound::Included(key(&high)), ..all };
    let numbers = |scan| -> Vec<u32> {
        let keys = rows(&snapshot, scan).into_iter().map(|row| row.0);
        keys.map(|key| u32::from_be_bytes(key.try_into().expect("4 bytes"))).collect()
    };
    let up = |range: std::ops::Range<u32>| range.collect::<Vec<_>>();

    assert_eq!(numbers(all), up(0..3_500));
    assert_eq!(numbers(Scan { reverse: true, ..all }), (0..3_500).rev().collect::<Vec<_>>());
    assert_eq!(numbers(between), up(101..3_401));
    assert_eq!(numbers(Scan { offset: 1_200, limit: 1_500, ..between }), up(1_301..2_801));
    assert!(numbers(Scan { offset: 5_000, ..between }).is_empty());
    assert_eq!(numbers(Scan { limit: 1_000, ..all }), up(0..1_000));
    assert_eq!(numbers(Scan { limit: 2_000, reverse: true, ..all }), (1_500..3_500).rev().collect::<Vec<_>>());
    let mut sizes = snapshot.scan(Scan { values: Values::Sizes, ..all }).expect("a cursor");
    while let Some(entry) = sizes.next().expect("an entry or the end") {
        assert_eq!((entry.value, entry.value_size), (&b""[..], 5));
    }
    let range = GroupRange::Prefix(b"g");
    let mut rest = snapshot.entries(range, Some((group(b"g"), key(&low)))).expect("a cursor");
    assert_eq!(drain(&mut *rest).len(), 3_399);
}

fn calls_on_a_snapshot_come_between_the_entries_of_its_scans(at) {
    at.fill(b"g", 2_500, b"value");
    let snapshot = at.store.snapshot().expect("a snapshot");
    let mut cursors = [(); 3].map(|()| snapshot.scan(Scan::all(group(b"g"))).expect("a cursor"));
    for id in 0..2_500_u32 {
        for cursor in &mut cursors {
            let entry = cursor.next().expect("next").expect("an entry");
            assert_eq!(entry.key, id.to_be_bytes());
        }
        if id % 100 == 0 {
            at.set_in(b"g", &id.to_be_bytes(), b"changed");
            let entry = snapshot.get(group(b"g"), key(&id.to_be_bytes())).expect("get").expect("an entry");
            assert_eq!(&entry.value[..], b"value");
        }
    }
    assert!(cursors.iter_mut().all(|cursor| cursor.next().expect("the end").is_none()));
}

fn an_entry_of_a_snapshot_never_expires(at) {
    at.set_ttl(b"short", b"1", 100);
    at.set_ttl(b"dead", b"1", 10);
    at.clock.advance(10);
    let snapshot = at.store.snapshot().expect("a snapshot");
    at.clock.advance(1_000);
    at.store.purge_expired().expect("purge");

    assert_eq!(value(&snapshot, b"short"), Some(b"1".to_vec()));
    assert_eq!(value(&snapshot, b"dead"), None);
    assert_eq!(snapshot.ttl(no_group(), key(b"short")).expect("ttl"), Some(Ttl::Millis(90)));
    assert_eq!(snapshot.count(GroupRange::Prefix(b"")).expect("count"), 1);
    assert_eq!(rows(&snapshot, Scan::all(no_group())).len(), 1);
    assert_eq!(value(&at.store, b"short"), None);
}

fn nothing_is_written_through_a_snapshot(at) {
    at.set(b"a", b"1");
    let snapshot = at.store.snapshot().expect("a snapshot");
    let (a, never) = (key(b"a"), SetExpiry::Never);
    let refusals = [
        snapshot.set(no_group(), a, b"2").err(),
        snapshot.set_ttl(no_group(), a, b"2", 9).err(),
        snapshot.put(no_group(), a, b"2", Condition::Present, never).err(),
        snapshot.delete(no_group(), a).err(),
        snapshot.delete_prefix(no_group(), b"").err(),
        snapshot.delete_all(no_group()).err(),
        snapshot.take(no_group(), a).err(),
        snapshot.increment(no_group(), a, 1, TTL_DEFAULT).err(),
        snapshot.append(no_group(), a, b"2", TTL_DEFAULT).err(),
        snapshot.expire(no_group(), a, 9, ExpiryRule::default()).err(),
        snapshot.commit(&[get(b"a"), set(b"a", b"2")]).err(),
        snapshot.purge_expired().err(),
        snapshot.compact().err(),
        Idempotency::new(&snapshot).begin(a, b"", 0).err(),
        kv::copy(&at.store, &snapshot, &CopyOptions::default(), &mut |_| true).err(),
    ];
    for (number, refused) in refusals.into_iter().enumerate() {
        let error = refused.unwrap_or_else(|| panic!("call {number} has written"));
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "call {number}: {error}");
        assert!(error.message().contains("write to the store"), "call {number}: {error}");
    }
    assert_eq!(value(&at.store, b"a"), Some(b"1".to_vec()));
    assert!(!at.store.exists(group(IDEMPOTENCY_GROUP), a).expect("exists"));
    snapshot.flush().expect("there is nothing to flush");
}

fn what_a_snapshot_lacks_names_the_store(at) {
    let snapshot = at.store.snapshot().expect("a snapshot");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let namespace = Namespace::new(b"n").expect("a name");
    let refusals = [
        snapshot.watch(all, 16, WatchStart::Existing).err(),
        snapshot.on_change(Box::new(|_| ())).err(),
        snapshot.changes(0).err(),
        snapshot.stats().err(),
        snapshot.check().err(),
        snapshot.set_quota(&namespace, Quota::default()).err(),
        snapshot.quota(&namespace).err(),
    ];
    for (number, refused) in refusals.into_iter().enumerate() {
        let error = refused.unwrap_or_else(|| panic!("call {number} was no error"));
        assert_eq!(error.kind(), ErrorKind::Unsupported, "call {number}: {error}");
        assert!(error.message().contains("the store that it was taken from"), "call {number}: {error}");
    }
}

fn a_snapshot_of_a_scope_has_the_entries_of_its_namespace(at) {
    let namespace = Namespace::new(b"tenant").expect("a name");
    let scope = at.store.scope(&namespace).expect("a scope");
    scope.set(group(b"g"), key(b"a"), b"1").expect("set");
    at.set_in(b"g", b"b", b"outside");
    let of_scope = scope.snapshot().expect("a snapshot");
    let whole = at.store.snapshot().expect("a snapshot");
    let scope_of = whole.scope(&namespace).expect("a scope");
    change(at);

    for snapshot in [of_scope, scope_of] {
        assert_eq!(rows(&snapshot, Scan::all(group(b"g"))), [(b"a".to_vec(), b"1".to_vec())]);
        assert_eq!(snapshot.count(GroupRange::Prefix(b"")).expect("count"), 1);
        let error = snapshot.set(group(b"g"), key(b"a"), b"2").expect_err("no write");
        assert_eq!(error.kind(), ErrorKind::ReadOnly);
    }
}

fn a_snapshot_outlives_its_store_and_can_be_taken_again(at) {
    let other = at.with("");
    other.set(b"a", b"1");
    let first = other.store.snapshot().expect("a snapshot");
    other.set(b"a", b"2");
    let second = other.store.snapshot().expect("a snapshot");
    let again = first.snapshot().expect("a snapshot");
    other.set(b"a", b"3");
    drop(other);

    assert_eq!(value(&first, b"a"), Some(b"1".to_vec()));
    assert_eq!(value(&second, b"a"), Some(b"2".to_vec()));
    drop(first);
    assert_eq!(value(&again, b"a"), Some(b"1".to_vec()));
}

fn a_snapshot_is_copied_and_read_in_transactions(at) {
    at.fill(b"", 1_500, b"old");
    let snapshot = at.store.snapshot().expect("a snapshot");
    change(at);
    let target = at.with("");
    let copied = kv::copy(&snapshot, &target.store, &CopyOptions::default(), &mut |_| true).expect("a copy");
    assert_eq!((copied.entries, target.count(b"")), (1_500, 1_500));

    let mut steps = Transaction::new();
    let name = 7_u32.to_be_bytes();
    assert!(steps.get(&snapshot, no_group(), key(&name)).expect("get").is_some());
    assert_eq!(drain(&mut *steps.scan(&snapshot, Scan::all(no_group())).expect("a scan")).len(), 1_500);
    assert!(steps.commit(&snapshot).expect("commit"), "the reads were of one moment");
}

fn a_snapshot_is_read_by_many_threads(at) {
    at.fill(b"g", 1_200, b"old");
    let snapshot = at.store.snapshot().expect("a snapshot");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                assert_eq!(rows(&snapshot, Scan::all(group(b"g"))).len(), 1_200);
                for id in 0..300_u32 {
                    let entry = snapshot.get(group(b"g"), key(&id.to_be_bytes())).expect("get");
                    assert_eq!(&entry.expect("an entry").value[..], b"old");
                }
            });
        }
        for id in 0..1_200_u32 {
            at.set_in(b"g", &id.to_be_bytes(), b"new");
        }
    });
}

fn a_cancelled_call_ends_a_read_of_a_snapshot(at) {
    at.fill(b"g", 100, b"value");
    let snapshot = at.store.snapshot().expect("a snapshot");
    let call = kv::CallContext::new();
    let bound = snapshot.bind(&call);
    assert!(bound.get(group(b"g"), key(&[0; 4])).expect("get").is_some());
    let mut cursor = bound.scan(Scan::all(group(b"g"))).expect("a cursor");
    assert!(cursor.next().expect("next").is_some());
    call.arm(Some(Duration::ZERO));
    assert_eq!(bound.get(group(b"g"), key(&[0; 4])).expect_err("late").kind(), ErrorKind::Deadline);
    assert_eq!(cursor.next().expect_err("late").kind(), ErrorKind::Deadline);
    assert!(snapshot.get(group(b"g"), key(&[0; 4])).expect("get").is_some());
}

}
