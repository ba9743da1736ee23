//! The stores that an older version has left in a Redis, and its services file.

use std::fs;

use kv::{ErrorKind, Store};

use crate::support::Place;
use crate::support::listing::{assert_lines, fixture, spelled, text};
use crate::support::redis::{Client, Cluster, Server, Setup};

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

    fn open(&self, number: &str, prefix: &str) -> kv::Result<Store> {
        let location = self.server.location(&format!("prefix={prefix}&purge_interval=0"));
        kv::open(&location.replacen('?', &format!("/{number}?"), 1))
    }
}

/// Returns number and prefix of each store in the dump.
fn dumped_stores() -> Vec<(String, String)> {
    let text = text("redis.txt");
    let stores = text.split("store ").skip(1).map(|part| {
        let (head, _) = part.split_once('\n').expect("a line");
        let (number, prefix) = head.split_once(" prefix=").expect("a prefix");
        (number.to_owned(), prefix.to_owned())
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

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_in_the_first_layout_is_refused_with_the_way_to_move_it() {
    let dump = Dump::load();
    let stores = dumped_stores();
    assert_eq!(stores.len(), 3);
    for (number, prefix) in &stores {
        let error = dump.open(number, prefix).err().expect("an old layout");
        assert_eq!(error.kind(), ErrorKind::Format, "{error}");
        assert!(error.message().contains("version 0.1"), "{error}");
        assert!(error.message().contains("copy the store to a file with kv 0.1"), "{error}");
    }
    assert_unchanged(&dump);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_dump_has_the_keys_of_its_listing() {
    assert_unchanged(&Dump::load());
}

fn assert_unchanged(dump: &Dump) {
    let mut client = dump.server.client();
    let found: Vec<_> =
        ["0", "1", "2"].into_iter().flat_map(|it| keys_in_words(&mut client, it)).collect();
    let expected: Vec<_> = text("redis_keys.txt").lines().map(without_slot).collect();

    assert_lines("redis_keys", &found.join("\n"), &expected.join("\n"));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_in_the_first_layout_is_refused_on_a_cluster() {
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
    let refused = kv::open(&cluster.location("prefix=app&purge_interval=0"));
    let error = refused.err().expect("an old layout");
    assert_eq!(error.kind(), ErrorKind::Format, "{error}");
    assert!(error.message().contains("version 0.1"), "{error}");
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
            Ok(store) => format!("opened, {} entries", store.usage().expect("figures").entries),
            Err(error) => format!("refused, {:?}", error.kind()),
        };
        // The layout of stores in a Redis has changed since.
        let expected = if service == "redis" || service == "redis_number" {
            "refused, Format"
        } else {
            expected
        };
        assert_eq!(found, expected, "{service}");
    }
    assert_eq!(answers.lines().count(), 19);
    assert!(place.file("new/folder/every.db").exists() && place.file("${NAME} $1.db").exists());
}
