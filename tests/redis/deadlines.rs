//! Servers that hang or are killed: every call returns in time, and the next one works.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use kv::{ErrorKind, Store};

use crate::redis::{Raised, get, kind, open, set, start};
use crate::support::redis::Setup;
use crate::support::{group, key, no_group, until};

/// The time that a busy machine may add to a deadline.
const SLACK: Duration = Duration::from_millis(1_500);
const DEADLINE: Duration = Duration::from_millis(500);
const TIMEOUTS: &str = "prefix=p&connect_timeout=500ms&call_timeout=500ms";

/// Returns the result of a call, which returns within its deadline.
fn in_time<T>(call: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = call();
    let taken = begun.elapsed();
    assert!(taken < DEADLINE + SLACK, "answered after {taken:?}");
    result
}

fn try_get(store: &Store) -> kv::Result<Option<kv::Entry>> {
    store.get(no_group(), key(b"k"))
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_hangs_is_unavailable_and_no_other_store_waits() {
    let server = start(Setup::default());
    let other = start(Setup::default());
    let (store, healthy) = (open(&server.location(TIMEOUTS)), open(&other.location(TIMEOUTS)));
    set(&store, b"k", b"v");
    set(&healthy, b"k", b"v");
    let over = AtomicBool::new(false);

    server.pause();
    std::thread::scope(|scope| {
        let watched = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                assert_eq!(get(&healthy, b"k").as_deref(), Some(&b"v"[..]));
                slowest = slowest.max(begun.elapsed());
                // The interval between two calls, 1 ms, leaves the processor to the others.
                std::thread::sleep(Duration::from_millis(1));
            }
            slowest
        });
        let over = Raised(&over);
        let (none, k) = (no_group(), key(b"k"));
        assert_eq!(kind(in_time(|| try_get(&store))), ErrorKind::Unavailable);
        assert_eq!(kind(in_time(|| store.set(none, k, b"w"))), ErrorKind::Unavailable);
        let batch =
            || store.set_many(&[(none, k, b"w"), (none, key(b"l"), b"")], kv::SetExpiry::Never);
        assert_eq!(kind(in_time(batch)), ErrorKind::Unavailable);
        assert_eq!(
            kind(in_time(|| store.scan(kv::Scan::all(none)).map(drop))),
            ErrorKind::Unavailable
        );
        assert_eq!(
            kind(in_time(|| store.count(kv::GroupRange::Prefix(b"")))),
            ErrorKind::Unavailable
        );
        assert_eq!(kind(in_time(|| store.usage())), ErrorKind::Unavailable);
        assert_eq!(kind(in_time(|| store.increment(group(b"g"), k, 1, 0))), ErrorKind::Unavailable);
        drop(over);
        let slowest = watched.join().expect("no panic");
        assert!(slowest < DEADLINE, "the other server's calls took up to {slowest:?}");
    });

    server.resume();
    assert!(try_get(&store).is_ok(), "the next call works");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn every_thread_is_answered_in_time_though_connections_are_few() {
    let server = start(Setup::default());
    let store = open(&server.location(&format!("{TIMEOUTS}&pool_size=2")));
    set(&store, b"k", b"v");

    server.pause();
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| assert_eq!(kind(in_time(|| try_get(&store))), ErrorKind::Unavailable));
        }
    });
    server.resume();
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..])));
        }
    });
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_on_a_server_that_hangs_or_is_not_there_opens_or_fails_in_time() {
    let server = start(Setup::default());
    let reach =
        |location: &str| in_time(|| in_time(|| kv::open(location)).and_then(|it| try_get(&it)));
    server.pause();
    assert_eq!(kind(reach(&server.location(TIMEOUTS))), ErrorKind::Unavailable);
    server.resume();

    let mute = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = mute.local_addr().expect("an address").port();
    assert_eq!(
        kind(reach(&format!("redis://127.0.0.1:{port}?{TIMEOUTS}"))),
        ErrorKind::Unavailable
    );
    drop(mute);
    let error = reach(&format!("redis://127.0.0.1:{port}?{TIMEOUTS}")).expect_err("no server");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains(&format!("127.0.0.1:{port}")), "{error}");
    let nowhere = format!("redis://no-such-host.invalid?{TIMEOUTS}");
    assert_eq!(kind(kv::open(&nowhere).and_then(|it| try_get(&it))), ErrorKind::Unavailable);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_killed_server_is_unavailable_and_its_return_is_noticed_by_the_next_call() {
    let server = start(Setup::default().lasting());
    let store = open(&server.location(TIMEOUTS));
    set(&store, b"k", b"v");
    store.set(group(b"g"), key(b"k"), b"w").expect("set");

    for _ in 0..3 {
        server.kill();
        for _ in 0..3 {
            assert_eq!(kind(in_time(|| try_get(&store))), ErrorKind::Unavailable);
            let set = || store.set(no_group(), key(b"k"), b"x");
            assert_eq!(kind(in_time(set)), ErrorKind::Unavailable);
        }
        server.restart();
        assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));
        assert_eq!(store.increment(no_group(), key(b"n"), 1, 0).map(|_| ()), Ok(()));
    }
    let entry = store.get(group(b"g"), key(b"k")).expect("get").expect("it lasts");
    assert_eq!(&entry.value[..], b"w");
    store.check().expect("sound");
    let metrics = store.metrics().expect("metrics");
    assert!(metrics.connects > 3, "one after each restart: {metrics:?}");
    assert!(metrics.failed_connects >= 3 && metrics.connections > 0, "{metrics:?}");
}

