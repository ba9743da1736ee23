//! The log is the change log: changes are read from it, across snapshots and openings.

use kv::{ErrorKind, Event, GroupRange, Selection, Selector, Store, Version, WatchStart};

use crate::log::folder::{Folder, set};
use crate::support::{group, key, no_group};

/// Returns the changes after a version, each as a text.
fn changes(store: &Store, since: Version) -> Vec<String> {
    let mut cursor = store.changes(since).expect("changes");
    let mut found = Vec::new();
    loop {
        let events = cursor.next_changes().expect("changes");
        if events.is_empty() {
            return found;
        }
        for event in events {
            let Event::Change(change) = event else { panic!("{event:?}") };
            found.push(format!(
                "{:?} {} {} {} {}",
                change.kind(),
                change.group().escape_ascii(),
                change.key().escape_ascii(),
                change.value().escape_ascii(),
                change.version()
            ));
        }
    }
}

#[test]
fn changes_are_read_across_snapshots_and_openings() {
    let folder = Folder::new();
    let mut store = folder.open_with("store", "changes=on").expect("a store");
    let mut expected = Vec::new();
    for round in 0..4 {
        for number in 0..300 {
            let name = format!("{round} {number}");
            let version = store.set(no_group(), key(name.as_bytes()), b"v").expect("set");
            expected.push(format!("Set  {name} v {version}"));
        }
        store.compact().expect("a snapshot");
        drop(store);
        store = folder.open_with("store", "changes=on").expect("a store");
    }
    assert_eq!(changes(&store, 0), expected);
    let version_of =
        |at: usize| expected[at].rsplit(' ').next().expect("words").parse().expect("a number");
    for at in [0, 299, 300, 700, 1_199] {
        assert_eq!(changes(&store, version_of(at)), expected[at + 1..]);
    }
    assert_eq!(store.oldest_change(), Ok(0));
}

#[test]
fn a_reader_is_told_where_changes_are_read() {
    let folder = Folder::new();
    let store = folder.open_with("store", "changes=on").expect("a store");
    set(&store, "a", b"1");
    drop(store);
    let reader = folder.open_with("store", "changes=on&read_only=on").expect("a reader");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let refusals = [
        reader.changes(0).map(drop),
        reader.oldest_change().map(drop),
        reader.watch(all, 16, WatchStart::Since(0)).map(drop),
    ];
    for refusal in refusals {
        let error = refusal.expect_err("no changes");
        assert_eq!(error.kind(), ErrorKind::ReadOnly);
        assert!(error.message().contains("the process that writes"), "{error}");
    }
}

#[test]
fn each_kind_of_removal_is_a_change() {
    let folder = Folder::new();
    let store = folder.open_with("store", "changes=on").expect("a store");
    set(&store, "a", b"1");
    store.delete(no_group(), key(b"a")).expect("delete");
    for name in [b"pa", b"pb"] {
        store.set(group(b"g"), key(name), b"").expect("set");
    }
    store.delete_prefix(group(b"g"), b"pa").expect("delete");
    store.delete_group(group(b"g")).expect("delete");
    let kinds: Vec<_> = changes(&store, 0)
        .iter()
        .map(|it| it.rsplit_once(' ').expect("words").0.to_owned())
        .collect();
    assert_eq!(
        kinds,
        ["Set  a 1", "Delete  a ", "Set g pa ", "Set g pb ", "Delete g pa ", "DeleteGroup g  "]
    );
}

#[test]
fn changes_beyond_those_that_are_kept_are_compacted() {
    let folder = Folder::new();
    let store = folder.open_with("store", "changes=on&changes_keep=100").expect("a store");
    for round in 0..5 {
        for number in 0..60 {
            set(&store, &format!("{round} {number}"), b"v");
        }
        store.compact().expect("a snapshot");
    }
    let oldest = store.oldest_change().expect("a version");
    assert!(oldest > 0);
    let left = changes(&store, oldest).len();
    assert!((100..160).contains(&left), "{left} changes");
    let error = store.changes(0).err().expect("compacted");
    assert_eq!(error.kind(), ErrorKind::Compacted);
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(300));
}

#[test]
fn without_the_option_there_are_no_changes() {
    let folder = Folder::new();
    let store = folder.open("store");
    let error = store.changes(0).err().expect("none");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("changes=on"), "{error}");
}
