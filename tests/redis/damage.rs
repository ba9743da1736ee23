//! Named groups whose keys another client has damaged: every call ends, `kv_check` reports the
//! group, and other groups are not touched.

use std::time::{Duration, Instant};

use kv::{ErrorKind, GroupRange, Scan, SetExpiry, Store};

use crate::redis::{open, start};
use crate::support::redis::{Client, Setup};
use crate::support::{group, key};

/// The longest time of a call on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// Damage to the hash of a group.
struct Damage {
    name: &'static str,
    /// Changes the key, of which these are the fields of the index.
    plant: fn(&mut Client, &[u8], &[Vec<u8>]),
}

const DAMAGES: &[Damage] = &[
    Damage { name: "a header of other bytes", plant: |it, hash, _| set(it, hash, b"\0", b"\xc1") },
    Damage { name: "a header that is a text", plant: |it, hash, _| set(it, hash, b"\0", b"\xa1a") },
    Damage {
        name: "a header that counts too many fields",
        plant: |it, hash, _| set(it, hash, b"\0", b"\xcd\xff\xff\x00\xff\x00\x09\x01\x00\x00"),
    },
    Damage {
        name: "no header",
        plant: |it, hash, _| {
            it.bytes(&[b"HDEL", hash, b"\0"]);
        },
    },
    Damage {
        name: "a node is missing",
        plant: |it, hash, index| {
            it.bytes(&[b"HDEL", hash, &index[1]]);
        },
    },
    Damage { name: "nodes of other bytes", plant: |it, hash, index| all(it, hash, index, b"\xc1") },
    Damage { name: "nodes of numbers", plant: |it, hash, index| all(it, hash, index, b"\x91\x07") },
    Damage {
        // Each is an inner node whose one child is the first node.
        name: "nodes in a circle",
        plant: |it, hash, index| all(it, hash, index, b"\x91\xa1a\x91\x01"),
    },
    Damage {
        name: "nodes in many circles",
        plant: |it, hash, index| {
            all(it, hash, index, b"\x93\xa1a\xa1b\xa1c\x93\x01\x01\x01");
        },
    },
    Damage {
        name: "nodes out of order",
        plant: |it, hash, index| all(it, hash, index, b"\x92\xa1b\xa1a"),
    },
    Damage {
        name: "an entry was removed",
        plant: |it, hash, _| {
            it.bytes(&[b"HDEL", hash, b"k0100"]);
        },
    },
    Damage { name: "an entry was added", plant: |it, hash, _| set(it, hash, b"stranger", b";v") },
    Damage {
        name: "another type",
        plant: |it, hash, _| {
            it.bytes(&[b"SET", hash, b"v"]);
        },
    },
];

fn set(client: &mut Client, hash: &[u8], field: &[u8], value: &[u8]) {
    client.bytes(&[b"HSET", hash, field, value]);
}

/// Replaces all nodes.
fn all(client: &mut Client, hash: &[u8], index: &[Vec<u8>], value: &[u8]) {
    for field in index.iter().filter(|it| it.len() > 1) {
        set(client, hash, field, value);
    }
}

/// Makes a call of each kind, and returns the errors.
fn call_all(store: &Store) -> Vec<(&'static str, kv::Error)> {
    let name = group(b"g");
    let scan = |scan: Scan<'_>| -> kv::Result<()> {
        let mut cursor = store.scan(scan)?;
        let mut count = 0;
        while cursor.next()?.is_some() {
            count += 1;
            assert!(count < 10_000, "the scan does not end");
        }
        Ok(())
    };
    let calls: [(&str, &dyn Fn() -> kv::Result<()>); 12] = [
        ("get", &|| store.get(name, key(b"k0007")).map(drop)),
        ("set", &|| store.set(name, key(b"k0007"), b"w").map(drop)),
        ("add", &|| store.set(name, key(b"new"), b"w").map(drop)),
        ("add with a ttl", &|| store.set_ttl(name, key(b"brief"), b"w", 50_000).map(drop)),
        ("increment", &|| store.increment(name, key(b"n"), 1, 0).map(drop)),
        ("delete", &|| store.delete(name, key(b"k0009")).map(drop)),
        ("scan", &|| scan(Scan::all(name))),
        ("scan backwards", &|| scan(Scan { reverse: true, ..Scan::all(name) })),
        ("count", &|| store.count(GroupRange::One(name)).map(drop)),
        ("delete prefix", &|| store.delete_prefix(name, b"k00").map(drop)),
        ("purge", &|| store.purge_expired().map(drop)),
        ("usage", &|| store.usage().map(drop)),
    ];
    let mut errors = Vec::new();
    for (call, make) in calls {
        let begun = Instant::now();
        if let Err(error) = make() {
            errors.push((call, error));
        }
        assert!(begun.elapsed() < PATIENCE, "{call} took {:?}", begun.elapsed());
    }
    errors
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn calls_on_a_damaged_group_end_and_a_check_reports_it() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=app&purge_interval=0"));
    let mut client = server.client();
    for damage in DAMAGES {
        client.call(&["FLUSHALL"]);
        fill(&store);
        store.check().expect("sound");
        let hash = client.call(&["KEYS", "*}h:g"]).sorted().remove(0);
        let fields = client.bytes(&[b"HKEYS", &hash]).sorted();
        let index: Vec<_> = fields.into_iter().filter(|it| it.first() == Some(&0)).collect();
        assert!(index.len() > 8, "a header and nodes: {index:?}");

        (damage.plant)(&mut client, &hash, &index);

        let checked = store.check().err().unwrap_or_else(|| panic!("{}", damage.name));
        let is_known = |it: &kv::Error| {
            [ErrorKind::Corrupt, ErrorKind::Format, ErrorKind::Io].contains(&it.kind())
        };
        assert!(is_known(&checked), "{}: {checked}", damage.name);
        for (call, error) in call_all(&store) {
            assert!(is_known(&error), "{}, {call}: {error}", damage.name);
        }
        let other = store.get(group(b"other"), key(b"k")).expect("a sound group");
        assert_eq!(other.map(|it| it.value.to_vec()), Some(b"v".to_vec()));
    }
}

/// Writes a group with an index, and a small one.
fn fill(store: &Store) {
    let names: Vec<String> = (0..400).map(|id| format!("k{id:04}")).collect();
    let entries: Vec<_> =
        names.iter().map(|name| (group(b"g"), key(name.as_bytes()), &b"v"[..])).collect();
    store.set_many(&entries, SetExpiry::from_ttl(3_600_000).expect("a ttl")).expect("set many");
    store.set(group(b"other"), key(b"k"), b"v").expect("set");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn buckets_that_are_lost_are_listed_again_by_compact() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=app&purge_interval=0"));
    for name in [&b"a"[..], b"b", b"c:d"] {
        store.set(group(name), key(b"k"), b"v").expect("set");
    }
    server.redis_cli(&[b"HDEL", b"app{layout}", b"buckets"]);
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(0), "the list is lost");

    store.compact().expect("compact");

    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(3));
    store.check().expect("sound");
}
