//! The stores that an older version has left in a Redis, and its services file.

use std::fs;

use kv::{ErrorKind, Store};

use crate::support::listing::{assert_lines, assert_ran_once, fixture, listing, spelled, text};
use crate::support::redis::{Client, Cluster, Server, Setup};
use crate::support::{Place, group, key, no_group};

/// A server that has loaded the dump, which lies in a folder of its own.
struct Dump {
    server: Server,
    _place: Place,
}

impl Dump {
    fn load() -> Dump {
        let place = Place::in_memory();
        fs::copy(fixture("redis.rdb"), place.file("redis.rdb")).expect("a fixture");
        let setup = Setup::default().line(format!("dir {}", place.path().display()));
        Dump { server: Server::start(setup.line("dbfilename redis.rdb")), _place: place }
    }

    fn open(&self, number: &str, prefix: &str) -> Store {
        let location = self.server.location(&format!("prefix={prefix}&purge_interval=0"));
        kv::open(&location.replacen('?', &format!("/{number}?"), 1)).expect("an old store opens")
    }
}

/// Returns number, prefix and listing of each store in the dump.
fn dumped_stores() -> Vec<(String, String, String)> {
    let text = text("redis.txt");
    let stores = text.split("store ").skip(1).map(|part| {
        let (head, lines) = part.split_once('\n').expect("a line");
        let (number, prefix) = head.split_once(" prefix=").expect("a prefix");
        (number.to_owned(), prefix.to_owned(), lines.to_owned())
    });
    stores.collect()
}

/// Lists the keys of a database in the lines of `redis_keys.txt`, but for slots.
fn keys_in_words(client: &mut Client, number: &str) -> Vec<String> {
    client.call(&["SELECT", number]);
    let mut lines = Vec::new();
    for name in client.call(&["KEYS", "*"]).sorted() {
        let kind = client.bytes(&[b"TYPE", &name]).text();
        let expires_at = client.bytes(&[b"PEXPIRETIME", &name]).integer();
        let head = format!("{number} {kind} {} pexpiretime={expires_at}", spelled(&name));
        let mut parts: Vec<Vec<u8>> = match kind.as_str() {
            "string" => {
                let value = client.bytes(&[b"GET", &name]).value().expect("a value");
                lines.push(format!("{head} value={}", spelled(&value)));
                continue;
            }
            "hash" => client.bytes(&[b"HGETALL", &name]),
            _ => client.bytes(&[b"ZRANGE", &name, b"0", b"-1", b"WITHSCORES"]),
        }
        .list()
        .into_iter()
        .filter_map(|it| it.value())
        .collect();
        lines.push(head);
        let pairs = parts.chunks_exact_mut(2);
        let mut pairs: Vec<_> = pairs.map(|it| (it[0].clone(), it[1].clone())).collect();
        if kind == "hash" {
            pairs.sort();
        }
        lines.extend(pairs.iter().map(|(name, value)| match kind.as_str() {
            "hash" => format!("  field {} value={}", spelled(name), spelled(value)),
            _ => format!("  member {} score={}", spelled(name), value.escape_ascii()),
        }));
    }
    lines
}

