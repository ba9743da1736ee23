//! Two processes on one file: nothing lost, nothing late, no process in the way.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{
    Child, Place, Random, drain, group, key, listen, no_group, race_until_met, say, sqlite,
};
use kv::{Scan, Store, Version};

const PING_PONGS: u64 = 500;
const THREADS: usize = 4;
const INCREMENTS: i64 = 500;
const SETS: u64 = 100_000;
/// The default: small enough that all those sets fill it dozens of times.
const WAL_LIMIT: u64 = 16 * 1024 * 1024;

fn open(path: &Path) -> Store {
    let options = format!("purge_interval=0&wal_limit={WAL_LIMIT}");
    kv::open(&sqlite(path, &options)).expect("the store opens")
}

fn file(place: &Place) -> PathBuf {
    place.file("shared.db")
}

/// Starts another process on the file of `place` and waits until it has opened it.
fn partner(part: &str, place: &Place) -> Child {
    let mut child =
        Child::start("processes", &[part, file(place).to_str().expect("a path in UTF-8")]);
    assert_eq!(child.read_line(), "open");
    child
}

fn set_number(store: &Store, name: &[u8], number: u64) -> Version {
    store.set(no_group(), key(name), &number.to_be_bytes()).expect("set")
}

fn get_number(store: &Store, name: &[u8]) -> u64 {
    let entry = store.get(no_group(), key(name)).expect("get").expect("a number");
    u64::from_be_bytes(entry.value[..].try_into().expect("eight bytes"))
}

/// The other process; see [`Child`].
pub fn child(role: &[String]) {
    let [part, path] = role else { panic!("no role: {role:?}") };
    let store = open(Path::new(path));
    say("open");
    match part.as_str() {
        "pong" => pong(&store),
        "increment" => increment_until_line(&store),
        "hold" => hold(&store),
        "read" => read(&store),
        "write" => write(&store),
        other => panic!("no part is called {other}"),
    }
}

fn pong(store: &Store) {
    while let Some(line) = listen() {
        let expected: u64 = line.parse().expect("a number");
        assert_eq!(get_number(store, b"ball"), expected, "what was acknowledged is seen");
        say(&set_number(store, b"ball", expected + 1).to_string());
    }
}

/// Increments until the parent sends a line; then sends how often.
fn increment_until_line(store: &Store) {
    let over = AtomicBool::new(false);
    let count = std::thread::scope(|scope| {
        let count = scope.spawn(|| {
            let mut count = 0_u64;
            while !over.load(Ordering::Relaxed) {
                store.increment(no_group(), key(b"sum"), 1, 0).expect("increment");
                count += 1;
            }
            count
        });
        listen();
        over.store(true, Ordering::Relaxed);
        count.join().expect("no panic")
    });
    say(&count.to_string());
}

/// Increments in many threads; returns the newest sum that they saw.
fn increment_all(store: &Store) -> i64 {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let increment = || store.increment(no_group(), key(b"sum"), 1, 0);
                    let sums: Vec<_> =
                        (0..INCREMENTS).map(|_| increment().expect("increment")).collect();
                    assert!(sums.is_sorted_by(|a, b| a < b), "a thread sees its own sums rise");
                    sums.last().copied().unwrap_or(0)
                })
            })
            .collect();
        let newest = threads.into_iter().map(|it| it.join().expect("no panic"));
        newest.max().unwrap_or(0)
    })
}

fn hold(store: &Store) {
    let mut cursor = store.scan(Scan::all(no_group())).expect("a cursor");
    let first = usize::from(cursor.next().expect("an entry").is_some());
    say("holding");
    listen();
    say(&(first + drain(&mut *cursor).len()).to_string());
}

/// Reads random keys until the parent is gone or says stop.
fn read(store: &Store) {
    let stopped = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            listen();
            stopped.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let mut random = Random::of(1);
        let mut reads = 0_u64;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            let id = random.within(0..SETS as usize) as u64;
            store.get(no_group(), key(&id.to_be_bytes())).expect("get");
            reads += 1;
        }
        say(&reads.to_string());
    });
}

/// Writes its own keys until the parent says stop.
fn write(store: &Store) {
    let mut number = 0;
    while listen().is_some_and(|line| line == "more") {
        for _ in 0..20 {
            number += 1;
            set_number(store, b"ours", number);
        }
        say(&number.to_string());
    }
}

#[test]
fn each_sees_the_others_commit_as_soon_as_it_is_acknowledged() {
    let place = Place::on_disk();
    let store = open(&file(&place));
    let mut child = partner("pong", &place);
    let mut last = 0;

    for round in 0..PING_PONGS {
        let ours = set_number(&store, b"ball", round * 2);
        assert!(ours > last, "round {round}: {ours} after their {last}");
        child.send_line(&(round * 2).to_string());
        let theirs: Version = child.read_line().parse().expect("a version");

        assert_eq!(get_number(&store, b"ball"), round * 2 + 1);
        assert!(theirs > ours, "round {round}: their {theirs} after our {ours}");
        last = theirs;
    }
}

