//! Eight threads of two processes race for the last room in a namespace: never one too many gets
//! in, and none is turned away while there is room.

use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::{Child, Place, Random, drain, group, key, listen, say, sqlite};
use kv::{
    Condition, ErrorKind, Expiry, GroupRange, Namespace, Quota, QuotaState, SetExpiry, Store,
};

/// Of each process; the parent's and the child's make eight.
const THREADS: usize = 4;
const ROUNDS: u64 = 12;
/// Of each thread in a round: together many more than there is room for.
const TRIES: u8 = 30;
/// The keys that are there before a round and stay.
const SETTLED: u8 = 20;
/// Room for the racers, in keys and groups.
const FREE: u64 = 40;
const FREE_BYTES: u64 = 1_500;
/// No healthy machine takes longer from one expiry to the room it makes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The unit that a quota limits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Keys,
    Groups,
    Bytes,
}

/// The outcome of the writes of some threads.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Tally {
    /// The amount that the accepted ones have added.
    accepted: u64,
    /// The amount that the smallest refused one would have added; 0 if none was refused.
    refused: u64,
}

impl Unit {
    fn named(name: &str) -> Unit {
        match name {
            "keys" => Unit::Keys,
            "groups" => Unit::Groups,
            "bytes" => Unit::Bytes,
            other => panic!("no unit is called {other}"),
        }
    }

    fn quota(self, limit: u64) -> Quota {
        let mut quota = Quota::default();
        match self {
            Unit::Keys => quota.max_keys = limit,
            Unit::Groups => quota.max_groups = limit,
            Unit::Bytes => quota.max_bytes = limit,
        }
        quota
    }

    /// Returns what the namespace holds, counted entry by entry; the account must say the same.
    fn measure(self, store: &Store) -> u64 {
        let QuotaState { usage, .. } = store.quota(&tenant()).expect("an account");
        let groups = drain(&mut *store.groups(tenant().prefix()).expect("a cursor"));
        let rows = groups.iter().flat_map(|(name, _, _)| {
            drain(&mut *store.scan(kv::Scan::all(group(name))).expect("a cursor"))
        });
        let (mut keys, mut bytes) = (0, 0);
        for (group, key, value) in rows {
            keys += 1;
            bytes += (group.len() + key.len() + value.len()) as u64;
        }
        assert_eq!((usage.keys, usage.bytes), (keys, bytes), "the account against the entries");
        assert_eq!(usage.groups, groups.len() as u64, "the account against the groups");
        match self {
            Unit::Keys => keys,
            Unit::Groups => usage.groups,
            Unit::Bytes => bytes,
        }
    }
}

impl Tally {
    fn add(&mut self, cost: u64, is_accepted: bool) {
        match is_accepted {
            true => self.accepted += cost,
            false if self.refused == 0 => self.refused = cost,
            false => self.refused = self.refused.min(cost),
        }
    }

    fn with(mut self, other: Tally) -> Tally {
        self.accepted += other.accepted;
        if other.refused != 0 {
            self.add(other.refused, false);
        }
        self
    }
}

/// Returns what is wrong with the end of a race in which nothing was removed.
fn faults(limit: u64, before: u64, tally: Tally, after: u64) -> Vec<String> {
    let mut faults = Vec::new();
    if after > limit {
        faults.push(format!("{after} there, {limit} allowed"));
    }
    if before + tally.accepted != after {
        faults.push(format!("{before} + {} accepted make no {after}", tally.accepted));
    }
    if tally.refused != 0 && after + tally.refused <= limit {
        faults.push(format!("{} refused, and now {after} of {limit} there", tally.refused));
    }
    faults
}

fn tenant() -> Namespace {
    Namespace::new(b"a").expect("a namespace")
}

fn open(path: &Path) -> Store {
    kv::open(&sqlite(path, "purge_interval=0")).expect("the store opens")
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    since.as_millis() as i64
}

/// Returns whether a write was accepted; nothing but the quota may refuse it.
fn is_accepted<T>(written: kv::Result<T>) -> bool {
    match written {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::Quota => false,
        Err(error) => panic!("{error}"),
    }
}

