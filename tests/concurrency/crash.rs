//! Processes killed in the middle of writing: acknowledged writes must be there.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{Child, Place, Random, group, key, listen, no_group, say, sqlite};
use kv::{Op, SetExpiry, Store, Version};

const KILLS: usize = 50;
const PROCESSES: usize = 2;
const THREADS: usize = 2;
/// Each thread writes these single keys in turn, and a pair that is always written in one batch.
const KEYS: u64 = 5;
/// Bytes of an acknowledgement: key, value, version.
const ACK_LEN: usize = 24;
/// Values are padded now and then, so that both places where values rest take part.
const PADDING: usize = 2_000;

/// The acknowledged writes of a thread: the newest value and version of each key.
type Acknowledged = BTreeMap<u64, (u64, Version)>;

fn open(path: &Path) -> Store {
    kv::open(&sqlite(path, "wal_limit=256KiB&purge_interval=0")).expect("the store opens")
}

/// Returns the group of a thread; it is the only one that writes there.
fn owner(process: usize, thread: usize) -> Vec<u8> {
    format!("{process}/{thread}").into_bytes()
}

fn log_path(directory: &Path, process: usize, thread: usize) -> PathBuf {
    directory.join(format!("ack-{process}-{thread}"))
}

fn encode(value: u64) -> Vec<u8> {
    let mut bytes = value.to_be_bytes().to_vec();
    if value.is_multiple_of(7) {
        bytes.resize(PADDING, b'.');
    }
    bytes
}

fn decode(bytes: &[u8]) -> u64 {
    bytes.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

/// Writes for ever; notes each write when the call has returned, or before it if `lies`.
fn write_for_ever(store: &Store, directory: &Path, process: usize, thread: usize, lies: bool) {
    let log = log_path(directory, process, thread);
    let acknowledged = read_log(&log);
    let mut log = OpenOptions::new().create(true).append(true).open(log).expect("a log");
    let mut note = |key: u64, value: u64, version: Version| {
        // One write of a few bytes: a kill leaves all or nothing of it.
        let line = [key, value, version].map(u64::to_be_bytes).concat();
        log.write_all(&line).expect("a log");
    };
    let name = owner(process, thread);
    let (own, pairs) = (group(&name), no_group());
    let newest = acknowledged.values().map(|(value, _)| *value).max();
    for value in newest.unwrap_or(0) + 1.. {
        let bytes = encode(value);
        let id = value % (KEYS + 1);
        if lies {
            note(id, value, 0);
        }
        let version = if id == KEYS {
            let set = |key| {
                let (condition, expiry) = (Default::default(), SetExpiry::Never);
                Op::Set { group: pairs, key, value: &bytes, condition, expiry }
            };
            let (a, b) = (pair_key(&name, b'a'), pair_key(&name, b'b'));
            store.commit(&[set(key(&a)), set(key(&b))]).expect("a batch");
            store.get(pairs, key(&a)).expect("get").expect("just written").version
        } else {
            store.set(own, key(&id.to_be_bytes()), &bytes).expect("set")
        };
        if !lies {
            note(id, value, version);
        }
    }
}

fn pair_key(owner: &[u8], end: u8) -> Vec<u8> {
    [owner, b":", &[end]].concat()
}

fn read_log(path: &Path) -> Acknowledged {
    let mut bytes = Vec::new();
    // A thread killed before its first write has left no log.
    if let Ok(mut file) = File::open(path) {
        file.read_to_end(&mut bytes).expect("a readable log");
    }
    let word = |chunk: &[u8]| u64::from_be_bytes(*chunk.first_chunk().expect("eight bytes"));
    bytes
        .chunks_exact(ACK_LEN)
        .map(|line| (word(line), (word(&line[8..]), word(&line[16..]))))
        .collect()
}

/// Returns what is wrong with the file of `directory`, one sentence each.
fn faults(directory: &Path) -> Vec<String> {
    let store = open(&directory.join("crash.db"));
    let mut faults = Vec::new();
    if let Err(error) = store.check() {
        faults.push(format!("check: {error}"));
    }
    for (process, thread) in (0..PROCESSES).flat_map(|it| (0..THREADS).map(move |th| (it, th))) {
        let name = owner(process, thread);
        for (id, (value, version)) in read_log(&log_path(directory, process, thread)) {
            let (group, key_bytes) = match id {
                KEYS => (no_group(), pair_key(&name, b'a')),
                _ => (group(&name), id.to_be_bytes().to_vec()),
            };
            let found = store.get(group, key(&key_bytes)).expect("get");
            let at = format!("{}/{}", name.escape_ascii(), key_bytes.escape_ascii());
            match found {
                None => faults.push(format!("{at}: acknowledged {value}, found nothing")),
                Some(entry) => {
                    let there = decode(&entry.value);
                    if there < value || entry.value[..] != encode(there) {
                        faults.push(format!("{at}: acknowledged {value}, found {there}"));
                    }
                    if entry.version < version {
                        let fell = entry.version;
                        faults.push(format!("{at}: version {version} fell to {fell}"));
                    }
                }
            }
        }
        let half = |end| {
            let entry = store.get(no_group(), key(&pair_key(&name, end))).expect("get");
            entry.map(|entry| decode(&entry.value))
        };
        let (a, b) = (half(b'a'), half(b'b'));
        if a != b {
            faults.push(format!("{}: half a batch: {a:?} and {b:?}", name.escape_ascii()));
        }
    }
    faults
}

/// Lets processes write for a while and kills them; returns how many writes were acknowledged.
fn write_and_kill(directory: &Path, random: &mut Random, mode: &str) -> usize {
    let path = directory.to_str().expect("a path in UTF-8");
    let mut children: Vec<_> = (0..PROCESSES)
        .map(|process| Child::start("crash", &[mode, path, &process.to_string()]))
        .collect();
    for child in &mut children {
        assert_eq!(child.read_line(), "writing");
    }
    // A random time of at most 150 ms, so that the kill falls anywhere into the writes.
    std::thread::sleep(Duration::from_micros(random.within(0..150_000) as u64));
    children.into_iter().for_each(Child::kill);

    let logs = (0..PROCESSES).flat_map(|it| (0..THREADS).map(move |th| (it, th)));
    logs.map(|(process, thread)| {
        let log = std::fs::metadata(log_path(directory, process, thread));
        log.map_or(0, |it| it.len() as usize / ACK_LEN)
    })
    .sum()
}

/// The other process; see [`Child`].
pub fn child(role: &[String]) {
    let [mode, directory, process] = role else { panic!("no role: {role:?}") };
    let (directory, process) = (PathBuf::from(directory), process.parse().expect("a number"));
    let store = open(&directory.join("crash.db"));
    let lies = mode == "lies";
    say("writing");
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, directory) = (&store, &directory);
            scope.spawn(move || write_for_ever(store, directory, process, thread, lies));
        }
        // A parent that is gone kills no child.
        while listen().is_some() {}
        std::process::exit(1);
    });
}

