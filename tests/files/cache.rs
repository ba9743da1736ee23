//! Limits of a file: they outlive a close, hold in every process, and can be changed.

use std::path::Path;

use crate::support::{Child, Place, Random, drain, key, listen, no_group, say, sqlite};
use kv::{ChangeKind, ErrorKind, Event, Stats, Store, StoreUsage};
use rusqlite::Connection;

const LIMIT: u64 = 50;
const SETS: u64 = 2_000;

fn path(place: &Place) -> std::path::PathBuf {
    place.file("cache.db")
}

fn try_open(place: &Place, options: &str) -> kv::Result<Store> {
    kv::open(&sqlite(&path(place), &format!("purge_interval=0&{options}")))
}

fn open(place: &Place, options: &str) -> Store {
    try_open(place, options).expect("a store")
}

/// Another program on the same file.
fn other_program(place: &Place) -> Connection {
    Connection::open(path(place)).expect("a connection")
}

fn set(store: &Store, names: &str) {
    for name in names.bytes() {
        store.set(no_group(), key(&[name]), b"").expect("set");
    }
}

fn get(store: &Store, name: &[u8]) -> bool {
    store.exists(no_group(), key(name)).expect("get")
}

/// Returns the keys of the default group as one text.
fn keys(store: &Store) -> String {
    let mut cursor = store.scan(kv::Scan::all(no_group())).expect("a cursor");
    let keys: Vec<_> = drain(&mut *cursor).into_iter().map(|row| row.1).collect();
    String::from_utf8(keys.concat()).expect("keys of one letter")
}

fn stats(store: &Store) -> Stats {
    store.stats().expect("stats")
}

fn usage(store: &Store) -> StoreUsage {
    store.usage().expect("usage")
}

fn is_full(result: kv::Result<u64>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::Full)
}

/// Returns how many tables of uses the file has.
fn tables_of_uses(place: &Place) -> i64 {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'kv_uses'";
    other_program(place).query_row(sql, [], |row| row.get(0)).expect("a count")
}

#[test]
fn limits_and_the_order_of_uses_outlive_a_close() {
    let place = Place::in_memory();
    let store = open(&place, "max_entries=4&evict=lru");
    set(&store, "abcd");
    assert!(get(&store, b"b"));
    assert!(get(&store, b"a"));
    drop(store);

    let store = open(&place, "");
    assert_eq!((stats(&store).max_entries, stats(&store).evictions), (4, 0));
    assert!(get(&store, b"c"));
    set(&store, "e");
    assert_eq!(keys(&store), "abce");
    set(&store, "f");
    assert_eq!(keys(&store), "acef");
    set(&store, "gh");
    assert_eq!(keys(&store), "efgh", "c was read before e was written");
}

#[test]
fn what_was_there_before_counts_as_used_when_it_was_written() {
    let place = Place::in_memory();
    let store = open(&place, "");
    set(&store, "dacb");
    set(&store, "a");
    drop(store);
    let store = open(&place, "max_entries=4&evict=lru");
    set(&store, "12");
    assert_eq!(keys(&store), "12ab");
}

#[test]
fn a_lowered_limit_is_kept_at_once_by_those_who_evict_and_later_by_others() {
    let place = Place::in_memory();
    let store = open(&place, "max_entries=300&evict=lru&changes=on");
    for id in 0..300_u16 {
        store.set(no_group(), key(&id.to_be_bytes()), b"").expect("set");
    }
    assert!(get(&store, &0_u16.to_be_bytes()));
    let before = store.oldest_change().expect("a log");
    // A second handle changes what the first has to obey.
    let second = open(&place, "max_entries=3");
    let Stats { evictions, max_entries, .. } = stats(&store);
    assert_eq!((usage(&store).entries, evictions, max_entries), (3, 297, 3));
    assert!(get(&store, &0_u16.to_be_bytes()) && !get(&store, &297_u16.to_be_bytes()));
    let mut log = store.changes(before).expect("a log");
    let mut deleted = 0;
    loop {
        let changes = log.next_changes().expect("changes");
        if changes.is_empty() {
            break;
        }
        let is_delete =
            |it: &&Event| matches!(it, Event::Change(it) if it.kind() == ChangeKind::Delete);
        deleted += changes.iter().filter(is_delete).count();
    }
    assert_eq!(deleted, 297);
    drop(second);

    let second = open(&place, "evict=none&max_entries=2");
    assert_eq!((usage(&store).entries, tables_of_uses(&place)), (3, 0));
    assert!(is_full(store.set(no_group(), key(b"new"), b"")));
    store.set(no_group(), key(&0_u16.to_be_bytes()), b"longer").expect("an update");
    drop(second);
    let second = open(&place, "max_entries=0");
    assert_eq!(stats(&store).max_entries, 0);
    set(&store, "abc");
    assert_eq!(usage(&second).entries, 6);
    second.check().expect("a sound file");
}

