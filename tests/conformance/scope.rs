//! Namespaces: a store narrowed to one has every operation, and no way out.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kv::{
    Condition, Dialect, ErrorKind, Event, Glob, GroupRange, Namespace, Op, Pattern, Scan,
    Selection, Selector, SetExpiry, WatchStart, Store, Ttl,
};

use crate::conformance::fixture::Fixture;
use crate::support::{drain, group, key, no_group};

fn namespace(name: &[u8]) -> Namespace {
    Namespace::new(name).expect("a namespace")
}

fn scope(at: &Fixture, name: &[u8]) -> Store {
    at.store.scope(&namespace(name)).expect("a scope")
}

fn set(store: &Store, name: &[u8], at: &[u8], value: &[u8]) {
    store.set(group(name), key(at), value).expect("set");
}

fn groups(store: &Store, prefix: &[u8]) -> Vec<Vec<u8>> {
    let mut cursor = store.groups(prefix).expect("a cursor");
    drain(&mut *cursor).into_iter().map(|(group, _, _)| group).collect()
}

/// Fills what is around namespace `a`, as near as names can come.
fn surround(at: &Fixture) {
    for name in [
        &b""[..],
        b"a",
        b"a;",
        b"a9",
        b"A:g",
        b"aa:g",
        b"b:g",
        b"a\0:g",
        b":a:g",
        b"g",
        b"a%:g",
        b"a_:g",
        b"*:g",
    ] {
        at.set_in(name, b"outside", b"untouched");
    }
}

fn assert_surroundings_untouched(at: &Fixture) {
    let count = at.store.count(GroupRange::Prefix(b"")).expect("count");
    let inside = at.store.count(GroupRange::Prefix(b"a:")).expect("count");
    assert_eq!(count - inside, 13);
}

