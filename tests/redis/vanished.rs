//! Servers that vanish without a word: connections stand, and no byte comes or goes.

use std::time::{Duration, Instant};

use kv::{ErrorKind, Selection, Selector, WatchStart};

use crate::redis::{get, open, set, start};
use crate::support::redis::{Proxy, Setup};
use crate::support::{group, key, no_group, until, word};

const TIMEOUT: Duration = Duration::from_millis(500);
const OPTIONS: &str = "prefix=p&pool_size=3&connect_timeout=500ms&call_timeout=500ms";
/// The time that a busy machine may add to a deadline.
const SLACK: Duration = Duration::from_millis(1_500);

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn idle_connections_whose_server_has_vanished_cost_one_call() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location(OPTIONS));
    for _ in 0..3 {
        std::thread::scope(|scope| {
            for id in 0..3_u8 {
                let store = &store;
                scope.spawn(move || store.set(group(b"g"), key(&[id]), b"v").expect("set"));
            }
        });
        set(&store, b"k", b"v");
        proxy.vanish();
        let begun = Instant::now();
        // A read may be repeated on a new connection.
        match store.set(no_group(), key(b"k"), b"w") {
            Ok(_) => panic!("no reply can come"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                let message = error.message();
                assert!(message.contains("whether it was written is not known"), "{error}");
            }
        }
        assert!(begun.elapsed() < TIMEOUT + SLACK, "{:?}", begun.elapsed());
        // The other idle connections were closed with the one that has failed.
        assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));
        set(&store, b"k", b"after");
        assert_eq!(get(&store, b"k").as_deref(), Some(&b"after"[..]));
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_watch_whose_server_has_vanished_goes_on_after_a_gap() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location(OPTIONS));
    let direct = open(&server.location(OPTIONS));
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(all, 1_024, WatchStart::Now).expect("a watch");
    let next = || {
        let event = watch.poll(Some(Duration::from_secs(20))).expect("open");
        word(&event.expect("an event"))
    };
    set(&direct, b"k", b"before");
    assert_eq!(next(), "set /k=before");

    proxy.vanish();
    set(&direct, b"k", b"missed");
    // Writes of the process itself go on meanwhile, each by its deadline.
    until("writes go on", Duration::from_secs(20), || {
        let begun = Instant::now();
        let written = store.set(no_group(), key(b"own"), b"");
        assert!(begun.elapsed() < 2 * TIMEOUT + SLACK, "{:?}", begun.elapsed());
        written.is_ok()
    });
    while next() != "lagged 0" {}
    set(&direct, b"k", b"after");
    while next() != "set /k=after" {}
}
