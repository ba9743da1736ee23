//! Work in steps is bounded by bytes too: pages of large values take time to remove.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kv::{ManualClock, Namespace, Quota, Store, Timestamp};

use crate::support::{Place, group, key, no_group, sqlite, until};

static VALUE: [u8; 300_000] = [7; 300_000];
const COUNT: u32 = 20;
/// The fewest steps, of 1 MiB and the rest of a value.
const STEPS_MIN: usize = 5;
/// The bytes of a WAL's header, and of the header and the page of a frame.
const WAL_HEADER: usize = 32;
const FRAME: usize = 24 + 4_096;

fn open(path: &Path, options: &str) -> Store {
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_000_000_000)));
    let location = sqlite(path, &format!("wal_limit=1GiB&{options}"));
    kv::open_with_clock(&location, clock).expect("the store opens")
}

/// Returns the number of commits in the log of a store, which was not started over.
fn commits(path: &Path) -> usize {
    let log = std::fs::read(format!("{}-wal", path.display())).unwrap_or_default();
    let frames = log.get(WAL_HEADER..).unwrap_or_default().chunks_exact(FRAME);
    // The last frame of a commit has the size of the database in place of a zero.
    frames.filter(|frame| frame[4..8] != [0; 4]).count()
}

fn fill(store: &Store, ttl_ms: i64) {
    for id in 0..COUNT {
        store.set_ttl(no_group(), key(&id.to_be_bytes()), &VALUE, ttl_ms).expect("set");
    }
}

#[test]
fn a_purge() {
    let place = Place::in_memory();
    let path = place.file("steps.db");
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_000_000_000)));
    let location = sqlite(&path, "wal_limit=1GiB&purge_interval=0");
    let store = kv::open_with_clock(&location, clock.clone()).expect("the store opens");
    fill(&store, 1);
    // Larger than a step, and many small ones.
    store.set_ttl(no_group(), key(b"large"), &[1; 3_000_000], 1).expect("set");
    for id in 0..50_u32 {
        store.set_ttl(group(b"small"), key(&id.to_be_bytes()), b"", 1).expect("set");
    }
    clock.advance(5);
    let before = commits(&path);
    assert_eq!(store.purge_expired(), Ok(u64::from(COUNT) + 51));
    let steps = commits(&path) - before;
    assert!((STEPS_MIN..30).contains(&steps), "{steps} steps");
    store.check().expect("sound");
}

#[test]
fn an_eviction_after_the_limit_was_lowered() {
    let place = Place::in_memory();
    let path = place.file("steps.db");
    fill(&open(&path, "purge_interval=0"), 0);
    let store = open(&path, "purge_interval=0&max_bytes=350KiB&evict=lru");
    let steps = commits(&path);
    assert_eq!(store.usage().expect("stats").entries, 1);
    assert!(steps > STEPS_MIN, "{steps} steps");
    store.check().expect("sound");
}

#[test]
fn trimming_the_change_log() {
    let place = Place::in_memory();
    let path = place.file("steps.db");
    fill(&open(&path, "purge_interval=0&changes=on&changes_keep=0"), 0);
    let store = open(&path, "purge_interval=10ms&changes_keep=1");
    until("all changes but the newest are trimmed", Duration::from_secs(20), || {
        // A change that is trimmed meanwhile ends the scan.
        let oldest = store.oldest_change().expect("a log");
        let left = store.changes(oldest).and_then(|mut it| it.next_changes());
        left.is_ok_and(|left| left.len() == 1)
    });
    let steps = commits(&path);
    assert!(steps >= STEPS_MIN, "{steps} steps");
}

#[test]
fn room_is_made_behind_an_expired_entry_that_is_written_itself() {
    let place = Place::in_memory();
    let path = place.file("steps.db");
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_000_000_000)));
    let store = kv::open_with_clock(&sqlite(&path, "purge_interval=0"), clock.clone());
    let store = store.expect("the store opens");
    let tenant = Namespace::new(b"tenant").expect("a name");
    let quota = Quota { max_bytes: 5_000_000, ..Quota::default() };
    store.set_quota(&tenant, quota).expect("a quota");
    let scoped = group(b"tenant:g");
    store.set_ttl(scoped, key(b"own"), &[1; 2_400_000], 1).expect("set");
    store.set_ttl(scoped, key(b"other"), &[1; 2_400_000], 2).expect("set");
    clock.advance(5);
    store.set(scoped, key(b"own"), &[2; 4_000_000]).expect("the other has expired");
    store.check().expect("sound");
}
