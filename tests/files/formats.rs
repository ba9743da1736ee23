//! Formats of files: the upgrade, files that stay as they are, and numbers of other programs.

use std::fs;
use std::path::{Path, PathBuf};

use kv::{ErrorKind, OpenOptions, Scan, Store};
use rusqlite::Connection;

use crate::support::listing::{assert_lines, change_lines, fixture, listing, text};
use crate::support::{Place, drain, group, key, no_group, sqlite};

/// Fixtures of format 1 with all that an upgrade moves: overflow rows, a change log with triggers,
/// the LRU order, quotas, and tables of an application.
const FILES: [&str; 5] = ["large", "changes", "evict_bytes", "quotas", "application"];

fn copy_of(name: &str, place: &Place) -> PathBuf {
    let path = place.file(&format!("{name}.db"));
    fs::copy(fixture(&format!("{name}.db")), &path).expect("a fixture");
    path
}

fn open(path: &Path) -> Store {
    kv::open(&sqlite(path, "purge_interval=0&create=off")).expect("the file opens")
}

fn format_of(store: &Store) -> u32 {
    store.stats().expect("statistics").format
}

/// The lines about the store that version 0.1 wrote of a fixture.
fn expected(name: &str) -> String {
    let text = text(&format!("{name}.txt"));
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("use ")).collect();
    lines.join("\n") + "\n"
}

/// Returns a connection that has the file open, as a process of another version has.
fn other_connection(path: &Path) -> Connection {
    let other = Connection::open(path).expect("a database");
    let count = other.query_row("SELECT count(*) FROM kv_entries", [], |row| row.get::<_, i64>(0));
    assert!(count.expect("a number") > 0);
    other
}

fn change(path: &Path, sql: &str) -> usize {
    Connection::open(path).and_then(|it| it.execute(sql, [])).expect(sql)
}

#[test]
fn a_new_file_has_the_newest_format() {
    let place = Place::in_memory();
    let store = kv::open(&sqlite(&place.file("new.db"), "")).expect("a new file");
    assert_eq!(format_of(&store), 2);
    assert_eq!(format_of(&kv::open("memory:").expect("a store")), 0);
}

#[test]
fn a_file_that_no_process_has_open_is_upgraded_with_all_that_it_holds() {
    for name in FILES {
        let place = Place::in_memory();
        let path = copy_of(name, &place);
        let store = open(&path);

        assert_eq!(format_of(&store), 2, "{name}");
        assert_lines(name, &listing(&store, &expected(name)), &expected(name));
        store.check().expect(name);
        store.compact().expect(name);
        assert_lines(name, &listing(&store, &expected(name)), &expected(name));
    }
}

#[test]
fn a_file_in_use_stays_in_its_format_and_is_read_and_written() {
    for name in FILES {
        let place = Place::in_memory();
        let path = copy_of(name, &place);
        let other = other_connection(&path);
        let store = open(&path);

        assert_eq!(format_of(&store), 1, "{name}");
        assert_lines(name, &listing(&store, &expected(name)), &expected(name));
        let all = Scan::all(no_group());
        for (_, it, value) in drain(&mut *store.scan(all).expect("a scan")) {
            store.set(no_group(), key(&it), &value).expect("a set");
        }
        assert_eq!(store.delete(no_group(), key(b"none")), Ok(false));
        store.check().expect(name);
        let rows: i64 = other
            .query_row("SELECT count(*) FROM kv_entries", [], |row| row.get(0))
            .expect("the older version reads on");
        assert!(rows > 0, "{name}");
        drop((store, other));

        assert_eq!(format_of(&open(&path)), 2, "{name}: later it is upgraded");
    }
}

#[test]
fn large_values_of_a_file_in_use_grow_shrink_and_go() {
    let place = Place::in_memory();
    let path = copy_of("large", &place);
    let other = other_connection(&path);
    let store = open(&path);
    assert_eq!(format_of(&store), 1);
    for len in [5_000, 10, 70_000, 961, 0] {
        store.set(group(b"g"), key(b"grows"), &vec![7; len]).expect("a set");
        let entry = store.get(group(b"g"), key(b"grows")).expect("a get").expect("an entry");
        assert_eq!(entry.value.len(), len);
    }
    store.append(group(b"g"), key(b"grows"), &[8; 3_000], 0).expect("an append");
    assert!(store.delete_prefix(group(b"g"), b"grow").expect("a delete") > 0);
    store.compact().expect("compact");
    store.check().expect("sound");
    drop(other);
}

