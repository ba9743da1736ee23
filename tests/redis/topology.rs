//! A cluster whose masters, replicas and slots change, as processes see it that only count, scan,
//! delete or watch: they send no command with a key, which a node would redirect.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kv::{ErrorKind, Event, GroupRange, Scan, Selection, Selector, Store, Watch, WatchStart};

use crate::redis::{Raised, kind, open, set, start_cluster};
use crate::support::redis::{Cluster, id};
use crate::support::{drain, no_group, until};

/// How long a change may take to be noticed by a watch.
const PATIENCE: Duration = Duration::from_secs(20);
/// The time without an event after which no more are on their way.
const A_WHILE: Duration = Duration::from_millis(300);
const OPTIONS: &str = "prefix=t&scans=live&connect_timeout=1s&call_timeout=10s&purge_interval=0";

/// Stores that share nothing, each with a map of its own, of which each makes one kind of call.
struct Idle {
    counter: Store,
    scanner: Store,
    deleter: Store,
    watcher: Store,
    watch: Watch,
    /// Makes all writes that the others see.
    writer: Store,
    names: BTreeSet<Vec<u8>>,
}

impl Idle {
    fn new(cluster: &Cluster) -> Idle {
        // With the same options they would be one engine.
        let [counter, scanner, deleter, watcher, writer] =
            [1, 2, 3, 4, 5].map(|it| open(&cluster.location(&format!("{OPTIONS}&pool_size={it}"))));
        let all = Selection { group: Selector::Any, key: Selector::Any };
        let watch = watcher.watch(all, 100_000, WatchStart::Now).expect("a watch");
        let names = (0..600_u32).map(|it| format!("key{it:03}").into_bytes()).collect();
        let idle = Idle { counter, scanner, deleter, watcher, watch, writer, names };
        for name in &idle.names {
            set(&idle.writer, name, b"v");
        }
        idle.check("at the beginning");
        idle
    }

    fn count(&self) -> kv::Result<u64> {
        self.counter.count(GroupRange::One(no_group()))
    }

    fn scan(&self) -> kv::Result<Vec<Vec<u8>>> {
        let rows = drain(&mut *self.scanner.scan(Scan::all(no_group()))?);
        Ok(rows.into_iter().map(|it| it.1).collect())
    }

    /// Asserts that each kind of call has the right result.
    fn check(&self, when: &str) {
        assert_eq!(self.count(), Ok(self.names.len() as u64), "{when}");
        let expected: Vec<_> = self.names.iter().cloned().collect();
        assert_eq!(self.scan(), Ok(expected), "{when}");
        let usage = self.counter.usage().expect("usage");
        assert_eq!(usage.entries, self.names.len() as u64, "{when}");
        for number in 0..100_u32 {
            set(&self.writer, format!("old{number}").as_bytes(), b"v");
        }
        assert_eq!(self.deleter.delete_prefix(no_group(), b"old"), Ok(100), "{when}");
        assert_eq!(self.count(), Ok(self.names.len() as u64), "{when}");
        self.check_watch(when);
    }

    /// Asserts that the watch receives the writes to all masters, and that a `LAGGED` announces
    /// those that it has missed.
    fn check_watch(&self, when: &str) {
        let begun = Instant::now();
        let (mut missed, mut announced) = (0, 0);
        for round in 0_u32.. {
            let value = format!("{when} {round}").into_bytes();
            for name in self.names.iter().step_by(10) {
                set(&self.writer, name, &value);
            }
            let mut received = 0;
            while let Some(event) = self.watch.poll(Some(A_WHILE)).expect("open") {
                match event {
                    Event::Change(change) => received += u32::from(change.value() == value),
                    _ => announced += 1,
                }
            }
            assert!(received <= 60, "{when}: an event came twice");
            if received == 60 {
                break;
            }
            missed += 60 - received;
            assert!(begun.elapsed() < PATIENCE, "{when}: {missed} events missed");
        }
        assert!(missed == 0 || announced > 0, "{when}: {missed} events missed in silence");
        // A call of the watching process itself is not delayed by a subscription that it lacks.
        let begun = Instant::now();
        set(&self.watcher, b"key000", b"v");
        assert!(begun.elapsed() < Duration::from_secs(6), "{when}: {:?}", begun.elapsed());
    }

