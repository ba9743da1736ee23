//! Files as a loss of power leaves them; `tests/torture/power` makes more of them.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use kv::ErrorKind;

use crate::support::{Place, key, no_group, sqlite};

const PAGE_LEN: usize = 4096;

/// Leaves a file beside the journal of a transaction that began when it had some pages; without
/// records.
fn leave(path: &Path, file: &[u8], pages: u32) {
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [0, 7, pages, 512, PAGE_LEN as u32] {
        journal.extend(u32::to_be_bytes(number));
    }
    journal.resize(512, 0);
    fs::write(path, file).expect("a file of our own");
    fs::write(format!("{}-journal", path.display()), journal).expect("a file of our own");
}

#[test]
fn a_store_that_was_being_created_is_created_by_the_next_opening() {
    for file in [vec![0; PAGE_LEN], b"half a page".repeat(400), vec![0; 3 * PAGE_LEN]] {
        let place = Place::in_memory();
        let path = place.file("kv.db");
        leave(&path, &file, 0);
        let store = kv::open(&sqlite(&path, "")).expect("the journal empties the file");
        store.set(no_group(), key(b"a"), b"1").expect("set");
        store.check().expect("a sound store");
    }
}

#[test]
fn a_file_that_no_journal_restores_is_refused_as_it_is() {
    let place = Place::in_memory();
    let path = place.file("kv.db");
    let text = b"no database at all ".repeat(400);
    leave(&path, &text, 3);
    let error = kv::open(&sqlite(&path, "")).err().expect("it is no store");
    assert_eq!(error.kind(), ErrorKind::Format);
    assert_eq!(fs::read(&path).expect("a file"), text);
    assert!(place.file("kv.db-journal").exists());
}

/// Copies a file with its log as they are, as a loss of power leaves what is on the disk.
fn copy(from: &Path, to: &Path) {
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        fs::copy(name(from), name(to)).expect("a file of our own");
    }
}

#[test]
fn a_write_that_was_read_as_missing_does_not_come_back() {
    let place = Place::in_memory();
    let [path, torn, whole] = ["kv.db", "torn.db", "whole.db"].map(|name| place.file(name));
    drop(kv::open(&sqlite(&path, "")).expect("a new store"));
    let store = kv::open(&sqlite(&path, "")).expect("the store");
    store.set(no_group(), key(b"a"), b"1").expect("set");
    copy(&path, &torn);
    let log = |path: &Path| format!("{}-wal", path.display());
    let frames = fs::read(log(&path)).expect("a log");
    // The first page of the only commit, behind the headers of the log and of the frame.
    let page = 32 + 24..32 + 24 + PAGE_LEN;
    let mut without = frames.clone();
    without[page.clone()].fill(0);
    fs::write(log(&torn), without).expect("a file of our own");

    let store = kv::open(&sqlite(&torn, "")).expect("the torn commit is left out");
    assert!(store.get(no_group(), key(b"a")).expect("get").is_none());
    copy(&torn, &whole);
    // The next commit may write the page again, with the same bytes, before its header.
    let log = fs::OpenOptions::new().write(true).open(log(&whole)).expect("a file of our own");
    log.write_all_at(&frames[page], 32 + 24).expect("a file of our own");

    let store = kv::open(&sqlite(&whole, "")).expect("the store");
    assert!(store.get(no_group(), key(b"a")).expect("get").is_none());
}
