//! Backups restored into stores that are in use.

use std::fs;
use std::path::Path;
use std::time::Duration;

use kv::{ErrorKind, Event, GroupRange, Selection, Selector, Store, Watch, WatchStart};

use crate::support::listing::fixture;
use crate::support::{Child, Place, drain, group, key, listen, no_group, say, sqlite};

const SOON: Option<Duration> = Some(Duration::from_secs(30));

fn open(path: &Path, options: &str) -> Store {
    kv::open(&sqlite(path, &format!("purge_interval=0&{options}"))).expect("a store")
}

fn set(store: &Store, name: &[u8], value: &[u8]) {
    store.set(no_group(), key(name), value).expect("set");
}

fn value(store: &Store, name: &[u8]) -> Option<Vec<u8>> {
    store.get(no_group(), key(name)).expect("get").map(|entry| entry.value.to_vec())
}

fn watch(store: &Store) -> Watch {
    let all = Selection { group: Selector::Any, key: Selector::Any };
    store.watch(all, 1024, WatchStart::Now).expect("a watch")
}

fn next(watch: &Watch) -> Event {
    watch.poll(SOON).expect("an open watch").expect("an event in time")
}

fn is_lagged(watch: &Watch) -> bool {
    matches!(next(watch), Event::Lagged { .. })
}

/// Waits until a watch has a set of `name`.
fn until_set(watch: &Watch, name: &[u8]) {
    while !matches!(next(watch), Event::Change(change) if change.key() == name) {}
}

/// Has the store of its role open, and says what it reads and receives.
pub fn child(role: &[String]) {
    let store = open(Path::new(&role[0]), &role[1]);
    let watch = watch(&store);
    say(&format!("{:?}", value(&store, b"k").map(|it| it.len())));
    listen().expect("the restore is over");
    say(&format!("{:?}", value(&store, b"k").map(|it| it.len())));
    if role[1] == "changes=on" {
        assert!(is_lagged(&watch), "changes are missing");
        // Later changes come as before, of this process and of others.
        set(&store, b"child", b"later");
        until_set(&watch, b"child");
        say("received its own");
        until_set(&watch, b"parent");
    }
    say("done");
    listen();
}

#[test]
fn a_restore_is_seen_by_every_process_and_watch() {
    for options in ["changes=on", "changes=off"] {
        let place = Place::in_memory();
        let path = place.file("app.db");
        let store = open(&path, options);
        set(&store, b"k", &[1; 5_000]);
        set(&store, b"a", b"first");
        store.backup(&place.file("backup.db"), &mut |_| true).expect("a backup");
        set(&store, b"k", b"later");
        set(&store, b"new", b"later");
        let mut child = Child::start("restore", &[path.to_str().expect("UTF-8"), options]);
        assert_eq!(child.read_line(), "Some(5)");
        let watch = watch(&store);
        let version = store.get(no_group(), key(b"new")).expect("get").expect("an entry").version;

        store.restore(&place.file("backup.db"), &mut |_| true).expect("a restore");

        assert_eq!(value(&store, b"k"), Some(vec![1; 5_000]), "{options}");
        assert_eq!((value(&store, b"new"), value(&store, b"a")), (None, Some(b"first".to_vec())));
        assert_eq!(store.check(), Ok(()));
        child.send_line("the restore is over");
        assert_eq!(child.read_line(), "Some(5000)", "{options}");
        assert!(matches!(watch.poll(Some(Duration::ZERO)), Ok(Some(Event::Lagged { .. }))));
        if options == "changes=on" {
            assert_eq!(child.read_line(), "received its own");
            until_set(&watch, b"child");
            set(&store, b"parent", b"later");
        }
        assert_eq!(child.read_line(), "done");
        assert!(store.set(no_group(), key(b"new"), b"again").expect("set") > version);
        child.send_line("end");
        child.join();
        drop((watch, store));
        assert_eq!(value(&open(&path, ""), b"new"), Some(b"again".to_vec()));
        let names = fs::read_dir(place.path()).expect("a folder").flatten();
        assert_eq!(names.count(), 2, "the database and its backup");
    }
}

