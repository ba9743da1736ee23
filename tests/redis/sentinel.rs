//! Sentinels: a store follows the master that they name.

use std::time::{Duration, Instant};

use kv::{ErrorKind, Selection, Selector, Store, Watch, WatchStart};

use crate::redis::{clients, get, open, set, start};
use crate::support::redis::{Sentinels, Server, Setup};
use crate::support::{Place, key, no_group, until, word};

const OPTIONS: &str = "prefix=p&connect_timeout=1s&call_timeout=20s";
const PATIENCE: Duration = Duration::from_secs(30);

fn watch_all(store: &Store) -> Watch {
    let all = Selection { group: Selector::Any, key: Selector::Any };
    store.watch(all, 1_024, WatchStart::Now).expect("a watch")
}

fn next(watch: &Watch) -> String {
    word(&watch.poll(Some(PATIENCE)).expect("open").expect("an event"))
}

/// A write between two masters may be one whose outcome is not known.
fn set_at_last(store: &Store, name: &[u8], value: &[u8]) {
    until("a write is acknowledged", PATIENCE, || match store.set(no_group(), key(name), value) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            false
        }
    });
}

/// Writes through a fail-over, and sees that a watch goes on after it.
fn follow(all: &Sentinels, replace: impl FnOnce()) {
    let store = open(&all.location(OPTIONS));
    let watch = watch_all(&store);
    set(&store, b"k", b"before");
    assert_eq!(next(&watch), "set /k=before");
    let [_, replica] = all.servers();
    until("the replica has the write", PATIENCE, || {
        replica.redis_cli(&[b"GET", b"p:k"]) == b"before"
    });

    assert_eq!(store.metrics().expect("metrics").failovers, 0);

    replace();

    set_at_last(&store, b"k", b"after");
    assert!(store.metrics().expect("metrics").failovers > 0, "the new master was noticed");
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"after"[..]));
    assert_eq!(replica.redis_cli(&[b"GET", b"p:k"]), b"after");
    let mut event = next(&watch);
    while event != "lagged 0" {
        event = next(&watch);
    }
    set(&store, b"k", b"later");
    while event != "set /k=later" {
        event = next(&watch);
    }
    assert_eq!(
        get(&open(&all.location("prefix=p&pool_size=2")), b"k").as_deref(),
        Some(&b"later"[..])
    );
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_and_its_watches_follow_a_fail_over_that_is_asked_for() {
    let all = Sentinels::start();
    follow(&all, || all.fail_over());
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_call_waits_for_the_next_master_when_the_present_one_is_killed() {
    let all = Sentinels::start();
    follow(&all, || all.servers()[0].kill());
    all.until_replaced();
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn sentinels_that_are_gone_stop_no_store_but_a_new_one() {
    let all = Sentinels::start();
    let location = all.location("prefix=p&call_timeout=2s");
    let store = open(&location);
    set(&store, b"k", b"v");
    all.sentinels()[0].kill();
    set(&open(&all.location("prefix=p&pool_size=2")), b"k", b"by the others");

    all.sentinels().iter().for_each(Server::kill);
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"by the others"[..]));
    // New connections lead to the master that was named last.
    let master = &all.servers()[0];
    master.client().call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    until("the connections are closed", PATIENCE, || clients(master) == 0);
    set(&store, b"k", b"new");
    let error = kv::open(&all.location("prefix=other")).map(drop).expect_err("no Sentinel");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("no Sentinel names the master \"mymaster\""), "{error}");
}

