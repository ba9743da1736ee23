//! Snapshots: the entries that a scan or a read of many sees while others write.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::support::{Raised, drain, group, key, no_group, until};
use kv::{Clock, Scan, Timestamp};

/// The time in which a reader has met a writer on any machine.
const MEETING_MAX: Duration = Duration::from_secs(60);

/// A clock that goes on by a millisecond each time that it is read.
struct RestlessClock(AtomicI64);

impl Clock for RestlessClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1_000, Ordering::SeqCst))
    }
}

cases! {

fn a_scan_sees_the_state_at_its_beginning(at) {
    at.fill(b"", 1_000, b"old");
    let scan = Scan { snapshot: true, ..Scan::all(no_group()) };
    let mut cursor = at.store.scan(scan).expect("a cursor");
    let first = usize::from(cursor.next().expect("an entry").is_some());

    for id in 0..1_000_u32 {
        match id % 3 {
            0 => drop(at.delete(&id.to_be_bytes())),
            1 => drop(at.set(&id.to_be_bytes(), b"new")),
            _ => drop(at.set(&(id + 5_000).to_be_bytes(), b"new")),
        }
    }

    let rest = drain(&mut *cursor);
    assert_eq!(first + rest.len(), 1_000);
    assert!(rest.iter().all(|(_, _, value)| value == b"old"));
}

fn a_scan_begun_but_not_read_yet_is_a_snapshot_already(at) {
    at.set(b"a", b"old");
    let scan = Scan { snapshot: true, ..Scan::all(no_group()) };
    let mut cursor = at.store.scan(scan).expect("a cursor");

    at.set(b"a", b"new");
    at.set(b"b", b"new");

    let rows = drain(&mut *cursor);
    assert_eq!(rows, [(vec![], b"a".to_vec(), b"old".to_vec())]);
}

fn writing_inside_a_scan_neither_blocks_nor_shows(at) {
    at.fill(b"", 600, b"0");
    let scan = Scan { snapshot: true, ..Scan::all(no_group()) };
    let mut cursor = at.store.scan(scan).expect("a cursor");
    let mut visited = 0;

    while let Some(entry) = cursor.next().expect("an entry or the end") {
        at.increment(entry.key, 1);
        at.set(&[entry.key, b"+"].concat(), b"");
        at.get(entry.key);
        visited += 1;
    }

    assert_eq!(visited, 600);
    assert_eq!(at.count(b""), 1_200);
}

fn a_purge_and_a_prefix_delete_inside_a_scan_do_not_disturb_it(at) {
    for id in 0..1_000_u32 {
        at.set_ttl(&id.to_be_bytes(), b"value", 10);
    }
    let mut cursor = at.store.scan(Scan::all(no_group())).expect("a cursor");
    let first = usize::from(cursor.next().expect("an entry").is_some());

    at.clock.advance(10);
    assert_eq!(at.store.purge_expired(), Ok(1_000));
    assert_eq!(at.store.delete_group(no_group()), Ok(0));

    assert_eq!(first + drain(&mut *cursor).len(), 1_000);
}

fn a_listing_of_groups_is_a_snapshot_too(at) {
    for id in 0..300_u32 {
        at.set_in(&id.to_be_bytes(), b"key", b"");
    }
    let mut cursor = at.store.groups(b"").expect("a cursor");
    let first = usize::from(cursor.next().expect("an entry").is_some());

    for id in 0..300_u32 {
        at.store.delete_group(group(&id.to_be_bytes())).expect("delete");
        at.set_in(&(id + 1_000).to_be_bytes(), b"key", b"");
    }

    assert_eq!(first + drain(&mut *cursor).len(), 300);
}

fn many_cursors_may_be_open_at_once(at) {
    at.set(b"a", b"");
    let mut cursors: Vec<_> = (0..40)
        .map(|id: u8| {
            at.set(&[b'b', id], b"");
            at.store.scan(Scan { snapshot: true, ..Scan::all(no_group()) }).expect("a cursor")
        })
        .collect();

    for (older, cursor) in cursors.iter_mut().enumerate() {
        assert_eq!(drain(&mut **cursor).len(), older + 2);
    }
}

fn get_many_never_sees_half_a_batch(at) {
    let (a, b) = (key(b"a"), key(b"b"));
    let write = |value: &[u8]| {
        let pair = [(no_group(), a, value), (no_group(), b, value)];
        at.store.set_many(&pair, Default::default()).expect("set many");
    };
    write(b"0");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let over = &over;
        scope.spawn(move || {
            for number in 1_u32.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                write(&number.to_be_bytes());
            }
        });
        let _over = Raised(over);
        let mut seen = BTreeSet::new();
        until("the writer is met", MEETING_MAX, || {
            for _ in 0..20 {
                let pair = at.store.get_many(&[(no_group(), a), (no_group(), b)]).expect("get many");
                let values: Vec<_> = pair.iter().map(|it| it.as_ref().map(|it| &it.value)).collect();
                assert_eq!(values[0], values[1]);

                let rows = at.rows(Scan::all(no_group()));
                assert_eq!(rows[0].1, rows[1].1);
                seen.insert(rows[0].1.clone());
            }
            seen.len() >= 20
        });
    });
}

}

/// The engines of this case take another clock, hence no fixture.
fn get_many_lives_at_one_moment(location: &str) {
    let clock = Arc::new(RestlessClock(AtomicI64::new(1_000_000_000_000)));
    let store = kv::open_with_clock(location, clock).expect("an open store");
    for ttl_ms in 1..30 {
        let expiry = kv::SetExpiry::After(ttl_ms);
        let entries: Vec<_> =
            [&b"a"[..], b"b", b"c"].iter().map(|id| (no_group(), key(id), &b""[..])).collect();
        store.set_many(&entries, expiry).expect("set many");

        for _ in 0..ttl_ms + 2 {
            let keys: Vec<_> = entries.iter().map(|it| (it.0, it.1)).collect();
            let alive = store.get_many(&keys).expect("get many");
            let alive = alive.iter().filter(|it| it.is_some()).count();
            assert!(alive == 0 || alive == 3, "{alive} of 3 that expire at once, ttl {ttl_ms}");
        }
    }
}

#[test]
fn get_many_lives_at_one_moment_in_memory() {
    get_many_lives_at_one_moment("memory:");
}

#[test]
fn get_many_lives_at_one_moment_on_sqlite() {
    let place = crate::support::Place::in_memory();
    let path = place.file("case.db");
    get_many_lives_at_one_moment(&crate::support::sqlite(&path, "purge_interval=0"));
}
