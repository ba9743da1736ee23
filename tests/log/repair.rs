//! A repair ends a store before its first damaged record, and loses nothing else.

use std::fs;

use kv::ErrorKind;

use crate::log::folder::{Folder, contents, names, set};
use crate::support::log;

/// A store of three logs with four records each, all of them known to be synced.
fn fill(folder: &Folder) -> Vec<String> {
    for opening in 0..3 {
        let store = folder.open_with("store", "durability=full").expect("a store");
        for number in 0..4 {
            set(&store, &format!("{opening} {number}"), b"value");
        }
    }
    contents(&folder.open("store"))
}

#[test]
fn the_store_ends_before_the_damage_and_the_rest_stays_beside() {
    let folder = Folder::new();
    let before = fill(&folder);
    let path = folder.path("store");
    let location = log(&path, "");
    assert_eq!(kv::repair(&location), Ok(None));
    let second = path.join("log-2");
    let whole = fs::read(&second).expect("a log");
    let mut damaged = whole.clone();
    let at = whole.len() / 2;
    damaged[at] ^= 1;
    fs::write(&second, &damaged).expect("a file of our own");
    let error = folder.open_with("store", "").err().expect("damage");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("kv check --repair"), "{error}");

    let repair = kv::repair(&location).expect("a repair").expect("damage");

    assert_eq!(repair.file, "log-2");
    assert!(repair.offset <= at as u64 && repair.dropped > 0);
    assert_eq!(fs::read(path.join("log-2.damaged")).expect("a copy"), damaged);
    let left = contents(&folder.open("store"));
    assert!(left.len() > 4 && left.len() < 8, "{left:?}");
    assert_eq!(left, before[..left.len()]);
    assert!(names(&path).contains(&"log-3.damaged".to_owned()));
    assert_eq!(kv::repair(&location), Ok(None));
}

#[test]
fn a_missing_log_ends_the_store_as_well() {
    let folder = Folder::new();
    let before = fill(&folder);
    fs::remove_file(folder.path("store").join("log-2")).expect("a log");
    let repair = kv::repair(&log(&folder.path("store"), "")).expect("a repair").expect("damage");
    assert_eq!((repair.file.as_str(), repair.offset), ("log-2", 0));
    assert_eq!(contents(&folder.open("store")), before[..4]);
}

#[test]
fn no_other_store_is_repaired_nor_one_that_is_open() {
    let folder = Folder::new();
    for location in ["memory:", "app.db"] {
        assert_eq!(kv::repair(location).expect_err(location).kind(), ErrorKind::Unsupported);
    }
    let missing = kv::repair(&log(&folder.path("store"), "")).expect_err("it is missing");
    assert_eq!(missing.os_error(), 2);
}

#[test]
fn a_check_reads_the_files_again() {
    let folder = Folder::new();
    let store = folder.open("store");
    for number in 0..100 {
        set(&store, &format!("{number}"), b"value");
    }
    store.compact().expect("a snapshot");
    set(&store, "later", b"value");
    assert_eq!(store.check(), Ok(()));
    for file in ["snapshot-2", "log-2"] {
        let path = folder.path("store").join(file);
        let whole = fs::read(&path).expect("a file");
        let mut damaged = whole.clone();
        damaged[120] ^= 1;
        fs::write(&path, damaged).expect("a file of our own");
        let error = store.check().expect_err("damage");
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains(file), "{error}");
        fs::write(&path, whole).expect("a file of our own");
    }
    assert_eq!(store.check(), Ok(()));
}
