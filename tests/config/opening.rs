//! Opening and closing files: what is created, what is refused, what stays untouched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Barrier;

use crate::support::{Meetings, Place, key, no_group, race_until_met, sqlite};
use kv::{ErrorKind, Result, Store};

fn open(path: &Path) -> Result<Store> {
    open_with(path, "purge_interval=0")
}

fn open_with(path: &Path, options: &str) -> Result<Store> {
    kv::open(&sqlite(path, options))
}

fn refusal(result: Result<Store>) -> kv::Error {
    result.err().expect("the store must not open")
}

/// Returns the names and contents of everything in a directory.
fn contents(place: &Place) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = fs::read_dir(place.path()).expect("a directory").map(|it| it.expect("an entry"));
    let mut files: Vec<_> =
        entries.map(|it| (it.file_name(), fs::read(it.path()).expect("a file"))).collect();
    files.sort();
    files
}

fn assert_untouched(place: &Place, path: &Path, kinds: &[ErrorKind]) {
    let before = contents(place);

    let error = refusal(open(path));

    assert!(kinds.contains(&error.kind()), "{:?}: {error}", error.kind());
    let name = path.file_name().and_then(|it| it.to_str()).expect("a name");
    assert!(error.message().contains(name), "{error}");
    assert_eq!(contents(place), before, "{error}");
}

#[test]
fn new_files_are_private() {
    let place = Place::on_disk();
    let path = place.file("new.db");
    let store = open(&path).expect("open");
    store.set(no_group(), key(b"key"), b"").expect("set");

    for (name, _) in contents(&place) {
        let mode = fs::metadata(place.path().join(&name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name:?}");
    }
}

#[test]
fn what_is_written_is_there_after_opening_again() {
    let place = Place::on_disk();
    let path = place.file("again.db");
    let long = vec![7; 100_000];
    let store = open(&path).expect("open");
    let version = store.set(no_group(), key(b"key"), &long).expect("set");
    drop(store);

    let store = open(&path).expect("open");

    let entry = store.get(no_group(), key(b"key")).expect("get").expect("an entry");
    assert_eq!((&entry.value[..], entry.version), (&long[..], version));
}

#[test]
fn closing_leaves_the_database_file_alone() {
    let place = Place::on_disk();
    let store = open(&place.file("alone.db")).expect("open");
    store.set(no_group(), key(b"key"), b"").expect("set");

    drop(store);

    assert_eq!(contents(&place).len(), 1);
}

#[test]
fn missing_files_and_directories_are_created_only_when_asked() {
    let place = Place::on_disk();
    let (missing, deep) = (place.file("missing.db"), place.file("a/b/deep.db"));

    assert_eq!(refusal(open_with(&missing, "create=off")).os_error(), libc_enoent());
    assert_eq!(refusal(open_with(&missing, "read_only=on")).os_error(), libc_enoent());
    assert_eq!(refusal(open(&deep)).os_error(), libc_enoent());
    assert!(contents(&place).is_empty());

    open_with(&deep, "create_dirs=on").expect("directories are created");
    assert!(deep.exists());
}

/// "No such file or directory" has this number on every Unix.
fn libc_enoent() -> i32 {
    2
}

#[test]
fn a_file_that_is_no_database_is_refused_and_untouched() {
    let place = Place::on_disk();
    let path = place.file("letter.txt");

    for text in [&b"Dear all,\n"[..], &[0; 4_096], &[0xFF; 100_000], b"SQLite format 3\0", b"x"] {
        fs::write(&path, text).expect("a file");

        assert_untouched(&place, &path, &[ErrorKind::Corrupt, ErrorKind::Format]);
    }
}

#[test]
fn a_directory_is_refused() {
    let place = Place::on_disk();
    let path = place.file("folder");
    fs::create_dir(&path).expect("a directory");

    assert_eq!(refusal(open(&path)).kind(), ErrorKind::Argument);
}

#[test]
fn a_database_with_other_tables_of_our_names_is_refused_and_untouched() {
    for sql in [
        "CREATE TABLE kv_entries (a)",
        "CREATE TABLE kv_meta (name TEXT PRIMARY KEY, value)",
        "CREATE TABLE kv_meta (name TEXT PRIMARY KEY, value); INSERT INTO kv_meta VALUES ('format', 99)",
        "CREATE TABLE kv_meta (name TEXT PRIMARY KEY, value); INSERT INTO kv_meta VALUES ('format', 1)",
        "CREATE TABLE kv_meta (name TEXT PRIMARY KEY, value); INSERT INTO kv_meta VALUES ('format', 'x')",
        "CREATE TABLE kv_meta (other)",
        "CREATE TABLE KV_ENTRIES (a)",
        "CREATE VIEW kv_entries AS SELECT 1",
    ] {
        for journal in ["delete", "wal"] {
            let place = Place::on_disk();
            let path = place.file("theirs.db");
            let theirs = rusqlite::Connection::open(&path).expect("a database");
            theirs.pragma_update(None, "journal_mode", journal).expect("a journal mode");
            theirs.execute_batch(sql).expect("tables");
            theirs.close().expect("closed");
            println!("{journal}: {sql}");

            assert_untouched(&place, &path, &[ErrorKind::Format, ErrorKind::Corrupt]);
        }
    }
}

#[test]
fn a_store_may_live_in_an_applications_own_file() {
    let place = Place::on_disk();
    let path = place.file("app.db");
    let app = rusqlite::Connection::open(&path).expect("a database");
    app.execute_batch("CREATE TABLE users (name); INSERT INTO users VALUES ('ann')").expect("sql");

    let store = open(&path).expect("open");
    store.set(no_group(), key(b"key"), b"value").expect("set");

    let name: String = app.query_row("SELECT name FROM users", [], |it| it.get(0)).expect("a row");
    assert_eq!(name, "ann");
    store.check().expect("sound");
}

#[test]
fn a_damaged_store_is_reported_and_not_made_worse() {
    let place = Place::on_disk();
    let path = place.file("damaged.db");
    let store = open(&path).expect("open");
    for id in 0..2_000_u32 {
        store.set(no_group(), key(&id.to_be_bytes()), &[1; 100]).expect("set");
    }
    drop(store);
    let mut bytes = fs::read(&path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0xAA);
    fs::write(&path, &bytes).expect("a file");

    let found = open(&path).and_then(|store| store.check());

    assert_eq!(found.expect_err("damaged").kind(), ErrorKind::Corrupt);
    assert_eq!(fs::read(&path).expect("a file"), bytes);
}

#[test]
fn handles_on_one_file_share_one_engine_by_whatever_name() {
    let place = Place::on_disk();
    let path = place.file("one.db");
    let link = place.file("link.db");
    let first = open(&path).expect("open");
    std::os::unix::fs::symlink(&path, &link).expect("a link");

    let second = open(&link).expect("open");
    first.set(no_group(), key(b"key"), b"value").expect("set");

    assert_eq!(second.stats().expect("stats").commits, 1);
    let error = refusal(open_with(&link, "purge_interval=0&durability=full"));
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("durability"), "{error}");
    drop(first);
    assert!(second.exists(no_group(), key(b"key")).expect("exists"));
}

