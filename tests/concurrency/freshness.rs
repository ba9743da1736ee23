//! Threads that read while others write and an operator keeps house: no read returns what is older
//! than what was acknowledged before the read began.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::{
    Child, Place, Random, drain, group, key, listen, no_group, say, sqlite, until,
};
use kv::{Op, Reply, Scan, SetExpiry, Store};

const WRITERS: usize = 2;
const READERS: usize = 3;
const KEYS: usize = 8;
const TIME: Duration = Duration::from_secs(3);

/// The newest value acknowledged for each key.
type Acknowledged = [[AtomicU64; KEYS]; WRITERS];

fn name(writer: usize, id: usize) -> [u8; 2] {
    [writer as u8, id as u8]
}

/// Returns a value that says `number`; its length changes between the places where values rest.
fn encode(number: u64) -> Vec<u8> {
    let mut bytes = number.to_be_bytes().to_vec();
    bytes.resize(8 + (number as usize * 131) % 2_500, number as u8);
    bytes
}

fn decode(bytes: &[u8]) -> u64 {
    let number = bytes.first_chunk().copied().map_or(0, u64::from_be_bytes);
    assert_eq!(bytes, encode(number), "the value of another write, or half of one");
    number
}

fn write(store: &Store, writer: usize, acknowledged: &Acknowledged, stop: &AtomicBool) {
    let mut random = Random::of(writer as u64);
    for number in 1.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = random.within(0..KEYS);
        let (name, value) = (name(writer, id), encode(number));
        if random.one_in(3) {
            let (group, expiry) = (no_group(), SetExpiry::Never);
            let set = |group, value| {
                let condition = kv::Condition::Any;
                Op::Set { group, key: key(&name), value, condition, expiry }
            };
            let ops = [set(crate::support::group(b"twin"), &value[..]), set(group, &value)];
            let (_, replies) = store.commit(&ops).expect("a batch");
            assert!(matches!(replies[1], Reply::Written { .. }));
        } else {
            store.set(no_group(), key(&name), &value).expect("set");
        }
        acknowledged[writer][id].store(number, Ordering::SeqCst);
    }
}

/// Counts of reads.
#[derive(Default)]
struct Reads {
    all: u64,
    /// Those that met a write: they returned more than was acknowledged when they began.
    newer: u64,
}

fn read(store: &Store, seed: u64, acknowledged: &Acknowledged, stop: &AtomicBool) -> Reads {
    let mut random = Random::of(seed);
    let mut reads = Reads::default();
    while !stop.load(Ordering::Relaxed) {
        let (writer, id) = (random.within(0..WRITERS), random.within(0..KEYS));
        let least = acknowledged[writer][id].load(Ordering::SeqCst);
        let name = name(writer, id);
        let found = match random.within(0..10) {
            0 => {
                let before = (id > 0).then(|| [name[0], name[1] - 1]);
                let pattern = kv::Pattern::Prefix(&name);
                let whole = Scan { pattern, ..Scan::all(no_group()) };
                let scan = before.as_ref().map_or(whole, |it| whole.after(key(it)));
                let mut cursor = store.scan(scan).expect("a cursor");
                drain(&mut *cursor).first().map(|row| decode(&row.2))
            }
            1 => {
                let many =
                    store.get_many(&[(no_group(), key(&name)), (group(b"twin"), key(&name))]);
                many.expect("get many")[0].as_ref().map(|entry| decode(&entry.value))
            }
            _ => {
                let entry = store.get(no_group(), key(&name)).expect("get");
                entry.map(|entry| decode(&entry.value))
            }
        };
        let found = found.unwrap_or(0);
        assert!(found >= least, "{name:?}: read {found} after {least} was acknowledged");
        reads.all += 1;
        reads.newer += u64::from(found > least);
    }
    reads
}

