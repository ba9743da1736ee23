//! Files that older versions have written are read, and can be written on; see
//! tests/fixtures/README.md.

use std::fs;
use std::path::PathBuf;

use kv::{ErrorKind, GroupRange, OpenOptions, Quota, Scan, Store, Version};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::support::listing::{
    assert_lines, assert_ran_once, change_lines, fixture, groups, listing, namespace, text,
};
use crate::support::{Place, drain, group, key, sqlite};

/// The files of format 1.
const FILES: [&str; 10] = [
    "application",
    "changes",
    "evict_bytes",
    "evict_entries",
    "expiries",
    "full",
    "killed",
    "large",
    "plain",
    "quotas",
];

/// A copy of a file, with its log if it has one.
struct File {
    place: Place,
    path: PathBuf,
}

impl File {
    fn copy(name: &str) -> File {
        let place = Place::in_memory();
        let path = place.file("fixture.db");
        fs::copy(fixture(&format!("{name}.db")), &path).expect("a fixture");
        let log = fixture(&format!("{name}.db-wal"));
        assert_eq!(log.exists(), name == "killed", "{name}");
        if log.exists() {
            fs::copy(log, place.file("fixture.db-wal")).expect("a fixture");
        }
        File { place, path }
    }

    fn open(&self) -> Store {
        kv::open(&sqlite(&self.path, "purge_interval=0&create=off")).expect("an old file opens")
    }

    /// Returns the bytes of the database and of its log, nothing if there is none or an empty one.
    fn bytes(&self) -> [Vec<u8>; 2] {
        let log = fs::read(self.place.file("fixture.db-wal")).unwrap_or_default();
        [fs::read(&self.path).expect("a file"), log]
    }
}

/// Returns what version 0.1 read in the file: the lines about the store, and the order of uses.
fn expected(name: &str) -> (String, Vec<String>) {
    let text = text(&format!("{name}.txt"));
    let (uses, lines): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with("use "));
    (lines.join("\n") + "\n", uses.into_iter().map(str::to_owned).collect())
}

fn value(store: &Store, of: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let entry = store.get(group(of), key(name)).expect("a read");
    entry.map(|entry| entry.value.to_vec())
}

fn refusal<T>(result: kv::Result<T>) -> ErrorKind {
    result.err().expect("it must be refused").kind()
}

#[test]
fn every_file_is_covered() {
    let files = fs::read_dir(fixture("")).expect("a folder");
    let names = files.map(|it| it.expect("an entry").file_name().into_string().expect("UTF-8"));
    let mut databases: Vec<_> =
        names.filter_map(|it| it.strip_suffix(".db").map(str::to_owned)).collect();
    databases.sort();

    assert_eq!(databases, FILES);
}

#[test]
fn each_file_holds_what_it_held() {
    for name in FILES {
        let file = File::copy(name);
        let (expected, _) = expected(name);

        let store = file.open();

        assert_lines(name, &listing(&store, &expected), &expected);
        store.check().expect(name);
        drop(store);
        assert_lines(name, &listing(&file.open(), &expected), &expected);
    }
}

#[test]
fn each_file_is_read_without_being_changed() {
    for name in FILES {
        let file = File::copy(name);
        let (expected, _) = expected(name);
        let before = file.bytes();
        let opening = OpenOptions { existing: true, read_only: true, ..OpenOptions::default() };

        let store = opening.open(&sqlite(&file.path, "")).expect(name);

        assert_lines(name, &listing(&store, &expected), &expected);
        store.check().expect(name);
        let (place, it) = (group(b"g"), key(b"k"));
        assert_eq!(refusal(store.set(place, it, b"v")), ErrorKind::ReadOnly, "{name}");
        drop(store);
        assert!(file.bytes() == before, "{name} was changed");
    }
}

