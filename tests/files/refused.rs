//! Files that are refused stay as they are, to the byte: the file, its log, and what else is there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kv::ErrorKind;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::support::listing::fixture;
use crate::support::{Place, key, no_group, sqlite};

/// A trigger of another program, which refuses a file.
pub const TRIGGER: &str = "CREATE TRIGGER evil AFTER INSERT ON kv_entries BEGIN SELECT 1; END";

/// Everything in a directory: names, contents, and when each was changed.
pub type Contents = BTreeMap<String, (Vec<u8>, std::time::SystemTime)>;

pub fn contents(place: &Place) -> Contents {
    let entries = fs::read_dir(place.path()).expect("a directory").map(|it| it.expect("an entry"));
    let content = |it: fs::DirEntry| {
        let changed = it.metadata().and_then(|it| it.modified()).expect("a time");
        let name = it.file_name().into_string().expect("a name");
        (name, (fs::read(it.path()).expect("a file"), changed))
    };
    entries.map(content).collect()
}

/// Runs `sql` on the file in WAL mode, and ends as a killed process does: with a log beside it.
pub fn leave_log(path: &Path, sql: &str) {
    let copy = path.with_extension("copy");
    let db = Connection::open(&copy).expect("a database");
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).expect("a setting");
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").ok();
    db.execute_batch(sql).expect("sql");
    for suffix in ["", "-wal", "-shm"] {
        let file = |path: &Path| format!("{}{suffix}", path.display());
        fs::copy(file(&copy), file(path)).expect("a copy");
    }
    drop(db);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", copy.display()));
    }
}

/// Makes a store whose newest entries are in its log only.
fn leave_store(path: &Path) {
    let store = kv::open(&sqlite(path, "purge_interval=0")).expect("a store");
    store.set(no_group(), key(b"a"), b"1").expect("set");
    drop(store);
    fs::rename(path, path.with_extension("copy")).expect("moved");
    leave_log(
        path,
        "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'62', 5, x'32')",
    );
}

/// Replaces the bytes of a file from `at` on.
fn overwrite(path: &Path, at: usize, bytes: &[u8]) {
    let mut file = fs::read(path).expect("a file");
    file[at..at + bytes.len()].copy_from_slice(bytes);
    fs::write(path, file).expect("a file");
}

/// Writes a database of 8,192 bytes, encrypted from byte `clear` on, with a log of twelve encrypted
/// pages. Headers and checksums of the log are right, as encryption leaves them.
fn leave_encrypted(path: &Path, clear: usize) {
    leave_log(path, "CREATE TABLE t (x)");
    let mut bytes = fs::read(path).expect("a file");
    bytes.resize(8_192, 0);
    bytes[clear..].fill(0xA7);
    fs::write(path, bytes).expect("a file");
    fs::write(format!("{}-wal", path.display()), encrypted_log()).expect("a log");
    remove_index(path);
}

fn encrypted_log() -> Vec<u8> {
    let big_endian = |numbers: &[u32]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    };
    let mut sums = [0_u32; 2];
    let mut add = |bytes: &[u8]| {
        for pair in bytes.chunks_exact(8) {
            let word = |at: usize| u32::from_le_bytes(pair[at..at + 4].try_into().expect("four"));
            sums[0] = sums[0].wrapping_add(word(0)).wrapping_add(sums[1]);
            sums[1] = sums[1].wrapping_add(word(4)).wrapping_add(sums[0]);
        }
        big_endian(&sums)
    };
    let salt = [7, 9];
    let head = big_endian(&[0x377F_0682, 3_007_000, 4_096, 0, salt[0], salt[1]]);
    let mut log = [&head[..], &add(&head)[..]].concat();
    for page in 1..=12 {
        let (number, content) =
            (big_endian(&[page, if page == 12 { 12 } else { 0 }]), [0xA7; 4_096]);
        let sum = add(&[&number[..], &content[..]].concat());
        log.extend([&number[..], &big_endian(&salt)[..], &sum[..], &content[..]].concat());
    }
    log
}

fn remove_index(path: &Path) {
    fs::remove_file(format!("{}-shm", path.display())).expect("removed");
}

/// Makes a hostile file.
pub type Make = fn(&Path);

