//! The memory of a server: how much an entry takes, and a server without room, where a write is
//! refused as a whole.

use std::time::Duration;

use kv::{ErrorKind, GroupRange, PIECE_LEN, Put, Scan, SetExpiry, WriteRules};

use crate::redis::{clients, get, open, set, start};
use crate::support::redis::{Client, Server, Setup, aloud, fill_group, sized};
use crate::support::{drain, group, key, no_group, until};

/// Starts a server that is full soon and throws nothing away.
fn small() -> Server {
    let server = start(Setup::default().line("maxmemory-policy noeviction"));
    // Room for what the server itself needs, connections and scripts among it, and a little more.
    limit(&server, used(&server) + (12 << 20));
    server
}

/// Returns the bytes of memory that a server uses.
fn used(server: &Server) -> u64 {
    let text = server.client().call(&["INFO", "memory"]).text();
    let used = text.lines().find_map(|it| it.strip_prefix("used_memory:")).expect("a figure");
    used.trim().parse().expect("a number")
}

fn limit(server: &Server, bytes: u64) {
    server.client().call(&["CONFIG", "SET", "maxmemory", &bytes.to_string()]);
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
    // It stays full, also when it frees the buffers of a connection.
    limit(&server, used(&server) - (2 << 20));
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
fn a_value_in_pieces_that_finds_no_room_is_refused_as_it_comes_and_leaves_nothing() {
    let server = small();
    let store = open(&server.location("prefix=p"));
    let piece = vec![7; PIECE_LEN];
    for name in [no_group(), group(b"g")] {
        store.set(name, key(b"k"), b"old").expect("set");
        let begin = || store.write_value(name, key(b"k"), WriteRules::default()).expect("a writer");
        let mut writer = begin();
        let mut written = 0;
        let refused = loop {
            assert!(written < 100, "the server is never full");
            match writer.write(&store, &piece) {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(refused.kind(), ErrorKind::Full, "{refused}");
        assert!(written > 5);
        drop(writer);
        // Its pieces were removed at once, so that another one has room; the commit finds none.
        let mut writer = begin();
        (0..5).for_each(|_| writer.write(&store, &piece).expect("room"));
        let size = writer.size();
        server.client().call(&["CONFIG", "SET", "maxmemory", "1"]);
        assert_eq!(writer.commit(&store).expect_err("full").kind(), ErrorKind::Full);
        let entry = store.get(name, key(b"k")).expect("get").expect("an entry");
        assert_eq!(&*entry.value, b"old");
        limit(&server, used(&server) + (12 << 20));
        assert!(matches!(writer.commit(&store), Ok(Put::Written(_))));
        let info = store.info(name, key(b"k")).expect("info").expect("an entry");
        assert_eq!(info.size, size);
        store.check().expect("sound");
    }
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

/// A way to keep entries: its title, the names of groups among which the entries are spread, and
/// whether they have a ttl.
type Shape = (&'static str, usize, bool);

const SHAPES: [Shape; 6] = [
    ("plain", 0, false),
    ("plain+ttl", 0, true),
    ("1 group", 1, false),
    ("1 group+ttl", 1, true),
    ("groups of 100", 100, false),
    ("groups of 100+ttl", 100, true),
];

/// Returns the bytes of the server's memory that an entry takes, with its key and value.
fn bytes_per_entry(server: &Server, count: usize, value: &[u8], (_, size, ttl): Shape) -> u64 {
    let mut client = server.client();
    client.call(&["FLUSHALL", "SYNC"]);
    let used = |client: &mut Client| -> u64 {
        // Without the buffers of connections.
        until("the connections are closed", Duration::from_secs(20), || clients(server) == 0);
        let text = client.call(&["INFO", "memory"]).text();
        let figure = text.lines().find_map(|it| it.strip_prefix("used_memory:"));
        figure.expect("a figure").trim().parse().expect("a number")
    };
    let expiry = SetExpiry::from_ttl(if ttl { 3_600_000 } else { kv::TTL_NEVER }).expect("a ttl");
    let before = used(&mut client);
    let store = open(&server.location("prefix=p&purge_interval=0"));
    match size {
        0 => fill_group(&store, b"", count, value, expiry),
        1 => fill_group(&store, b"group", count, value, expiry),
        size => {
            for id in 0..count / size {
                let name = format!("group{id:04}").into_bytes();
                fill_group(&store, &name, size, value, expiry);
            }
        }
    }
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(count as u64));
    drop(store);
    used(&mut client).saturating_sub(before) / count as u64
}

/// The table is printed; docs/redis.md has it.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn each_way_to_keep_an_entry_takes_memory() {
    let server = start(Setup::default());
    let count = sized(10_000, 60_000);
    // The first fill makes the scripts known.
    for shape in SHAPES {
        bytes_per_entry(&server, 1_000, b"", shape);
    }
    let titles: Vec<_> = SHAPES.iter().map(|it| it.0).collect();
    aloud(&format!("bytes per entry of {count}, key 17: value | {}", titles.join(" | ")));
    for len in [20, 100, 1_000] {
        let value = vec![b'v'; len];
        let of = SHAPES.map(|shape| bytes_per_entry(&server, count, &value, shape));
        aloud(&format!("  {len} | {}", of.map(|it| it.to_string()).join(" | ")));
        for ((title, ..), bytes) in SHAPES.iter().zip(of) {
            assert!(bytes > len as u64 + 17, "{title}, {len}: {bytes}");
        }
    }
}
