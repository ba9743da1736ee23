//! One address behind which the server changes its role or is not ready: calls wait while waiting
//! helps, and the errors say what to do.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kv::{ErrorKind, Store};

use crate::redis::{get, open, set, start};
use crate::support::redis::{Cluster, Scripted, Server, Setup, ordinary};
use crate::support::{group, key, no_group, until};

const OPTIONS: &str = "prefix=p&connect_timeout=1s&call_timeout=3s&purge_interval=0&pool_size=3";
/// The time after which a server is ready again, within the time of a call.
const LATER: Duration = Duration::from_millis(500);

/// Runs `call` on a store of `server`, and `heal` some time after it has begun. The call succeeds,
/// and waits for it.
fn waits(server: &Server, store: &Store, heal: impl FnOnce(&Server) + Send) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(LATER);
            heal(server);
        });
        let begun = Instant::now();
        store.set(no_group(), key(b"k"), b"v").expect("it waits");
        assert!(begun.elapsed() >= LATER, "{:?}", begun.elapsed());
    });
    store.set(group(b"g"), key(b"k"), b"v").expect("the next call");
    assert_eq!(get(store, b"k").as_deref(), Some(&b"v"[..]));
}

fn command(server: &Server, words: &[&str]) {
    server.client().call(words);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_write_to_a_master_that_has_become_a_replica_waits_for_a_master() {
    let (server, other) = (start(Setup::default()), start(Setup::default()));
    let store = open(&server.location(OPTIONS));
    set(&store, b"k", b"1");
    let port = other.port().to_string();
    command(&server, &["REPLICAOF", "127.0.0.1", &port]);
    waits(&server, &store, |it| command(it, &["REPLICAOF", "NO", "ONE"]));

    command(&server, &["REPLICAOF", "127.0.0.1", &port]);
    for refused in [
        store.set(no_group(), key(b"k"), b"x").map(drop),
        store.increment(group(b"g"), key(b"n"), 1, 0).map(drop),
    ] {
        let error = refused.expect_err("a replica");
        assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
        assert!(error.message().contains("replica"), "{error}");
    }
}

/// The address leads to another server after the fail-over; the connections stand.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn pooled_connections_to_a_former_master_are_replaced() {
    let roles = Arc::new(AtomicU32::new(0));
    let (seen, connections) = (roles.clone(), Arc::new(AtomicU32::new(0)));
    let counted = connections.clone();
    // Each connection leads to the server that was the master when it was made.
    let server = Scripted::raw(move |client| {
        counted.fetch_add(1, Ordering::SeqCst);
        let made = seen.load(Ordering::SeqCst);
        let seen = seen.clone();
        crate::support::redis::serve(client, &move |words, to| {
            let is_master = seen.load(Ordering::SeqCst) == made;
            match &words[0][..] {
                b"SET" if !is_master => to.write_all(b"-READONLY You can't write\r\n"),
                b"EXEC" if !is_master => to.write_all(b"-EXECABORT discarded\r\n"),
                b"EXEC" => to.write_all(b"*2\r\n+OK\r\n:0\r\n"),
                _ => to.write_all(ordinary(words)),
            }
        });
    });
    let store = open(&server.location(OPTIONS));
    let set_all = || {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| store.set(no_group(), key(b"k"), b"v").expect("set"));
            }
        });
    };
    set_all();
    for round in 1..4 {
        roles.store(round, Ordering::SeqCst);
        let begun = Instant::now();
        set_all();
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
    assert!(connections.load(Ordering::SeqCst) <= 4 * 3 + 3);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_loads_its_data_is_waited_for_also_when_opening() {
    let ready_at = Arc::new(std::sync::Mutex::new(Instant::now() + LATER));
    let at = ready_at.clone();
    let server = Scripted::start(move |words, to| {
        let is_ready = Instant::now() >= *at.lock().expect("no panic");
        match &words[0][..] {
            _ if !is_ready => to.write_all(b"-LOADING Redis is loading the dataset in memory\r\n"),
            b"EXEC" => to.write_all(b"*2\r\n$1\r\nv\r\n:-1\r\n"),
            _ => to.write_all(ordinary(words)),
        }
    });
    let begun = Instant::now();
    let store = open(&server.location(OPTIONS));
    assert!(begun.elapsed() >= LATER);
    *ready_at.lock().expect("no panic") = Instant::now() + LATER;
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));

    *ready_at.lock().expect("no panic") = Instant::now() + Duration::from_secs(60);
    let begun = Instant::now();
    let error = kv::open(&server.location("call_timeout=500ms")).map(drop).expect_err("it loads");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("LOADING"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_runs_a_long_script_is_waited_for() {
    let server = start(Setup::default().line("busy-reply-threshold 10"));
    let store = open(&server.location(OPTIONS));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // It fails when it is killed.
            let _ = server.client().try_call(&[b"EVAL", b"while true do end", b"0"]);
        });
        let busy = || {
            let reply = server.client().try_call(&[b"GET", b"x"]).expect("a reply");
            matches!(reply, crate::support::redis::Reply::Error(text) if text.starts_with("BUSY"))
        };
        until("the server is busy", Duration::from_secs(20), busy);
        let short = kv::open(&server.location("prefix=p&call_timeout=300ms"));
        let error = short.map(drop).expect_err("it is busy");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.message().contains("SCRIPT KILL"), "{error}");
        waits(&server, &store, |it| command(it, &["SCRIPT", "KILL"]));
    });
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_without_enough_replicas_is_waited_for() {
    let server = start(Setup::default());
    let store = open(&server.location(OPTIONS));
    command(&server, &["CONFIG", "SET", "min-replicas-to-write", "1"]);
    waits(&server, &store, |it| {
        command(it, &["CONFIG", "SET", "min-replicas-to-write", "0"]);
    });
    command(&server, &["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let error = store.set(group(b"g"), key(b"k"), b"x").expect_err("no replica");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("nothing was written"), "{error}");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_replica_that_has_lost_its_master_is_waited_for() {
    let server = start(Setup::default().line("replica-serve-stale-data no"));
    let store = open(&server.location(OPTIONS));
    let gone = crate::support::redis::free_port().to_string();
    command(&server, &["REPLICAOF", "127.0.0.1", &gone]);
    waits(&server, &store, |it| command(it, &["REPLICAOF", "NO", "ONE"]));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_with_too_many_clients_is_waited_for() {
    let server = start(Setup::default());
    command(&server, &["CONFIG", "SET", "maxclients", "6"]);
    let mut clients: Vec<_> = (0..6).map(|_| server.client()).collect();
    let refused = kv::open(&server.location("prefix=p&call_timeout=300ms"));
    let error = refused.map(drop).expect_err("it is full");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("maxclients"), "{error}");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(LATER);
            clients.clear();
        });
        let begun = Instant::now();
        let store = open(&server.location(OPTIONS));
        assert!(begun.elapsed() >= LATER);
        set(&store, b"k", b"v");
    });
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_whose_memory_is_full_says_so_at_once() {
    let server = start(Setup::default());
    let store = open(&server.location(OPTIONS));
    set(&store, b"k", b"v");
    command(&server, &["CONFIG", "SET", "maxmemory", "1"]);
    for full in [
        store.set(no_group(), key(b"l"), b"v").map(drop),
        store.increment(group(b"g"), key(b"n"), 1, 0).map(drop),
    ] {
        let error = full.expect_err("no memory");
        assert_eq!(error.kind(), ErrorKind::Full, "{error}");
        assert!(error.message().contains("maxmemory"), "{error}");
    }
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));
    assert_eq!(store.delete(no_group(), key(b"k")), Ok(true));
}

/// A server that cannot save its data refuses writes and PING.
#[test]
fn a_server_that_cannot_save_is_read() {
    let server = Scripted::start(|words, to| match &words[0][..] {
        b"PING" | b"SET" => to.write_all(b"-MISCONF Redis is configured to save snapshots\r\n"),
        _ => to.write_all(ordinary(words)),
    });
    let store = open(&server.location(OPTIONS));
    assert_eq!(get(&store, b"k"), None);
    let error = store.set(no_group(), key(b"k"), b"v").expect_err("no disk");
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.message().contains("disk"), "{error}");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_node_of_a_cluster_is_no_single_server() {
    let cluster = Cluster::start(5_000, &Setup::default());
    for node in cluster.masters() {
        let error = kv::open(&node.location(OPTIONS)).map(drop).expect_err("a node of a cluster");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.message().contains("redis-cluster://"), "{error}");
    }
}
