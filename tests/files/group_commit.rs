//! Writers that share a transaction do not share its fate: each gets its own replies.

use std::sync::Barrier;

use crate::support::{Place, key, no_group, race_until_met, sqlite};
use kv::{Commit, Condition, ErrorKind, Op, Put, Reply, SetExpiry, Store};

const THREADS: u64 = 16;
const ROUNDS: u64 = 60;

/// Returns a store that syncs each transaction, on a real disk: syncing is what makes writers meet.
fn open(place: &Place) -> Store {
    kv::open(&sqlite(&place.file("group.db"), "durability=full&purge_interval=0")).expect("open")
}

/// Runs `work` in many threads at once, with each thread's number, and again until some of them
/// have shared a transaction. Returns how many rounds it took.
fn at_once(store: &Store, work: impl Fn(u64) + Sync) -> u64 {
    let rounds = race_until_met(|_| {
        round(&work);
        let stats = store.stats().expect("stats");
        stats.transactions < stats.commits
    });
    rounds as u64
}

fn round(work: &(impl Fn(u64) + Sync)) {
    let barrier = Barrier::new(THREADS as usize);
    std::thread::scope(|scope| {
        for id in 0..THREADS {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                work(id);
            });
        }
    });
}

fn set<'a>(name: &'a [u8], value: &'a [u8], condition: Condition) -> Op<'a> {
    Op::Set { group: no_group(), key: key(name), value, condition, expiry: SetExpiry::Never }
}

#[test]
fn each_writer_gets_the_replies_to_its_own_batch() {
    let place = Place::on_disk();
    let store = open(&place);
    let (none, text, taken) = (no_group(), key(b"text"), key(b"taken"));
    store.set(none, text, b"no number").expect("set");
    let version = store.set(none, taken, b"").expect("set");

    at_once(&store, |id| {
        for round in 0..ROUNDS {
            let (name, value) = (id.to_be_bytes(), [id, round].map(u64::to_be_bytes).concat());
            let own = key(&name);
            match (id + round) % 5 {
                0 => {
                    let error = store.increment(none, text, 1, 0).expect_err("no number");
                    assert_eq!(error.kind(), ErrorKind::NotInteger);
                    assert!(error.message().starts_with("increment \"text\": "), "{error}");
                }
                1 => {
                    let put = store.put(none, taken, &value, Condition::Absent, SetExpiry::Never);
                    assert_eq!(put, Ok(Put::Conflict(version)));
                }
                2 => {
                    let failing = Op::Increment {
                        group: none,
                        key: text,
                        delta: 1,
                        created: SetExpiry::Never,
                    };
                    let first = set(b"never", &value, Condition::Any);
                    let error = store.commit(&[first, failing]).expect_err("no number");
                    assert_eq!(error.kind(), ErrorKind::NotInteger);
                    assert!(error.message().starts_with("batch of 2 steps: step 1: "), "{error}");
                }
                3 => {
                    let ops = [
                        set(&name, &value, Condition::Any),
                        Op::Get { group: none, key: own },
                        Op::Delete { group: none, key: own, condition: Condition::Any },
                    ];
                    let (commit, replies) = store.commit(&ops).expect("a batch");
                    assert_eq!(commit, Commit::Applied);
                    let Reply::Entry(Some(entry)) = &replies[1] else { panic!("{replies:?}") };
                    assert_eq!(&entry.value[..], value);
                    assert_eq!(replies[2], Reply::Deleted(true));
                }
                _ => {
                    let written = store.set(none, own, &value).expect("set");
                    let entry = store.get(none, own).expect("get").expect("own key");
                    assert_eq!((&entry.value[..], entry.version), (&value[..], written));
                }
            }
        }
    });

    assert!(!store.exists(none, key(b"never")).expect("exists"));
    assert_eq!(store.get(none, taken).expect("get").expect("an entry").version, version);
    store.check().expect("sound");
}

#[test]
fn a_failing_batch_undoes_no_other_increments() {
    let place = Place::on_disk();
    let store = open(&place);
    let (none, text, sum) = (no_group(), key(b"text"), key(b"sum"));
    store.set(none, text, b"no number").expect("set");
    let increment = |key| Op::Increment { group: none, key, delta: 1, created: SetExpiry::Never };

    let rounds = at_once(&store, |id| {
        for _ in 0..ROUNDS {
            if id % 4 == 0 {
                store.commit(&[increment(sum), increment(text)]).expect_err("no number");
            } else {
                let (commit, replies) = store.commit(&[increment(sum)]).expect("a number");
                assert_eq!(commit, Commit::Applied);
                assert!(matches!(replies[0], Reply::Integer { value: 1.., .. }));
            }
        }
    });

    let expected = (THREADS - THREADS / 4) * ROUNDS * rounds;
    assert_eq!(store.increment(none, sum, 0, 0), Ok(expected as i64));
}

#[test]
fn versions_of_shared_transactions_are_unique_and_rise_for_each_thread() {
    let place = Place::on_disk();
    let store = open(&place);
    let all = std::sync::Mutex::new(Vec::new());

    let rounds = at_once(&store, |id| {
        let name = id.to_be_bytes();
        let set = |_| store.set(no_group(), key(&name), b"value").expect("set");
        let versions: Vec<_> = (0..ROUNDS).map(set).collect();
        assert!(versions.is_sorted_by(|a, b| a < b));
        all.lock().expect("no panic").extend(versions);
    });

    let mut all = all.into_inner().expect("no panic");
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len() as u64, THREADS * ROUNDS * rounds);
}

/// The steps of a batch have the same results whether it is committed alone or with others, and an
/// error goes to the batch that it is about.
#[test]
fn unusual_steps_return_the_same_as_alone_and_harm_no_other_batch() {
    let place = Place::on_disk();
    let store = open(&place);
    let none = no_group();
    let long = vec![b'p'; kv::KEY_LEN_MAX + 1];

    at_once(&store, |id| {
        let name = id.to_be_bytes();
        for round in 0..ROUNDS {
            match id {
                0 => {
                    let refused = store.delete_prefix(none, &long).expect_err("too long");
                    assert_eq!(refused.kind(), ErrorKind::TooLarge);
                }
                1 => {
                    let put =
                        store.put(none, key(b"1"), b"", Condition::Version(0), SetExpiry::Never);
                    assert!(matches!(put, Ok(Put::Written(_))), "{put:?}");
                    assert_eq!(store.delete(none, key(b"1")), Ok(true));
                }
                2 => {
                    let expiry = SetExpiry::After(-1);
                    let put = store.put(none, key(b"2"), b"", Condition::Any, expiry);
                    assert_eq!(put.expect_err("negative").kind(), ErrorKind::Argument);
                }
                3 => {
                    let expiry = SetExpiry::After(0);
                    let put = store.put(none, key(b"3"), b"", Condition::Any, expiry);
                    assert!(matches!(put, Ok(Put::Written(_))), "{put:?}");
                    assert_eq!(store.ttl(none, key(b"3")), Ok(Some(kv::Ttl::Never)));
                }
                _ => {
                    let value = round.to_be_bytes();
                    let written = store.set(none, key(&name), &value);
                    assert!(written.is_ok(), "thread {id} is not to blame: {written:?}");
                }
            }
        }
    });

    store.check().expect("sound");
}
