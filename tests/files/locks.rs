//! Locks of several processes: a waiter is woken by another process, with a change log and without,
//! and by the end of the lease of an owner that was killed.

use std::path::Path;
use std::time::{Duration, Instant};

use kv::{ErrorKind, Grant, Locks, Store};

use crate::support::{Child, Place, key, listen, no_group, say, sqlite, until};

const NAME: &[u8] = b"job";
/// Longer than a test may take: a call that waits for so long has not been woken.
const LONG: Duration = Duration::from_secs(120);

fn open(path: &Path, options: &str) -> Store {
    kv::open(&sqlite(path, options)).expect("a store")
}

fn acquire(store: &Store, lease_ms: i64, wait: Duration) -> Option<Grant> {
    Locks::new(store).acquire(NAME, b"", lease_ms, wait).expect("acquire")
}

/// Acquires the lock of a store for a lease, and releases it when the parent says so.
pub fn child(role: &[String]) {
    let store = open(Path::new(&role[0]), &role[1]);
    let lease = role[2].parse().expect("a number");
    let grant = acquire(&store, lease, LONG).expect("a lock");
    say(&grant.token.to_string());
    listen();
    assert_eq!(Locks::new(&store).release(NAME, grant), Ok(true));
    say("released");
    listen();
}

fn owner(path: &Path, options: &str, lease: &str) -> (Child, u64) {
    let mut owner = Child::start("locks", &[path.to_str().expect("UTF-8"), options, lease]);
    let token = owner.read_line().parse().expect("a token");
    (owner, token)
}

#[test]
fn a_release_in_another_process_wakes_a_waiter() {
    for options in ["changes=off", "changes=on"] {
        let place = Place::on_disk();
        let path = place.file("store.db");
        let store = open(&path, options);
        let (mut owner, token) = owner(&path, options, "600000");
        let started = Instant::now();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| acquire(&store, 1_000, LONG));
            std::thread::sleep(Duration::from_millis(100));
            assert!(!waiter.is_finished(), "{options}: the lock is held");
            owner.send_line("release");
            let grant = waiter.join().expect("no panic").expect("a lock");
            assert!(grant.token > token);
        });
        assert_eq!(owner.read_line(), "released");
        assert!(started.elapsed() < LONG / 2, "{options}: the waiter was not woken");
        owner.send_line("end");
        owner.join();
    }
}

#[test]
fn a_waiter_gets_the_lock_of_an_owner_that_was_killed_when_its_lease_ends() {
    let place = Place::on_disk();
    let path = place.file("store.db");
    let store = open(&path, "");
    let (owner, token) = owner(&path, "", "700");
    let started = Instant::now();
    owner.kill();
    let grant = acquire(&store, 1_000, LONG).expect("a lock");
    assert!(grant.token > token);
    assert!(started.elapsed() < LONG / 2);
}

#[test]
fn a_waiter_sleeps_until_the_lease_ends() {
    let place = Place::on_disk();
    let store = open(&place.file("store.db"), "");
    acquire(&store, 600_000, Duration::ZERO).expect("a lock");
    let reads = || store.stats().map(|it| it.hits + it.misses).expect("stats");
    let before = reads();
    assert_eq!(acquire(&store, 1_000, Duration::from_millis(700)), None);
    // One look after each attempt, one before the sleep and one after it.
    assert!(reads() - before <= 4, "{} looks at the lock", reads() - before);
}

#[test]
fn other_writes_of_another_process_let_a_waiter_look_and_no_more() {
    let place = Place::on_disk();
    let path = place.file("store.db");
    let store = open(&path, "changes=off");
    let grant = acquire(&store, 600_000, Duration::ZERO).expect("a lock");
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| acquire(&store, 1_000, LONG));
        std::thread::sleep(Duration::from_millis(50));
        let commits = store.stats().expect("stats").commits;
        let mut writer = Child::start("locks_writer", &[path.to_str().expect("UTF-8")]);
        assert_eq!(writer.read_line(), "written");
        writer.join();
        assert!(!waiter.is_finished());
        // A waiter that is woken reads; it does not write to see whether it can.
        assert_eq!(store.stats().expect("stats").commits, commits);
        assert_eq!(Locks::new(&store).release(NAME, grant), Ok(true));
        assert!(waiter.join().expect("no panic").is_some());
    });
}

/// Writes to a store of its role, in many commits.
pub fn writer(role: &[String]) {
    let store = open(Path::new(&role[0]), "changes=off");
    for number in 0..200_u64 {
        store.set(no_group(), key(&number.to_be_bytes()), b"").expect("set");
    }
    say("written");
}

#[test]
fn a_store_that_evicts_has_no_locks() {
    let place = Place::on_disk();
    let options = "max_entries=10&evict=lru";
    let path = place.file("store.db");
    for location in [format!("memory:?{options}"), sqlite(&path, options)] {
        let store = kv::open(&location).expect("a store");
        let refused = Locks::new(&store).acquire(NAME, b"", 1_000, Duration::ZERO);
        let error = refused.expect_err("no lock");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains("without evict"), "{error}");
    }
}

#[test]
fn a_lock_outlives_the_process_and_its_token_counts_on() {
    let place = Place::on_disk();
    let path = place.file("store.db");
    let store = open(&path, "");
    let first = acquire(&store, 600_000, Duration::ZERO).expect("a lock");
    drop(store);
    until("the file is closed", LONG, || kv::check_unused(&path).is_ok());
    let store = open(&path, "");
    assert_eq!(acquire(&store, 1_000, Duration::ZERO), None);
    assert_eq!(Locks::new(&store).release(NAME, first), Ok(true));
    assert_eq!(acquire(&store, 1_000, Duration::ZERO).map(|it| it.token), Some(first.token + 1));
}
