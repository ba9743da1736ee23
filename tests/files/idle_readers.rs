//! Readers that are left alone, in this process and in others: they do not keep the WAL of a file
//! from being restarted.

use std::fs;
use std::path::Path;
use std::time::Duration;

use kv::{ErrorKind, Event, Scan, Selection, Selector, Store, WatchStart};

use crate::support::{Child, Place, drain, key, listen, no_group, say, sqlite, until};

/// The limit of the WAL, and the bytes that are written with a reader beside: many times as much.
const LIMIT: &str = "wal_limit=64KiB&purge_interval=0";
const WRITES: u64 = 1_000;
/// Less than the bytes written, some 4 KiB each, and more than a WAL that is restarted has.
const WAL_MAX: u64 = 2 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

fn open(path: &Path, options: &str) -> Store {
    kv::open(&sqlite(path, &format!("{LIMIT}&{options}"))).expect("a store")
}

fn fill(store: &Store) {
    for number in 0..100_u64 {
        store.set(no_group(), key(&number.to_be_bytes()), &[b'.'; 500]).expect("set");
    }
}

/// Writes many times the limit of the WAL, and returns the length that it has then.
fn write_on(store: &Store, path: &Path) -> u64 {
    for number in 0..WRITES {
        store.set(no_group(), key(&(number % 100).to_be_bytes()), &[b'x'; 500]).expect("set");
    }
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    fs::metadata(wal).expect("a WAL").len()
}

fn oldest(store: &Store) -> u64 {
    store.stats().expect("stats").oldest_snapshot_ms
}

/// Reads one entry of the store of its role, and has it open until the parent says more.
pub fn child(role: &[String]) {
    let store = open(Path::new(&role[0]), &role[1]);
    store.get(no_group(), key(&1_u64.to_be_bytes())).expect("get").expect("an entry");
    say("read");
    listen();
}

#[test]
fn a_process_that_has_read_lets_the_wal_be_restarted() {
    for options in ["read_only=on", "read_only=off"] {
        let place = Place::in_memory();
        let path = place.file("store.db");
        let store = open(&path, "");
        fill(&store);
        let mut reader = Child::start("idle_readers", &[path.to_str().expect("UTF-8"), options]);
        assert_eq!(reader.read_line(), "read");
        std::thread::sleep(Duration::from_millis(300));

        let len = write_on(&store, &path);
        assert!(len < WAL_MAX, "{options}: the WAL has {len} bytes");
        reader.send_line("end");
        reader.join();
    }
}

#[test]
fn a_forgotten_cursor_ends_and_lets_the_wal_be_restarted() {
    let place = Place::in_memory();
    let path = place.file("store.db");
    let store = open(&path, "snapshot_timeout=1s");
    fill(&store);
    let mut cursor = store.scan(Scan::all(no_group())).expect("a cursor");
    cursor.next().expect("next").expect("an entry");
    until("the snapshot has an age", PATIENCE, || oldest(&store) > 0);
    until("the snapshot ends", PATIENCE, || oldest(&store) == 0);
    std::thread::sleep(Duration::from_millis(200));

    let len = write_on(&store, &path);
    assert!(len < WAL_MAX, "the WAL has {len} bytes");
    for _ in 0..2 {
        let error = cursor.next().expect_err("the snapshot has ended");
        assert_eq!(error.kind(), ErrorKind::Compacted);
        assert!(error.message().contains("snapshot_timeout"), "{error}");
    }
    // Another one begins as before.
    assert_eq!(drain(&mut *store.scan(Scan::all(no_group())).expect("a cursor")).len(), 100);
}

