//! A database file that this process has open outside the library, too: by another copy of SQLite,
//! or as a plain file.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kv::{Error, ErrorKind, GroupRange, Result, Scan, Store};
use rusqlite::Connection;

use crate::support::{Place, key, no_group, sqlite, until};

/// The longest wait for a refusal.
const LIMIT: Duration = Duration::from_secs(20);

fn open(path: &Path) -> Result<Store> {
    kv::open(&sqlite(path, "purge_interval=0"))
}

/// Returns a place with a closed store.
fn closed_store() -> (Place, PathBuf) {
    let place = Place::in_memory();
    let path = place.file("app.db");
    open(&path).and_then(|it| it.set(no_group(), key(b"k"), b"v")).expect("a store");
    (place, path)
}

#[track_caller]
fn assert_names(error: &Error, what: &str, file: &File) {
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    let named = format!("has {what} open outside kv (descriptor {})", file.as_raw_fd());
    assert!(error.message().contains(&named), "{error}");
}

#[test]
fn a_file_that_the_process_has_open_elsewhere_is_refused_until_that_is_closed() {
    let (place, path) = closed_store();
    let link = place.file("link.db");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    for (opened, options) in [(&path, ""), (&path, "read_only=on"), (&link, "changes=on")] {
        let before = fs::read(&path).expect("a file");
        let file = File::open(&path).expect("a plain file");
        let refused = kv::open(&sqlite(opened, options)).err().expect("two users of the file");
        assert_names(&refused, "the file", &file);
        assert_eq!(fs::read(&path).expect("a file"), before);
        assert!(!place.file("app.db-wal").exists(), "the refused opening leaves no log");
        drop(file);
        drop(kv::open(&sqlite(opened, options)).expect("closed elsewhere"));
    }
}

#[test]
fn another_connection_of_the_same_sqlite_is_no_outsider() {
    let (_place, path) = closed_store();
    let before = Connection::open(&path).expect("a connection");
    let count = "SELECT count(*) FROM kv_entries";
    let counted = |it: &Connection| it.query_row(count, [], |row| row.get::<_, i64>(0));
    assert_eq!(counted(&before), Ok(1));
    let store = open(&path).expect("one copy of SQLite");
    let after = Connection::open(&path).expect("a connection");
    store.set(no_group(), key(b"k2"), b"v").expect("set");
    assert_eq!((counted(&before), counted(&after)), (Ok(2), Ok(2)));
    let second = open(&path).expect("a second handle");
    second.set(no_group(), key(b"k3"), b"v").expect("set");
    let file = File::open(path.with_file_name("app.db-wal")).expect("a file without locks");
    assert_eq!(store.count(GroupRange::One(no_group())), Ok(3));
    drop((store, second, file));
    drop(open(&path).expect("a store"));
}

#[test]
fn one_that_opens_it_later_is_seen_by_the_next_connection() {
    let (place, path) = closed_store();
    for (name, what) in [("app.db", "the file"), ("app.db-shm", "the file's -shm")] {
        let store = open(&path).expect("a store");
        let get = || store.get(no_group(), key(b"k")).map(|it| it.is_some());
        assert_eq!(get(), Ok(true));
        let file = File::open(place.file(name)).expect("a plain file");
        let mut scans = Vec::new();
        // It looks twice a second, or less often when that takes long.
        until("a new connection is refused", LIMIT, || {
            match store.scan(Scan::all(no_group())) {
                Ok(scan) => scans.push(scan),
                Err(error) => {
                    assert_names(&error, what, &file);
                    return true;
                }
            }
            false
        });
        // The connections that are open go on.
        store.set(no_group(), key(b"k"), b"v").expect("set");
        scans.pop();
        assert_eq!(get(), Ok(true), "{name}");
        scans.push(store.scan(Scan::all(no_group())).expect("a connection that was idle"));
        drop(file);
        assert_eq!(get(), Ok(true), "{name}");
    }
}

#[test]
fn what_the_library_and_its_sqlite_open_for_a_moment_is_never_refused() {
    let (place, path) = closed_store();
    let (end, other) = (AtomicBool::new(false), place.file("other.db"));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !end.load(Ordering::Relaxed) {
                    let connection = Connection::open(&path).expect("a connection");
                    connection.execute_batch("SELECT * FROM kv_meta").expect("a read");
                    // Numbers that SQLite has used are used by others.
                    drop((connection, File::open("/dev/null").expect("a device")));
                }
            });
        }
        for round in 0..100 {
            let store = open(&path).expect("no outsider");
            store.set(no_group(), key(b"k"), b"v").expect("set");
            let backup = place.file(&format!("backup{round}.db"));
            store.backup(&backup, &mut |_| true).expect("a backup");
            drop(open(&backup).expect("its backup"));
            store.restore(&backup, &mut |_| true).expect("a restore");
            drop(open(&other).expect("a new file"));
            fs::remove_file(&other).expect("removed");
        }
        end.store(true, Ordering::Relaxed);
    });
}