/// A restart between two calls fails none of them, though the connections of the pool are cut.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_restart_between_two_calls_is_not_noticed() {
    let server = start(Setup::default().lasting());
    let store = open(&server.location("prefix=p&pool_size=4"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| store.increment(no_group(), key(b"n"), 1, 0).expect("increment"));
        }
    });

    server.restart();

    assert_eq!(store.increment(no_group(), key(b"n"), 1, 0), Ok(5));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| store.increment(no_group(), key(b"n"), 1, 0).expect("increment"));
        }
    });
    assert_eq!(get(&store, b"n").as_deref(), Some(&b"9"[..]));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn acknowledged_writes_are_kept_and_done_once_while_the_server_is_killed_and_hangs() {
    let server = start(Setup::default().lasting());
    let store = open(&server.location("prefix=p&connect_timeout=200ms&call_timeout=200ms"));
    let (over, acknowledged, attempted) =
        (AtomicBool::new(false), AtomicI64::new(0), AtomicI64::new(0));

    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let (store, over, acknowledged, attempted) = (&store, &over, &acknowledged, &attempted);
            scope.spawn(move || {
                let name = if thread % 2 == 0 { &b""[..] } else { b"g" };
                while !over.load(Ordering::Relaxed) {
                    attempted.fetch_add(1, Ordering::SeqCst);
                    match store.increment(group(name), key(b"n"), 1, 0) {
                        Ok(_) => _ = acknowledged.fetch_add(1, Ordering::SeqCst),
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
                    }
                }
            });
        }
        let _over = Raised(&over);
        for round in 0..6 {
            let before = acknowledged.load(Ordering::SeqCst);
            until("calls are under way", Duration::from_secs(20), || {
                acknowledged.load(Ordering::SeqCst) >= before + 50
            });
            if round % 2 == 0 {
                server.restart();
            } else {
                server.pause();
                // Twice the 200 ms after which a call gives up.
                std::thread::sleep(Duration::from_millis(400));
                server.resume();
            }
            let before = acknowledged.load(Ordering::SeqCst);
            until("calls work again", Duration::from_secs(5), || {
                acknowledged.load(Ordering::SeqCst) > before
            });
        }
    });

    let sum: i64 = [&b""[..], b"g"]
        .iter()
        .map(|name| store.increment(group(name), key(b"n"), 0, 0).expect("n"))
        .sum();
    let (acknowledged, attempted) = (acknowledged.into_inner(), attempted.into_inner());
    println!("{acknowledged} acknowledged, {sum} done, {attempted} attempted");
    assert!(attempted > acknowledged, "no call met a server that was killed or hung");
    assert!((acknowledged..=attempted).contains(&sum), "{acknowledged} {sum} {attempted}");
    store.check().expect("sound");
}