#[test]
fn a_store_in_memory_with_a_name_is_one_until_its_last_handle_is_closed() {
    let open = |name: &str| kv::open(&format!("memory:{name}")).expect("a store");
    let (first, other) = (open("opening.shared"), open("opening.other"));
    first.set(no_group(), key(b"key"), b"value").expect("set");
    let second = open("opening.shared");
    assert!(second.exists(no_group(), key(b"key")).expect("exists"));
    assert!(!other.exists(no_group(), key(b"key")).expect("exists"));

    let error = refusal(kv::open("memory:opening.shared?max_entries=7"));
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("max_entries"), "{error}");

    drop(first);
    assert!(open("opening.shared").exists(no_group(), key(b"key")).expect("exists"));
    drop(second);
    assert!(!open("opening.shared").exists(no_group(), key(b"key")).expect("exists"));
}

#[test]
fn many_threads_that_open_a_new_file_at_once_get_one_store() {
    let (meetings, start) = (Meetings::default(), Barrier::new(8));
    race_until_met(|round| {
        let place = Place::on_disk();
        let path = place.file("rush.db");

        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let store = meetings.call(|| open(&path)).expect("open");
                    store.increment(no_group(), key(b"n"), 1, 0).expect("increment");
                });
            }
        });

        let store = open(&path).expect("open");
        assert_eq!(store.increment(no_group(), key(b"n"), 0, 0), Ok(8));
        round >= 9 && meetings.count() > 0
    });
}

#[test]
fn a_store_opened_for_reading_refuses_every_write_and_changes_no_file() {
    let place = Place::on_disk();
    let path = place.file("read.db");
    let store = open(&path).expect("open");
    store.set(no_group(), key(b"key"), b"value").expect("set");
    drop(store);
    let before = fs::read(&path).expect("a file");

    let store = open_with(&path, "read_only=on").expect("open");
    let (none, name) = (no_group(), key(b"key"));
    let refusals = [
        store.set(none, name, b"").map(drop),
        store.delete(none, name).map(drop),
        store.increment(none, name, 1, 0).map(drop),
        store.purge_expired().map(drop),
        store.compact(),
        store.persist(none, name).map(drop),
    ];

    for refusal in refusals {
        assert_eq!(refusal.expect_err("read only").kind(), ErrorKind::ReadOnly);
    }
    assert!(store.exists(none, name).expect("exists"));
    drop(store);
    assert_eq!(fs::read(&path).expect("a file"), before);
}

#[test]
fn a_backup_is_a_store_of_its_own_with_everything_in_it() {
    let place = Place::on_disk();
    let store = open(&place.file("origin.db")).expect("open");
    for id in 0..500_u32 {
        store.set(no_group(), key(&id.to_be_bytes()), &vec![1; id as usize * 10]).expect("set");
    }
    let copy = place.file("copy.db");

    store.backup(&copy, &mut |_| true).expect("backup");
    store.delete_group(no_group()).expect("delete");

    let mode = fs::metadata(&copy).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = store.backup(&copy, &mut |_| true).expect_err("the name is taken");
    assert_eq!(again.kind(), ErrorKind::Argument);
    let copy = open(&copy).expect("open");
    assert_eq!(copy.count(kv::GroupRange::One(no_group())), Ok(500));
    copy.check().expect("sound");
}

#[test]
fn a_backup_that_is_called_off_leaves_nothing_behind() {
    let place = Place::on_disk();
    let store = open(&place.file("origin.db")).expect("open");
    store.set(no_group(), key(b"key"), &vec![1; 5_000_000]).expect("set");
    let files = contents(&place).len();

    let ended = store.backup(&place.file("copy.db"), &mut |_| false).expect_err("called off");

    assert_eq!(ended.kind(), ErrorKind::Cancelled);
    assert_eq!(contents(&place).len(), files);
}