#[test]
fn each_entry_is_written_over_and_the_rest_stays() {
    for name in FILES {
        let file = File::copy(name);
        let (before, _) = expected(name);
        let store = file.open();
        let all =
            |name: Vec<u8>| drain(&mut *store.scan(Scan::all(group(&name))).expect("a cursor"));
        let rows: Vec<_> = groups(&store).into_iter().flat_map(all).collect();
        for (of, it, _) in &rows {
            let entry = store.get(group(of), key(it)).expect("a read").expect("an entry");
            // As long as it was, so that no limit has a say.
            let bytes: Vec<u8> = entry.value.iter().map(|byte| byte ^ 1).collect();

            let version = store.set(group(of), key(it), &bytes).expect("a write");

            assert!(version > entry.version, "{name}: {}", it.escape_ascii());
        }
        store.check().expect(name);
        drop(store);

        let store = file.open();
        for (of, it, old) in &rows {
            let bytes: Vec<u8> = old.iter().map(|byte| byte ^ 1).collect();
            assert!(value(&store, of, it) == Some(bytes), "{name}: {}", it.escape_ascii());
        }
        // Limits, figures and accounts, which the same sizes leave as they were.
        let head = |text: &str| -> Vec<String> {
            let lines = text.lines().take_while(|line| !line.starts_with("entry "));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(head(&listing(&store, &before)), head(&before), "{name}");
        store.check().expect(name);
    }
}

#[test]
fn each_file_can_be_emptied_and_its_accounts_go_down_to_nothing() {
    for name in FILES {
        let file = File::copy(name);
        let (before, _) = expected(name);
        let store = file.open();
        store.purge_expired().expect("a purge");
        for it in groups(&store) {
            assert!(store.delete_group(group(&it)).expect("a delete") > 0, "{name}");
        }

        assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(0), "{name}");
        let usage = store.usage().expect("figures");
        assert_eq!((usage.entries, usage.bytes, usage.expired_entries), (0, 0, 0), "{name}");
        for line in listing(&store, &before).lines().filter(|line| line.starts_with("quota ")) {
            assert!(line.ends_with(" keys=0 groups=0 bytes=0"), "{name}: {line}");
        }
        store.compact().expect(name);
        store.check().expect(name);
        drop(store);
        let left: i64 = Connection::open(&file.path)
            .and_then(|it| it.query_row("SELECT count(*) FROM kv_values", [], |row| row.get(0)))
            .expect("a number");
        assert_eq!(left, 0, "{name}: values that nothing names");
    }
}

#[test]
fn a_file_of_a_newer_format_is_refused_and_untouched() {
    for name in FILES {
        let file = File::copy(name);
        let newer = Connection::open(&file.path).expect("a database");
        newer
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, name == "killed")
            .expect("set");
        let changed = newer.execute("UPDATE kv_meta SET value = 999 WHERE name = 'format'", []);
        assert_eq!(changed, Ok(1), "{name}");
        newer.close().expect("closed");
        let before = file.bytes();

        for options in ["", "read_only=on", "changes=on&max_entries=1&evict=lru"] {
            let refused = kv::open(&sqlite(&file.path, options));
            assert_eq!(refusal(refused), ErrorKind::Format, "{name}, {options}");
            assert!(file.bytes() == before, "{name}, {options}");
        }
    }
}

#[test]
fn what_a_killed_process_wrote_last_is_in_its_log() {
    let file = File::copy("killed");
    let without_log = File::copy("killed");
    fs::remove_file(without_log.place.file("fixture.db-wal")).expect("a log");

    let (store, older) = (file.open(), without_log.open());

    assert_eq!(value(&store, b"g", b"replaced").as_deref(), Some(&b"in the log"[..]));
    assert_eq!(value(&store, b"", b"last").as_deref(), Some(&b"the last write"[..]));
    assert_eq!(value(&store, b"g", b"old").as_deref(), Some(&b"in the file"[..]));
    assert_eq!(value(&older, b"g", b"replaced").as_deref(), Some(&b"in the file"[..]));
    assert_eq!(value(&older, b"", b"last"), None);
    drop(store);
    assert!(!file.place.file("fixture.db-wal").exists(), "the last close moves the log");
}

#[test]
fn quotas_hold() {
    let file = File::copy("quotas");
    let store = file.open();
    let set = |of: &str, name: &str, len: usize| {
        store.set(group(of.as_bytes()), key(name.as_bytes()), &vec![b'v'; len]).map(drop)
    };

    for (of, name, len) in
        [("keys:g0", "new", 1), ("groups:c", "k", 1), ("bytes:g", "k", 93), ("over:g", "c", 1)]
    {
        assert_eq!(refusal(set(of, name, len)), ErrorKind::Quota, "{of}");
    }
    set("free:g", "new", 10_000).expect("no quota");
    set("roomy:g", "new", 10_000).expect("room");
    assert_eq!(store.delete(group(b"keys:g0"), key(b"k0")), Ok(true));
    set("keys:g0", "new", 1).expect("one went");
    assert_eq!(refusal(set("keys:g0", "another", 1)), ErrorKind::Quota);
    // A new count has the same result.
    for name in ["keys", "groups", "bytes", "roomy", "over"] {
        let account = store.quota(&namespace(name)).expect("an account");
        store.set_quota(&namespace(name), Quota { max_keys: 99, ..account.quota }).expect("set");
        let counted = store.quota(&namespace(name)).expect("an account");
        assert_eq!(counted.usage, account.usage, "{name}");
    }
}