#[test]
fn limits_of_one_kind_leave_those_of_the_other_alone() {
    let place = Place::in_memory();
    let store = open(&place, "max_entries=9&max_bytes=20&evict=lru");
    drop(open(&place, "max_bytes=30"));
    let Stats { max_entries, max_bytes, .. } = stats(&store);
    assert_eq!((max_entries, max_bytes, tables_of_uses(&place)), (9, 30, 1));
    drop(open(&place, "max_entries=0"));
    let Stats { max_entries, max_bytes, .. } = stats(&store);
    assert_eq!((max_entries, max_bytes, tables_of_uses(&place)), (0, 30, 1));
    drop(open(&place, "max_bytes=0"));
    assert_eq!(tables_of_uses(&place), 0);
    let rows = "SELECT count(*) FROM kv_quotas";
    let rows: i64 = other_program(&place).query_row(rows, [], |row| row.get(0)).expect("rows");
    assert_eq!(rows, 0);
    let refused = try_open(&place, "evict=lru").err().expect("nothing is limited");
    assert_eq!(refused.kind(), ErrorKind::Argument);
}

#[test]
fn a_default_ttl_belongs_to_the_process_and_its_handles_agree() {
    let place = Place::in_memory();
    let store = open(&place, "default_ttl=5m");
    let refused = try_open(&place, "default_ttl=6m").err().expect("another ttl");
    assert_eq!(refused.kind(), ErrorKind::Argument);
    assert!(refused.message().contains("default_ttl"), "{refused}");
    drop(open(&place, "default_ttl=300s"));
    set(&store, "a");
    drop(store);
    let store = open(&place, "");
    set(&store, "b");
    let ttl = |name: &[u8]| store.ttl(no_group(), key(name)).expect("ttl").expect("it is there");
    assert!(matches!(ttl(b"a"), kv::Ttl::Millis(1..=300_000)));
    assert_eq!(ttl(b"b"), kv::Ttl::Never);
}

#[test]
fn a_reader_without_write_access_leaves_limits_and_uses_alone() {
    let place = Place::in_memory();
    drop(open(&place, "max_entries=2&evict=lru"));
    let store = open(&place, "");
    set(&store, "ab");
    drop(store);
    let refused = try_open(&place, "read_only=on&max_entries=9").err().expect("read only");
    assert_eq!(refused.kind(), ErrorKind::ReadOnly);
    let store = open(&place, "read_only=on");
    assert!(get(&store, b"a"));
    assert_eq!(stats(&store).max_entries, 2);
    drop(store);
    let store = open(&place, "");
    set(&store, "c");
    assert_eq!(keys(&store), "bc");
}

#[test]
fn entries_of_other_programs_go_first_once_they_are_known() {
    let place = Place::in_memory();
    let store = open(&place, "max_entries=4&evict=lru");
    set(&store, "ab");
    other_program(&place)
        .execute_batch(
            "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'79', 5, 'y');
             INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'7a', 4, 'z');",
        )
        .expect("rows");
    store.compact().expect("compact");
    set(&store, "c");
    assert_eq!(keys(&store), "abcy");
    set(&store, "d");
    assert_eq!(keys(&store), "abcd");

    // Those that it removed were counted, and are found to be gone.
    other_program(&place).execute_batch("DELETE FROM kv_entries WHERE key < x'63'").expect("rows");
    set(&store, "ef");
    assert_eq!(keys(&store), "ef");
    store.compact().expect("compact");
    set(&store, "gh");
    assert_eq!(keys(&store), "efgh");

    // With no other entry left to evict, those of unknown use are looked for.
    other_program(&place).execute_batch("DELETE FROM kv_uses").expect("rows");
    set(&store, "i");
    assert_eq!(keys(&store), "fghi");
    store.check().expect("a sound file");
}

