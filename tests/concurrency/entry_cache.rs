//! The entry cache: a read is as fresh as one of the file, after every kind of write of this
//! process, of another one and of another program.

use std::collections::BTreeMap;
use std::time::Duration;

use kv::{Condition, Expiry, SetExpiry, Store};
use rusqlite::Connection;

use crate::support::{Child, Place, Random, key, listen, no_group, say, sqlite, until};

const NAMES: usize = 12;

fn open(place: &Place, options: &str) -> Store {
    kv::open(&sqlite(&place.file("cached.db"), &format!("purge_interval=0&{options}")))
        .expect("a store")
}

/// Returns a key; every third is long, so that its entry takes a large slot.
fn name(number: usize) -> Vec<u8> {
    let mut name = format!("key-{number}-").into_bytes();
    name.resize(if number.is_multiple_of(3) { 300 } else { 12 }, b'x');
    name
}

fn value_of(store: &Store, name: &[u8]) -> Option<Vec<u8>> {
    store.get(no_group(), key(name)).expect("get").map(|entry| entry.value.to_vec())
}

/// Reads a key several times: a cache that finds nothing between two commits is not filled.
fn read_often(store: &Store, name: &[u8]) -> Option<Vec<u8>> {
    let value = value_of(store, name);
    for _ in 0..3 {
        assert_eq!(value_of(store, name), value);
    }
    value
}

fn hits(store: &Store) -> u64 {
    store.stats().expect("stats").cache_hits
}

#[test]
fn the_second_read_of_a_key_is_answered_by_the_cache_and_without_one_by_the_file() {
    let place = Place::in_memory();
    let store = open(&place, "");
    store.set(no_group(), key(b"here"), b"value").expect("set");
    let read = |store: &Store| {
        assert_eq!(value_of(store, b"here").as_deref(), Some(&b"value"[..]));
        assert_eq!(value_of(store, b"absent"), None);
    };
    read(&store);
    assert_eq!(hits(&store), 0);
    read(&store);
    let stats = store.stats().expect("stats");
    assert_eq!((stats.cache_hits, stats.hits, stats.misses), (2, 2, 2), "an absent key too");
    drop(store);

    let store = open(&place, "entry_cache=0");
    read(&store);
    read(&store);
    assert_eq!(hits(&store), 0);
}

fn set_expired(store: &Store) -> bool {
    let expiry = SetExpiry::At(Expiry::at_millis(1));
    store.put(no_group(), key(b"ab"), b"z", Condition::Any, expiry).is_ok()
}

fn set_two(store: &Store) -> bool {
    let entries = [(no_group(), key(b"a"), &b"1"[..]), (no_group(), key(b"b"), b"2")];
    store.set_many(&entries, SetExpiry::Never).is_ok()
}

#[test]
fn each_kind_of_write_is_seen_by_the_next_read() {
    let place = Place::in_memory();
    let store = open(&place, "");
    let names = [&b"a"[..], b"ab", b"b"];
    type Step = (&'static str, fn(&Store) -> bool, [Option<&'static [u8]>; 3]);
    let steps: &[Step] = &[
        ("set", |it| it.set(no_group(), key(b"a"), b"1").is_ok(), [Some(b"1"), None, None]),
        (
            "longer",
            |it| it.set(no_group(), key(b"a"), &[7; 500]).is_ok(),
            [Some(&[7; 500]), None, None],
        ),
        (
            "long",
            |it| it.set(no_group(), key(b"a"), &[7; 5_000]).is_ok(),
            [Some(&[7; 5_000]), None, None],
        ),
        ("shorter", |it| it.set(no_group(), key(b"a"), b"5").is_ok(), [Some(b"5"), None, None]),
        ("count", |it| it.increment(no_group(), key(b"a"), 2, 0).is_ok(), [Some(b"7"), None, None]),
        (
            "append",
            |it| it.append(no_group(), key(b"ab"), b"x", 0).is_ok(),
            [Some(b"7"), Some(b"x"), None],
        ),
        (
            "again",
            |it| it.append(no_group(), key(b"ab"), b"y", 0).is_ok(),
            [Some(b"7"), Some(b"xy"), None],
        ),
        ("set expired", set_expired, [Some(b"7"), None, None]),
        (
            "set after",
            |it| it.set(no_group(), key(b"ab"), b"new").is_ok(),
            [Some(b"7"), Some(b"new"), None],
        ),
        ("batch", set_two, [Some(b"1"), Some(b"new"), Some(b"2")]),
        ("delete", |it| it.delete(no_group(), key(b"b")).is_ok(), [Some(b"1"), Some(b"new"), None]),
        ("take", |it| it.take(no_group(), key(b"a")).is_ok(), [None, Some(b"new"), None]),
        (
            "set taken",
            |it| it.set(no_group(), key(b"a"), b"9").is_ok(),
            [Some(b"9"), Some(b"new"), None],
        ),
        ("delete prefix", |it| it.delete_prefix(no_group(), b"a").is_ok(), [None, None, None]),
        ("set b", |it| it.set(no_group(), key(b"b"), b"3").is_ok(), [None, None, Some(b"3")]),
        ("compact", |it| it.compact().is_ok(), [None, None, Some(b"3")]),
        ("delete group", |it| it.delete_group(no_group()).is_ok(), [None, None, None]),
    ];
    for (what, step, expected) in steps {
        // The cache has the states before the step.
        names.iter().for_each(|name| drop((value_of(&store, name), value_of(&store, name))));
        assert!(step(&store), "{what}");
        let found = names.map(|name| value_of(&store, name));
        assert_eq!(found.each_ref().map(|it| it.as_deref()), *expected, "after: {what}");
        let info = names.map(|name| store.info(no_group(), key(name)).expect("info").is_some());
        assert_eq!(info, expected.map(|it| it.is_some()), "after: {what}");
    }
    assert!(hits(&store) > 20, "the cache has answered {} reads", hits(&store));
}