/// A Sentinel with a password of its own, which monitors `master`.
fn guarded(master: u16) -> Server {
    start(
        Setup::default()
            .sentinel()
            .line(format!("sentinel monitor main.one 127.0.0.1 {master} 1"))
            .line("sentinel down-after-milliseconds main.one 60000")
            .line("requirepass sesame")
            .admin("default", "sesame"),
    )
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn names_passwords_and_services_of_sentinels() {
    let setup = Setup::default().line("requirepass toor").admin("default", "toor");
    let server = start(setup);
    let sentinel = guarded(server.port());
    let port = sentinel.port();
    let at = |name: &str, options: &str| {
        kv::open(&format!("valkey-sentinel://:toor@127.0.0.1:{port}/{name}?{options}"))
    };
    let store = at("main.one/3", "prefix=p&sentinel_password=sesame").expect("an open store");
    set(&store, b"k", b"v");
    server.client().call(&["SELECT", "3"]);
    assert_eq!(server.client().call(&["INFO", "keyspace"]).text().matches("db3:keys=1").count(), 1);

    let error = at("other", "sentinel_password=sesame").map(drop).expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    assert!(error.message().contains("no master of the name \"other\""), "{error}");
    for options in ["", "sentinel_password=wrong", "sentinel_user=x&sentinel_password=sesame"] {
        let error = at("main.one", options).map(drop).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Permission, "{options}: {error}");
        assert!(!error.message().contains("sesame"), "{error}");
    }
    // A server is no Sentinel.
    let location = format!("redis-sentinel://127.0.0.1:{}/main.one?prefix=p", server.port());
    let error = kv::open(&format!("{location}&sentinel_password=toor")).map(drop);
    let error = error.expect_err("no Sentinel");
    assert!(error.message().contains("is no Sentinel"), "{error}");

    let place = Place::in_memory();
    let (services, secret) = (place.file("services.yaml"), place.file("secret"));
    std::fs::write(&secret, "sesame\n").expect("a file");
    let text = format!(
        "services: {{it: {{type: kvstore_redis, config: {{addr: '127.0.0.1:{port}', \
         sentinel: main.one, password: toor, db: 3, prefix: p, sentinel_password_file: '{}'}}}}}}\n",
        secret.display()
    );
    std::fs::write(&services, text).expect("a file");
    let store = kv::open_config(services.to_str().expect("UTF-8"), "it").expect("an open store");
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_master_that_is_gone_or_is_none_is_waited_for_until_the_deadline() {
    let master = start(Setup::default());
    let sentinel = start(
        Setup::default()
            .sentinel()
            .line(format!("sentinel monitor lone 127.0.0.1 {} 1", master.port()))
            .line("sentinel down-after-milliseconds lone 60000"),
    );
    let location = format!("redis-sentinel://127.0.0.1:{}/lone?call_timeout=1s", sentinel.port());
    let refused = |what: &str| {
        let begun = Instant::now();
        let error = kv::open(&location).map(drop).expect_err(what);
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}: {:?}", begun.elapsed());
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error}");
        error
    };
    // A replica whose master does not exist.
    master.client().call(&["REPLICAOF", "127.0.0.1", "1"]);
    let error = refused("a replica");
    assert!(error.message().contains("it is a replica"), "{error}");
    master.client().call(&["REPLICAOF", "NO", "ONE"]);
    drop(open(&location));
    master.kill();
    refused("killed");
}

#[test]
fn a_location_names_the_master() {
    for (location, message) in [
        ("redis-sentinel://a,b", "the name of the master"),
        ("redis-sentinel://", "the name of the master"),
        ("redis-sentinel://a/m@n", "the name of a master has letters"),
        ("redis-sentinel://a/m/x", "a database is a number"),
        ("redis-sentinel://a/m?tls_ca=x", "encrypted"),
        ("redis://a?sentinel_password=x", "need Sentinels"),
        ("redis-sentinel://a/m?sentinel_user=x", "sentinel_user needs"),
        ("redis-sentinel://a/m?sentinel_password=x&sentinel_password_env=X", "give one of"),
    ] {
        let error = kv::open(location).map(drop).expect_err(location);
        assert_eq!(error.kind(), ErrorKind::Argument, "{location}: {error}");
        assert!(error.message().contains(message), "{location}: {error}");
    }
}
