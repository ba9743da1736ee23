//! Many threads, few connections, and a server that forgets its scripts.

use std::sync::atomic::{AtomicBool, Ordering};

use kv::Store;

use crate::redis::{Raised, clients, get, open, set, start};
use crate::support::redis::Setup;
use crate::support::{group, key, no_group};

/// Increments two counters from `threads` threads, `times` each, and returns the sums.
fn increment(store: &Store, threads: usize, times: i64) -> (i64, i64) {
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let name = if thread % 2 == 0 { &b""[..] } else { b"g" };
                for _ in 0..times {
                    store.increment(group(name), key(b"n"), 1, 0).expect("increment");
                }
            });
        }
    });
    let sum = |name| store.increment(group(name), key(b"n"), 0, 0).expect("a number");
    (sum(b""), sum(b"g"))
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn sixteen_threads_share_two_connections() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=p&pool_size=2"));
    assert_eq!(increment(&store, 16, 200), (1_600, 1_600));
    assert_eq!(clients(&server), 2, "calls met, or one connection would do");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_hundred_threads_share_three_connections_and_none_starves() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=p&pool_size=3"));
    assert_eq!(increment(&store, 100, 20), (1_000, 1_000));
    assert!(clients(&server) <= 3, "{} connections", clients(&server));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_closed_store_leaves_no_connection_and_no_thread() {
    let server = start(Setup::default());
    for round in 0..5 {
        let store = open(&server.location("prefix=p&pool_size=4"));
        let all = kv::Selection { group: kv::Selector::Any, key: kv::Selector::Any };
        let watch = store.watch(all, 16, kv::WatchStart::Now).expect("a watch");
        increment(&store, 8, 10);
        drop(watch);
        drop(store);
        let limit = std::time::Duration::from_secs(5);
        crate::support::until("no connection is left", limit, || {
            let pubsub = server.client().call(&["CLIENT", "LIST", "TYPE", "pubsub"]).text();
            clients(&server) == 0 && pubsub.trim().is_empty()
        });
        assert!(round < 5);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_forgets_its_scripts_gets_them_again() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=p&pool_size=4"));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = server.client();
            while !over.load(Ordering::Relaxed) {
                client.call(&["SCRIPT", "FLUSH"]);
            }
            let errors = client.call(&["INFO", "errorstats"]).text();
            assert!(errors.contains("errorstat_NOSCRIPT"), "no call met a flush: {errors}");
        });
        let _over = Raised(&over);
        assert_eq!(increment(&store, 8, 150), (600, 600));
        for id in 0..100_u8 {
            set(&store, &[id], b"v");
            store.set(group(b"g"), key(&[id]), b"v").expect("set");
            assert_eq!(
                store
                    .get_many(&[(no_group(), key(&[id])), (group(b"g"), key(&[id]))])
                    .expect("get")
                    .iter()
                    .flatten()
                    .count(),
                2
            );
        }
        assert_eq!(store.count(kv::GroupRange::Prefix(b"")), Ok(202));
        assert_eq!(get(&store, &[7]).as_deref(), Some(&b"v"[..]));
        assert_eq!(store.delete_group(group(b"g")), Ok(101));
    });
    store.check().expect("sound");
}
