//! An upgrade of a cluster without a stop: each node is restarted, masters after a fail-over to
//! their replica, under writers whose process also watches.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kv::{Event, Group, Selection, Selector, WatchStart};

use crate::redis::{Raised, open};
use crate::support::redis::{Cluster, Server, Setup, aloud};
use crate::support::{group, key, no_group, until};

const WRITERS: usize = 4;
const KEYS: usize = 30;
/// The longest time without a write on a machine that is busy, besides that of a fail-over; both
/// together are some 50 ms on one that is not.
const STALL_MAX: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(30);

/// The writes of all threads.
#[derive(Default)]
struct Record {
    over: AtomicBool,
    acknowledged: AtomicU64,
    /// Writes of which it is not known whether they were made.
    unknown: AtomicU64,
    /// The moments of acknowledged writes.
    moments: Mutex<Vec<Instant>>,
}

impl Record {
    fn longest_gap(&self) -> Duration {
        let mut moments = self.moments.lock().expect("no panic");
        moments.sort();
        moments.windows(2).map(|it| it[1] - it[0]).max().unwrap_or_default()
    }
}

/// Returns the group of a counter: of every second one a named one.
fn place(number: usize, name: &[u8]) -> Group<'_> {
    if number.is_multiple_of(2) { no_group() } else { group(name) }
}

fn number_in(value: &[u8]) -> i64 {
    std::str::from_utf8(value).expect("digits").parse().expect("a number")
}

fn names() -> Vec<Vec<u8>> {
    (0..KEYS).map(|it| format!("counter{it:02}").into_bytes()).collect()
}

/// Makes every node a replica, and then restarts it. Returns the longest time of a fail-over, in
/// which the servers hold back the calls of its slots.
fn restart_all(cluster: &Cluster) -> Duration {
    let mut longest = Duration::ZERO;
    for node in cluster.nodes() {
        if cluster.masters().any(|it| it.port() == node.port()) {
            cluster.until_whole();
            let begun = Instant::now();
            cluster.promote(cluster.replica_of(node));
            longest = longest.max(begun.elapsed());
        }
        follows(node);
        node.restart();
        follows(node);
    }
    cluster.until_whole();
    longest
}

/// Returns once a replica has all that its master has.
fn follows(replica: &Server) {
    until("the replica follows", PATIENCE, || {
        replica.client().call(&["INFO", "replication"]).text().contains("master_link_status:up")
    });
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn an_upgrade_stops_no_writer_and_loses_nothing() {
    let cluster = Cluster::start(5_000, &Setup::default());
    let store = open(&cluster.location("prefix=u&purge_interval=0"));
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(all, 1_000_000, WatchStart::Now).expect("a watch");
    let record = Record::default();
    let fail_over = std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let names = names();
                for (number, name) in names.iter().enumerate().cycle() {
                    if record.over.load(Ordering::Relaxed) {
                        break;
                    }
                    match store.increment(place(number, name), key(name), 1, 0) {
                        Ok(_) => {
                            record.acknowledged.fetch_add(1, Ordering::SeqCst);
                            record.moments.lock().expect("no panic").push(Instant::now());
                        }
                        Err(error) if error.message().contains("is not known") => {
                            record.unknown.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(error) => panic!("{error}"),
                    }
                    // A pause of 300 us between two writes, in which servers get a processor.
                    std::thread::sleep(Duration::from_micros(300));
                }
            });
        }
        let _over = Raised(&record.over);
        let acknowledged = || record.acknowledged.load(Ordering::SeqCst);
        until("the writers are at work", PATIENCE, || acknowledged() > 500);
        let fail_over = restart_all(&cluster);
        let before = acknowledged();
        until("writes go on", PATIENCE, || acknowledged() > before + 500);
        fail_over
    });

    let (acknowledged, unknown) =
        (record.acknowledged.load(Ordering::SeqCst), record.unknown.load(Ordering::SeqCst));
    let gap = record.longest_gap();
    let mut sum = 0;
    for (number, name) in names().iter().enumerate() {
        let entry = store.get(place(number, name), key(name)).expect("get").expect("an entry");
        sum += number_in(&entry.value) as u64;
    }
    // Each change comes once and in order, or is announced as lost.
    let mut last: HashMap<Vec<u8>, i64> = HashMap::new();
    let (mut events, mut gaps) = (0, 0);
    while let Some(event) = watch.poll(Some(Duration::from_millis(300))).expect("open") {
        let Event::Change(change) = event else {
            gaps += 1;
            continue;
        };
        let value = number_in(change.value());
        let before = last.insert(change.key().to_vec(), value).unwrap_or_default();
        assert!(value > before, "{value} after {before}");
        events += 1;
    }
    aloud(&format!(
        "upgrade: {acknowledged} writes acknowledged, {unknown} unknown, {events} events, {gaps} \
         gaps; longest time without an acknowledged write {gap:?}, longest fail-over {fail_over:?}"
    ));
    assert!((acknowledged..=acknowledged + unknown).contains(&sum), "{acknowledged} <= {sum}");
    assert!(events >= acknowledged || gaps > 0, "events were missed in silence");
    assert!(gap < STALL_MAX + fail_over, "{gap:?} without a write");
}

/// As in an upgrade that restarts a replica and then makes it the master.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_replica_that_was_away_when_a_watch_began_delays_no_write_as_a_master() {
    let cluster = Cluster::start(5_000, &Setup::default());
    let master = cluster.masters().next().expect("three of them");
    let replica = cluster.replica_of(master);
    replica.kill();
    let store = open(&cluster.location("prefix=u&purge_interval=0"));
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(all, 100_000, WatchStart::Now).expect("a watch");
    replica.restart();
    follows(replica);
    cluster.promote(replica);

    let (mut slowest, mut events, mut gaps) = (Duration::ZERO, 0, 0);
    for name in names() {
        let begun = Instant::now();
        store.set(no_group(), key(&name), b"v").expect("set");
        slowest = slowest.max(begun.elapsed());
    }
    while let Some(event) = watch.poll(Some(Duration::from_millis(300))).expect("open") {
        match event {
            Event::Change(_) => events += 1,
            _ => gaps += 1,
        }
    }
    aloud(&format!("fail-over to a replica that was away: slowest write {slowest:?}"));
    assert!(events == KEYS || gaps > 0, "{events} of {KEYS} events, and no gap");
    assert!(slowest < STALL_MAX, "{slowest:?}");
}
