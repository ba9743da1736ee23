//! Replies and calls: whatever a network does to the bytes in between, no call returns the value of
//! another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kv::{ErrorKind, Store};

use crate::redis::{open, start};
use crate::support::redis::{Cluster, Fate, Proxy, Reply, Setup, aloud};
use crate::support::{group, key, no_group, until};

const THREADS: u64 = 16;
const TIMEOUT: Duration = Duration::from_millis(300);
const OPTIONS: &str = "prefix=p&pool_size=4&connect_timeout=300ms&call_timeout=300ms";

/// The number of values in all; `KV_UNMIXED_VALUES` asks for more.
fn values_max() -> u64 {
    let asked = std::env::var("KV_UNMIXED_VALUES").ok();
    asked.map_or(10_000, |it| it.parse().expect("KV_UNMIXED_VALUES is a number"))
}

fn name_of(id: u64) -> Vec<u8> {
    format!("k{id}").into_bytes()
}

/// Returns the one value that a key ever has; of every fourth key it has 6 KB.
fn value_of(id: u64) -> Vec<u8> {
    let len = if id.is_multiple_of(4) { 6_000 } else { 0 };
    let mut value = format!("value {id} ").into_bytes();
    value.extend(std::iter::repeat_n(b'a' + (id % 26) as u8, len));
    value
}

/// Sets the value of a key and reads it, and that of a key of another thread. Every third key is in
/// a named group, where scripts reply. Returns how many of the calls have failed.
fn set_and_get(store: &Store, id: u64) -> u64 {
    let mut failed = 0;
    let mut note = |error: kv::Error| {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{id}: {error}");
        failed += 1;
    };
    let place = |id: u64| if id.is_multiple_of(3) { group(b"g") } else { no_group() };
    let written = store.set(place(id), key(&name_of(id)), &value_of(id));
    let is_written = written.is_ok();
    written.err().into_iter().for_each(&mut note);
    for other in [id, id.saturating_sub(THREADS + 1)] {
        match store.get(place(other), key(&name_of(other))) {
            Ok(Some(entry)) => assert!(*entry.value == *value_of(other), "{other}: {id}"),
            Ok(None) => assert!(other != id || !is_written, "{id} is lost"),
            Err(error) => note(error),
        }
    }
    failed
}

/// Makes calls from several threads, while the proxies are unruly.
fn run(what: &str, store: &Store, proxies: &[Proxy], count: u64) {
    for proxy in proxies {
        proxy.decide(Fate::Unruly(TIMEOUT + TIMEOUT / 2));
    }
    let (next, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    if id >= count {
                        break;
                    }
                    failed.fetch_add(set_and_get(store, id), Ordering::Relaxed);
                }
            });
        }
    });
    for proxy in proxies {
        proxy.decide(Fate::Pass);
    }
    let failed = failed.into_inner();
    aloud(&format!("{what}: {count} values through an unruly network, {failed} calls failed"));
    assert!(failed > 0, "nothing was late or cut");
    // Late replies of closed connections disturb none of the calls that follow.
    for id in 0..count.min(500) {
        assert!(
            store
                .get(no_group(), key(&name_of(id)))
                .is_ok_and(|it| { it.is_none_or(|it| *it.value == *value_of(id)) }),
            "{id}"
        );
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn no_call_on_a_server_returns_the_value_of_another() {
    let server = start(Setup::default());
    let proxies = [Proxy::to(server.port())];
    let store = open(&proxies[0].location(OPTIONS));
    run("one server", &store, &proxies, values_max() * 6 / 10);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn no_call_on_a_cluster_returns_the_value_of_another() {
    let cluster = Cluster::start(30_000, &Setup::default());
    let proxies: Vec<_> = cluster.nodes().iter().map(|it| Proxy::to(it.port())).collect();
    for (node, proxy) in cluster.nodes().iter().zip(&proxies) {
        let port = proxy.port().to_string();
        node.client().call(&["CONFIG", "SET", "cluster-announce-port", &port]);
    }
    let is_proxy = |server: &Reply| {
        let Reply::Array(parts) = server else { return true };
        let Some(Reply::Integer(port)) = parts.get(1) else { return true };
        proxies.iter().any(|it| i64::from(it.port()) == *port)
    };
    until("the nodes name the proxies", Duration::from_secs(60), || {
        cluster.nodes().iter().all(|node| {
            let ranges = node.client().call(&["CLUSTER", "SLOTS"]).list();
            ranges.into_iter().all(|range| range.list()[2..].iter().all(is_proxy))
        })
    });
    let location = proxies[0].location(OPTIONS).replacen("redis:", "redis-cluster:", 1);
    let store = open(&location);
    run("a cluster", &store, &proxies, values_max() * 4 / 10);
}