#[test]
fn an_entry_in_the_cache_ends_at_its_expiry() {
    let place = Place::in_memory();
    let store = open(&place, "");
    store.set_ttl(no_group(), key(b"k"), b"v", 80).expect("set");
    assert!(value_of(&store, b"k").is_some() && value_of(&store, b"k").is_some());
    let before = hits(&store);
    until("it expires", Duration::from_secs(10), || value_of(&store, b"k").is_none());
    assert!(hits(&store) > before, "the cache has answered");
    store.persist(no_group(), key(b"k")).expect("nothing to persist");
    assert_eq!(value_of(&store, b"k"), None);
}

#[test]
fn a_store_that_evicts_forgets_what_it_evicts() {
    let place = Place::in_memory();
    let store = open(&place, "max_entries=4&evict=lru");
    for round in 0..40_usize {
        let name = name(round);
        store.set(no_group(), key(&name), b"v").expect("set");
        assert!(value_of(&store, &name).is_some());
        let live = (0..=round).filter(|it| value_of(&store, &self::name(*it)).is_some()).count();
        assert_eq!(live, (round + 1).min(4), "round {round}");
    }
}

#[test]
fn a_restored_backup_replaces_what_was_read() {
    let place = Place::on_disk();
    let store = open(&place, "");
    store.set(no_group(), key(b"k"), b"old").expect("set");
    let copy = place.file("copy.db");
    store.backup(&copy, &mut |_| true).expect("backup");
    store.set(no_group(), key(b"k"), b"new").expect("set");
    assert_eq!(value_of(&store, b"k").as_deref(), Some(&b"new"[..]));
    store.restore(&copy, &mut |_| true).expect("restore");
    assert_eq!(value_of(&store, b"k").as_deref(), Some(&b"old"[..]));
}

#[test]
fn a_trigger_that_another_program_adds_later_does_not_run_in_our_writes() {
    let place = Place::on_disk();
    let store = open(&place, "");
    for name in [b"a", b"b"] {
        store.set(no_group(), key(name), b"old").expect("set");
    }
    let other = Connection::open(place.file("cached.db")).expect("a connection");
    let trigger = "CREATE TRIGGER theirs AFTER UPDATE ON kv_entries WHEN NEW.key = x'61'
         BEGIN UPDATE kv_entries SET value = NEW.value WHERE key = x'62'; END";
    other.execute_batch(trigger).expect("a trigger");
    for round in 0..20_u8 {
        store.set(no_group(), key(b"a"), &[b'n', round]).expect("set");
        assert_eq!(value_of(&store, b"a").as_deref(), Some(&[b'n', round][..]), "round {round}");
        assert_eq!(value_of(&store, b"b").as_deref(), Some(&b"old"[..]));
    }
    let stored = "SELECT value FROM kv_entries WHERE key = x'62'";
    let stored: Vec<u8> = other.query_row(stored, [], |row| row.get(0)).expect("a row");
    assert_eq!(stored, b"old");
}

/// The file as another program writes it, with raw SQL.
struct Program(Connection);

impl Program {
    fn set(&self, name: &[u8], value: &[u8]) {
        let sql = "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', ?1, 1, ?2)
             ON CONFLICT (grp, key) DO UPDATE SET value = ?2, version = version + 1,
                 expires_at = NULL, overflow = NULL";
        self.0.execute(sql, (name, value)).expect("a write");
    }

    fn delete(&self, name: &[u8]) {
        self.0.execute("DELETE FROM kv_entries WHERE grp = x'' AND key = ?1", [name]).expect("it");
    }
}