/// Does everything an operator can, as fast as possible.
fn keep_house(store: &Store, place: &Place, stop: &AtomicBool) {
    for round in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        match round % 6 {
            0 => store.compact().expect("compact"),
            1 => store.flush().expect("flush"),
            2 => store.check().expect("check"),
            3 => drop(store.usage().expect("stats")),
            4 => drop(store.purge_expired().expect("purge")),
            _ => {
                let copy = place.file(&format!("copy-{round}.db"));
                store.backup(&copy, &mut |_| true).expect("backup");
                std::fs::remove_file(copy).expect("a file");
            }
        }
        // A cursor that is open across all that must not mind.
        drain(&mut *store.scan(Scan::all(no_group())).expect("a cursor"));
        // The interval of 1 ms between two works leaves the file to the writers.
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn run(store: &Store, place: &Place) {
    let acknowledged = Acknowledged::default();
    let stop = AtomicBool::new(false);
    let reads = std::thread::scope(|scope| {
        let (acknowledged, stop) = (&acknowledged, &stop);
        let mut others: Vec<_> = (0..WRITERS)
            .map(|writer| scope.spawn(move || write(store, writer, acknowledged, stop)))
            .collect();
        others.push(scope.spawn(move || keep_house(store, place, stop)));
        let readers: Vec<_> = (0..READERS as u64)
            .map(|seed| scope.spawn(move || read(store, seed, acknowledged, stop)))
            .collect();
        let began = Instant::now();
        let failed = || others.iter().any(|it| it.is_finished());
        while began.elapsed() < TIME && !failed() {
            // The poll interval.
            std::thread::sleep(Duration::from_millis(10));
        }
        stop.store(true, Ordering::Relaxed);
        let reads = readers.into_iter().map(|it| it.join().expect("a reader"));
        reads.fold(Reads::default(), |sum, it| Reads {
            all: sum.all + it.all,
            newer: sum.newer + it.newer,
        })
    });
    let writes: u64 = acknowledged.iter().flatten().map(|it| it.load(Ordering::SeqCst)).sum();
    let Reads { all, newer } = reads;
    println!("{all} reads, {newer} met a write, last numbers add up to {writes}");
    assert!(all > 1_000 && writes > 0 && newer > 0, "readers and writers have not met");
    store.check().expect("sound");
}

/// The other process; see [`Child`].
pub fn child(role: &[String]) {
    let [location] = role else { panic!("no role: {role:?}") };
    let store = kv::open(location).expect("the store opens");
    say("open");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0_u64;
            loop {
                number += 1;
                store.set(group(b"elsewhere"), key(b"n"), &encode(number)).expect("set");
            }
        });
        while listen().is_some() {}
        std::process::exit(0);
    });
}

#[test]
fn reads_in_memory_are_never_stale() {
    let store = kv::open("memory:").expect("open");
    let (acknowledged, stop) = (Acknowledged::default(), AtomicBool::new(false));

    std::thread::scope(|scope| {
        let (store, acknowledged, stop) = (&store, &acknowledged, &stop);
        for id in 0..WRITERS {
            scope.spawn(move || write(store, id, acknowledged, stop));
        }
        let reader = scope.spawn(move || read(store, 1, acknowledged, stop));
        // The time of the race, by design.
        std::thread::sleep(TIME / 6);
        stop.store(true, Ordering::Relaxed);
        let Reads { all, newer } = reader.join().expect("a reader");
        assert!(all > 1_000 && newer > 0, "{all} reads, {newer} of them met a write");
    });
}

#[test]
fn reads_of_a_file_are_never_stale() {
    let place = Place::on_disk();
    let options = "wal_limit=256KiB&purge_interval=5ms";
    let store = kv::open(&sqlite(&place.file("fresh.db"), options)).expect("open");

    run(&store, &place);
}

#[test]
fn reads_of_a_file_are_never_stale_while_another_process_writes() {
    let place = Place::on_disk();
    let options = "wal_limit=256KiB&purge_interval=5ms";
    let location = sqlite(&place.file("fresh.db"), options);
    let store = kv::open(&location).expect("open");
    let mut child = Child::start("freshness", &[&location]);
    assert_eq!(child.read_line(), "open");

    let theirs = || store.get(group(b"elsewhere"), key(b"n")).expect("get").map(|it| it.version);
    until("the other process writes", Duration::from_secs(60), || theirs().is_some());
    let before = theirs();
    run(&store, &place);
    assert!(theirs() > before, "the other process has not written meanwhile");

    child.kill();
    store.check().expect("sound");
}