#[test]
fn increments_of_two_processes_lose_nothing() {
    let place = Place::on_disk();
    let store = open(&file(&place));

    let mut child = partner("increment", &place);
    let sum = || store.increment(no_group(), key(b"sum"), 0, 0).expect("a sum");
    let each = THREADS as i64 * INCREMENTS;
    let rounds = race_until_met(|_| {
        let before = sum();
        // More than ours: the other process has incremented in between.
        increment_all(&store) > before + each && before > 0
    });
    child.send_line("stop");
    let theirs: i64 = child.read_line().parse().expect("a number");
    child.join();

    assert_eq!(sum(), rounds as i64 * each + theirs);
    store.check().expect("sound");
}

#[test]
fn a_cursor_elsewhere_does_not_block_a_writer() {
    let place = Place::on_disk();
    let store = open(&file(&place));
    for id in 0..2_000_u64 {
        set_number(&store, &id.to_be_bytes(), id);
    }
    let mut child = partner("hold", &place);
    assert_eq!(child.read_line(), "holding");

    for id in 0..2_000_u64 {
        match id % 3 {
            0 => assert_eq!(store.delete(no_group(), key(&id.to_be_bytes())), Ok(true)),
            1 => drop(set_number(&store, &(id + 10_000).to_be_bytes(), id)),
            _ => drop(set_number(&store, &id.to_be_bytes(), 0)),
        }
    }
    child.send_line("go on");

    assert_eq!(child.read_line(), "2000", "a snapshot from before all this");
    child.join();
}

/// How long the log gets depends on whether the background thread gets a processor in time, so the
/// tests that measure it take turns.
static MEASURING: Mutex<()> = Mutex::new(());

/// Writes a lot and returns how large the log was at its largest.
fn fill(store: &Store, place: &Place) -> u64 {
    let log = place.file("shared.db-wal");
    let mut largest = 0;
    for id in 0..SETS {
        store.set(no_group(), key(&id.to_be_bytes()), &[b'v'; 100]).expect("set");
        if id % 100 == 0 {
            largest = largest.max(std::fs::metadata(&log).map_or(0, |it| it.len()));
        }
    }
    largest
}

fn assert_bounded(largest: u64, store: &Store) {
    let checkpoints = store.stats().expect("stats").checkpoints;
    println!("{checkpoints} checkpoints, a log of {largest} bytes");
    assert!(checkpoints > 0);
    // Writers wait at twice the limit, after the writes since the log could last begin again, which
    // on a very busy machine were seven times as much. Without a bound the log would hold all
    // writes, a hundred times as much.
    assert!(largest < 12 * WAL_LIMIT, "a log of {largest} bytes, the limit is {WAL_LIMIT}");
}

#[test]
fn the_log_stays_bounded_while_another_process_reads() {
    let _turn = MEASURING.lock();
    let place = Place::on_disk();
    let store = open(&file(&place));
    let mut child = partner("read", &place);

    let largest = fill(&store, &place);

    child.send_line("stop");
    let reads: u64 = child.read_line().parse().expect("a number");
    child.join();
    assert!(reads > 1_000, "the other process has not read");
    assert_bounded(largest, &store);
}

#[test]
fn the_log_stays_bounded_without_readers() {
    let _turn = MEASURING.lock();
    let place = Place::on_disk();
    let store = open(&file(&place));

    let largest = fill(&store, &place);

    assert_bounded(largest, &store);
}

/// Runs the `sqlite3` shell on the file, or returns `None` if there is none.
fn shell(path: &Path, sql: &str) -> Option<String> {
    let run = Command::new("sqlite3")
        .args(["-batch", "-bail", "-cmd", ".timeout 10000"])
        .arg(path)
        .arg(sql)
        .stdin(Stdio::null())
        .output();
    match run {
        Err(_) => None,
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "sqlite3 {sql}: {said}");
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
    }
}

#[test]
fn the_sqlite3_shell_reads_and_writes_the_same_file() {
    let place = Place::on_disk();
    let store = open(&file(&place));
    let path = file(&place);
    let Some(journal) = shell(&path, "PRAGMA journal_mode") else {
        eprintln!("SKIPPED the_sqlite3_shell_reads_and_writes_the_same_file: no sqlite3 to run");
        return;
    };
    assert_eq!(journal, "wal");
    let mut child = partner("write", &place);

    for round in 0..20_u64 {
        child.send_line("more");
        let ours = format!("{round:016X}");
        store.set(group(b"g"), key(b"ours"), &round.to_be_bytes()).expect("set");
        let seen = shell(
            &path,
            "SELECT hex(value) FROM kv_entries WHERE grp = x'67' AND key = CAST('ours' AS BLOB)",
        );
        assert_eq!(seen, Some(ours));

        let sql = format!(
            "INSERT OR REPLACE INTO kv_entries (grp, key, version, value)
             VALUES (x'67', CAST('theirs' AS BLOB), {}, CAST('{round}' AS BLOB))",
            round + 1,
        );
        shell(&path, &sql);
        let entry = store.get(group(b"g"), key(b"theirs")).expect("get").expect("written");
        assert_eq!((&entry.value[..], entry.version), (round.to_string().as_bytes(), round + 1));
        assert_eq!(child.read_line(), ((round + 1) * 20).to_string());
    }

    child.send_line("stop");
    child.join();
    assert_eq!(get_number(&store, b"ours"), 400);
    store.check().expect("sound");
}