cases! {

fn a_scope_stores_under_its_name_and_returns_local_names(at) {
    let tenant = scope(at, b"a");
    set(&tenant, b"g", b"k", b"v");
    set(&tenant, b"", b"k", b"w");
    assert_eq!(at.get_in(b"a:g", b"k"), Some(b"v".to_vec()));
    assert_eq!(at.get_in(b"a:", b"k"), Some(b"w".to_vec()));
    assert_eq!(groups(&tenant, b""), [b"".to_vec(), b"g".to_vec()]);
    let mut cursor = tenant.scan(Scan::all(group(b"g"))).expect("a cursor");
    assert_eq!(drain(&mut *cursor), [(b"g".to_vec(), b"k".to_vec(), b"v".to_vec())]);
}

fn every_operation_works_in_a_scope(at) {
    surround(at);
    let tenant = scope(at, b"a");
    let g = group(b"g");
    set(&tenant, b"g", b"k", b"v");
    assert!(tenant.exists(g, key(b"k")).expect("exists"));
    assert_eq!(tenant.increment(g, key(b"n"), 5, 0), Ok(5));
    assert_eq!(tenant.append(g, key(b"k"), b"w", 0), Ok(2));
    tenant.expire(g, key(b"k"), 1_000, Default::default()).expect("expire");
    assert_eq!(tenant.ttl(g, key(b"k")), Ok(Some(Ttl::Millis(1_000))));
    assert!(tenant.persist(g, key(b"k")).expect("persist"));
    assert_eq!(tenant.count(GroupRange::One(g)), Ok(2));
    assert_eq!(tenant.count(GroupRange::Prefix(b"")), Ok(2));
    assert_eq!(tenant.take(g, key(b"k")).expect("take").expect("it was there").value[..], *b"vw");
    assert!(tenant.delete(g, key(b"n")).expect("delete"));
    let expiry = SetExpiry::Never;
    let step = |name, at_key| Op::Set {
        group: group(name), key: key(at_key), value: b"1", condition: Condition::Absent, expiry,
    };
    tenant.commit(&[step(b"g", b"a"), step(b"h", b"b"), Op::Get { group: g, key: key(b"a") }])
        .expect("a batch");
    assert_eq!(groups(&tenant, b""), [b"g".to_vec(), b"h".to_vec()]);
    assert_eq!(tenant.delete_prefix(g, b""), Ok(1));
    assert_eq!(tenant.delete_group(group(b"h")), Ok(1));
    assert_eq!(tenant.count(GroupRange::Prefix(b"")), Ok(0));
    assert_surroundings_untouched(at);
}

fn nothing_outside_can_be_seen_by_any_name_prefix_or_glob(at) {
    surround(at);
    let tenant = scope(at, b"a");
    set(&tenant, b"g", b"inside", b"");
    for name in [&b""[..], b"a", b"a:g", b"b:g", b":g", b"../b:g", b"\0", b"A:g", b"%", b"_", b"*"] {
        assert_eq!(tenant.get(group(name), key(b"outside")), Ok(None));
        assert_eq!(tenant.count(GroupRange::One(group(name))), Ok(0));
        let glob = Pattern::Glob(Glob::new(b"*", Dialect::Sqlite));
        let all = Scan { pattern: glob, ..Scan::all(group(name)) };
        assert_eq!(drain(&mut *tenant.scan(all).expect("a cursor")), []);
    }
    assert_eq!(groups(&tenant, b""), [b"g".to_vec()]);
    for prefix in [&b"a"[..], b"a:", b":", b"\xff", b"\0", b"%", b"*"] {
        assert_eq!(groups(&tenant, prefix), Vec::<Vec<u8>>::new());
        assert_eq!(tenant.count(GroupRange::Prefix(prefix)), Ok(0));
    }
}

fn nothing_outside_can_be_deleted_or_purged(at) {
    surround(at);
    at.store.set_ttl(group(b"b:g"), key(b"dead"), b"", 1).expect("set");
    let tenant = scope(at, b"a");
    tenant.set_ttl(group(b"g"), key(b"dead"), b"", 1).expect("set");
    at.clock.advance(1);
    for name in [&b""[..], b"a", b"b:g", b"A:g", b"a;", b"*"] {
        assert_eq!(tenant.delete_group(group(name)), Ok(0));
        assert_eq!(tenant.delete_prefix(group(name), b"out"), Ok(0));
        assert!(!tenant.delete(group(name), key(b"outside")).expect("delete"));
        assert_eq!(tenant.take(group(name), key(b"outside")), Ok(None));
    }
    assert_eq!(tenant.purge_expired(), Ok(1));
    assert_eq!(at.store.usage().expect("stats").expired_entries, 1);
    assert_surroundings_untouched(at);
}

fn a_scope_watches_its_namespace_alone_under_local_names(at) {
    set(&scope(at, b"a"), b"g", b"before", b"1");
    at.set_in(b"b:g", b"before", b"2");
    let tenant = scope(at, b"a");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = tenant.watch(all, 16, WatchStart::Existing).expect("a watch");
    let exact = Selection { group: Selector::Exact(b"g"[..].into()), key: Selector::Any };
    let exact = tenant.watch(exact, 16, WatchStart::Now).expect("a watch");
    let groups: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let ours = groups.clone();
    let note = move |it: &kv::Change| ours.lock().expect("no panic").push(it.group().to_vec());
    tenant.on_change(Box::new(note)).expect("a callback");
    set(&tenant, b"g", b"k", b"v");
    at.set_in(b"g", b"k", b"");
    at.set_in(b"b:g", b"k", b"");
    at.set_in(b"aa:g", b"k", b"");
    at.set_in(b"a:h", b"k", b"w");
    let changes = |watch: &kv::Watch| {
        let next = || watch.poll(Some(Duration::ZERO)).expect("open");
        let found = std::iter::from_fn(next).filter_map(|event| match event {
            Event::Change(it) => Some((it.group().to_vec(), it.key().to_vec(), it.value().to_vec())),
            _ => None,
        });
        found.collect::<Vec<_>>()
    };
    let row = |group: &[u8], key: &[u8], value: &[u8]| (group.to_vec(), key.to_vec(), value.to_vec());
    let expected =
        [row(b"g", b"before", b"1"), row(b"g", b"k", b"v"), row(b"h", b"k", b"w")];
    assert_eq!(changes(&watch), expected);
    assert_eq!(changes(&exact), expected[1..2]);
    assert_eq!(*groups.lock().expect("no panic"), [b"g".to_vec(), b"h".to_vec()]);
}

fn a_scope_counts_its_own_entries_in_its_figures(at) {
    surround(at);
    let tenant = scope(at, b"a");
    set(&tenant, b"g", b"k", b"v");
    tenant.set_ttl(group(b"g"), key(b"dead"), b"", 1).expect("set");
    at.clock.advance(1);
    let usage = tenant.usage().expect("usage");
    assert_eq!((usage.entries, usage.bytes, usage.expired_entries), (1, 5, 1));
}

fn a_scope_of_a_scope_is_within_it(at) {
    let inner = scope(at, b"a").scope(&namespace(b"b")).expect("a scope");
    set(&inner, b"g", b"k", b"v");
    assert_eq!(at.get_in(b"a:b:g", b"k"), Some(b"v".to_vec()));
    assert_eq!(groups(&inner, b""), [b"g".to_vec()]);
    let watch = inner.watch(
        Selection { group: Selector::Any, key: Selector::Any }, 16, WatchStart::Now,
    ).expect("a watch");
    at.set_in(b"a:g", b"k", b"");
    at.set_in(b"a:b:h", b"k", b"");
    let event = watch.poll(Some(Duration::ZERO)).expect("open").expect("an event");
    assert!(matches!(event, Event::Change(it) if it.group() == b"h"));
}

fn a_scope_can_neither_set_quotas_nor_copy_the_file(at) {
    let tenant = scope(at, b"a");
    let set = tenant.set_quota(&namespace(b"a"), kv::Quota::default());
    let read = tenant.quota(&namespace(b"b")).map(drop);
    let backup = tenant.backup("/nowhere".as_ref(), &mut |_| true);
    for (refused, work) in [
        (set, "set a quota"),
        (read, "look at quotas"),
        (backup, "copy the file, which holds other namespaces too"),
    ] {
        let refused = refused.expect_err("outside");
        let message = format!("a store narrowed to a namespace cannot {work}");
        assert_eq!((refused.kind(), refused.message()), (ErrorKind::Unsupported, &message[..]));
    }
}

fn a_group_name_that_is_too_long_with_its_namespace_is_refused(at) {
    let tenant = scope(at, b"a");
    let long = vec![b'x'; kv::GROUP_LEN_MAX - 1];
    let refused = tenant.set(group(&long), key(b"k"), b"");
    assert_eq!(refused.expect_err("too long").kind(), ErrorKind::TooLarge);
    assert!(tenant.set(group(&long[1..]), key(b"k"), b"").is_ok());
    assert!(tenant.set(no_group(), key(b"k"), b"").is_ok());
}

}
