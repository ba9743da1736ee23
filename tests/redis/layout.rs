//! The keys of a store as other clients see them, byte for byte, and their writes to a store.

use std::collections::HashSet;
use std::time::Duration;

use kv::{Condition, ErrorKind, GroupRange, Namespace, Put, Quota, Scan, SetExpiry, Ttl};

use crate::redis::{get, kind, open, set, start};
use crate::support::redis::{Client, Reply, Server, Setup};
use crate::support::{drain, group, key, no_group, until};

/// Returns the names of all keys of a server.
fn names(client: &mut Client) -> Vec<Vec<u8>> {
    client.call(&["KEYS", "*"]).sorted()
}

fn server() -> Server {
    start(Setup::default())
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn what_the_store_writes_others_read() {
    let server = server();
    let store = open(&server.location("prefix=myapp"));

    set(&store, b"user:1", b"Ada");
    store.set_ttl(no_group(), key(b"session"), b"s", 60_000).expect("set");
    store.increment(no_group(), key(b"hits"), 41, 0).expect("increment");
    store.increment(no_group(), key(b"hits"), 1, 0).expect("increment");

    assert_eq!(server.redis_cli(&[b"GET", b"myapp:user:1"]), b"Ada");
    assert_eq!(server.redis_cli(&[b"TYPE", b"myapp:user:1"]), b"string");
    assert_eq!(server.redis_cli(&[b"PTTL", b"myapp:user:1"]), b"-1");
    assert_eq!(server.redis_cli(&[b"GET", b"myapp:hits"]), b"42");
    let expires_at = store.get(no_group(), key(b"session")).expect("get").expect("alive");
    let last = expires_at.expires_at.expect("an expiry").as_millis() - 1;
    assert_eq!(server.redis_cli(&[b"PEXPIRETIME", b"myapp:session"]), last.to_string().as_bytes());
    let mut client = server.client();
    assert_eq!(names(&mut client), [&b"myapp:hits"[..], b"myapp:session", b"myapp:user:1"]);

    assert!(store.delete(no_group(), key(b"user:1")).expect("delete"));
    assert_eq!(client.call(&["EXISTS", "myapp:user:1"]), Reply::Integer(0));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn what_others_write_the_store_reads() {
    let server = server();
    let store = open(&server.location("prefix=myapp"));

    server.redis_cli(&[b"SET", b"myapp:user:1", b"Ada"]);
    server.redis_cli(&[b"SET", b"myapp:session", b"s", b"PX", b"60000"]);
    server.redis_cli(&[b"SET", b"myapp:n", b"41"]);
    server.redis_cli(&[b"INCR", b"myapp:n"]);
    server.redis_cli(&[b"APPEND", b"myapp:new", b"tail"]);

    assert_eq!(get(&store, b"user:1").as_deref(), Some(&b"Ada"[..]));
    assert_eq!(store.ttl(no_group(), key(b"user:1")), Ok(Some(Ttl::Never)));
    let Ok(Some(Ttl::Millis(left))) = store.ttl(no_group(), key(b"session")) else {
        panic!("no expiry");
    };
    assert!((50_000..=60_001).contains(&left), "{left}");
    assert_eq!(store.increment(no_group(), key(b"n"), 1, 0), Ok(43));
    let rows = drain(&mut *store.scan(Scan::all(no_group())).expect("a cursor"));
    let keys: Vec<_> = rows.into_iter().map(|row| row.1).collect();
    assert_eq!(keys, [&b"n"[..], b"new", b"session", b"user:1"]);

    server.redis_cli(&[b"DEL", b"myapp:user:1"]);
    assert_eq!(get(&store, b"user:1"), None);
    server.redis_cli(&[b"PEXPIRE", b"myapp:session", b"1"]);
    until("the key expires", Duration::from_secs(20), || get(&store, b"session").is_none());
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_foreign_key_that_is_longer_than_a_key_may_be_is_no_entry() {
    let server = server();
    let store = open(&server.location("prefix=myapp&scans=live"));
    set(&store, b"a", b"1");
    set(&store, b"z", b"2");
    let long = ["myapp:".to_owned(), "k".repeat(kv::KEY_LEN_MAX + 1)].concat();
    server.client().call(&["SET", &long, "3"]);

    let rows = drain(&mut *store.scan(Scan::all(no_group())).expect("a cursor"));

    let entries: Vec<_> = rows.into_iter().map(|row| (row.1, row.2)).collect();
    assert_eq!(entries, [(b"a".to_vec(), b"1".to_vec()), (b"z".to_vec(), b"2".to_vec())]);
    assert_eq!(store.delete_prefix(no_group(), b""), Ok(2));
    assert_eq!(server.client().call(&["EXISTS", &long]), Reply::Integer(1));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn any_bytes_are_the_same_on_both_sides() {
    let server = server();
    let mut client = server.client();
    let awkward: [&[u8]; 9] =
        [b"", b"\0", b"a\0b", b"\xFF\xFE", b"*", b"{x}", b"\r\n$5\r\n", b" ", b":"];
    for prefix in ["p", "", "a:b", "*", "{t}", "%25"] {
        client.call(&["FLUSHALL"]);
        let store = open(&server.location(&format!("prefix={prefix}")));
        let plain = prefix.replace("%25", "%");
        let begin = if plain.is_empty() { String::new() } else { format!("{plain}:") };
        for name in awkward {
            let theirs = [begin.as_bytes(), name].concat();
            set(&store, name, &[name, b"!"].concat());
            let read = client.bytes(&[b"GET", &theirs]).value();
            assert_eq!(read, Some([name, b"!"].concat()), "{prefix} {theirs:?}");
            client.bytes(&[b"SET", &theirs, name]);
            assert_eq!(get(&store, name).as_deref(), Some(name), "{prefix} {theirs:?}");
        }
        assert_eq!(names(&mut client).len(), awkward.len());
        assert_eq!(store.count(GroupRange::One(no_group())), Ok(awkward.len() as u64));
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_version_follows_the_value_of_any_writer() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    let version = || store.get(no_group(), key(b"k")).expect("get").expect("alive").version;
    let put = |condition| {
        store.put(no_group(), key(b"k"), b"ours", condition, SetExpiry::Never).expect("put")
    };

    let first = set(&store, b"k", b"one");
    assert_eq!(version(), first);
    server.redis_cli(&[b"SET", b"p:k", b"two"]);
    let second = version();
    assert_ne!(second, first);
    assert_eq!(put(Condition::Version(first)), Put::Conflict(second));
    server.redis_cli(&[b"SET", b"p:k", b"one"]);
    assert_eq!(version(), first, "the same bytes have the same version");
    assert!(matches!(put(Condition::Version(first)), Put::Written(_)));

    // The beginning of the SHA-1 of "one", so that other programs can compute it as well.
    assert_eq!(first, 0xfe05_bcdc_dc49_2801);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_named_group_is_one_hash() {
    let server = server();
    let store = open(&server.location("prefix=app"));
    let name = group(b"sessions");
    store.set(name, key(b"k"), b"v;1").expect("set");
    store.set(name, key(b"\0"), b"zero").expect("set");
    store.set_ttl(name, key(b"brief"), b"w", 60_000).expect("set");
    let entry = store.get(name, key(b"brief")).expect("get").expect("live");
    let expiry = entry.expires_at.expect("an expiry").as_millis().to_string();
    let mut client = server.client();

    let of_group = |name: &Vec<u8>| name != b"app{layout}";
    let keys: Vec<_> = names(&mut client).into_iter().filter(of_group).collect();
    let [due, list, hash] = &keys[..] else { panic!("{keys:?}") };
    assert!(hash.starts_with(b"app{") && hash.ends_with(b"}h:sessions"));
    assert_eq!(hash.len(), b"app{000}h:sessions".len());
    assert_eq!(client.bytes(&[b"HGET", hash, b"k"]).value().as_deref(), Some(&b";v;1"[..]));
    assert_eq!(client.bytes(&[b"HGET", hash, b"\0\0"]).value().as_deref(), Some(&b";zero"[..]));
    let field = format!("{expiry};w").into_bytes();
    assert_eq!(client.bytes(&[b"HGET", hash, b"brief"]).value(), Some(field));
    assert_eq!(client.bytes(&[b"ZRANGE", list, b"0", b"-1"]).sorted(), [b"sessions"]);
    let score = client.bytes(&[b"ZSCORE", due, b"sessions"]).text();
    assert_eq!(score.parse::<f64>().ok(), expiry.parse().ok());

    // A value that another client puts into the hash is read, and has a version of its own.
    let before = store.get(name, key(b"k")).expect("get").expect("live").version;
    client.bytes(&[b"HSET", hash, b"k", b";changed"]);
    let entry = store.get(name, key(b"k")).expect("get").expect("live");
    assert_eq!(&entry.value[..], b"changed");
    assert_ne!(entry.version, before);

    assert_eq!(store.delete_group(name), Ok(3));
    assert!(!names(&mut client).iter().any(of_group), "nothing is left of it");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn namespaces_that_are_spread_by_group_are_opened_only_so() {
    let server = server();
    let spread = open(&server.location("prefix=app&spread=groups"));
    let plain = open(&server.location("prefix=app"));
    for name in [&b"shop:a"[..], b"shop:b", b"alone"] {
        spread.set(group(name), key(b"k"), b"v").expect("set");
    }
    assert_eq!(spread.count(GroupRange::Prefix(b"shop:")), Ok(2));
    let mut client = server.client();
    let tags: HashSet<_> = names(&mut client)
        .into_iter()
        .filter(|it| it.ends_with(b"h:shop:a") || it.ends_with(b"h:shop:b"))
        .map(|it| it[4..7].to_vec())
        .collect();
    assert_eq!(tags.len(), 2, "each group has a tag of its own");
    let namespace = Namespace::new(b"shop").expect("a name");
    let refused = spread.set_quota(&namespace, Quota { max_keys: 1, ..Quota::default() });
    assert_eq!(kind(refused), ErrorKind::Unsupported);

    let refused = plain.set(group(b"other"), key(b"k"), b"v").expect_err("opened otherwise");
    assert_eq!(refused.kind(), ErrorKind::Format);
    assert!(refused.message().contains("spread=groups"), "{refused}");
    // As long as a store is open, another opening shares it.
    drop(plain);
    let refused = kv::open(&server.location("prefix=app")).err().expect("opened otherwise");
    assert_eq!(refused.kind(), ErrorKind::Format);
    assert_eq!(
        kind(kv::open(&server.location("prefix=b&spread=slots")).map(drop)),
        ErrorKind::Argument
    );
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn another_layout_is_refused_by_name() {
    let server = server();
    let mut client = server.client();
    client.call(&["ZADD", "old{e0}g", "0", "colours"]);
    client.call(&["HSET", "new{layout}", "version", "3"]);

    let old = kv::open(&server.location("prefix=old")).err().expect("the first layout");
    assert_eq!(old.kind(), ErrorKind::Format);
    assert!(old.message().contains("0.1") && old.message().contains("copy"), "{old}");
    let new = kv::open(&server.location("prefix=new")).err().expect("a later layout");
    assert_eq!(new.kind(), ErrorKind::Format);
    assert!(new.message().contains("later version"), "{new}");
    open(&server.location("prefix=other"));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn stores_with_other_prefixes_or_numbers_share_nothing() {
    let server = server();
    let at = |database: u32, prefix: &str| {
        let location = server.location(&format!("prefix={prefix}"));
        open(&location.replacen('?', &format!("/{database}?"), 1))
    };
    let prefixes = ["a", "ab", "a:b", "*", "a*", "[a]", "{a}", "A"];
    let stores: Vec<_> =
        prefixes.iter().flat_map(|prefix| [0, 1, 15].map(|number| at(number, prefix))).collect();
    let empty: Vec<Vec<u8>> = Vec::new();
    let groups = |store: &kv::Store| -> Vec<Vec<u8>> {
        let mut cursor = store.groups(b"").expect("a cursor");
        drain(&mut *cursor).into_iter().map(|row| row.0).collect()
    };

    for (id, store) in stores.iter().enumerate() {
        assert_eq!(groups(store), empty, "{id}");
        for name in [&b""[..], b"g"] {
            store.set(group(name), key(b"k"), &[id as u8]).expect("set");
        }
    }
    for (id, store) in stores.iter().enumerate() {
        let shared = prefixes[id / 3] == "a";
        // `a:b:k` is a key of the prefix `a` too: the layout has it so.
        let expected = if shared { 3 } else { 2 };
        assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(expected), "{id}");
        assert_eq!(get(store, b"k"), Some(vec![id as u8]));
        assert_eq!(groups(store), [b"".to_vec(), b"g".to_vec()]);
    }
    let last = stores.last().expect("some");
    assert_eq!(last.delete_group(no_group()), Ok(1));
    assert_eq!(last.delete_group(group(b"g")), Ok(1));
    let left = stores.iter().filter(|store| get(store, b"k").is_some()).count();
    assert_eq!(left, stores.len() - 1);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_database_that_the_server_does_not_have_is_refused() {
    let server = server();
    let location = server.location("prefix=p").replacen('?', "/16?", 1);
    // Either the opening or the first call fails.
    let refused = kv::open(&location).and_then(|it| it.get(no_group(), key(b"k")));
    assert!(refused.expect_err("refused").message().contains("DB index"));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_key_of_another_type_is_reported_as_such_and_left_alone() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    server.redis_cli(&[b"RPUSH", b"p:list", b"1", b"2"]);
    set(&store, b"k", b"v");
    let (none, list) = (no_group(), key(b"list"));

    let kinds = [
        kind(store.get(none, list)),
        kind(store.increment(none, list, 1, 0)),
        kind(store.append(none, list, b"x", 0)),
        kind(store.take(none, list)),
        kind(store.put(none, list, b"x", Condition::Absent, SetExpiry::Never)),
    ];

    assert_eq!(kinds, [kv::ErrorKind::Format; 5]);
    assert_eq!(server.redis_cli(&[b"LRANGE", b"p:list", b"0", b"-1"]), b"1\n2");
    let rows = drain(&mut *store.scan(Scan::all(no_group())).expect("a cursor"));
    assert_eq!(rows.len(), 1, "a scan passes it by");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn no_call_uses_the_command_keys() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    for id in 0..50_u8 {
        set(&store, &[id], b"v");
        store.set(group(&[b'g', id]), key(b"k"), b"v").expect("set");
    }
    drain(&mut *store.scan(Scan::all(no_group())).expect("a cursor"));
    drain(&mut *store.groups(b"").expect("a cursor"));
    store.count(GroupRange::Prefix(b"")).expect("count");
    store.usage().expect("stats");
    store.check().expect("sound");
    store.purge_expired().expect("purge");
    store.delete_prefix(no_group(), b"\x01").expect("delete");
    store.delete_group(no_group()).expect("delete");

    let used = server.client().call(&["INFO", "commandstats"]).text();
    assert!(!used.contains("cmdstat_keys"), "{used}");
    assert!(!used.contains("cmdstat_flush"), "{used}");
}