#[test]
fn no_kill_loses_or_halves_what_was_acknowledged() {
    let mut random = Random::announced("crash::no_kill", 50);
    let place = Place::on_disk();
    let mut acknowledged = 0;

    for kill in 1..=KILLS {
        let before = acknowledged;
        acknowledged = write_and_kill(place.path(), &mut random, "honest");

        let faults = faults(place.path());
        assert!(faults.is_empty(), "after kill {kill}:\n{}", faults.join("\n"));
        assert!(kill < 10 || acknowledged > 0, "no process writes; {before} before");
    }

    println!("{KILLS} kills, {acknowledged} acknowledged writes");
    assert!(acknowledged > 50 * KILLS, "only {acknowledged} writes were put to the test");
}

#[test]
fn an_acknowledgement_before_the_write_is_caught() {
    let mut random = Random::announced("before_the_write_is_caught", 3);
    let place = Place::on_disk();

    let caught = (0..40).any(|_| {
        write_and_kill(place.path(), &mut random, "lies");
        !faults(place.path()).is_empty()
    });

    assert!(caught, "forty kills between acknowledgement and write went unnoticed");
}

#[test]
fn a_lost_an_old_and_a_halved_write_are_caught() {
    let mut random = Random::announced("crash::a_lost", 4);
    let place = Place::on_disk();
    while read_log(&log_path(place.path(), 0, 0)).len() <= KEYS as usize {
        write_and_kill(place.path(), &mut random, "honest");
    }
    assert_eq!(faults(place.path()), Vec::<String>::new());
    let name = owner(0, 0);
    let spoil = |work: &dyn Fn(&Store)| {
        work(&open(&place.file("crash.db")));
        let faults = faults(place.path());
        println!("{faults:?}");
        faults
    };

    let lost = spoil(&|store| {
        assert_eq!(store.delete(group(&name), key(&0_u64.to_be_bytes())), Ok(true));
    });
    assert!(lost.len() == 1 && lost[0].contains("found nothing"));

    let old = spoil(&|store| {
        store.set(group(&name), key(&0_u64.to_be_bytes()), &encode(0)).expect("set");
    });
    assert!(old.len() == 1 && old[0].contains("found 0"));

    let halved = spoil(&|store| {
        store.set(no_group(), key(&pair_key(&name, b'b')), &encode(u64::MAX)).expect("set");
    });
    assert!(halved.iter().any(|it| it.contains("half a batch")));
}
