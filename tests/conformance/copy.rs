//! Copies from each engine to each: what arrives, how far it has come, how it goes on.

use crate::conformance::fixture::{Fixture, memory, set_numbers, sqlite};
use crate::support::{group, key, no_group};
use kv::{
    COPY_BATCH_BYTES, COPY_BATCH_ENTRIES, Copied, CopyOptions, ErrorKind, Expiry, GroupRange,
    Namespace, Store,
};

/// An entry without its version, which each store has its own of.
pub type Content = (Vec<u8>, Vec<u8>, Vec<u8>, Option<Expiry>);

/// Returns everything that lives in a store.
pub fn contents(store: &Store) -> Vec<Content> {
    let mut cursor = store.entries(GroupRange::Prefix(b""), None).expect("a cursor");
    let mut contents = Vec::new();
    while let Some(it) = cursor.next().expect("an entry or the end") {
        contents.push((it.group.to_vec(), it.key.to_vec(), it.value.to_vec(), it.expires_at));
    }
    contents
}

/// Returns an empty store on each engine.
pub fn targets() -> [Fixture; 2] {
    [memory(), sqlite()]
}

/// Copies everything and returns what was done.
pub fn copied(from: &Store, to: &Store, options: &CopyOptions<'_>) -> Copied {
    kv::copy(from, to, options, &mut |_| true).expect("a copy")
}

/// Fills a store with what is easily got wrong.
fn fill(at: &Fixture) {
    for name in [&b""[..], b"\0", b"a", b"a:b", b"\xFF"] {
        for id in [&b""[..], b"\0", b"k", b"\xFF\xFE"] {
            at.set_in(name, id, &[name, id].concat());
        }
        at.store.set_ttl(group(name), key(b"mortal"), b"", 60_001).expect("set");
        at.store.set_ttl(group(name), key(b"dead"), b"1", 1).expect("set");
    }
    at.set(b"long", &vec![7; 100_000]);
    at.clock.advance(1);
}

fn scope(at: &Fixture, name: &[u8]) -> Store {
    at.store.scope(&Namespace::new(name).expect("a name")).expect("a scope")
}

fn refusal(from: &Store, to: &Store) -> ErrorKind {
    let refused = kv::copy(from, to, &CopyOptions::default(), &mut |_| panic!("it has begun"));
    refused.expect_err("refused").kind()
}

cases! {

fn everything_arrives_with_its_expiry_and_a_version_of_the_target(at) {
    fill(at);
    for target in targets() {
        target.clock.advance(1);
        let copied = copied(&at.store, &target.store, &CopyOptions::default());

        assert_eq!(contents(&target.store), contents(&at.store));
        let (source, usage) =
            (at.store.usage().expect("usage"), target.store.usage().expect("usage"));
        let expected = Copied { entries: 26, bytes: source.bytes, ..Copied::default() };
        assert_eq!((copied, usage.entries, usage.bytes), (expected, 26, source.bytes));
        assert_eq!(usage.expired_entries, 0, "expired entries stay behind");
        assert!(target.set(b"long", b"") > target.entry(b"mortal").version);
    }
}

fn an_empty_store_is_copied_without_progress(at) {
    for target in targets() {
        let nothing = kv::copy(&at.store, &target.store, &CopyOptions::default(), &mut |_| {
            panic!("there is no progress to report")
        });

        assert_eq!(nothing, Ok(Copied::default()));
    }
}

fn what_never_expires_does_not_get_the_default_ttl_of_the_target(at) {
    at.set(b"k", b"v");
    for engine in targets() {
        let target = engine.with("default_ttl=5s");
        copied(&at.store, &target.store, &CopyOptions::default());

        assert_eq!(contents(&target.store), contents(&at.store));
    }
}

fn batches_are_of_one_group_and_of_limited_entries_and_bytes(at) {
    let many = COPY_BATCH_ENTRIES + 1;
    for id in 0..many {
        at.set_in(b"a", &(id as u32).to_be_bytes(), b"");
    }
    for id in 0..3_u8 {
        at.set_in(b"b", &[id], &vec![id; COPY_BATCH_BYTES / 2]);
    }
    at.set_in(b"b", b"huge", &vec![9; COPY_BATCH_BYTES * 2]);
    for target in targets() {
        let mut positions = Vec::new();
        let mut before = Copied::default();
        let mut watch = |it: &kv::CopyProgress<'_>| {
            let (entries, bytes) =
                (it.copied.entries - before.entries, it.copied.bytes - before.bytes);
            assert!(entries <= COPY_BATCH_ENTRIES as u64);
            assert!(bytes <= COPY_BATCH_BYTES as u64 || entries == 1);
            assert_eq!(it.total, many as u64 + 4);
            assert_eq!(target.store.count(GroupRange::Prefix(b"")), Ok(it.copied.entries));
            before = it.copied;
            let (group, key) = it.position;
            positions.push((group.as_bytes().to_vec(), key.as_bytes().to_vec()));
            true
        };
        let copied = kv::copy(&at.store, &target.store, &CopyOptions::default(), &mut watch);

        assert_eq!(copied, Ok(before));
        let last = |id: u32| id.to_be_bytes().to_vec();
        let expected = [
            (b"a".to_vec(), last(COPY_BATCH_ENTRIES as u32 - 1)),
            (b"a".to_vec(), last(COPY_BATCH_ENTRIES as u32)),
            (b"b".to_vec(), vec![0]),
            (b"b".to_vec(), vec![1]),
            (b"b".to_vec(), vec![2]),
            (b"b".to_vec(), b"huge".to_vec()),
        ];
        assert_eq!(positions, expected);
    }
}