/// Hostile files by name.
const FILES: &[(&str, Make)] = &[
    ("encrypted, with a log", |path| leave_encrypted(path, 0)),
    ("encrypted, with a log and an index of it", |path| {
        leave_encrypted(path, 0);
        fs::write(format!("{}-shm", path.display()), [0; 32_768]).expect("an index");
    }),
    ("encrypted but for the header, with a log", |path| leave_encrypted(path, 100)),
    ("encrypted, alone", |path| {
        fs::write(path, vec![0x5A; 8_192]).expect("a file");
    }),
    ("encrypted, with an empty log", |path| {
        fs::write(path, vec![0x5A; 8_192]).expect("a file");
        fs::write(format!("{}-wal", path.display()), b"").expect("a file");
    }),
    ("tables of our names in a log", |path| {
        leave_log(path, "CREATE TABLE kv_entries (a); INSERT INTO kv_entries VALUES (1)");
    }),
    ("tables of our names in a log without its index", |path| {
        leave_log(path, "CREATE TABLE kv_entries (a); INSERT INTO kv_entries VALUES (1)");
        remove_index(path);
    }),
    ("a newer format in a log", |path| {
        leave_store(path);
        leave_newer(path);
    }),
    ("a newer format in a log without its index", |path| {
        leave_store(path);
        leave_newer(path);
        remove_index(path);
    }),
    ("a header of another page size, with a log", |path| {
        leave_store(path);
        overwrite(path, 16, &[0x12, 0x34]);
        overwrite(Path::new(&format!("{}-wal", path.display())), 0, &[0; 4]);
    }),
    ("a planted trigger in a log", |path| {
        leave_store(path);
        fs::rename(path, path.with_extension("copy")).expect("moved");
        leave_log(path, TRIGGER);
    }),
    ("a planted trigger in the log of a file of format 1", |path| {
        fs::copy(fixture("changes.db"), path.with_extension("copy")).expect("a fixture");
        leave_log(path, TRIGGER);
    }),
    ("another program's tables of our names, with a journal", |path| {
        let db = Connection::open(path).expect("a database");
        db.execute_batch("CREATE TABLE kv_meta (a); PRAGMA cache_size = 1").expect("sql");
        let rows = "WITH n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 99)
                    INSERT INTO kv_meta SELECT zeroblob(9000) FROM n";
        db.execute_batch("BEGIN").expect("begin");
        db.execute_batch(rows).expect("rows");
        let journal = format!("{}-journal", path.display());
        let (main, log) = (fs::read(path).expect("a file"), fs::read(&journal).expect("a journal"));
        drop(db);
        fs::write(path, main).expect("a file");
        fs::write(journal, log).expect("a journal");
    }),
];

fn leave_newer(path: &Path) {
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(format!("{}{suffix}", path.display())).expect("removed");
    }
    fs::rename(path, path.with_extension("copy")).expect("moved");
    leave_log(path, "UPDATE kv_meta SET value = 99 WHERE name = 'format'");
}

#[test]
fn a_refused_file_stays_as_it_is_to_the_byte() {
    let mut faults = Vec::new();
    for (name, make) in FILES {
        for options in ["", "read_only=on", "changes=on&max_entries=5"] {
            let place = Place::on_disk();
            let path = place.file("refused.db");
            make(&path);
            let before = contents(&place);

            let error = match kv::open(&sqlite(&path, options)) {
                Ok(_) => panic!("{name} with {options:?} is opened"),
                Err(error) => error,
            };

            let after = contents(&place);
            println!("{name} with {options:?}: {error}");
            assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format), "{error}");
            let sizes = |it: &Contents| -> Vec<_> {
                it.iter().map(|(name, (bytes, _))| (name.clone(), bytes.len())).collect()
            };
            if before != after {
                faults.push(format!("{name}: {:?} became {:?}", sizes(&before), sizes(&after)));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_refused_file_of_format_1_is_not_upgraded() {
    for options in ["", "changes=on&max_entries=5"] {
        let place = Place::on_disk();
        let path = place.file("refused.db");
        fs::copy(fixture("changes.db"), &path).expect("a fixture");
        Connection::open(&path).and_then(|db| db.execute_batch(TRIGGER)).expect("a trigger");
        let before = contents(&place);

        let error = kv::open(&sqlite(&path, options)).err().expect("refused");

        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(contents(&place) == before, "{options:?}");
    }
}

#[test]
fn a_log_that_a_killed_process_has_left_is_read_as_ever() {
    let place = Place::on_disk();
    let path = place.file("store.db");
    leave_store(&path);
    for options in ["read_only=on", ""] {
        let store = kv::open(&sqlite(&path, options)).expect("a store");
        assert!(store.exists(no_group(), key(b"b")).expect("a read"), "{options}");
    }
    let path = place.file("app.db");
    leave_log(&path, "CREATE TABLE users (name); INSERT INTO users VALUES ('ann')");
    let store = kv::open(&sqlite(&path, "")).expect("a store in an application's file");
    store.set(no_group(), key(b"a"), b"1").expect("set");
    store.check().expect("sound");
}
