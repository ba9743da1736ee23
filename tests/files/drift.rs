//! The recorded usage of a file, as a check counts it again.

use kv::{ErrorKind, Namespace, Quota, Store};
use rusqlite::Connection;

use crate::support::{Place, group, key, sqlite};

/// Opens a store with a limit, and a namespace with a quota; both have two entries.
fn store(place: &Place) -> Store {
    let store = kv::open(&sqlite(&place.file("drift.db"), "purge_interval=0&max_entries=10"));
    let store = store.expect("a store");
    let quota = Quota { max_keys: 5, max_groups: 0, max_bytes: 0 };
    store.set_quota(&Namespace::new(b"a").expect("a namespace"), quota).expect("a quota");
    for name in [b"1", b"2"] {
        store.set(group(b"a:g"), key(name), b"value").expect("set");
    }
    store
}

fn change(place: &Place, sql: &str) {
    let other = Connection::open(place.file("drift.db")).expect("a connection");
    other.execute_batch(sql).expect("a change");
}

#[test]
fn a_check_names_the_namespace_whose_usage_drifted_and_both_numbers() {
    let place = Place::in_memory();
    let store = store(&place);
    store.check().expect("no drift");
    change(&place, "UPDATE kv_quotas SET keys = 1, groups = 0 WHERE namespace = CAST('a' AS BLOB)");

    let error = store.check().expect_err("a drift");

    assert_eq!(error.kind(), ErrorKind::Corrupt);
    for part in ["namespace \"a\"", "1 keys, 0 groups, 18 bytes", "2 keys, 1 groups, 18 bytes"] {
        assert!(error.message().contains(part), "{error}");
    }
}

#[test]
fn a_check_counts_the_store_and_a_compaction_mends_what_drifted() {
    let place = Place::in_memory();
    let store = store(&place);
    change(&place, "UPDATE kv_quotas SET keys = keys + 7, bytes = 3");
    change(&place, "UPDATE kv_quotas SET keys = 2, bytes = 18 WHERE namespace <> x''");
    let error = store.check().expect_err("a drift");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(
        error.message().contains("the store is recorded as 9 keys, 0 groups, 3 bytes"),
        "{error}"
    );
    change(&place, "UPDATE kv_quotas SET keys = keys + 7, bytes = 3");

    store.compact().expect("a compaction");

    store.check().expect("no drift any more");
}