fn a_copy_that_was_ended_goes_on_where_it_was(at) {
    for id in 0..2_000_u32 {
        at.set_in(&[(id / 700) as u8], &id.to_be_bytes(), &id.to_be_bytes());
    }
    for target in targets() {
        let mut position = None;
        let mut entries = 0;
        let mut calls = 0;
        loop {
            calls += 1;
            let place = position.clone();
            let after = place.as_ref().map(|(name, id): &(Vec<u8>, Vec<u8>)| (group(name), key(id)));
            let mut batches = 0;
            let mut written = 0;
            let copied = kv::copy(
                &at.store,
                &target.store,
                &CopyOptions { after, ..CopyOptions::default() },
                &mut |it| {
                    let (group, key) = it.position;
                    position = Some((group.as_bytes().to_vec(), key.as_bytes().to_vec()));
                    written = it.copied.entries;
                    batches += 1;
                    batches < 2
                },
            );
            entries += written;
            assert_eq!(target.store.count(GroupRange::Prefix(b"")), Ok(entries), "whole batches");
            match copied {
                Ok(_) => break,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Cancelled),
            }
        }

        assert_eq!((entries, calls), (2_000, 5));
        assert_eq!(contents(&target.store), contents(&at.store));
    }
}

fn progress_may_call_both_stores_and_the_source_is_one_snapshot(at) {
    at.fill(b"", 600, b"old");
    let before = contents(&at.store);
    for target in targets() {
        let mut wrote = false;
        let copied = kv::copy(&at.store, &target.store, &CopyOptions::default(), &mut |_| {
            at.fill(b"", 600, b"new");
            at.set(b"later", b"new");
            target.set_in(b"own", b"k", b"v");
            assert!(!wrote || target.store.delete(group(b"own"), key(b"k")).expect("delete"));
            wrote = true;
            true
        });

        assert_eq!(copied.expect("a copy").entries, 600);
        assert_eq!(contents(&target.store), before);
        at.fill(b"", 600, b"old");
        at.delete(b"later");
    }
}

fn a_store_is_not_copied_into_itself(at) {
    at.set(b"k", b"v");
    let (tenant, other) = (scope(at, b"a"), scope(at, b"b"));
    let nested = tenant.scope(&Namespace::new(b"b").expect("a name")).expect("a scope");
    let again = scope(at, b"a");

    for (one, two) in [
        (&at.store, &at.store),
        (&at.store, &tenant),
        (&at.store, &nested),
        (&tenant, &nested),
        (&tenant, &again),
    ] {
        assert_eq!(refusal(one, two), ErrorKind::Argument);
        assert_eq!(refusal(two, one), ErrorKind::Argument);
    }
    assert_eq!(copied(&nested, &other, &CopyOptions::default()), Copied::default());
}

fn a_scope_is_copied_to_another_of_the_same_store_and_out_of_it(at) {
    let (tenant, other) = (scope(at, b"a"), scope(at, b"b"));
    set_numbers(&tenant, b"g", 3_000, &[7; 400]);
    tenant.set_ttl(no_group(), key(b"k"), b"", 1_000).expect("set");
    at.set_in(b"a", b"outside", b"");

    let moved = copied(&tenant, &other, &CopyOptions::default());

    assert_eq!((moved.entries, moved.bytes), (3_001, 3_000 * 405 + 1));
    assert_eq!(contents(&other), contents(&tenant));
    assert_eq!(at.store.count(GroupRange::Prefix(b"")), Ok(6_003));
    for target in targets() {
        copied(&other, &target.store, &CopyOptions::default());
        assert_eq!(contents(&target.store), contents(&tenant));
    }
}

fn a_group_whose_name_is_too_long_in_the_scope_stops_the_copy(at) {
    let long = vec![b'g'; kv::GROUP_LEN_MAX];
    at.set_in(b"g", b"k", b"v");
    at.set_in(&long, b"k", b"v");
    for target in targets() {
        let tenant = scope(&target, b"a");
        let copied = kv::copy(&at.store, &tenant, &CopyOptions::default(), &mut |_| true);

        assert_eq!(copied.expect_err("too long").kind(), ErrorKind::TooLarge);
        assert_eq!(tenant.count(GroupRange::Prefix(b"")), Ok(1));
    }
}

fn a_clock_of_the_target_that_is_ahead_leaves_out_entries_that_have_expired_there(at) {
    at.set_ttl(b"mortal", b"", 1_000);
    at.set(b"immortal", b"");
    for target in targets() {
        target.clock.advance(1_000);

        let copied = copied(&at.store, &target.store, &CopyOptions::default());

        assert_eq!((copied.entries, copied.expired, copied.missing), (1, 1, 0));
        assert_eq!(target.all_keys(), [b"immortal".to_vec()]);
    }
}

}