/// Writes the tries of one thread under `prefix`, which is empty in a scope.
fn try_all(store: &Store, unit: Unit, prefix: &str, seed: u64, mark: &str) -> Tally {
    let mut random = Random::of(seed);
    let mut tally = Tally::default();
    let mut lens: Vec<(String, usize)> = Vec::new();
    for id in 0..TRIES {
        let name = format!("{mark}{id}");
        if unit == Unit::Groups {
            let race = format!("{prefix}race{name}");
            // A second key of a group takes no further place.
            let is_in = is_accepted(store.set(group(race.as_bytes()), key(b"1"), b""));
            assert!(!is_in || is_accepted(store.set(group(race.as_bytes()), key(b"2"), b"")));
            tally.add(1, is_in);
            continue;
        }
        let race = format!("{prefix}race");
        let longer = lens.last_mut().filter(|_| unit == Unit::Bytes && random.one_in(3));
        let (name, len, cost) = match longer {
            // An update of a live key counts what it grows by.
            Some((name, len)) => (name.clone(), *len + 7, 7),
            None => {
                let len = random.within(0..60);
                let bytes = tenant().prefix().len() + "race".len() + name.len() + len;
                let cost = if unit == Unit::Keys { 1 } else { bytes as u64 };
                (name, len, cost)
            }
        };
        let value = vec![b'v'; len];
        let is_in = is_accepted(store.set(group(race.as_bytes()), key(name.as_bytes()), &value));
        tally.add(cost, is_in);
        if is_in {
            lens.retain(|(it, _)| *it != name);
            lens.push((name, len));
        }
    }
    tally
}

/// Runs `work` in all threads of this process at once, each with its number.
fn in_threads<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        let start = |thread| {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(thread)
            })
        };
        let threads: Vec<_> = (0..THREADS).map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

fn race(store: &Store, unit: Unit, prefix: &str, round: u64, process: &str) -> Tally {
    let tallies = in_threads(|thread| {
        let seed = round * 100 + thread as u64;
        try_all(store, unit, prefix, seed, &format!("{process}{thread}."))
    });
    tallies.into_iter().fold(Tally::default(), Tally::with)
}

fn clear(store: &Store, prefix: &str) {
    let prefix = format!("{prefix}race");
    for (name, _, _) in drain(&mut *store.groups(prefix.as_bytes()).expect("a cursor")) {
        store.delete_group(group(&name)).expect("delete");
    }
}

/// Takes `share` places with one thread, trying until the other entries expire at `expires_at`; it
/// must get none before, and each at its first try after.
fn take_over(store: &Store, prefix: &str, expires_at: i64, share: u64, mark: &str) {
    let started = Instant::now();
    let name = format!("{prefix}heirs");
    for id in 0..share {
        let at = format!("{mark}{id}");
        loop {
            let before_ms = now_ms();
            if is_accepted(store.set(group(name.as_bytes()), key(at.as_bytes()), b"")) {
                assert!(now_ms() >= expires_at, "{at} got the place of a live entry");
                break;
            }
            assert!(before_ms < expires_at, "{at} was refused the place of an expired entry");
            assert!(started.elapsed() < PATIENCE, "no entry expires");
        }
    }
}

fn take_over_all(store: &Store, prefix: &str, expires_at: i64, process: &str) {
    let share = FREE / (2 * THREADS as u64);
    in_threads(|thread| {
        take_over(store, prefix, expires_at, share, &format!("{process}{thread}."))
    });
}

/// The other process, which sees the namespace through a scope; see [`Child`].
pub fn child(role: &[String]) {
    let [path, unit] = role else { panic!("no role: {role:?}") };
    let store = open(Path::new(path)).scope(&tenant()).expect("a scope");
    say("open");
    while let Some(line) = listen() {
        let (word, number) = line.split_once(' ').expect("a word and a number");
        let number: i64 = number.parse().expect("a number");
        match word {
            "race" => {
                let tally = race(&store, Unit::named(unit), "", number as u64, "child");
                say(&format!("{} {}", tally.accepted, tally.refused));
            }
            "clear" => {
                clear(&store, "");
                say("cleared");
            }
            "fill" => {
                let (any, at) = (Condition::Any, SetExpiry::At(Expiry::at_millis(number)));
                for id in 0..FREE {
                    store
                        .put(group(b"expiring"), key(&id.to_be_bytes()), b"", any, at)
                        .expect("put");
                }
                say("filled");
            }
            "inherit" => {
                take_over_all(&store, "", number, "child");
                say("inherited");
            }
            other => panic!("no command: {other}"),
        }
    }
}

/// Starts the other process on a store whose namespace has room for the racers in `unit`.
fn prepare(place: &Place, name: &str, unit: Unit) -> (Store, Child, u64, u64) {
    let path = place.file("quota.db");
    let store = open(&path);
    for id in 0..SETTLED {
        let settled =
            if unit == Unit::Groups { format!("a:settled{id}") } else { "a:settled".into() };
        store.set(group(settled.as_bytes()), key(&[id]), b"before").expect("set");
    }
    // It has to be set for what is there to be counted.
    store.set_quota(&tenant(), unit.quota(u64::MAX)).expect("a quota");
    let before = unit.measure(&store);
    let limit = before + if unit == Unit::Bytes { FREE_BYTES } else { FREE };
    store.set_quota(&tenant(), unit.quota(limit)).expect("a quota");
    let mut child = Child::start("quota_race", &[path.to_str().expect("a path in UTF-8"), name]);
    assert_eq!(child.read_line(), "open");
    (store, child, before, limit)
}