#[test]
fn random_writes_of_this_process_and_of_another_program_are_read_as_they_were_made() {
    let place = Place::in_memory();
    let store = open(&place, "");
    let program = Program(Connection::open(place.file("cached.db")).expect("a connection"));
    let mut random = Random::announced("entry_cache", 1);
    let mut model = BTreeMap::<Vec<u8>, Vec<u8>>::new();
    for _ in 0..6_000 {
        let name = name(random.within(0..NAMES));
        let value = random.bytes(b"ab", 0..1_200);
        match random.within(0..20) {
            0 => {
                program.set(&name, &value);
                model.insert(name, value);
            }
            1 => {
                program.delete(&name);
                model.remove(&name);
            }
            2 => {
                store.delete(no_group(), key(&name)).expect("delete");
                model.remove(&name);
            }
            3 => {
                let prefix = format!("key-{}", random.within(0..NAMES));
                store.delete_prefix(no_group(), prefix.as_bytes()).expect("delete prefix");
                model.retain(|name, _| !name.starts_with(prefix.as_bytes()));
            }
            4..8 => {
                store.set(no_group(), key(&name), &value).expect("set");
                model.insert(name, value);
            }
            8 => {
                store.append(no_group(), key(&name), &value, 0).expect("append");
                model.entry(name).or_default().extend(value);
            }
            9 => store.purge_expired().map(drop).expect("purge"),
            _ => assert_eq!(read_often(&store, &name).as_ref(), model.get(&name), "{name:?}"),
        }
    }
    let stats = store.stats().expect("stats");
    assert!(stats.cache_hits > 500 && stats.cache_resets > 100, "{stats:?}");
}

/// The other process; see [`Child`]. It does what a line says, and answers when it is done.
pub fn child(role: &[String]) {
    let [location] = role else { panic!("no role: {role:?}") };
    let store = kv::open(location).expect("the store opens");
    say("open");
    while let Some(line) = listen() {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["set", name, value] => {
                drop(store.set(no_group(), key(name.as_bytes()), value.as_bytes()))
            }
            ["delete", name] => drop(store.delete(no_group(), key(name.as_bytes()))),
            ["get", name] => {
                let found = read_often(&store, name.as_bytes());
                say(&String::from_utf8(found.unwrap_or_else(|| b"-".to_vec())).expect("text"));
                continue;
            }
            ["stats"] => {
                let stats = store.stats().expect("stats");
                say(&format!("{} {}", stats.cache_hits, stats.cache_resets));
                continue;
            }
            _ => panic!("no such work: {line}"),
        }
        say("done");
    }
}

#[test]
fn two_processes_read_each_other_s_acknowledged_writes() {
    let place = Place::in_memory();
    let location = sqlite(&place.file("cached.db"), "purge_interval=0");
    let store = kv::open(&location).expect("a store");
    let mut child = Child::start("entry_cache", &[&location]);
    assert_eq!(child.read_line(), "open");
    let mut ask = |line: String| {
        child.send_line(&line);
        child.read_line()
    };
    let mut random = Random::announced("entry_cache_processes", 1);
    let mut model = BTreeMap::<String, String>::new();
    for round in 0..4_000 {
        let name = format!("key-{}", random.within(0..6));
        let (value, is_theirs) = (round.to_string(), random.one_in(2));
        match (random.within(0..8), is_theirs) {
            (0, true) => {
                assert_eq!(ask(format!("delete {name}")), "done");
                model.remove(&name);
            }
            (0, false) => {
                store.delete(no_group(), key(name.as_bytes())).expect("delete");
                model.remove(&name);
            }
            (1, true) => {
                assert_eq!(ask(format!("set {name} {value}")), "done");
                model.insert(name, value);
            }
            (1, false) => {
                store.set(no_group(), key(name.as_bytes()), value.as_bytes()).expect("set");
                model.insert(name, value);
            }
            _ => {
                let found = match is_theirs {
                    true => ask(format!("get {name}")),
                    false => read_often(&store, name.as_bytes())
                        .map_or("-".into(), |it| String::from_utf8(it).expect("text")),
                };
                let expected = model.get(&name).map_or("-", String::as_str);
                assert_eq!(found, expected, "{name} in round {round}, in theirs: {is_theirs}");
            }
        }
    }
    let theirs = ask("stats".into());
    let (hits, resets) = theirs.split_once(' ').expect("two numbers");
    let ours = store.stats().expect("stats");
    for (count, what) in [
        (hits.parse().expect("a number"), "their hits"),
        (resets.parse().expect("a number"), "their resets"),
        (ours.cache_hits, "our hits"),
        (ours.cache_resets, "our resets"),
    ] {
        assert!(count > 200_u64, "{count} of {what}");
    }
}