#[test]
fn the_least_recently_used_goes_first() {
    for (name, len) in [("evict_entries", 1), ("evict_bytes", 300)] {
        let file = File::copy(name);
        let (_, order) = expected(name);
        assert!(order.len() > 5, "{name}");
        let store = file.open();
        let left = |store: &Store| {
            let text = listing(store, "");
            let is_left = |line: &&String| text.contains(&line.replacen("use", "entry", 1));
            order.iter().filter(is_left).cloned().collect::<Vec<_>>()
        };
        assert_eq!(left(&store).len(), order.len(), "{name}");

        for number in 0_u32.. {
            let before = left(&store);
            if before.is_empty() {
                break;
            }
            store.set(group(b"new"), key(&number.to_be_bytes()), &vec![0; len]).expect("room");
            // The newest entries are left.
            let after = left(&store);
            assert_eq!(after, order[order.len() - after.len()..], "{name}");
            assert!(number < 100, "{name}: nothing is evicted");
        }
        store.check().expect(name);
    }
}

#[test]
fn a_full_file_refuses_what_is_new() {
    let file = File::copy("full");
    let store = file.open();

    assert_eq!(refusal(store.set(group(b"g"), key(b"new"), b"v")), ErrorKind::Full);
    assert_eq!(store.delete(group(b"ns:g"), key(b"k1")), Ok(true));
    store.set(group(b"g"), key(b"new"), b"v").expect("room for one");
    assert_eq!(refusal(store.set(group(b"g"), key(b"newer"), b"v")), ErrorKind::Full);
}

#[test]
fn the_log_of_changes_goes_on_where_it_was() {
    let file = File::copy("changes");
    let (expected, _) = expected("changes");
    let store = file.open();
    let last = expected.lines().last().and_then(|line| line.split(' ').nth(1)).expect("a change");
    let last: Version = last.parse().expect("a version");

    assert_eq!(
        refusal(store.changes(0).and_then(|mut it| it.next_changes())),
        ErrorKind::Compacted
    );
    assert_eq!(change_lines(&store, last), "");
    let version = store.set(group(b"g"), key(b"new"), b"v").expect("set");
    assert_eq!(
        change_lines(&store, last),
        format!("change {version} set \"g\" \"new\" value=\"v\"\n")
    );
    // Changes of other programs are still published.
    let other = Connection::open(&file.path).expect("a database");
    other.execute("DELETE FROM kv_entries WHERE key = CAST('last' AS BLOB)", []).expect("a delete");
    assert!(change_lines(&store, version).ends_with(" delete \"g\" \"last\"\n"));
}

#[test]
fn operations_that_ran_once_do_not_run_again() {
    let file = File::copy("plain");
    assert_ran_once(&file.open());
}

#[test]
fn an_applications_own_tables_are_as_they_were() {
    let file = File::copy("application");
    let store = file.open();
    store.set(group(b"config"), key(b"colour"), b"red").expect("set");
    store.set(group(b"ns:g"), key(b"new"), &[7; 5_000]).expect("set");
    store.compact().expect("compact");
    drop(store);

    let app = Connection::open(&file.path).expect("a database");
    let number = |sql: &str| app.query_row(sql, [], |row| row.get::<_, f64>(0)).expect(sql);

    assert_eq!(number("PRAGMA user_version"), 42.0);
    assert_eq!(number("PRAGMA application_id"), 77.0);
    assert_eq!(number("SELECT total FROM totals WHERE name = 'ann'"), 10.0);
    assert_eq!(number("SELECT total FROM totals WHERE name = 'bob'"), 103.25);
    assert_eq!(number("SELECT count(*) FROM kv WHERE grp = 'theirs'"), 1.0);
    app.execute("INSERT INTO orders (user, total) VALUES (1, 1)", []).expect("a row");
    assert_eq!(number("SELECT count(*) FROM notes WHERE text = 'order 5'"), 1.0);
}
