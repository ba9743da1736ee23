//! A server without room: what is refused, and that it is refused as a whole.

use kv::{ErrorKind, GroupRange, Scan, SetExpiry};

use crate::redis::{get, open, set, start};
use crate::support::redis::{Server, Setup};
use crate::support::{drain, group, key, no_group};

/// Starts a server that is full soon and throws nothing away.
fn small() -> Server {
    let server = start(Setup::default().line("maxmemory-policy noeviction"));
    // Room for what the server itself needs, connections and scripts among it, and a little more.
    let text = server.client().call(&["INFO", "memory"]).text();
    let used = text.lines().find_map(|it| it.strip_prefix("used_memory:")).expect("a figure");
    let limit = used.trim().parse::<u64>().expect("a number") + (12 << 20);
    server.client().call(&["CONFIG", "SET", "maxmemory", &limit.to_string()]);
    server
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_full_server_refuses_writes_as_a_whole_and_goes_on_reading() {
    let server = small();
    let store = open(&server.location("prefix=p"));
    let value = vec![7; 100_000];
    let mut written = 0_u32;
    let refused = loop {
        let name = written.to_be_bytes();
        let name = key(&name);
        // Two groups at once: one without the other would be half a batch.
        let both: [(_, _, &[u8]); 2] = [(group(b"g"), name, &value), (no_group(), name, &value)];
        match store.set_many(&both, SetExpiry::Never) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 1_000, "the server is never full");
    };

    assert_eq!(refused.kind(), ErrorKind::Full, "{refused}");
    assert!(written > 5);
    let count = |name| store.count(GroupRange::One(group(name))).expect("count");
    assert_eq!((count(b""), count(b"g")), (u64::from(written), u64::from(written)));
    for name in [&b""[..], b"g"] {
        let kinds = [
            store.set(group(name), key(b"more"), &value).map(drop),
            store.set_ttl(group(name), key(b"more"), &value, 60_000).map(drop),
            store.append(group(name), key(b"more"), &value, 0).map(drop),
            store.increment(group(name), key(b"more"), 1, 0).map(drop),
        ];
        for refused in kinds {
            assert_eq!(refused.expect_err("full").kind(), ErrorKind::Full);
        }
        let rows = drain(&mut *store.scan(Scan::all(group(name))).expect("a cursor"));
        assert_eq!(rows.len(), written as usize);
        assert!(rows.iter().all(|row| row.2 == value));
    }
    store.check().expect("sound");

    // A program that makes room can write again.
    assert_eq!(store.delete_group(group(b"g")), Ok(u64::from(written)));
    set(&store, b"more", b"room");
    assert_eq!(get(&store, b"more").as_deref(), Some(&b"room"[..]));
    store.check().expect("sound");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn what_is_read_and_removed_needs_no_room() {
    let server = small();
    let store = open(&server.location("prefix=p"));
    for id in 0..3_u8 {
        set(&store, &[id], b"v");
        store.set(group(b"g"), key(&[id]), b"v").expect("set");
    }
    server.client().call(&["CONFIG", "SET", "maxmemory", "1"]);

    assert_eq!(get(&store, &[0]).as_deref(), Some(&b"v"[..]));
    for name in [&b""[..], b"g"] {
        assert!(store.take(group(name), key(&[0])).expect("take").is_some());
        assert!(store.delete(group(name), key(&[1])).expect("delete"));
        assert_eq!(store.delete_group(group(name)), Ok(1));
    }
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(0));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_refuses_to_write_says_so() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=p"));
    set(&store, b"k", b"v");
    // Not enough replicas: a server that is set to require one takes no write.
    server.client().call(&["CONFIG", "SET", "min-replicas-to-write", "1"]);

    let refused = store.set(no_group(), key(b"k"), b"w").expect_err("no replica");
    assert!(refused.message().contains("NOREPLICAS"), "{refused}");
    store.increment(no_group(), key(b"n"), 1, 0).expect_err("no replica");

    assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));
    server.client().call(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    set(&store, b"k", b"w");
}
