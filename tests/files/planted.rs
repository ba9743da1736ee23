//! Planted and damaged tables: foreign triggers are refused, and no loop over the rows is endless.

use std::time::Duration;

use kv::{Error, ErrorKind, Event, Result, Selection, Selector, Store, WatchStart};
use rusqlite::Connection;

use crate::support::{Place, drain, group, key, no_group, sqlite};

const ENDLESS: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n)";
const LAST: &str = "9223372036854775807";

fn open(place: &Place, options: &str) -> Result<Store> {
    kv::open(&sqlite(&place.file("planted.db"), &format!("purge_interval=0&{options}")))
}

/// Makes a store with two entries, closes it, and changes its tables by `sql`.
fn plant(place: &Place, options: &str, sql: &str) {
    let store = open(place, options).expect("a store");
    for name in [b"a", b"b"] {
        store.set(no_group(), key(name), b"value").expect("set");
    }
    drop(store);
    run(place, sql);
}

fn run(place: &Place, sql: &str) {
    let other = Connection::open(place.file("planted.db")).expect("a connection");
    other.execute_batch("PRAGMA writable_schema = ON").expect("a setting");
    other.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn assert_corrupt(error: &Error, part: &str) {
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.message().contains(part), "{error}");
}

#[test]
fn triggers_and_indexes_of_others_on_our_tables_are_refused_by_name() {
    for (options, sql, name) in [
        ("", format!("CREATE TRIGGER evil AFTER INSERT ON kv_entries BEGIN {ENDLESS} SELECT x FROM n; END"), "evil"),
        ("", "CREATE TRIGGER Evil BEFORE DELETE ON KV_ENTRIES BEGIN SELECT 1; END".into(), "Evil"),
        ("", "CREATE TRIGGER evil AFTER UPDATE ON kv_meta BEGIN SELECT 1; END".into(), "evil"),
        ("", "CREATE TRIGGER evil AFTER INSERT ON kv_values BEGIN SELECT 1; END".into(), "evil"),
        ("", "CREATE UNIQUE INDEX mine ON kv_entries (version)".into(), "mine"),
        ("", "CREATE INDEX mine ON kv_entries (hex(value))".into(), "mine"),
        ("", "CREATE INDEX mine ON kv_entries (value) WHERE length(value) > 5".into(), "mine"),
        ("changes=on", "CREATE TRIGGER evil AFTER INSERT ON kv_changes BEGIN SELECT 1; END".into(), "evil"),
        ("evict=lru&max_entries=9", "CREATE TRIGGER evil AFTER INSERT ON kv_uses BEGIN SELECT 1; END".into(), "evil"),
        ("changes=on", format!(
            "DROP TRIGGER kv_changes_insert; CREATE TRIGGER kv_changes_insert AFTER INSERT ON kv_entries
             BEGIN {ENDLESS} SELECT x FROM n; END"), "kv_changes_insert"),
    ] {
        let place = Place::in_memory();
        plant(&place, options, &sql);
        for options in ["", "read_only=on"] {
            let error = open(&place, options).err().unwrap_or_else(|| panic!("{sql}"));
            assert_corrupt(&error, name);
        }
    }
}

#[test]
fn what_hangs_on_an_applications_own_tables_is_its_own_matter() {
    let place = Place::in_memory();
    plant(
        &place,
        "changes=on",
        "
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user TEXT UNIQUE);
        CREATE VIEW all_entries AS SELECT * FROM kv_entries;
        CREATE TRIGGER note AFTER INSERT ON orders BEGIN
            INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'63', 1, x''); END;
        CREATE INDEX by_version ON kv_entries (version);",
    );

    let store = open(&place, "").expect("a store");

    run(&place, "INSERT INTO orders (user) VALUES ('ada')");
    store.set(no_group(), key(b"c"), b"1").expect("set");
    store.check().expect("a sound file");
}

#[test]
fn a_check_finds_a_trigger_that_came_while_the_store_was_open() {
    let place = Place::in_memory();
    let store = open(&place, "").expect("a store");
    store.check().expect("a sound file");
    run(&place, "CREATE TRIGGER evil AFTER INSERT ON kv_entries BEGIN SELECT 1; END");
    assert_corrupt(&store.check().expect_err("a trigger"), "evil");
}

/// Makes the index of a table point into nothing: it finds no row, and removes none.
fn empty_index(place: &Place, index: &str) {
    run(place, "CREATE TABLE spare (a, b); CREATE INDEX spare_ab ON spare (a, b)");
    run(
        place,
        &format!(
            "UPDATE sqlite_schema SET rootpage =
             (SELECT rootpage FROM sqlite_schema WHERE name = 'spare_ab') WHERE name = '{index}';
         DELETE FROM sqlite_schema WHERE name IN ('spare', 'spare_ab')"
        ),
    );
}

#[test]
fn an_eviction_in_a_damaged_order_ends() {
    let place = Place::in_memory();
    plant(&place, "max_entries=2&evict=lru", "DELETE FROM kv_entries WHERE key = x'61'");
    empty_index(&place, "sqlite_autoindex_kv_uses_1");
    let store = open(&place, "").expect("a store");
    let mut failed = None;
    for name in b"cdef" {
        failed = store.set(no_group(), key(&[*name]), b"").err().or(failed);
    }
    assert_corrupt(&failed.expect("a damaged order"), "kv_uses");
    assert_eq!(store.check().expect_err("damage").kind(), ErrorKind::Corrupt);
    assert!(store.exists(no_group(), key(b"b")).expect("a read"));
}

