//! Snapshots: an end of the process between any two steps of one leaves the same store.

use std::fs::{self, OpenOptions};
use std::thread;
use std::time::{Duration, Instant};

use kv::{Namespace, Quota, SetExpiry};

use crate::log::folder::{Folder, contents, names, set};
use crate::support::{group, key};

fn fill(folder: &Folder, name: &str) {
    let store = folder.open(name);
    for number in 0..500 {
        set(&store, &format!("key {number}"), format!("value {number}").as_bytes());
    }
    let tenant = Namespace::new(b"tenant").expect("a name");
    store.set_quota(&tenant, Quota { max_keys: 5, ..Quota::default() }).expect("a quota");
    store.set(group(b"tenant:g"), key(b"k"), b"v").expect("set");
    store.set_ttl(group(b"ttl"), key(b"k"), b"v", 600_000).expect("set");
    store.delete(group(b""), key(b"key 7")).expect("delete");
}

/// Checks that a store is what `fill` has made, and that it goes on.
fn check(folder: &Folder, name: &str, before: &[String]) {
    let store = folder.open(name);
    assert_eq!(contents(&store), before, "{name}");
    store.check().expect("a sound store");
    let tenant = Namespace::new(b"tenant").expect("a name");
    let account = store.quota(&tenant).expect("an account");
    assert_eq!((account.quota.max_keys, account.usage.keys), (5, 1), "{name}");
    set(&store, "more", b"later");
    drop(store);
    assert_eq!(contents(&folder.open(name)).len(), before.len() + 1, "{name}");
    let left = names(&folder.path(name));
    assert!(left.iter().all(|it| !it.ends_with(".tmp")), "{name}: {left:?}");
}

#[test]
fn every_step_of_a_snapshot_leaves_the_same_store() {
    let folder = Folder::new();
    fill(&folder, "old");
    let before = contents(&folder.open("old"));
    // That opening has begun the second log; the snapshot begins the third.
    folder.copy("old", "new");
    let store = folder.open("new");
    store.compact().expect("a snapshot");
    drop(store);
    assert_eq!(names(&folder.path("new")), ["LOCK", "log-3", "snapshot-3"]);
    let new = folder.path("new");
    let log = fs::read(new.join("log-3")).expect("a log");
    let snapshot = fs::read(new.join("snapshot-3")).expect("a snapshot");

    check(&folder, "new", &before);
    let state = |name: &str, files: &[(&str, &[u8])]| {
        let path = folder.copy("old", name);
        for (file, bytes) in files {
            fs::write(path.join(file), bytes).expect("a file of our own");
        }
        check(&folder, name, &before);
    };
    state("half a log", &[("log-3-0123456789abcdef.tmp", &log[..40])]);
    state("a log without a record", &[("log-3", &log[..64])]);
    state("a log with a part of a record", &[("log-3", &log[..90])]);
    state("a log", &[("log-3", &log)]);
    state(
        "half a snapshot",
        &[("log-3", &log), ("snapshot-3-0123456789abcdef.tmp", &snapshot[..500])],
    );
    state("both snapshots", &[("log-3", &log), ("snapshot-3", &snapshot)]);
    let path = folder.copy("old", "one log removed");
    fs::write(path.join("log-3"), &log).expect("a file of our own");
    fs::write(path.join("snapshot-3"), &snapshot).expect("a file of our own");
    fs::remove_file(path.join("log-1")).expect("a log");
    check(&folder, "one log removed", &before);
}

#[test]
fn a_day_of_overwrites_stays_within_bounds() {
    let folder = Folder::new();
    let store = folder.open_with("store", "log_limit=256KiB").expect("a store");
    let mut largest = 0;
    for round in 0..200_u32 {
        for number in 0..100 {
            set(&store, &format!("key {number}"), &[round as u8; 200]);
        }
        let stats = store.stats().expect("figures");
        largest = largest.max(stats.file_bytes + stats.wal_bytes);
    }
    // Two logs may be there while a snapshot is written, which takes longer here than the log.
    let written = 200 * 100 * 200;
    assert!(largest < written / 2, "{largest} bytes of {written} are left");
    let until = Instant::now() + Duration::from_secs(60);
    while store.stats().expect("figures").wal_bytes > 600_000 {
        assert!(Instant::now() < until, "no snapshot is made");
        set(&store, "one more", b"");
        thread::sleep(Duration::from_millis(1));
    }
    let before = contents(&store);
    drop(store);
    assert_eq!(contents(&folder.open("store")), before);
}

#[test]
fn writers_go_on_while_a_snapshot_is_made() {
    let folder = Folder::new();
    let store = folder.open_with("store", "log_limit=64KiB").expect("a store");
    thread::scope(|scope| {
        for writer in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..3_000_u32 {
                    let name = format!("{writer} {}", number % 700);
                    match number % 7 {
                        6 => drop(store.delete(group(b"g"), key(name.as_bytes()))),
                        _ => drop(store.set(group(b"g"), key(name.as_bytes()), &[7; 100])),
                    }
                }
            });
        }
        for _ in 0..20 {
            let snapshot = store.snapshot().expect("a snapshot");
            let first = contents(&snapshot);
            thread::sleep(Duration::from_millis(2));
            assert_eq!(contents(&snapshot), first, "a snapshot never changes");
        }
    });
    let before = contents(&store);
    assert!(store.stats().expect("figures").checkpoints > 0, "a snapshot was made");
    drop(store);
    let store = folder.open("store");
    assert_eq!(contents(&store), before);
    store.check().expect("a sound store");
}

#[test]
fn an_opening_without_a_write_leaves_no_further_log() {
    let folder = Folder::new();
    fill(&folder, "store");
    for _ in 0..5 {
        drop(folder.open("store"));
    }
    assert_eq!(names(&folder.path("store")), ["LOCK", "log-1", "log-2"]);
    set(&folder.open("store"), "k", b"v");
    drop(folder.open("store"));
    assert_eq!(names(&folder.path("store")), ["LOCK", "log-1", "log-2", "log-3"]);
}

#[test]
fn an_expired_entry_of_a_snapshot_stays_expired() {
    let folder = Folder::new();
    let store = folder.open("store");
    let past = SetExpiry::At(kv::Expiry::at_millis(5));
    store.put(group(b""), key(b"past"), b"v", kv::Condition::Any, past).expect("set");
    store.compact().expect("a snapshot");
    drop(store);
    let store = folder.open("store");
    assert_eq!(store.usage().expect("figures").expired_entries, 1);
    assert_eq!(store.purge_expired(), Ok(1));
    drop(store);
    let file = OpenOptions::new().read(true).open(folder.path("store").join("LOCK"));
    assert!(file.is_ok() && contents(&folder.open("store")).is_empty());
}
