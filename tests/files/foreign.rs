//! Data of other systems in a file without a store: refused, unless the options ignore it.

use std::fs;
use std::path::Path;

use kv::ErrorKind;
use rusqlite::Connection;

use crate::files::refused::{contents, leave_log};
use crate::support::{Place, key, no_group, sqlite};

const PETROCK: &str = "CREATE TABLE kv_store (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    INSERT INTO kv_store VALUES ('k', '1')";
const GO_STORE: &str = "CREATE TABLE entries (entry_key TEXT, group_name TEXT, entry_value TEXT,
        expires_at INTEGER, PRIMARY KEY (group_name, entry_key)) WITHOUT ROWID;
    INSERT INTO entries VALUES ('k', 'g', 'v', NULL)";
const OLD_GO_STORE: &str = "CREATE TABLE kv (grp TEXT, key TEXT, value TEXT);
    INSERT INTO kv VALUES ('g', 'k', 'v')";

/// The statements of each system, its name and its table.
const SYSTEMS: [(&str, &str, &str); 3] = [
    (PETROCK, "petrock", "kv_store"),
    (GO_STORE, "go-store", "entries"),
    (OLD_GO_STORE, "go-store", "kv"),
];

fn execute(path: &Path, sql: &str) {
    let db = Connection::open(path).expect("a database");
    db.execute_batch(sql).expect(sql);
}

#[test]
fn a_file_with_data_of_another_system_is_refused_with_the_import_and_untouched() {
    for (sql, system, table) in SYSTEMS {
        for has_log in [false, true] {
            let place = Place::on_disk();
            let path = place.file("old.db");
            if has_log {
                leave_log(&path, sql)
            } else {
                execute(&path, sql)
            }
            let before = contents(&place);
            for options in ["", "read_only=on", "create=off", "foreign_data=refuse", "changes=on"] {
                let error = kv::open(&sqlite(&path, options)).err().expect("refused");

                assert_eq!(error.kind(), ErrorKind::Format, "{error}");
                let expected = format!(
                    "the file holds data of {system} (table {table}) and no store: `kv import \
                     --format {system} old.db --db-path old.db` imports it, foreign_data=ignore \
                     starts an empty store"
                );
                assert!(error.message().ends_with(&expected), "{error}");
                assert_eq!(contents(&place), before, "{options}, log: {has_log}");
            }
        }
    }
}

#[test]
fn a_store_begins_beside_ignored_data_and_is_opened_without_the_option_from_then_on() {
    for (sql, _, table) in SYSTEMS {
        let place = Place::on_disk();
        let path = place.file("old.db");
        execute(&path, sql);
        let reading = sqlite(&path, "read_only=on&foreign_data=ignore");
        let error = kv::open(&reading).err().expect("no store");
        assert!(
            error.message().ends_with("the file holds no store; open it for writing to create one")
        );

        let store = kv::open(&sqlite(&path, "foreign_data=ignore")).expect("a store");
        store.set(no_group(), key(b"k"), b"new").expect("set");
        // Handles on one file share an engine, whether they would have begun a store or not.
        drop(kv::open(&sqlite(&path, "")).expect("a second handle"));
        drop(store);

        let store = kv::open(&sqlite(&path, "foreign_data=refuse")).expect("a store by now");
        let entry = store.get(no_group(), key(b"k")).expect("get").expect("an entry");
        assert_eq!(&entry.value[..], b"new");
        drop(store);
        let db = Connection::open(&path).expect("a database");
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(db.query_row(&count, [], |row| row.get::<_, i64>(0)), Ok(1));
    }
}

#[test]
fn other_tables_of_these_names_are_an_applications_own() {
    for sql in [
        "CREATE TABLE kv_store (key TEXT, value TEXT)",
        "CREATE TABLE kv_store (key TEXT, content TEXT); INSERT INTO kv_store VALUES (1, 2)",
        "CREATE TABLE entries (group_name, entry_key, key, value);
         INSERT INTO entries VALUES (1, 2, 3, 4)",
        "CREATE TABLE kv (key, value); INSERT INTO kv VALUES (1, 2)",
        "CREATE VIEW kv_store AS WITH RECURSIVE endless (key, value) AS
         (SELECT 1, 1 UNION ALL SELECT 1, 1 FROM endless) SELECT key, value FROM endless WHERE key = 2",
    ] {
        let place = Place::on_disk();
        let path = place.file("own.db");
        execute(&path, sql);
        drop(kv::open(&sqlite(&path, "")).expect(sql));
        fs::remove_file(&path).expect("a file of our own");
    }
}

#[test]
fn a_new_file_and_an_empty_one_become_stores() {
    let place = Place::on_disk();
    let path = place.file("empty.db");
    fs::write(&path, b"").expect("a file");
    for path in [path, place.file("new.db")] {
        drop(kv::open(&sqlite(&path, "foreign_data=refuse")).expect("a store"));
    }
}