    /// Counts and scans while `change` is under way: each result is right, or an error that says
    /// that it cannot be had.
    fn count_during(&self, when: &str, change: impl FnOnce()) {
        let over = AtomicBool::new(false);
        let (right, refused) = std::thread::scope(|scope| {
            let counting = scope.spawn(|| {
                let (mut right, mut refused) = (0, 0);
                while !over.load(Ordering::Relaxed) {
                    let results = [self.count(), self.scan().map(|it| it.len() as u64)];
                    for result in results {
                        match result {
                            Ok(count) => {
                                assert_eq!(count, self.names.len() as u64, "{when}");
                                right += 1;
                            }
                            Err(error) => {
                                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                                refused += 1;
                            }
                        }
                    }
                }
                (right, refused)
            });
            let _over = Raised(&over);
            change();
            over.store(true, Ordering::Relaxed);
            counting.join().expect("no panic")
        });
        println!("{when}: {right} right counts and scans, {refused} refused");
        assert!(right > 0, "{when}");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn counts_scans_deletes_and_watches_follow_a_cluster_that_changes() {
    let mut cluster = start_cluster();
    let idle = Idle::new(&cluster);

    let added = cluster.add_master();
    idle.count_during("while slots go to a new master", || {
        cluster.move_slots("all", &added, 4_096);
    });
    idle.check("after a new master took a quarter of the slots");

    let first = id(cluster.masters().next().expect("a master"));
    idle.count_during("while a master is drained", || {
        cluster.move_slots(&added, &first, 4_096);
    });
    idle.check("after a master was drained");
    cluster.remove_last();
    idle.check("after the drained master has left");
}

/// Some keys of a slot are on its new owner, the others on the old one.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_slot_that_is_half_moved_is_counted_once_and_is_no_snapshot() {
    let cluster = start_cluster();
    let live = open(&cluster.location("prefix={t}&scans=live"));
    let snapshot = open(&cluster.location("prefix={t}&scans=snapshot&call_timeout=500ms"));
    let names: Vec<_> = (0..100_u32).map(|it| format!("{{t}}:{it}").into_bytes()).collect();
    for name in &names {
        set(&live, &name[4..], b"v");
    }
    let old = cluster.master_of(b"{t}");
    let new = cluster.masters().find(|it| it.port() != old.port()).expect("three masters");
    let slot = old.client().call(&["CLUSTER", "KEYSLOT", "{t}"]).integer().to_string();
    new.client().call(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &id(old)]);
    old.client().call(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &id(new)]);
    let move_keys = |names: &[Vec<u8>]| {
        let port = new.port().to_string();
        let head = [&b"MIGRATE"[..], b"127.0.0.1", port.as_bytes(), b"", b"0", b"5000", b"KEYS"];
        let words: Vec<_> = head.into_iter().chain(names.iter().map(Vec::as_slice)).collect();
        old.client().bytes(&words);
    };
    let count = |store: &Store| store.count(GroupRange::One(no_group()));
    let scanned = |store: &Store| {
        let mut cursor = store.scan(Scan::all(no_group()))?;
        let mut count = 0;
        while cursor.next()?.is_some() {
            count += 1;
        }
        Ok::<_, kv::Error>(count)
    };

    move_keys(&names[..50]);
    assert_eq!((count(&live), scanned(&live)), (Ok(100), Ok(100)));
    assert_eq!(count(&snapshot), Ok(100));
    assert_eq!(kind(scanned(&snapshot)), ErrorKind::Unavailable);
    move_keys(&names[50..]);
    assert_eq!((count(&live), scanned(&live)), (Ok(100), Ok(100)));
    for node in [new, old] {
        node.client().call(&["CLUSTER", "SETSLOT", &slot, "NODE", &id(new)]);
    }
    until("the snapshot is possible again", PATIENCE, || scanned(&snapshot) == Ok(100));
    assert_eq!((count(&live), scanned(&live)), (Ok(100), Ok(100)));
    assert_eq!(live.delete_prefix(no_group(), b""), Ok(100));
    assert_eq!(count(&snapshot), Ok(0));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn counts_scans_deletes_and_watches_follow_fail_overs() {
    let cluster = start_cluster();
    let idle = Idle::new(&cluster);

    let masters: Vec<_> = cluster.masters().collect();
    let [old, other, killed] = masters[..] else { panic!("three masters") };
    let new = cluster.replica_of(old);
    idle.count_during("during a fail-over", || cluster.promote(new));
    old.client().call(&["CLUSTER", "REPLICATE", &id(other)]);
    until("the old master is a replica of another", PATIENCE, || {
        let text = old.client().call(&["INFO", "replication"]).text();
        text.contains(&format!("master_port:{}", other.port()))
            && text.contains("master_link_status:up")
    });
    idle.check("after the old master became a replica of another");

    killed.kill();
    // The calls wait for the promotion of the replica.
    assert_eq!(idle.count(), Ok(600));
    assert_eq!(idle.scan().map(|it| it.len()), Ok(600));
    idle.check("after a master was killed");
    killed.restart();
    until("every slot has a master", PATIENCE, || cluster.is_served());
    idle.check("after the killed master came back");
}
