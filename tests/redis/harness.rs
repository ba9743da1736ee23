//! The ground of the other tests: servers that can be stopped, and clocks that stand still.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kv::Timestamp;

use crate::support::group;
use crate::support::redis::{Cluster, Load, Reply, Server, ServerClock, Setup};

const NOON: Timestamp = Timestamp::from_micros(1_700_000_000_123_456);

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_servers_clock_stands_still_and_expiry_lives_by_it_to_the_millisecond() {
    let clock = Arc::new(ServerClock::new());
    let server = Server::start(Setup::default().clock(&clock));
    let mut client = server.client();
    clock.set(NOON);

    let micros = |client: &mut crate::support::redis::Client| -> Vec<String> {
        client.call(&["TIME"]).list().into_iter().map(Reply::text).collect()
    };
    assert_eq!(micros(&mut client), ["1700000000", "123456"]);
    client.call(&["SET", "k", "v", "PXAT", "1700000000133"]);
    for (after, alive) in [(9_000, 1), (10_000, 1), (11_000, 0)] {
        clock.set(Timestamp::from_micros(NOON.as_micros() + after));
        assert_eq!(client.call(&["EXISTS", "k"]), Reply::Integer(alive), "{after}");
    }
    assert_eq!(micros(&mut client), ["1700000000", "134456"]);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_can_be_killed_restarted_and_paused() {
    let server = Server::start(Setup::default().lasting());
    assert_eq!(server.redis_cli(&[b"SET", b"k\xFF", b"v\xFE"]), b"OK");
    let id = server.id();

    server.kill();
    assert!(std::net::TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.restart();
    assert_ne!(server.id(), id);
    assert_eq!(server.redis_cli(&[b"GET", b"k\xFF"]), b"v\xFE");

    let mut client = server.client();
    server.pause();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The time for which the server hangs, by design.
            std::thread::sleep(Duration::from_millis(200));
            server.resume();
        });
        client.call(&["PING"]);
    });
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_cluster_has_three_masters_and_its_clock_may_leap() {
    let begun = Instant::now();
    let clock = Arc::new(ServerClock::new());
    let cluster = Cluster::ruled_by(&clock);
    println!("a cluster starts in {:?}", begun.elapsed());
    assert_eq!(cluster.masters().count(), 3);
    let master = cluster.master_of(b"k");

    for millis in [0, 86_400_000, 1_000_000_000_000, 0] {
        clock.set(Timestamp::from_micros(NOON.as_micros() + millis * 1_000));
        assert_eq!(master.redis_cli(&[b"SET", b"k", b"v"]), b"OK");
        // Three rounds of the servers' own timer, which runs every 100 ms of real time.
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(master.redis_cli(&[b"GET", b"k"]), b"v");
        cluster.until_whole();
    }
}

/// The threads that other tests rely on notice a loss, and print no fault where there is none.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_load_notices_entries_and_groups_that_are_lost() {
    let server = Server::start(Setup::default());
    let store = kv::open(&server.location("prefix=p")).expect("an open store");
    let groups: Vec<_> = (0..20).map(|id| format!("shop:g{id:02}").into_bytes()).collect();
    let load = Load { store: &store, groups, tag: "", listed: b"shop:" };
    load.fill(2);
    load.run(2, || ()).assert_sound();

    load.groups.iter().for_each(|name| _ = store.delete_group(group(name)).expect("delete"));
    load.fill(2);
    let lost = load.run(2, || {
        store.delete_prefix(group(b"shop:g03"), b"t0.").expect("delete");
        store.delete_prefix(group(b"shop:g04"), b"t1.n").expect("delete");
    });
    assert!(lost.wrong.iter().any(|it| it.contains("shop:g03")), "{:?}", lost.wrong);
    assert!(lost.wrong.iter().any(|it| it.contains("shop:g04")), "{:?}", lost.wrong);
}
