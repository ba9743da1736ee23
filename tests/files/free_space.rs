//! Free pages: with each purge a file returns them to the file system, if they are many.

use std::fs;
use std::time::Duration;

use kv::{Condition, GroupRange, Scan, SetExpiry, Store};
use rusqlite::Connection;

use crate::support::{Place, group, key, no_group, sqlite, until};

/// Purges often.
const OFTEN: &str = "purge_interval=20ms&wal_limit=1MiB";
const LIMIT: Duration = Duration::from_secs(60);
const ENTRIES: u32 = 20_000;

fn open(place: &Place, options: &str) -> Store {
    kv::open(&sqlite(&place.file("space.db"), options)).expect("a store")
}

fn len(place: &Place) -> u64 {
    fs::metadata(place.file("space.db")).expect("a file").len()
}

fn name(number: u32) -> Vec<u8> {
    number.wrapping_mul(0x9E37_79B9).to_be_bytes().to_vec()
}

fn value(number: u32) -> Vec<u8> {
    number.to_le_bytes().repeat(100)
}

/// Writes entries of a group in several batches.
fn fill(store: &Store, of: &[u8]) {
    let numbers: Vec<u32> = (0..ENTRIES).collect();
    for some in numbers.chunks(1_000) {
        let entries: Vec<_> = some.iter().map(|it| (name(*it), value(*it))).collect();
        let entries: Vec<_> =
            entries.iter().map(|(name, value)| (group(of), key(name), &value[..])).collect();
        store.set_many(&entries, SetExpiry::Never).expect("set");
    }
}

/// Asserts that a group has the entries of these numbers and no others.
fn assert_kept(store: &Store, of: &[u8], kept: &[u32]) {
    assert_eq!(store.count(GroupRange::One(group(of))).expect("count"), kept.len() as u64);
    for number in kept {
        let entry = store.get(group(of), key(&name(*number))).expect("get").expect("an entry");
        assert_eq!(&*entry.value, value(*number));
    }
    store.check().expect("a whole file");
}

/// Waits until the length of the file is as expected. Each set lets the log be started over, with
/// which the file changes its length.
fn until_len(place: &Place, store: &Store, is_so: impl Fn(u64) -> bool) {
    until("the file has that length", LIMIT, || {
        store.set(no_group(), key(b"other"), b"again").expect("set");
        is_so(len(place))
    });
}

#[test]
fn a_file_is_shorter_after_a_group_was_deleted_and_its_other_entries_are_there() {
    let place = Place::on_disk();
    let store = open(&place, OFTEN);
    fill(&store, b"deleted");
    fill(&store, b"kept");
    until_len(&place, &store, |len| len > 16 << 20);
    let before = len(&place);
    store.delete_group(group(b"deleted")).expect("delete");
    until_len(&place, &store, |len| len < before * 2 / 3);
    assert_kept(&store, b"kept", &(0..ENTRIES).collect::<Vec<_>>());
}

#[test]
fn pages_between_others_are_returned_while_a_snapshot_is_read_and_others_write() {
    let place = Place::on_disk();
    let store = open(&place, OFTEN);
    fill(&store, b"g");
    until_len(&place, &store, |len| len > 8 << 20);
    let before = len(&place);
    let mut cursor = store.scan(Scan::all(group(b"g"))).expect("a scan");
    assert!(cursor.next().expect("an entry").is_some());
    // Neighbours by their keys, so that whole pages between others are free.
    let is_kept = |number: &u32| !(0x20..0xe0).contains(&name(*number)[0]);
    for number in (0..ENTRIES).filter(|it| !is_kept(it)) {
        store.delete(group(b"g"), key(&name(number))).expect("delete");
    }
    let mut seen = 1;
    while cursor.next().expect("an entry").is_some() {
        seen += 1;
    }
    assert_eq!(seen, ENTRIES, "the snapshot has all entries");
    drop(cursor);
    until_len(&place, &store, |len| len < before / 2);
    assert_kept(&store, b"g", &(0..ENTRIES).filter(is_kept).collect::<Vec<_>>());
}

#[test]
fn a_file_without_pointer_maps_keeps_its_length_until_it_is_compacted() {
    let place = Place::on_disk();
    let other = Connection::open(place.file("space.db")).expect("a file");
    other.execute_batch("PRAGMA auto_vacuum = NONE; CREATE TABLE theirs (a)").expect("a table");
    drop(other);
    let store = open(&place, OFTEN);
    fill(&store, b"g");
    until_len(&place, &store, |len| len > 8 << 20);
    let before = len(&place);
    store.delete_group(group(b"g")).expect("delete");
    // The purge of an entry shows that the maintenance thread has looked at the file since.
    let soon = SetExpiry::After(1);
    store.put(no_group(), key(b"k"), b"v", Condition::Any, soon).expect("set");
    until("a purge", LIMIT, || store.stats().expect("stats").expirations == 1);
    store.flush().expect("flush");
    assert!(len(&place) >= before);

    store.compact().expect("compact");
    assert!(len(&place) < 1 << 20);
    fill(&store, b"g");
    until_len(&place, &store, |len| len > 8 << 20);
    store.delete_group(group(b"g")).expect("delete");
    until_len(&place, &store, |len| len < before / 2);
}
