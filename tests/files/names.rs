//! One file under two names, and files that are removed or replaced while a store is open.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use kv::{Error, ErrorKind, Store};

use crate::support::{Child, Place, key, listen, no_group, say, sqlite};

fn open(path: &Path, options: &str) -> kv::Result<Store> {
    kv::open(&sqlite(path, &format!("purge_interval=0&{options}")))
}

/// Has the store of its role open until its parent sends a line.
pub fn child(role: &[String]) {
    let store = open(Path::new(&role[0]), "").expect("a store");
    store.set(no_group(), key(b"k"), b"v").expect("set");
    say(&std::process::id().to_string());
    listen();
}

#[test]
fn a_file_that_another_process_has_open_under_another_name_is_refused() {
    let place = Place::on_disk();
    let (first, second) = (place.file("first.db"), place.file("second.db"));
    drop(open(&first, "").expect("a store"));
    fs::hard_link(&first, &second).expect("a hard link");
    let mut child = Child::start("names", &[first.to_str().expect("UTF-8")]);
    let holder = child.read_line();
    for options in ["", "read_only=on"] {
        let refused = open(&second, options).err().expect("two logs");
        assert_eq!(refused.kind(), ErrorKind::Busy, "{refused}");
        assert!(refused.message().contains(&format!("process {holder} has")), "{refused}");
    }
    assert!(!place.file("second.db-wal").exists(), "the refused opening leaves no log");
    // By its own name it is open to all.
    drop(open(&first, "").expect("one log"));
    child.send_line("end");
    child.join();
    let store = open(&second, "").expect("no other process has it open");
    assert!(store.get(no_group(), key(b"k")).expect("get").is_some());
}

/// Writes until that fails; returns the error, and how many writes were acknowledged.
fn write_until_refused(store: &Store) -> (Error, u64) {
    let begun = Instant::now();
    let mut count = 0;
    loop {
        match store.set(no_group(), key(b"k"), b"v") {
            Ok(_) => count += 1,
            Err(error) => return (error, count),
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "it is not noticed");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_file_that_is_removed_or_replaced_is_noticed_within_a_second() {
    for what in ["removed", "renamed", "replaced"] {
        let place = Place::in_memory();
        let path = place.file("app.db");
        let store = open(&path, "").expect("a store");
        store.set(no_group(), key(b"k"), b"v").expect("set");
        match what {
            "removed" => fs::remove_file(&path),
            _ => fs::rename(&path, place.file("moved.db")),
        }
        .expect("a file");
        if what == "replaced" {
            fs::copy(place.file("moved.db"), &path).expect("a copy");
        }

        let (error, count) = write_until_refused(&store);

        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.message().contains("while it was open"), "{error}");
        // Those before the file went may count too.
        let said = |it: u64| error.message().contains(&format!("; {it} writes that were"));
        assert!(said(count) || said(count + 1), "{count}: {error}");
        let (again, none) = write_until_refused(&store);
        assert_eq!((again, none), (error, 0));
    }
}
