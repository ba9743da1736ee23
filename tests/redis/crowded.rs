//! A store with few keys in a database with many of others: its scans are live, and those of one
//! moment are refused by numbers.

use std::sync::LazyLock;

use kv::{ErrorKind, Event, Op, Scan, Selection, Selector, Store, WatchStart};

use crate::redis::{open, set, start};
use crate::support::redis::{Server, Setup};
use crate::support::{drain, group, key, no_group};

const OTHERS: &str = "120000";

/// One for all tests, which have prefixes of their own.
static CROWDED: LazyLock<Server> = LazyLock::new(|| {
    let server = start(Setup::default());
    server.client().call(&["DEBUG", "POPULATE", OTHERS, "other"]);
    server
});

fn store(options: &str) -> Store {
    let store = open(&CROWDED.location(options));
    set(&store, b"only", b"v");
    store
}

fn keys_of(store: &Store, scan: Scan<'_>) -> Vec<Vec<u8>> {
    let rows = drain(&mut *store.scan(scan).expect("a scan"));
    rows.into_iter().map(|it| it.1).collect()
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_among_many_keys_of_others_lists_deletes_and_watches() {
    let store = store("prefix=few");
    let all = Scan::all(no_group());
    assert_eq!(keys_of(&store, all), [b"only"]);
    assert_eq!(keys_of(&store, Scan { limit: 1, ..all }), [b"only"]);
    assert!(!store.scan(all).expect("a scan").is_snapshot());

    let any = Selection { group: Selector::Any, key: Selector::Any };
    let default = Selection { group: Selector::Exact(b""[..].into()), key: Selector::Any };
    for selection in [any, default] {
        let watch = store.watch(selection, 16, WatchStart::Existing).expect("a watch");
        let next = || watch.poll(None).expect("open").expect("an event");
        let Event::Change(change) = next() else { panic!("no entry") };
        assert_eq!(change.key(), b"only");
        assert!(matches!(next(), Event::Synced { .. }));
    }

    for id in 0..250_u8 {
        set(&store, &[b"many", &[id][..]].concat(), b"v");
    }
    assert_eq!(store.delete_prefix(no_group(), b"many"), Ok(250));
    assert_eq!(store.delete_prefix(no_group(), b"many"), Ok(0));
    assert_eq!(store.delete_group(no_group()), Ok(1));
    assert!(keys_of(&store, all).is_empty());
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_scan_of_one_moment_is_refused_with_both_numbers() {
    let live = store("prefix=live");
    let snapshots = store("prefix=moment&scans=snapshot");
    let all = Scan::all(no_group());
    let in_batch = |store: &Store| {
        let (group, prefix) = (no_group(), &b""[..]);
        let delete = Op::DeletePrefix { group, prefix };
        let get = Op::Get { group, key: key(b"only") };
        store.commit(&[delete, get]).map(drop)
    };
    for (what, refused) in [
        ("flag", live.scan(Scan { snapshot: true, ..all }).map(drop)),
        ("scan", snapshots.scan(all).map(drop)),
        ("limit", snapshots.scan(Scan { limit: 1, ..all }).map(drop)),
        ("prefix", snapshots.delete_prefix(no_group(), b"x").map(drop)),
        ("group", snapshots.delete_group(no_group()).map(drop)),
        ("batch", in_batch(&snapshots)),
        ("live batch", in_batch(&live)),
    ] {
        let error = refused.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{what}: {error}");
        let limit = error.message().find("the limit is 100000");
        let found = error.message().find("there are 12");
        assert!(found.is_some() && limit.is_some(), "{what}: {error}");
    }
    assert_eq!(keys_of(&live, all), [b"only"]);
}

/// The keys of others do not count for a named group.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_named_group_is_of_one_moment_up_to_its_own_size() {
    let live = open(&CROWDED.location("prefix=named"));
    let snapshots = open(&CROWDED.location("prefix=named&scans=snapshot"));
    let (small, large) = (group(b"small"), group(b"large"));
    live.set(small, key(b"k"), b"v").expect("set");
    let scan = Scan { snapshot: true, ..Scan::all(small) };
    for cursor in [live.scan(scan), snapshots.scan(Scan::all(small))] {
        let mut cursor = cursor.expect("a snapshot");
        assert!(cursor.is_snapshot());
        assert_eq!(drain(&mut *cursor).len(), 1);
    }
    assert!(!live.scan(Scan::all(small)).expect("a scan").is_snapshot());

    // More than 64 MiB.
    let value = vec![7; 66 << 10];
    for id in 0..1_001_u16 {
        live.set(large, key(&id.to_be_bytes()), &value).expect("set");
    }
    let error = snapshots.scan(Scan::all(large)).map(drop).expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.message().contains("the limit is 67108864"), "{error}");
    assert_eq!(drain(&mut *live.scan(Scan::all(large)).expect("a scan")).len(), 1_001);
    assert_eq!(live.delete_group(large), Ok(1_001));
}