#[test]
fn a_reader_neither_upgrades_nor_changes_a_file() {
    for name in FILES {
        let place = Place::in_memory();
        let path = copy_of(name, &place);
        let before = fs::read(&path).expect("a file");
        let options = OpenOptions { existing: true, read_only: true, ..OpenOptions::default() };
        let store = options.open(&sqlite(&path, "")).expect(name);

        assert_eq!(format_of(&store), 1, "{name}");
        assert_lines(name, &listing(&store, &expected(name)), &expected(name));
        drop(store);
        assert!(fs::read(&path).expect("a file") == before, "{name} was changed");
    }
}

#[test]
fn a_number_that_another_program_writes_is_its_text_and_no_other_keys_value() {
    let place = Place::in_memory();
    let path = place.file("numbers.db");
    let large = vec![b'x'; 5_000];
    let store = open_new(&path);
    for id in 0..10_u8 {
        store.set(no_group(), key(&[b'a' + id]), &large).expect("a large value");
    }
    store.set(no_group(), key(b"count"), b"5").expect("a small value");
    drop(store);
    assert_eq!(
        change(&path, "UPDATE kv_entries SET value = value + 1 WHERE key = x'636F756E74'"),
        1
    );
    assert_eq!(change(&path, "UPDATE kv_entries SET value = 2.5 WHERE key = x'61'"), 1);

    let store = open(&path);
    let value = |name: &[u8]| {
        store.get(no_group(), key(name)).expect("a get").expect("an entry").value.to_vec()
    };
    assert_eq!(value(b"count"), b"6");
    assert_eq!(value(b"a"), b"2.5");
    assert_eq!(value(b"b"), large);
    let rows = drain(&mut *store.scan(Scan::all(no_group())).expect("a scan"));
    assert!(rows.iter().any(|row| row.1 == b"count" && row.2 == b"6"));
    assert_eq!(store.increment(no_group(), key(b"count"), 1, 0), Ok(7));
    assert_eq!(store.delete(no_group(), key(b"count")), Ok(true));
    for id in 1..10_u8 {
        assert_eq!(value(&[b'a' + id]), large, "no other value went");
    }
    // The large value that was replaced has left a row that no entry names.
    store.compact().expect("compact");
    store.check().expect("sound");
}

#[test]
fn a_number_in_a_file_of_format_1_that_is_no_id_is_kept_by_the_upgrade() {
    let place = Place::in_memory();
    let path = copy_of("large", &place);
    let insert = "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'6E', 1, 987654)";
    assert_eq!(change(&path, insert), 1);

    let store = open(&path);

    let entry = store.get(no_group(), key(b"n")).expect("a get").expect("an entry");
    assert_eq!(&entry.value[..], b"987654");
    store.check().expect("sound");
}

#[test]
fn changes_have_the_time_of_their_commit_whatever_their_version_says() {
    let place = Place::in_memory();
    let path = copy_of("changes", &place);
    let store = open(&path);
    let since = store.set(group(b"g"), key(b"ours"), b"v").expect("a set");
    let sql =
        "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'67', x'6F', 1, 'theirs')";
    assert_eq!(change(&path, sql), 1);

    let lines = change_lines(&store, since);
    assert!(lines.contains("set \"g\" \"o\" value=\"theirs\""), "{lines}");
    let other = Connection::open(&path).expect("a database");
    let sql = "SELECT count(*) FROM kv_changes WHERE time IS NOT NULL
               AND abs(time - unixepoch('subsec') * 1000) < 600000";
    let timed: i64 = other.query_row(sql, [], |row| row.get(0)).expect("a number");
    assert_eq!(timed, 2);
}

#[test]
fn a_format_that_is_newer_than_the_newest_is_refused_by_number() {
    let place = Place::in_memory();
    let path = place.file("newer.db");
    drop(open_new(&path));
    assert_eq!(change(&path, "UPDATE kv_meta SET value = 3 WHERE name = 'format'"), 1);
    let error = kv::open(&sqlite(&path, "")).err().expect("a refusal");
    assert_eq!(error.kind(), ErrorKind::Format);
    assert!(error.message().contains("format 3"), "{error}");
}

fn open_new(path: &Path) -> Store {
    kv::open(&sqlite(path, "")).expect("a new file")
}
