//! The entry cache: slots, shards and validity of src/engine/sqlite/cache, in front of a file whose
//! value is the number of its last commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use loom::thread;
use parking_lot::Mutex;

use crate::harness::Model;
use set::{KeyChange, Names};
use shard::{Place, Shard};
use slot::Head;
use validity::Validity;

#[path = "../../../src/engine/sqlite/cache/set.rs"]
mod set;
#[path = "../../../src/engine/sqlite/cache/shard.rs"]
mod shard;
#[path = "../../../src/engine/sqlite/cache/slot.rs"]
mod slot;
#[path = "../../../src/engine/sqlite/cache/validity.rs"]
mod validity;

const NAMES: Names<'_> = (b"", b"k");

/// A fault that a model plants.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// A commit moves the cache to its header before it has changed the slots.
    MovesEarly,
    /// A commit changes the slots without the number of the shard's lock.
    KeepsNumber,
}

struct File {
    /// The header of the wal-index.
    header: AtomicU64,
    /// The value, which is also the header.
    value: Mutex<u64>,
    /// The last value that was acknowledged.
    acknowledged: AtomicU64,
    validity: Validity<1>,
    /// With slots as small as the value.
    shard: Shard<8, 9>,
    place: Place,
    fault: Fault,
}

impl File {
    /// Returns a file with a commit that the cache does not know, all of whose atomics the first
    /// thread has used.
    fn new(fault: Fault) -> Arc<File> {
        let file = Arc::new(File {
            header: AtomicU64::new(1),
            value: Mutex::new(1),
            acknowledged: AtomicU64::new(1),
            validity: Validity::new(),
            shard: Shard::new(),
            place: Place::of(5),
            fault,
        });
        assert_eq!((file.read(), file.read()), (1, 1));
        file.commit_here();
        file.commit_elsewhere();
        file
    }

    fn header(&self) -> [u64; 1] {
        let header = self.header.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        [header]
    }

    /// Commits; returns the headers before and after.
    fn commit(&self) -> ([u64; 1], [u64; 1]) {
        let mut value = self.value.lock();
        let before = *value;
        *value += 1;
        self.header.store(*value, Ordering::Release);
        ([before], [*value])
    }

    /// A commit of another process.
    fn commit_elsewhere(&self) {
        let (_, [value]) = self.commit();
        self.acknowledge(value);
    }

    /// A commit of this process.
    fn commit_here(&self) {
        let guard = self.validity.begin_commit();
        let (before, after) = self.commit();
        if guard.is_under(&before) {
            if self.fault == Fault::MovesEarly {
                guard.move_to(&after);
            }
            let value = after[0].to_ne_bytes();
            let change = KeyChange::Set(&value[..], after[0], None);
            if self.fault != Fault::KeepsNumber {
                self.shard.change(self.place, NAMES, &change);
            }
            guard.move_to(&after);
        }
        drop(guard);
        self.acknowledge(after[0]);
    }

    fn acknowledge(&self, value: u64) {
        // A commit that is acknowledged later may have been made before.
        let newest = |known: u64| Some(known.max(value));
        let order = (Ordering::AcqRel, Ordering::Acquire);
        self.acknowledged.fetch_update(order.0, order.1, newest).expect("a number");
    }

    /// Reads the value, as the engine does.
    fn read(&self) -> u64 {
        let mut header = self.header();
        let mut generation = self.validity.generation_under(&header);
        if generation.is_none() {
            self.validity.begin_generation(|| self.header());
            header = self.header();
            generation = self.validity.generation_under(&header);
        }
        let Some(generation) = generation else { return *self.value.lock() };
        let value = |_: &Head, value: &[u8]| u64::from_ne_bytes(value.try_into().expect("8 bytes"));
        if let Some(value) = self.shard.find(self.place, NAMES, generation, value) {
            return value;
        }
        let number = self.shard.number();
        let value = *self.value.lock();
        if let (Some(number), true) = (number, self.header() == header) {
            let head = Head {
                generation,
                version: value,
                expires_at: None,
                name: (0, 1),
                value_len: Some(8),
            };
            self.shard.fill(number, self.place, NAMES, &head, &value.to_ne_bytes());
        }
        value
    }

    /// Reads, and checks that the value is no older than what was acknowledged before.
    fn read_fresh(&self) -> u64 {
        let least = self.acknowledged.load(Ordering::Acquire);
        let value = self.read();
        assert!(value >= least, "{value} was read after {least} was acknowledged");
        value
    }
}

/// Reads meet a commit, which another thread makes.
fn reads_meet(file: &Arc<File>, commit: fn(&File)) {
    let writer = file.clone();
    let writing = thread::spawn(move || commit(&writer));
    let first = file.read_fresh();
    assert!(file.read_fresh() >= first);
    writing.join().expect("no panic");
    assert_eq!(file.read_fresh(), 4);
}

/// A read that fills the cache meets a commit of this process.
fn fill_and_commit(fault: Fault) {
    reads_meet(&File::new(fault), File::commit_here);
}

/// A hit meets a commit of this process.
fn hit_and_commit(fault: Fault) {
    let file = File::new(fault);
    file.read_fresh();
    reads_meet(&file, File::commit_here);
}

/// Reads meet a commit of another process.
fn read_and_commit_elsewhere(fault: Fault) {
    let file = File::new(fault);
    file.read_fresh();
    reads_meet(&file, File::commit_elsewhere);
    assert_eq!(file.read_fresh(), 4);
}

/// A commit of this process meets one of another process, and reads meet both.
fn commit_here_and_elsewhere(fault: Fault) {
    let file = File::new(fault);
    file.read_fresh();
    let (here, elsewhere) = (file.clone(), file.clone());
    let writing = [
        thread::spawn(move || here.commit_here()),
        thread::spawn(move || elsewhere.commit_elsewhere()),
    ];
    file.read_fresh();
    for thread in writing {
        thread.join().expect("no panic");
    }
    assert_eq!((file.read_fresh(), file.read_fresh()), (5, 5));
}

/// Returns the models.
pub fn models() -> Vec<Model> {
    vec![
        Model::new("a fill meets a commit", || fill_and_commit(Fault::None)),
        Model::new("a hit meets a commit", || hit_and_commit(Fault::None)),
        Model::new("reads meet a commit elsewhere", || read_and_commit_elsewhere(Fault::None)),
        Model::new("reads meet commits here and elsewhere", || {
            commit_here_and_elsewhere(Fault::None)
        }),
        Model::new("a header before the slots", || hit_and_commit(Fault::MovesEarly)).planted(),
        Model::new("slots without a number", || fill_and_commit(Fault::KeepsNumber)).planted(),
        Model::new("a hit meets a commit", || hit_and_commit(Fault::None)).weakened(),
    ]
}
