//! Values at their limits.

use kv::{ErrorKind, Scan};

use crate::redis::{get, kind, open, set, start};
use crate::support::redis::Setup;
use crate::support::{drain, group, key, no_group};

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn sixty_four_mebibytes_come_back_as_they_went() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=p&call_timeout=60s"));
    let huge: Vec<u8> = (0..64_u32 << 20).map(|it| (it ^ (it >> 8)) as u8).collect();

    set(&store, b"huge", &huge);
    assert!(get(&store, b"huge").as_deref() == Some(&huge[..]), "other bytes come back");
    assert_eq!(server.client().call(&["STRLEN", "p:huge"]).integer(), 64 << 20);
    store.set(group(b"g"), key(b"huge"), &huge).expect("set");
    let entry = store.get(group(b"g"), key(b"huge")).expect("get").expect("alive");
    assert!(entry.value[..] == huge[..], "other bytes come back");
    assert_eq!(store.append(group(b"g"), key(b"huge"), b"\0end", 0), Ok((64 << 20) + 4));
    let taken = store.take(group(b"g"), key(b"huge")).expect("take").expect("alive");
    assert!(taken.value.ends_with(b"\0end") && taken.value.len() == (64 << 20) + 4);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn every_byte_and_every_length_around_a_power_of_two_comes_back() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=p"));
    let all: Vec<u8> = (0..=255).collect();
    for name in [&b""[..], b"g"] {
        let name = group(name);
        store.set(name, key(&all), &all).expect("set");
        let entry = store.get(name, key(&all)).expect("get").expect("alive");
        assert_eq!(entry.value[..], all[..]);
        for power in 0..18 {
            for len in [(1_usize << power) - 1, 1 << power, (1 << power) + 1] {
                let value: Vec<u8> = (0..len).map(|it| (it * 31) as u8).collect();
                store.set(name, key(b"k"), &value).expect("set");
                let entry = store.get(name, key(b"k")).expect("get").expect("alive");
                assert!(entry.value[..] == value[..], "{len}");
            }
        }
    }
    let rows = drain(&mut *store.scan(Scan::all(no_group())).expect("a cursor"));
    assert_eq!(rows.len(), 2);
}

/// Scripts count in doubles, which lose integers beyond 2^53; counters do not.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn counters_are_exact_over_all_of_64_bits() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=p"));
    let edges: Vec<i64> = [0, 9, 10, 31, 32, 52, 53, 54, 62]
        .iter()
        .flat_map(|power| [(1_i64 << power) - 1, 1 << power, (1 << power) + 1])
        .chain([999_999_999, 1_000_000_000, 999_999_999_999_999_999, i64::MAX - 1, i64::MAX])
        .flat_map(|it| [it, -it])
        .chain([i64::MIN, i64::MIN + 1])
        .collect();
    for name in [&b""[..], b"g"] {
        let (name, n) = (group(name), key(b"n"));
        for start in &edges {
            for delta in &edges {
                store.set(name, n, start.to_string().as_bytes()).expect("set");
                let sum = store.increment(name, n, *delta, 0);
                match start.checked_add(*delta) {
                    Some(expected) => assert_eq!(sum, Ok(expected), "{start} + {delta}"),
                    None => assert_eq!(kind(sum), ErrorKind::NotInteger, "{start} + {delta}"),
                }
            }
        }
    }
}