/// The planted fault of these tests: without a limit the cursor stays, and the WAL grows.
#[test]
fn a_cursor_without_a_limit_keeps_its_snapshot() {
    let place = Place::in_memory();
    let path = place.file("store.db");
    let store = open(&path, "");
    fill(&store);
    let mut cursor = store.scan(Scan::all(no_group())).expect("a cursor");
    cursor.next().expect("next").expect("an entry");

    assert!(write_on(&store, &path) > WAL_MAX);
    assert!(oldest(&store) > 0);
    let rest = drain(&mut *cursor);
    assert_eq!(rest.len(), 99);
    assert!(rest.iter().all(|entry| entry.2.starts_with(b".")), "of the snapshot");
    assert_eq!(oldest(&store), 0, "the snapshot ends with the scan");
}

#[test]
fn a_cursor_that_is_used_goes_on() {
    let place = Place::in_memory();
    let store = open(&place.file("store.db"), "snapshot_timeout=2s");
    fill(&store);
    let mut cursor = store.scan(Scan::all(no_group())).expect("a cursor");
    let mut count = 0;
    while cursor.next().expect("it is used").is_some() {
        count += 1;
        std::thread::sleep(Duration::from_millis(25));
    }
    assert_eq!(count, 100, "in more than 2 s");
    std::thread::sleep(Duration::from_millis(50));
    assert!(cursor.next().expect("the end stays").is_none());
}

#[test]
fn a_watch_that_is_not_polled_among_the_entries_says_so_and_goes_on_with_the_changes() {
    let place = Place::in_memory();
    let store = open(&place.file("store.db"), "snapshot_timeout=1s");
    fill(&store);
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(all, 1_000, WatchStart::Existing).expect("a watch");
    watch.poll(Some(PATIENCE)).expect("open").expect("an entry");
    until("the snapshot ends", PATIENCE, || oldest(&store) == 0);

    store.set(no_group(), key(b"later"), b"v").expect("set");
    let error = watch.poll(Some(PATIENCE)).expect_err("the snapshot has ended");
    assert_eq!(error.kind(), ErrorKind::Compacted);
    let Some(Event::Change(change)) = watch.poll(Some(PATIENCE)).expect("open") else {
        panic!("no change")
    };
    assert_eq!(change.key(), b"later");
}

#[test]
fn a_forgotten_snapshot_ends_and_lets_the_wal_be_restarted() {
    let place = Place::in_memory();
    let path = place.file("store.db");
    let store = open(&path, "snapshot_timeout=1s");
    fill(&store);
    let snapshot = store.snapshot().expect("a snapshot");
    let name = 1_u64.to_be_bytes();
    snapshot.get(no_group(), key(&name)).expect("get").expect("an entry");
    let mut cursor = snapshot.scan(Scan::all(no_group())).expect("a cursor");
    until("the snapshot has an age", PATIENCE, || oldest(&store) > 0);
    until("the snapshot ends", PATIENCE, || oldest(&store) == 0);
    std::thread::sleep(Duration::from_millis(200));

    let len = write_on(&store, &path);
    assert!(len < WAL_MAX, "the WAL has {len} bytes");
    for _ in 0..2 {
        let error = snapshot.get(no_group(), key(&name)).expect_err("the snapshot has ended");
        assert_eq!(error.kind(), ErrorKind::Compacted);
        assert!(error.message().contains("take another"), "{error}");
    }
    // The first page was read before.
    assert_eq!(drain(&mut *cursor).len(), 100);
    assert!(snapshot.scan(Scan::all(no_group())).is_err());
}

/// The planted fault of the test above: without a limit the snapshot stays, and the WAL grows.
#[test]
fn a_snapshot_without_a_limit_is_kept_until_it_is_closed() {
    let place = Place::in_memory();
    let path = place.file("store.db");
    let store = open(&path, "");
    fill(&store);
    let snapshot = store.snapshot().expect("a snapshot");

    assert!(write_on(&store, &path) > WAL_MAX);
    assert!(oldest(&store) > 0);
    let entry =
        snapshot.get(no_group(), key(&1_u64.to_be_bytes())).expect("get").expect("an entry");
    assert!(entry.value.starts_with(b"."), "of the snapshot");
    drop(snapshot);
    assert_eq!(oldest(&store), 0);
}
