//! Connections that are cut: wherever in a reply that happens, the call fails or returns the right
//! result.

use std::time::{Duration, Instant};

use kv::{Condition, ErrorKind, Scan, SetExpiry, Store};

use crate::redis::{get, open, set, start};
use crate::support::redis::{Fate, Proxy, Setup};
use crate::support::{drain, group, key, no_group, until};

const OPTIONS: &str = "prefix=p&pool_size=1&connect_timeout=1s&call_timeout=1s";

/// Makes `call` once for each byte after which its reply can be cut, and hands over how it ended.
fn cut_everywhere<T>(
    proxy: &Proxy,
    mut call: impl FnMut() -> kv::Result<T>,
    mut ended: impl FnMut(kv::Result<T>),
) {
    // The first call may have more to do than the others: to connect, to make a script known.
    ended(call());
    proxy.decide(Fate::Pass);
    ended(call());
    let len = proxy.replied();
    assert!((5..2_000).contains(&len), "a reply of {len} bytes");
    for after in 0..=len {
        proxy.decide(Fate::CutAfter(after));
        let result = call();
        if let Err(error) = &result {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "after {after} of {len}: {error}");
        }
        // The time is a part of some replies, and its microseconds have one to six digits.
        assert!(result.is_err() || after + 5 >= len, "a reply from {after} of {len} bytes");
        proxy.decide(Fate::Pass);
        ended(result);
        ended(call());
    }
}

fn through(store: &Store, proxy: &Proxy) {
    set(store, b"k", b"value");
    cut_everywhere(
        proxy,
        || store.get(no_group(), key(b"k")),
        |got| assert!(got.map_or(true, |it| it.is_some_and(|it| *it.value == *b"value"))),
    );
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_read_that_is_cut_is_an_error_or_right_and_the_next_one_works() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location(&format!("{OPTIONS}&scans=snapshot")));
    through(&store, &proxy);
    cut_everywhere(
        &proxy,
        || store.get(group(b"g"), key(b"missing")),
        |got| assert!(got.map_or(true, |it| it.is_none())),
    );
    let rows = || Ok(drain(&mut *store.scan(Scan::all(no_group()))?));
    cut_everywhere(&proxy, rows, |got| assert!(got.map_or(true, |it| it.len() == 1)));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_write_that_is_cut_is_done_once_or_not_at_all() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location(OPTIONS));
    for name in [&b""[..], b"g"] {
        let mut last = 0;
        cut_everywhere(
            &proxy,
            || store.increment(group(name), key(b"n"), 1, 0),
            |sum| match sum {
                // An increment whose reply was cut shows now: one for each cut, at most.
                Ok(sum) => {
                    assert!((last + 1..=last + 2).contains(&sum), "{sum} after {last}");
                    last = sum;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable),
            },
        );
        store.check().expect("sound");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_batch_that_is_cut_is_done_whole_or_not_at_all() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location(OPTIONS));
    let direct = open(&server.location(OPTIONS));
    let mut number = 0_u32;
    let (a, b) = (key(b"a"), key(b"b"));
    cut_everywhere(
        &proxy,
        || {
            number += 1;
            let text = number.to_string().into_bytes();
            store.set_many(&[(group(b"g"), a, &text), (group(b"g"), b, &text)], SetExpiry::Never)
        },
        |_| {
            let read = |at| direct.get(group(b"g"), at).expect("get").expect("alive").value;
            assert_eq!(read(a), read(b));
        },
    );
}

/// A write whose reply is lost may have been done or not: a condition that fails afterwards may
/// have failed on our own write, so no call is sent a second time.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_conditional_write_that_is_cut_never_conflicts_with_itself() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location(OPTIONS));
    let mut name = 0_u32;
    let put = || {
        name += 1;
        let name = name.to_be_bytes();
        store.put(no_group(), key(&name), b"v", Condition::Absent, SetExpiry::Never)
    };
    cut_everywhere(&proxy, put, |put| {
        assert!(!matches!(put, Ok(kv::Put::Conflict(_))), "{put:?}");
    });
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_take_that_is_cut_never_gives_to_two() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location(OPTIONS));
    let direct = open(&server.location(OPTIONS));
    let mut name = 0_u32;
    let take = || {
        name += 1;
        let name = name.to_be_bytes();
        set(&direct, &name, b"code");
        let first = store.take(no_group(), key(&name));
        if first.is_ok() {
            assert_eq!(direct.take(no_group(), key(&name)), Ok(None));
        }
        first
    };
    cut_everywhere(&proxy, take, |taken| assert!(taken.map_or(true, |it| it.is_some())));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn connections_that_were_cut_while_they_rested_are_replaced_unnoticed() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location("prefix=p&pool_size=3"));
    let all = || {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| store.increment(no_group(), key(b"n"), 1, 0).expect("increment"));
            }
        });
    };
    for _ in 0..5 {
        all();
        proxy.cut();
        until("the cut has arrived", Duration::from_secs(20), || proxy.clients() == 0);
    }
    assert_eq!(get(&store, b"n").as_deref(), Some(&b"15"[..]));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_connection_that_falls_silent_is_given_up_at_the_deadline() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location("prefix=p&connect_timeout=300ms&call_timeout=300ms"));
    set(&store, b"k", b"v");
    proxy.decide(Fate::Silence);
    let begun = Instant::now();
    let error = store.get(no_group(), key(b"k")).expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    proxy.decide(Fate::Pass);
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));
}
