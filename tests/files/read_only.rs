//! Stores that are opened for reading alone, while others write or do not.

use std::fs;
use std::path::Path;

use kv::{ErrorKind, GroupRange, Scan, Store};

use crate::support::{Child, Place, drain, key, listen, no_group, say, sqlite};

/// A name with characters that have a meaning in the names that SQLite takes.
const NAME: &str = "a #1&mode=rw.db";

fn open(place: &Place, options: &str) -> Store {
    kv::open(&sqlite(&place.file(NAME), options)).expect("a store")
}

fn value(store: &Store) -> Vec<u8> {
    store.get(no_group(), key(b"k")).expect("get").expect("an entry").value.to_vec()
}

/// Has the store of its role open, and sets what it is sent.
pub fn child(role: &[String]) {
    let store = kv::open(&sqlite(Path::new(&role[0]), "purge_interval=0")).expect("a store");
    say("open");
    while let Some(text) = listen().filter(|text| text != "close") {
        store.set(no_group(), key(b"k"), text.as_bytes()).expect("set");
        say("set");
    }
    drop(store);
    say("closed");
    listen();
}

fn writer(place: &Place) -> Child {
    let mut child = Child::start("read_only", &[place.file(NAME).to_str().expect("UTF-8")]);
    assert_eq!(child.read_line(), "open");
    child
}

fn write(child: &mut Child, text: &str) {
    child.send_line(text);
    assert_eq!(child.read_line(), "set");
}

fn close(mut child: Child) {
    child.send_line("close");
    assert_eq!(child.read_line(), "closed");
    child.send_line("end");
    child.join();
}

#[test]
fn a_reader_of_a_closed_store_creates_nothing_and_sees_later_writers() {
    let place = Place::in_memory();
    open(&place, "").set(no_group(), key(b"k"), b"first").expect("set");
    let names = || fs::read_dir(place.path()).expect("a folder").count();
    let store = open(&place, "read_only=on");
    assert_eq!((value(&store), names()), (b"first".to_vec(), 1));
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(1));

    let mut child = writer(&place);
    assert_eq!(value(&store), b"first");
    write(&mut child, "second");
    assert_eq!(value(&store), b"second");
    write(&mut child, "third");
    assert_eq!(value(&store), b"third");
    close(child);
    assert_eq!(value(&store), b"third");
    let refused = store.set(no_group(), key(b"k"), b"v").expect_err("for reading only");
    assert_eq!(refused.kind(), ErrorKind::ReadOnly);
}

#[test]
fn a_reader_without_locks_notices_a_writer_that_came_and_went() {
    let place = Place::in_memory();
    open(&place, "").set(no_group(), key(b"k"), b"first").expect("set");
    let store = open(&place, "read_only=on");
    assert_eq!(value(&store), b"first");
    for round in 0..5 {
        let mut child = writer(&place);
        let text = format!("round {round}");
        write(&mut child, &text);
        close(child);
        assert_eq!(value(&store), text.as_bytes());
    }
}

#[test]
fn a_scan_is_one_snapshot_although_writers_come_and_go() {
    let place = Place::in_memory();
    let store = open(&place, "purge_interval=0");
    for id in 0..2_000_u32 {
        store.set(no_group(), key(&id.to_be_bytes()), &[7; 500]).expect("set");
    }
    drop(store);
    let store = open(&place, "read_only=on");
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(2_000));
    let mut cursor = store.scan(Scan::all(no_group())).expect("a cursor");
    cursor.next().expect("an entry");
    let mut child = writer(&place);
    write(&mut child, "new");
    close(child);
    assert_eq!(drain(&mut *cursor).len(), 1_999);
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(2_001));
}