#[test]
fn a_log_that_a_backup_lacks_goes_on_after_the_restore() {
    let place = Place::in_memory();
    let store = open(&place.file("app.db"), "");
    store.backup(&place.file("empty.db"), &mut |_| true).expect("a backup");
    drop(store);
    let store = open(&place.file("app.db"), "changes=on&changes_keep=1000");
    set(&store, b"a", b"1");
    let before = store.get(no_group(), key(b"a")).expect("get").expect("an entry").version;
    let watch = watch(&store);

    store.restore(&place.file("empty.db"), &mut |_| true).expect("a restore");

    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(0));
    assert!(is_lagged(&watch));
    set(&store, b"b", b"2");
    until_set(&watch, b"b");
    let trimmed = store.changes(before).err().expect("the log begins again");
    assert_eq!(trimmed.kind(), ErrorKind::Compacted);
}

#[test]
fn what_is_no_backup_or_damaged_is_refused_and_the_store_stays() {
    let place = Place::in_memory();
    let store = open(&place.file("app.db"), "");
    for id in 0..2_000_u32 {
        store.set(group(b"g"), key(&id.to_be_bytes()), &[7; 500]).expect("set");
    }
    let copy = place.file("copy.db");
    store.backup(&copy, &mut |_| true).expect("a backup");
    let mut bytes = fs::read(&copy).expect("a file");
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    fs::write(place.file("damaged.db"), bytes).expect("written");
    fs::write(place.file("text"), "no database at all, ".repeat(100)).expect("written");
    set(&store, b"later", b"v");

    for (name, kind) in [
        ("damaged.db", ErrorKind::Corrupt),
        ("text", ErrorKind::Format),
        ("missing.db", ErrorKind::Io),
        ("app.db", ErrorKind::Argument),
    ] {
        let refused = store.restore(&place.file(name), &mut |_| true).expect_err("refused");
        assert_eq!(refused.kind(), kind, "{refused}");
        assert!(refused.message().starts_with("restore from \""), "{refused}");
    }
    for steps in 0..2 {
        let mut left = steps;
        let stop = &mut |_: kv::BackupProgress| {
            left -= 1;
            left >= 0
        };
        let stopped = store.restore(&copy, stop);
        assert_eq!(stopped.expect_err("stopped").kind(), ErrorKind::Cancelled);
    }
    assert_eq!(value(&store, b"later"), Some(b"v".to_vec()));
    store.restore(&copy, &mut |_| true).expect("a restore");
    assert_eq!(value(&store, b"later"), None);
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(2_000));
}

/// Returns the entries of all groups.
fn entries(store: &Store) -> Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> {
    drain(&mut *store.entries(GroupRange::Prefix(b""), None).expect("a cursor"))
}

#[test]
fn a_backup_of_format_1_is_restored_into_a_file_of_format_2() {
    for name in ["large", "changes", "evict_bytes", "quotas", "application"] {
        let place = Place::in_memory();
        let backup = fixture(&format!("{name}.db"));
        fs::copy(&backup, place.file("same.db")).expect("a fixture");
        let store = open(&place.file("app.db"), "");
        set(&store, b"later", b"v");

        store.restore(&backup, &mut |_| true).expect(name);

        assert_eq!(store.stats().expect("statistics").format, 2);
        assert_eq!(entries(&store), entries(&open(&place.file("same.db"), "")), "{name}");
        assert_eq!(store.check(), Ok(()), "{name}");
        set(&store, b"after", b"v");
    }
}

#[test]
fn a_backup_of_format_2_is_refused_by_a_file_that_is_used_in_format_1() {
    let place = Place::in_memory();
    let path = place.file("app.db");
    fs::copy(fixture("large.db"), &path).expect("a fixture");
    let backup = place.file("backup.db");
    set(&open(&backup, ""), b"k", b"v");
    // A process of another version has the file open, so that it is not upgraded.
    let other = rusqlite::Connection::open(&path).expect("a database");
    other.query_row("SELECT count(*) FROM kv_entries", [], |_| Ok(())).expect("a count");
    let store = open(&path, "");
    let before = entries(&store);

    let refused = store.restore(&backup, &mut |_| true).expect_err("another format");

    assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
    assert!(refused.message().contains("format 2 and the store 1"), "{refused}");
    assert_eq!(entries(&store), before);
}
