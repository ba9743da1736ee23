//! Values of the default group that are written and read in pieces, as other clients see and change
//! them; and the values that scans return.

use std::time::{Duration, Instant};

use kv::{
    Condition, ErrorKind, Event, GroupRange, PIECE_LEN, Put, Scan, Selection, Selector, SetExpiry,
    VALUE_LEN_MAX, Values, WatchStart, WriteRules,
};

use crate::redis::pieces::{LEN, OPTIONS, bytes, pieces, reader, rest, write};
use crate::redis::{open, start};
use crate::support::redis::{Setup, aloud};
use crate::support::{group, key, no_group};

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_value_of_the_default_group_is_one_string_for_every_client() {
    let server = start(Setup::default());
    let store = open(&server.location(OPTIONS));
    let mut client = server.client();
    let everything = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(everything, 64, WatchStart::Now).expect("a watch");
    // The version of the last is made of those of its pieces.
    for len in [PIECE_LEN + 1, LEN, 40 * PIECE_LEN, 64 * PIECE_LEN, 70 * PIECE_LEN + 9] {
        let value = bytes(1, len);
        let rules = WriteRules { expiry: SetExpiry::After(60_000), ..WriteRules::default() };
        let mut writer = store.write_value(no_group(), key(b"k"), rules).expect("a writer");
        writer.write(&store, &value).expect("room");
        let keys = client.call(&["KEYS", "p:*"]).sorted();
        assert_eq!(keys, Vec::<Vec<u8>>::new(), "nothing before the commit");
        let Ok(Put::Written(version)) = writer.commit(&store) else { panic!("not written") };

        assert!(server.redis_cli(&[b"GET", b"p:k"]) == value);
        let ttl = client.call(&["PTTL", "p:k"]).integer();
        assert!((1..=60_000).contains(&ttl), "{ttl}");
        assert_eq!(client.call(&["KEYS", "*"]).sorted(), [b"p:k"]);
        let info = store.info(no_group(), key(b"k")).expect("info").expect("an entry");
        assert_eq!((info.version, info.size), (version, len as u64));
        assert_eq!(reader(&store, no_group(), b"k").info(), info);
        let entry = store.get(no_group(), key(b"k")).expect("get").expect("an entry");
        assert_eq!(entry.info(), info);
        let sizes = Scan { values: Values::Sizes, ..Scan::all(no_group()) };
        let mut sizes = store.scan(sizes).expect("a cursor");
        let found = sizes.next().expect("a scan").map(|it| (it.version, it.value_size));
        assert_eq!(found, Some((version, len as u64)));
        let Ok(Some(Event::Change(change))) = watch.poll(Some(Duration::from_secs(20))) else {
            panic!("no event")
        };
        assert_eq!((change.version(), change.size()), (version, len as u64));
        assert!(change.is_large() && change.value().is_empty());
        let put = |condition| {
            let (value, never) = (&b"short"[..], SetExpiry::Never);
            store.put(no_group(), key(b"k"), value, condition, never).expect("put")
        };
        assert_eq!(put(Condition::Version(version ^ 1)), Put::Conflict(version));
        assert!(matches!(put(Condition::Version(version)), Put::Written(_)));
        assert!(matches!(watch.poll(Some(Duration::from_secs(20))), Ok(Some(_))));
        client.call(&["DEL", "p:k"]);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_reader_of_the_default_group_notices_what_another_client_writes() {
    let server = start(Setup::default());
    let store = open(&server.location(OPTIONS));
    let large = bytes(1, 20 * PIECE_LEN);
    for change in
        [&["SETRANGE", "p:k", "5000000", "x"][..], &["APPEND", "p:k", "x"], &["DEL", "p:k"]]
    {
        write(&store, no_group(), b"k", &large).expect("written");
        let mut reading = reader(&store, no_group(), b"k");
        assert!(rest(&mut *reading, 4_000_000).expect("a read") == large[4_000_000..]);
        let mut other = vec![b'z'; large.len()];
        match change[0] {
            "SETRANGE" => _ = server.client().bytes(&[b"SET", b"p:k", &other]),
            _ => _ = server.client().call(change),
        }
        let error = rest(&mut *reading, 0).expect_err("changed");
        assert_eq!(error.kind(), ErrorKind::Compacted, "{error}");
        assert!(error.message().contains("open it again"), "{error}");
        other.clear();
    }
    // A short one is read at once.
    let short = bytes(2, LEN);
    write(&store, no_group(), b"k", &short).expect("written");
    let mut reading = reader(&store, no_group(), b"k");
    server.client().call(&["DEL", "p:k"]);
    assert!(rest(&mut *reading, 0).expect("a read") == short);
}

/// The largest value of the default group, and how long the calls take that hash all of it.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_default_group_takes_what_one_string_does_and_names_the_way_to_more() {
    let server = start(Setup::default());
    let store = open(&server.location(&format!("{OPTIONS}&call_timeout=60s")));
    let piece = bytes(1, PIECE_LEN);
    for (name, more) in [(no_group(), true), (group(b"g"), false)] {
        let mut writer =
            store.write_value(name, key(b"k"), WriteRules::default()).expect("a writer");
        for _ in 0..VALUE_LEN_MAX / PIECE_LEN {
            writer.write(&store, &piece).expect("room");
        }
        let begun = Instant::now();
        assert!(matches!(writer.commit(&store), Ok(Put::Written(_))));
        aloud(&format!("the commit of 512 MiB took {:?}", begun.elapsed()));
        let begun = Instant::now();
        let mut reading = reader(&store, name, b"k");
        aloud(&format!("to open it for reading took {:?}", begun.elapsed()));
        let tail = rest(&mut *reading, VALUE_LEN_MAX - 2 * PIECE_LEN).expect("a read");
        assert!(tail[..PIECE_LEN] == piece && tail[PIECE_LEN..] == piece);
        if more {
            let mut writer =
                store.write_value(name, key(b"l"), WriteRules::default()).expect("a writer");
            let mut refused = None;
            for _ in 0..=VALUE_LEN_MAX / PIECE_LEN + 1 {
                refused = refused.or(writer.write(&store, &piece).err());
            }
            let refused = refused.expect("too large");
            assert_eq!(refused.kind(), ErrorKind::TooLarge, "{refused}");
            assert!(refused.message().contains("a named group takes longer ones"), "{refused}");
        }
        assert!(store.delete(name, key(b"k")).expect("delete"));
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_scan_leaves_out_the_bytes_of_longer_values_of_every_kind() {
    let server = start(Setup::default());
    for scans in ["live", "snapshot"] {
        let store = open(&server.location(&format!("{OPTIONS}&scans={scans}")));
        let max = 2 * PIECE_LEN;
        for name in [no_group(), group(b"g")] {
            store.set(name, key(b"a"), b"short").expect("set");
            store.set(name, key(b"b"), &bytes(1, LEN)).expect("set");
            write(&store, name, b"c", &bytes(2, max)).expect("written");
            write(&store, name, b"d", &bytes(3, max + 1)).expect("written");
            write(&store, name, b"e", &bytes(4, 70 * PIECE_LEN)).expect("written");
        }
        let check = |mut cursor: Box<dyn kv::Cursor>| {
            let mut count = 0;
            while let Some(entry) = cursor.next().expect("a scan") {
                let place = (kv::Group::new(entry.group).expect("short"), key(entry.key));
                let info = store.info(place.0, place.1).expect("info").expect("an entry");
                assert_eq!((entry.value_size, entry.version), (info.size, info.version));
                let value = store.get(place.0, place.1).expect("get").expect("an entry").value;
                let is_short = value.len() <= max;
                assert!(entry.value == if is_short { &value[..] } else { b"" });
                count += 1;
            }
            count
        };
        let all = GroupRange::Prefix(b"");
        assert_eq!(check(store.entries_up_to(all, None, max as u64).expect("a cursor")), 10);
        for name in [no_group(), group(b"g")] {
            let scan = Scan { values: Values::UpTo(max as u64), ..Scan::all(name) };
            assert_eq!(check(store.scan(scan).expect("a cursor")), 5);
        }
    }
}

/// A minute after it was replaced, a value is not there any more for a cursor that comes to it.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_cursor_that_comes_too_late_to_a_value_returns_the_present_one_or_says_so() {
    let server = start(Setup::default());
    let (mut client, name) = (server.client(), group(b"g"));
    for scans in ["live", "snapshot"] {
        for is_gone in [false, true] {
            let store = open(&server.location(&format!("{OPTIONS}&scans={scans}")));
            store.set(name, key(b"a"), b"short").expect("set");
            write(&store, name, b"b", &bytes(1, LEN)).expect("written");
            let old = pieces(&mut client);
            let mut cursor = store.scan(Scan::all(name)).expect("a cursor");
            assert!(cursor.next().expect("a scan").is_some_and(|it| it.key == b"a"));
            match is_gone {
                true => drop(store.delete(name, key(b"b"))),
                false => drop(write(&store, name, b"b", &bytes(2, LEN))),
            }
            for piece in old {
                client.bytes(&[b"DEL", &piece]);
            }
            let next = cursor.next().map(|it| it.map(|it| it.value.to_vec()));
            if scans == "snapshot" {
                assert_eq!(next.expect_err("too late").kind(), ErrorKind::Compacted);
                assert!(cursor.next().expect("the end").is_none());
            } else {
                assert!(next.expect("a scan") == (!is_gone).then(|| bytes(2, LEN)));
            }
        }
    }
}
