//! Files in WAL mode without a log that are refused: nothing is created beside them.

use std::fs;
use std::path::Path;

use kv::ErrorKind;
use rusqlite::Connection;

use super::refused::{Contents, Make, TRIGGER, contents};
use crate::support::{Place, sqlite};

/// Makes a database in WAL mode that was closed: without a log.
fn leave_closed(path: &Path, sql: &str) {
    let db = Connection::open(path).expect("a database");
    db.execute_batch("PRAGMA journal_mode = WAL").ok();
    db.execute_batch(sql).expect("sql");
}

/// Files in WAL mode without a log, which are refused when they are opened for reading alone.
const CLOSED: &[(&str, Make)] = &[
    ("an application's database", |path| leave_closed(path, "CREATE TABLE users (name)")),
    ("a database without tables", |path| leave_closed(path, "PRAGMA user_version = 1")),
    ("tables of our names", |path| leave_closed(path, "CREATE TABLE kv_meta (a)")),
    ("a newer format", |path| {
        drop(kv::open(&sqlite(path, "purge_interval=0")).expect("a store"));
        leave_closed(path, "UPDATE kv_meta SET value = 99 WHERE name = 'format'");
    }),
    ("a planted trigger", |path| {
        drop(kv::open(&sqlite(path, "purge_interval=0")).expect("a store"));
        leave_closed(path, TRIGGER);
    }),
    ("an application's database beside an empty journal", |path| {
        leave_closed(path, "CREATE TABLE users (name)");
        fs::write(format!("{}-journal", path.display()), b"").expect("a file");
    }),
    ("an application's database beside an index of a log", |path| {
        leave_closed(path, "CREATE TABLE users (name)");
        fs::write(format!("{}-shm", path.display()), [0; 32_768]).expect("a file");
    }),
    ("an application's database beside an empty log", |path| {
        leave_closed(path, "CREATE TABLE users (name)");
        fs::write(format!("{}-wal", path.display()), b"").expect("a file");
    }),
];

#[test]
fn a_file_in_wal_mode_that_is_refused_for_reading_gets_no_log() {
    let mut faults = Vec::new();
    for (name, make) in CLOSED {
        let place = Place::on_disk();
        let path = place.file("refused.db");
        make(&path);
        let before = contents(&place);

        let opened = kv::open(&sqlite(&path, "read_only=on"));

        let after = contents(&place);
        assert_eq!(opened.err().map(|it| it.kind() == ErrorKind::Io), Some(false), "{name}");
        if before != after {
            let names = |it: &Contents| it.keys().cloned().collect::<Vec<_>>();
            faults.push(format!("{name}: {:?} became {:?}", names(&before), names(&after)));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