/// Leaves the slot out of a line.
fn without_slot(line: &str) -> String {
    let words = line.split(' ').filter(|word| !word.starts_with("slot="));
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the lines in byte order: servers of a cluster are asked one after another.
fn sorted(text: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn each_store_in_a_redis_holds_what_it_held_and_takes_more() {
    let dump = Dump::load();
    let stores = dumped_stores();
    assert_eq!(stores.len(), 3);
    for (number, prefix, expected) in &stores {
        let store = dump.open(number, prefix);

        assert_lines(prefix, &listing(&store, expected), expected);
        store.check().expect(prefix);
        let (name, it) = (group(b"g"), key(b"new"));
        store.set(no_group(), it, b"plain").expect("set");
        store.set(name, it, b"v").expect("set");
        assert_eq!(
            store.increment(name, it, 1, 0).map_err(|it| it.kind()),
            Err(ErrorKind::NotInteger)
        );
        assert!(store.exists(name, it).expect("a read"));
        store.delete(no_group(), it).expect("delete");
        store.delete(name, it).expect("delete");
        assert_lines(prefix, &listing(&store, expected), expected);
    }
    let store = dump.open("0", "app");
    assert_ran_once(&store);
    let full = store.set(group(b"full:g0"), key(b"new"), b"v");
    assert_eq!(full.map_err(|it| it.kind()), Err(ErrorKind::Quota));
    let removed = store.purge_expired().expect("a purge");
    assert_eq!(removed, 3, "the expired entries of named groups");
    assert_eq!(store.stats().expect("figures").expired_entries, 0);
    store.check().expect("sound");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_dump_has_the_keys_of_its_listing() {
    let dump = Dump::load();
    let mut client = dump.server.client();
    let found: Vec<_> =
        ["0", "1", "2"].into_iter().flat_map(|it| keys_in_words(&mut client, it)).collect();
    let expected: Vec<_> = text("redis_keys.txt").lines().map(without_slot).collect();

    assert_lines("redis_keys", &found.join("\n"), &expected.join("\n"));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_keys_of_a_store_are_a_store_on_a_cluster() {
    let dump = Dump::load();
    let cluster = Cluster::start(2_000, &Setup::default());
    let mut client = dump.server.client();
    let text = text("redis_keys.txt");
    let slot_of = |name: &[u8]| {
        let name = format!(" {} slot=", spelled(name));
        let line = text.lines().find(|line| line.starts_with("0 ") && line.contains(&name));
        let slot = line.and_then(|line| line.split(" slot=").nth(1)?.split(' ').next());
        slot.expect("a key of the listing").parse::<i64>().expect("a slot")
    };
    for name in client.call(&["KEYS", "*"]).sorted() {
        let bytes = client.bytes(&[b"DUMP", &name]).value().expect("a key");
        let ttl = client.bytes(&[b"PEXPIRETIME", &name]).integer().max(0).to_string();
        let mut node = cluster.master_of(&name).client();
        assert_eq!(node.bytes(&[b"CLUSTER", b"KEYSLOT", &name]).integer(), slot_of(&name));
        node.bytes(&[b"RESTORE", &name, ttl.as_bytes(), &bytes, b"ABSTTL"]);
    }
    let (_, _, expected) = dumped_stores().swap_remove(0);

    let store = kv::open(&cluster.location("prefix=app&purge_interval=0&scans=live"));
    let store = store.expect("an old store opens");

    assert_lines("cluster", &sorted(&listing(&store, &expected)), &sorted(&expected));
    store.check().expect("sound");
    assert_ran_once(&store);
    store.set(group(b"g"), key(b"new"), b"v").expect("set");
    assert!(store.exists(group(b"g"), key(b"new")).expect("a read"));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn each_service_opens_or_is_refused_as_it_was() {
    let place = Place::in_memory();
    for name in ["plain.db", "quotas.db", "services.yaml"] {
        fs::copy(fixture(name), place.file(name)).expect("a fixture");
    }
    let dump = Dump::load();
    let port = dump.server.port();
    let path = place.path().to_str().expect("UTF-8");
    // The one option that has another name since.
    let services = text("services.yaml")
        .replace("walks: atomic", "scans: snapshot")
        .replace("walks: live", "scans: live")
        .replace("${KV_TEST_PLACE}", path)
        .replace("${KV_TEST_REDIS}", &format!("127.0.0.1:{port}"));
    let file = place.file("of this test.yaml");
    fs::write(&file, services).expect("a file");
    let answers = text("services.txt");

    for line in answers.lines() {
        let (service, expected) = line.split_once(": ").expect("an answer");
        let found = match kv::open_config(file.to_str().expect("UTF-8"), service) {
            Ok(store) => format!("opened, {} entries", store.stats().expect("figures").entries),
            Err(error) => format!("refused, {:?}", error.kind()),
        };
        assert_eq!(found, expected, "{service}");
    }
    assert_eq!(answers.lines().count(), 19);
    assert!(place.file("new/folder/every.db").exists() && place.file("${NAME} $1.db").exists());
}