fn race_of_two_processes(name: &str) {
    let unit = Unit::named(name);
    let place = Place::on_disk();
    let (store, mut child, before, limit) = prepare(&place, name, unit);
    let (mut ours_in_all, mut theirs_in_all) = (0, 0);

    for round in 0..ROUNDS {
        child.send_line(&format!("race {round}"));
        let ours = race(&store, unit, "a:", round, "parent");
        let said = child.read_line();
        let (accepted, refused) = said.split_once(' ').expect("two numbers");
        let number = |text: &str| text.parse().expect("a number");
        let theirs = Tally { accepted: number(accepted), refused: number(refused) };

        let tally = ours.with(theirs);
        let found = faults(limit, before, tally, unit.measure(&store));
        assert!(found.is_empty(), "round {round}, {ours:?} and {theirs:?}: {found:?}");
        assert_ne!(tally.refused, 0, "round {round}: there was room for every racer");
        ours_in_all += ours.accepted;
        theirs_in_all += theirs.accepted;

        // Room that one process frees is room for both.
        if round % 2 == 0 {
            clear(&store, "a:");
        } else {
            child.send_line("clear 0");
            assert_eq!(child.read_line(), "cleared");
        }
        assert_eq!(unit.measure(&store), before);
    }

    println!("{ours_in_all} {name} here, {theirs_in_all} there");
    assert!(
        ours_in_all > 0 && theirs_in_all > 0,
        "the processes have not met, so nothing was tested"
    );
    drop(child);
    store.check().expect("sound");
}

#[test]
fn the_last_keys_go_to_as_many_as_there_is_room_for() {
    race_of_two_processes("keys");
}

#[test]
fn the_last_groups_go_to_as_many_as_there_is_room_for() {
    race_of_two_processes("groups");
}

#[test]
fn the_last_bytes_go_to_as_many_as_there_is_room_for() {
    race_of_two_processes("bytes");
}

#[test]
fn expired_entries_of_the_other_process_make_room_at_once_and_once() {
    let place = Place::on_disk();
    let (store, mut child, before, limit) = prepare(&place, "keys", Unit::Keys);
    let expires_at = now_ms() + 2_000;
    child.send_line(&format!("fill {expires_at}"));
    assert_eq!(child.read_line(), "filled");
    assert_eq!(store.quota(&tenant()).expect("an account").usage.keys, limit);

    child.send_line(&format!("inherit {expires_at}"));
    take_over_all(&store, "a:", expires_at, "parent");
    assert_eq!(child.read_line(), "inherited");

    assert_eq!(Unit::Keys.measure(&store), before + FREE);
    assert!(!is_accepted(store.set(group(b"a:heirs"), key(b"late"), b"")), "an entry expires once");
    assert_eq!(store.count(GroupRange::One(group(b"a:expiring"))), Ok(0));
    store.check().expect("sound");
}

#[test]
fn a_wrong_count_is_noticed() {
    let tally = Tally { accepted: 4, refused: 2 };
    assert_eq!(faults(10, 6, tally, 10), Vec::<String>::new());
    assert_eq!(
        faults(11, 6, tally, 10),
        Vec::<String>::new(),
        "no room for the 2 that were refused"
    );
    let fault = |limit, before, tally, after| faults(limit, before, tally, after).concat();
    assert_eq!(fault(9, 6, tally, 10), "10 there, 9 allowed");
    assert_eq!(fault(12, 6, tally, 10), "2 refused, and now 10 of 12 there");
    assert_eq!(fault(10, 6, tally, 9), "6 + 4 accepted make no 9");
    assert_eq!(fault(10, 5, tally, 10), "5 + 4 accepted make no 10");
}

#[test]
fn a_quota_that_is_checked_before_the_write_is_caught() {
    let store = kv::open("memory:").expect("the store opens");
    // All have looked before the first one writes, as may happen to any program that counts itself.
    let looked = Barrier::new(THREADS);
    let tallies = in_threads(|thread| {
        let has_room = store.count(GroupRange::One(group(b"a:race"))).expect("count") < 1;
        looked.wait();
        let mut tally = Tally::default();
        tally.add(1, has_room);
        if has_room {
            store.set(group(b"a:race"), key(&[thread as u8]), b"").expect("set");
        }
        tally
    });
    let tally = tallies.into_iter().fold(Tally::default(), Tally::with);
    let after = store.count(GroupRange::One(group(b"a:race"))).expect("count");
    assert_eq!(faults(1, 0, tally, after), [format!("{THREADS} there, 1 allowed")]);
}
