//! Damaged files: a tail that was not synced is cut, and damage before what was synced is an error
//! that names its place.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use kv::ErrorKind;

use crate::log::folder::{Folder, contents, set};
use crate::support::{key, no_group};

/// The bytes of a header, and those of the record that begins a log.
const BEGIN: u64 = 64 + 41;

fn flip(path: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).expect("a file of our own");
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("a byte");
    file.write_all_at(&[byte[0] ^ 1], at).expect("a byte");
}

/// Fills a store with three entries, each a record; returns the ends of the records.
fn three(folder: &Folder, name: &str, options: &str) -> Vec<u64> {
    let store = folder.open_with(name, options).expect("a store");
    let end = || store.stats().expect("figures").wal_bytes;
    let mut ends = vec![end()];
    for (key, value) in [("a", "one"), ("b", "two"), ("c", "three")] {
        set(&store, key, value.as_bytes());
        ends.push(end());
    }
    ends
}

#[test]
fn a_log_that_was_cut_anywhere_holds_the_records_before() {
    let folder = Folder::new();
    let ends = three(&folder, "whole", "sync_every=1h");
    assert_eq!(ends[0], BEGIN);
    let all = contents(&folder.open("whole"));
    for len in BEGIN..=ends[3] {
        let copy = folder.copy("whole", "cut");
        // The opening above has begun a second log, which says that the first is whole.
        fs::remove_file(copy.join("log-2")).expect("a log");
        let file = OpenOptions::new().write(true).open(copy.join("log-1")).expect("a log");
        file.set_len(len).expect("a shorter log");

        let store = folder.open("cut");

        let whole = ends.iter().filter(|end| **end <= len).count() - 1;
        assert_eq!(contents(&store), all[..whole], "{len} bytes");
    }
}

#[test]
fn damage_of_the_unsynced_tail_is_cut_with_all_behind_it_and_does_not_come_back() {
    let folder = Folder::new();
    let ends = three(&folder, "whole", "sync_every=1h");
    for at in BEGIN..ends[3] {
        let copy = folder.copy("whole", "damaged");
        flip(&copy.join("log-1"), at);
        let whole = ends.iter().filter(|end| **end <= at).count() - 1;
        let store = folder.open("damaged");
        assert_eq!(contents(&store).len(), whole, "byte {at}");
        set(&store, "d", b"four");
        drop(store);
        if whole == 0 {
            // A log without a record was replaced by another.
            assert_eq!(contents(&folder.open("damaged")).len(), 1, "byte {at}");
            continue;
        }
        // Whole again, the record is behind the end that the second log names.
        flip(&copy.join("log-1"), at);
        assert_eq!(contents(&folder.open("damaged")).len(), whole + 1, "byte {at}");
    }
}

#[test]
fn damage_before_what_is_known_to_be_synced_is_an_error_with_its_place() {
    let folder = Folder::new();
    // With full durability each record knows that those before it are synced.
    let ends = three(&folder, "whole", "durability=full");
    for at in BEGIN..ends[2] {
        let copy = folder.copy("whole", "damaged");
        flip(&copy.join("log-1"), at);
        let error = folder.open_with("damaged", "").err().expect("damage");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "byte {at}: {error}");
        let place = ends.iter().rev().find(|end| **end <= at).expect("a record");
        assert!(error.message().contains(&format!("\"log-1\": the record at byte {place} ")));
    }
}

#[test]
fn damage_of_a_log_behind_which_another_goes_on_is_an_error() {
    let folder = Folder::new();
    let ends = three(&folder, "whole", "sync_every=1h");
    set(&folder.open("whole"), "d", b"four");
    for at in BEGIN..ends[3] {
        let copy = folder.copy("whole", "damaged");
        flip(&copy.join("log-1"), at);
        let error = folder.open_with("damaged", "").err().expect("damage");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "byte {at}: {error}");
    }
    let copy = folder.copy("whole", "missing");
    fs::remove_file(copy.join("log-1")).expect("a log");
    let error = folder.open_with("missing", "").err().expect("a gap");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.message().contains("\"log-1\": the file is missing"), "{error}");
}

#[test]
fn a_damaged_snapshot_is_an_error() {
    let folder = Folder::new();
    let store = folder.open("whole");
    for number in 0..100 {
        set(&store, &format!("key {number}"), b"value");
    }
    store.compact().expect("a snapshot");
    drop(store);
    let len = fs::metadata(folder.path("whole").join("snapshot-2")).expect("a snapshot").len();
    for at in (0..len).step_by(7) {
        let copy = folder.copy("whole", "damaged");
        flip(&copy.join("snapshot-2"), at);
        let error = folder.open_with("damaged", "").err().expect("damage");
        assert!(
            matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format),
            "byte {at}: {error}"
        );
    }
}

#[test]
fn a_folder_of_something_else_is_refused_and_stays() {
    let folder = Folder::new();
    let path = folder.path("other");
    fs::create_dir(&path).expect("a folder of our own");
    fs::write(path.join("log-1"), b"text ".repeat(50)).expect("a file of our own");
    let error = folder.open_with("other", "").err().expect("another file");
    assert_eq!(error.kind(), ErrorKind::Format, "{error}");
    assert_eq!(fs::read(path.join("log-1")).expect("a file"), b"text ".repeat(50));
    let error = folder.open_with("other/log-1", "").err().expect("a file");
    assert_eq!(error.kind(), ErrorKind::Format, "{error}");
}

#[test]
fn a_batch_is_whole_or_missing() {
    let folder = Folder::new();
    let store = folder.open_with("whole", "sync_every=1h").expect("a store");
    let puts: Vec<_> = (0..10_u8).map(|it| [it]).collect();
    let entries: Vec<_> = puts.iter().map(|it| (no_group(), key(it), &b"value"[..])).collect();
    store.set_many(&entries, kv::SetExpiry::Never).expect("a batch");
    let end = store.stats().expect("figures").wal_bytes;
    for len in BEGIN..end {
        let copy = folder.copy("whole", "cut");
        let file = OpenOptions::new().write(true).open(copy.join("log-1")).expect("a log");
        file.set_len(len).expect("a shorter log");
        let count = contents(&folder.open("cut")).len();
        assert!(count == 0 || count == 10, "{count} entries of {len} bytes");
    }
}