#[test]
fn a_file_with_half_an_order_of_uses_is_no_store() {
    let place = Place::in_memory();
    drop(open(&place, "max_entries=4&evict=lru"));
    other_program(&place).execute_batch("ALTER TABLE kv_uses DROP COLUMN key").expect_err("unique");
    other_program(&place)
        .execute_batch("DROP TABLE kv_uses; CREATE TABLE kv_uses (used INTEGER)")
        .expect("another table");
    assert_eq!(try_open(&place, "").err().expect("refused").kind(), ErrorKind::Format);
}

#[test]
fn a_log_of_changes_and_an_order_of_uses_go_together_and_apart() {
    let place = Place::in_memory();
    for options in
        ["changes=on", "max_entries=9&evict=lru", "changes=off", "changes=on", "max_entries=0"]
    {
        let store = open(&place, options);
        set(&store, "ab");
        store.check().expect("a sound file");
    }
    assert_eq!(keys(&open(&place, "")), "ab");
}

#[test]
fn more_reads_than_are_held_in_memory_are_written_down() {
    let place = Place::in_memory();
    let store = open(&place, "max_entries=1000&evict=lru");
    // Long names fill the notes soon.
    let name = |id: u16| [&id.to_be_bytes()[..], &[b'n'; 8_000]].concat();
    for id in 0..1_000 {
        store.set(no_group(), key(&name(id)), b"").expect("set");
    }
    let newest = "SELECT max(used) FROM kv_uses";
    let newest =
        || -> i64 { other_program(&place).query_row(newest, [], |row| row.get(0)).expect("uses") };
    let before = newest();
    for id in 0..400 {
        assert!(get(&store, &name(id)));
    }
    // The background thread writes when it gets to it.
    while newest() == before {
        std::thread::yield_now();
    }
    drop(store);
    let store = open(&place, "");
    for id in 1_000..1_600 {
        store.set(no_group(), key(&name(id)), b"").expect("set");
    }
    let kept = (0..400).filter(|id| get(&store, &name(*id))).count();
    assert_eq!((kept, usage(&store).entries), (400, 1_000));
}

/// The other process; see [`Child`].
pub fn child(role: &[String]) {
    let [path, seed] = role else { panic!("no role: {role:?}") };
    let store = kv::open(&sqlite(Path::new(path), "purge_interval=0")).expect("a store");
    say("open");
    assert_eq!(listen().as_deref(), Some("go"));
    write_and_read(&store, seed.parse().expect("a number"));
    say("done");
    listen();
}

fn write_and_read(store: &Store, seed: u64) {
    let mut random = Random::of(seed);
    for _ in 0..SETS {
        let name = (random.next() % 200).to_be_bytes();
        match random.next() % 4 {
            0 => drop(store.delete(no_group(), key(&name)).expect("delete")),
            1 => drop(get(store, &name)),
            _ => match store.set(no_group(), key(&name), &[0; 10]) {
                Err(error) => assert_eq!(error.kind(), ErrorKind::Full, "{error}"),
                Ok(_) => {
                    let entries = usage(store).entries;
                    assert!(entries <= LIMIT, "{entries}");
                }
            },
        }
    }
}

#[test]
fn two_processes_obey_one_limit() {
    for evict in ["none", "lru"] {
        let place = Place::in_memory();
        let path = path(&place);
        let store = open(&place, &format!("max_entries={LIMIT}&evict={evict}"));
        let mut child = Child::start("cache", &[path.to_str().expect("a path in UTF-8"), "1"]);
        assert_eq!(child.read_line(), "open");
        child.send_line("go");
        write_and_read(&store, 2);
        assert_eq!(child.read_line(), "done");

        let (entries, bytes): (u64, u64) = other_program(&place)
            .query_row("SELECT keys, bytes FROM kv_quotas WHERE namespace = x''", [], |row| {
                Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64))
            })
            .expect("an account");
        assert_eq!((entries, bytes), (usage(&store).entries, usage(&store).bytes), "{evict}");
        if evict == "lru" {
            let unmatched: i64 = other_program(&place)
                .query_row(
                    "SELECT (SELECT count(*) FROM kv_uses) - (SELECT count(*) FROM kv_entries
                        JOIN kv_uses USING (grp, key))",
                    [],
                    |row| row.get(0),
                )
                .expect("a count");
            assert_eq!(unmatched, 0);
            assert_eq!(usage(&store).entries, LIMIT);
        }
        child.send_line("end");
        child.join();
    }
}
