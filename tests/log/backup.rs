//! Backups are folders with a snapshot; a restore replaces everything at once.

use std::fs;
use std::time::Duration;

use kv::{BackupProgress, ErrorKind, Event, Namespace, Quota, Selection, Selector, WatchStart};

use crate::log::folder::{Folder, contents, names, set};
use crate::support::{group, key};

fn fill(folder: &Folder, name: &str) -> kv::Store {
    let store = folder.open_with(name, "changes=on").expect("a store");
    for number in 0..5_000 {
        set(&store, &format!("key {number}"), &[number as u8; 200]);
    }
    let tenant = Namespace::new(b"tenant").expect("a name");
    store.set_quota(&tenant, Quota { max_keys: 3, ..Quota::default() }).expect("a quota");
    store.set(group(b"tenant:g"), key(b"k"), b"v").expect("set");
    store
}

#[test]
fn a_backup_is_a_store_and_one_moment_of_the_other() {
    let folder = Folder::new();
    let store = fill(&folder, "store");
    let before = contents(&store);
    let mut seen: Vec<BackupProgress> = Vec::new();
    store
        .backup(&folder.path("copy"), &mut |progress| {
            set(&store, "meanwhile", b"v");
            seen.push(progress);
            true
        })
        .expect("a backup");
    assert_eq!(names(&folder.path("copy")), ["snapshot-1"]);
    assert!(seen.len() > 3 && seen.windows(2).all(|it| it[0].done <= it[1].done));
    let last = seen.last().expect("progress");
    assert_eq!(last.done, last.total);
    let copy = folder.open("copy");
    assert_eq!(contents(&copy), before);
    set(&copy, "goes on", b"v");
    drop(copy);
    assert_eq!(contents(&folder.open("copy")).len(), before.len() + 1);
}

#[test]
fn a_backup_replaces_nothing_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let store = fill(&folder, "store");
    let path = folder.path("copy");
    fs::write(&path, "mine").expect("a file of our own");
    let error = store.backup(&path, &mut |_| true).expect_err("there is a file");
    assert_eq!((error.kind(), error.os_error()), (ErrorKind::Argument, 17), "{error}");
    fs::remove_file(&path).expect("a file of our own");
    let error = store.backup(&path, &mut |_| false).expect_err("ended");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let error = store.backup(&folder.path("no/copy"), &mut |_| true).expect_err("no folder");
    assert_eq!(error.os_error(), 2);
    let left = fs::read_dir(folder.path("store").parent().expect("a folder")).expect("a folder");
    assert_eq!(left.count(), 1);
}

#[test]
fn a_restore_replaces_everything_and_watches_hear_of_it() {
    let folder = Folder::new();
    let store = fill(&folder, "store");
    store.backup(&folder.path("copy"), &mut |_| true).expect("a backup");
    let before = contents(&store);
    store.delete_group(group(b"")).expect("delete");
    store.set(group(b"later"), key(b"k"), b"v").expect("set");
    let later = store.oldest_change().expect("a version");
    let selection = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(selection, 64, WatchStart::Now).expect("a watch");

    store.restore(&folder.path("copy"), &mut |_| true).expect("a restore");

    assert_eq!(contents(&store), before);
    assert!(matches!(
        watch.poll(Some(Duration::from_secs(20))).expect("an event"),
        Some(Event::Lagged { .. })
    ));
    let tenant = Namespace::new(b"tenant").expect("a name");
    assert_eq!(store.quota(&tenant).expect("a quota").usage.keys, 1);
    store.check().expect("a sound store");
    let error = store.changes(later).err().expect("compacted");
    assert_eq!(error.kind(), ErrorKind::Compacted);
    set(&store, "after", b"v");
    drop((watch, store));
    let store = folder.open_with("store", "changes=on").expect("a store");
    assert_eq!(contents(&store).len(), before.len() + 1);
    assert_eq!(names(&folder.path("copy")), ["snapshot-1"]);
}

#[test]
fn a_restore_of_something_else_leaves_the_store_as_it_is() {
    let folder = Folder::new();
    let store = fill(&folder, "store");
    let before = contents(&store);
    store.backup(&folder.path("copy"), &mut |_| true).expect("a backup");
    let snapshot = folder.path("copy").join("snapshot-1");
    let mut bytes = fs::read(&snapshot).expect("a snapshot");
    bytes[500_000] ^= 1;
    fs::write(&snapshot, bytes).expect("a file of our own");
    fs::create_dir(folder.path("empty")).expect("a folder of our own");
    for (name, kind) in [
        ("copy", ErrorKind::Corrupt),
        ("empty", ErrorKind::Format),
        ("missing", ErrorKind::Io),
        ("store", ErrorKind::Argument),
    ] {
        let error = store.restore(&folder.path(name), &mut |_| true).expect_err(name);
        assert_eq!(error.kind(), kind, "{error}");
    }
    assert_eq!(contents(&store), before);
    set(&store, "goes on", b"v");
    drop(store);
    assert_eq!(contents(&folder.open("store")).len(), before.len() + 1);
}