#[test]
fn an_order_at_the_end_of_all_numbers_is_named() {
    let place = Place::in_memory();
    plant(
        &place,
        "max_entries=2&evict=lru",
        &format!("UPDATE kv_uses SET used = {LAST} WHERE key = x'61'"),
    );
    let opened = open(&place, "");
    let error =
        opened.and_then(|store| store.set(no_group(), key(b"c"), b"")).expect_err("refused");
    assert_corrupt(&error, LAST);
}

#[test]
fn a_cursor_over_a_damaged_log_ends() {
    let place = Place::in_memory();
    plant(&place, "changes=on", "");
    run(&place, "UPDATE kv_changes SET seq = 7 - seq");
    let store = open(&place, "").expect("a store");
    let mut changes = store.changes(store.oldest_change().expect("a log")).expect("a log");
    assert_corrupt(&changes.next_changes().expect_err("damage"), "change log");

    run(&place, &format!("UPDATE kv_changes SET seq = {LAST} WHERE seq = 6"));
    assert_corrupt(&store.check().expect_err("damage"), "change log");
}

#[test]
fn a_watch_on_a_damaged_log_ends_and_the_store_closes() {
    let place = Place::in_memory();
    plant(&place, "changes=on", "");
    let store = open(&place, "").expect("a store");
    let since = store.oldest_change().expect("a log");
    run(&place, "UPDATE kv_changes SET seq = 7 - seq");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(all, 16, WatchStart::Since(since)).expect("a watch");
    let mut events = 0;
    while let Ok(Some(event)) = watch.poll(Some(Duration::from_millis(200))) {
        events += u32::from(matches!(event, Event::Change(_)));
        assert!(events < 1_000, "the same changes again and again");
    }
}

#[test]
fn the_last_version_of_all_fails_writes_by_name_and_can_be_lowered() {
    let places = [
        (
            "",
            format!("UPDATE kv_entries SET version = {LAST} WHERE key = x'61'"),
            "UPDATE kv_entries SET version = 1 WHERE version = 9223372036854775807",
        ),
        (
            "",
            format!("UPDATE kv_meta SET value = {LAST} WHERE name = 'clock'"),
            "UPDATE kv_meta SET value = (SELECT max(version) FROM kv_entries) WHERE name = 'clock'",
        ),
        (
            "",
            "UPDATE kv_meta SET value = -5 WHERE name = 'clock'".to_owned(),
            "UPDATE kv_meta SET value = (SELECT max(version) FROM kv_entries) WHERE name = 'clock'",
        ),
        (
            "changes=on",
            format!("UPDATE kv_changes SET version = {LAST} WHERE key = x'62'"),
            "DELETE FROM kv_changes; UPDATE kv_meta SET value = (SELECT max(version) FROM kv_entries) WHERE name = 'clock'",
        ),
    ];
    for (options, damage, mend) in places {
        let place = Place::in_memory();
        plant(&place, options, &damage);
        let store = open(&place, "").expect("a store");

        let error = store.set(no_group(), key(b"a"), b"2").expect_err(&damage);
        assert_corrupt(&error, "kv_check");
        let error = store.delete(no_group(), key(b"a")).expect_err(&damage);
        assert_corrupt(&error, "kv_check");
        let error = store.check().expect_err(&damage);
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(store.exists(no_group(), key(b"a")).expect("a read"));
        drop(store);

        run(&place, mend);
        let store = open(&place, "").expect("a store");
        store.set(no_group(), key(b"a"), b"3").unwrap_or_else(|error| panic!("{damage}: {error}"));
        store.check().unwrap_or_else(|error| panic!("{damage}: {error}"));
    }
}

#[test]
fn a_negative_version_is_named_and_a_set_replaces_it() {
    let place = Place::in_memory();
    plant(&place, "", "UPDATE kv_entries SET version = -1 WHERE key = x'61'");
    let store = open(&place, "").expect("a store");
    assert_corrupt(&store.check().expect_err("damage"), "version");
    assert_corrupt(&store.delete(no_group(), key(b"a")).expect_err("damage"), "kv_check");
    store.set(no_group(), key(b"a"), b"2").expect("a later version");
    store.check().expect("a sound file");
}

#[test]
fn one_entry_of_the_last_version_leaves_the_others_writable() {
    let place = Place::in_memory();
    plant(&place, "", &format!("UPDATE kv_entries SET version = {LAST} WHERE key = x'61'"));
    let store = open(&place, "").expect("a store");
    store.set(no_group(), key(b"a"), b"2").expect_err("refused");
    for value in [b"3", b"4"] {
        store.set(no_group(), key(b"b"), value).expect("another key");
    }
    store.flush().expect("a flush");
    assert!(drain(&mut *store.groups(b"").expect("a cursor")).len() == 1);
    assert_eq!(store.delete_group(group(b"x")), Ok(0));
}
