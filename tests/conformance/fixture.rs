//! An empty store with a clock that stands still until a case moves it.

use std::sync::Arc;
use std::time::Instant;

use kv::{
    Commit, Condition, Entry, GroupRange, ManualClock, Namespace, Op, Put, Reply, Result, Scan,
    SetExpiry, Store, TTL_DEFAULT, Timestamp, Ttl, Version,
};

use crate::conformance::exceptions;
use crate::conformance::leases::Lease;
use crate::support::{drain, group, key, no_group, redis};

/// Where the clock begins: a day in 2023.
pub const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// The engines that the cases run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Memory,
    Sqlite,
    Log,
    /// A Redis server of the case's own.
    RedisServer,
    /// A cluster of six of them. All keys of the case are in one slot, or no batch could be.
    RedisCluster,
    /// A namespace on a Redis server, which keeps even the default group as a named one.
    RedisScope,
}

/// A store and its clock. When a case ends well, the store is checked.
pub struct Fixture {
    pub store: Store,
    pub clock: Clock,
    engine: Engine,
    location: String,
    _lease: Lease,
}

/// The time a store lives by: its own clock, and that of its server.
pub struct Clock {
    manual: Arc<ManualClock>,
    server: Option<Arc<redis::ServerClock>>,
}

impl Clock {
    /// Moves the clock by `millis`, backwards if negative.
    pub fn advance(&self, millis: i64) {
        self.advance_micros(millis * 1_000);
    }

    /// Moves the clock by `micros`, backwards if negative.
    pub fn advance_micros(&self, micros: i64) {
        self.manual.advance_micros(micros);
        if let Some(server) = &self.server {
            server.set(kv::Clock::now(&*self.manual));
        }
    }
}

/// Runs a case on an engine, unless it is an exception.
pub fn run(engine: Engine, name: &str, case: fn(&Fixture)) {
    if !exceptions::is_to_run(engine, name) {
        return;
    }
    let begun = Instant::now();
    case(&Fixture::on(engine));
    println!("{name} on {engine:?} took {:?}", begun.elapsed());
}

pub fn memory() -> Fixture {
    Fixture::on(Engine::Memory)
}

pub fn sqlite() -> Fixture {
    Fixture::on(Engine::Sqlite)
}

impl Engine {
    pub const ALL: [Engine; 6] = [
        Engine::Memory,
        Engine::Sqlite,
        Engine::Log,
        Engine::RedisServer,
        Engine::RedisCluster,
        Engine::RedisScope,
    ];

    pub fn is_redis(self) -> bool {
        !matches!(self, Engine::Memory | Engine::Sqlite | Engine::Log)
    }
}

impl Fixture {
    /// Returns an empty store on `engine`.
    pub fn on(engine: Engine) -> Fixture {
        Fixture::open(engine, Lease::of(engine), "").expect("an open store")
    }

    /// Returns another empty store on the same engine, opened with `options`.
    pub fn with(&self, options: &str) -> Fixture {
        self.try_with(options).expect("an open store")
    }

    /// Returns another empty store on the same engine, whose scans and deletions are of one moment.
    pub fn with_snapshots(&self) -> Fixture {
        self.with(if self.engine.is_redis() { "scans=snapshot" } else { "" })
    }

    /// Returns the same, or why it does not open.
    pub fn try_with(&self, options: &str) -> Result<Fixture> {
        Fixture::open(self.engine, Lease::of(self.engine), options)
    }

    /// Opens the store again, which replays its log, and compares.
    fn reopen(&mut self) {
        let before = contents(&self.store);
        self.store = kv::open("memory:").expect("a store");
        self.store =
            kv::open_with_clock(&self.location, self.clock.manual.clone()).expect("a store");
        assert_eq!(contents(&self.store), before, "the log holds another state than the memory");
        self.store.check().expect("the store is sound when it is opened again");
    }

    fn open(engine: Engine, lease: Lease, options: &str) -> Result<Fixture> {
        let manual = Arc::new(ManualClock::new(START));
        let clock = Clock { manual, server: lease.clock() };
        clock.advance(0);
        let location = lease.location(options);
        let mut store = kv::open_with_clock(&location, clock.manual.clone())?;
        if engine == Engine::RedisScope {
            store = store.scope(&Namespace::new(b"scope")?)?;
        }
        Ok(Fixture { store, clock, engine, location, _lease: lease })
    }

    pub fn set(&self, name: &[u8], value: &[u8]) -> Version {
        self.store.set(no_group(), key(name), value).expect("set")
    }

    pub fn set_ttl(&self, name: &[u8], value: &[u8], ttl_ms: i64) -> Version {
        self.store.set_ttl(no_group(), key(name), value, ttl_ms).expect("set with a ttl")
    }

    pub fn set_in(&self, name: &[u8], at: &[u8], value: &[u8]) -> Version {
        self.store.set(group(name), key(at), value).expect("set in a group")
    }

    /// Sets the numbers below `count`, as four bytes each, in a group: many at a time, for cases
    /// that are not about writing.
    pub fn fill(&self, name: &[u8], count: u32, value: &[u8]) {
        set_numbers(&self.store, name, count, value);
    }

    pub fn put(&self, name: &[u8], value: &[u8], condition: Condition) -> Put {
        self.put_expiring(name, value, condition, SetExpiry::Never)
    }

    pub fn put_expiring(
        &self,
        name: &[u8],
        value: &[u8],
        condition: Condition,
        expiry: SetExpiry,
    ) -> Put {
        self.store.put(no_group(), key(name), value, condition, expiry).expect("put")
    }

    pub fn get(&self, name: &[u8]) -> Option<Vec<u8>> {
        let entry = self.store.get(no_group(), key(name)).expect("get");
        entry.map(|entry| entry.value.to_vec())
    }

    pub fn get_in(&self, name: &[u8], at: &[u8]) -> Option<Vec<u8>> {
        let entry = self.store.get(group(name), key(at)).expect("get");
        entry.map(|entry| entry.value.to_vec())
    }

    pub fn entry(&self, name: &[u8]) -> Entry {
        self.store.get(no_group(), key(name)).expect("get").expect("a live entry")
    }

    pub fn exists(&self, name: &[u8]) -> bool {
        self.store.exists(no_group(), key(name)).expect("exists")
    }

    pub fn ttl(&self, name: &[u8]) -> Option<Ttl> {
        self.store.ttl(no_group(), key(name)).expect("ttl")
    }

    pub fn delete(&self, name: &[u8]) -> bool {
        self.store.delete(no_group(), key(name)).expect("delete")
    }

    pub fn take(&self, name: &[u8]) -> Option<Vec<u8>> {
        let entry = self.store.take(no_group(), key(name)).expect("take");
        entry.map(|entry| entry.value.to_vec())
    }

    pub fn increment(&self, name: &[u8], delta: i64) -> i64 {
        self.store.increment(no_group(), key(name), delta, TTL_DEFAULT).expect("increment")
    }

    pub fn append(&self, name: &[u8], tail: &[u8]) -> usize {
        self.store.append(no_group(), key(name), tail, TTL_DEFAULT).expect("append")
    }

    pub fn commit(&self, ops: &[Op<'_>]) -> Result<(Commit, Vec<Reply>)> {
        self.store.commit(ops)
    }

    /// Commits a batch that nothing refuses and returns its replies.
    pub fn applied(&self, ops: &[Op<'_>]) -> Vec<Reply> {
        let (commit, replies) = self.store.commit(ops).expect("a batch");
        assert_eq!(commit, Commit::Applied);
        replies
    }

    /// Returns the keys a scan visits.
    pub fn keys(&self, scan: Scan<'_>) -> Vec<Vec<u8>> {
        self.rows(scan).into_iter().map(|(key, _)| key).collect()
    }

    /// Returns all keys of the default group.
    pub fn all_keys(&self) -> Vec<Vec<u8>> {
        self.keys(Scan::all(no_group()))
    }

    /// Returns the keys and values a scan visits.
    pub fn rows(&self, scan: Scan<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut cursor = self.store.scan(scan).expect("a cursor");
        drain(&mut *cursor).into_iter().map(|(_, key, value)| (key, value)).collect()
    }

    pub fn groups(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let mut cursor = self.store.groups(prefix).expect("a cursor");
        drain(&mut *cursor).into_iter().map(|(group, _, _)| group).collect()
    }

    pub fn count(&self, name: &[u8]) -> u64 {
        self.store.count(GroupRange::One(group(name))).expect("count")
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.store.check().expect("the store is sound after the case");
            if self.engine == Engine::Log {
                self.reopen();
            }
        }
    }
}

/// Returns all entries of a store, and the number of the expired ones.
fn contents(store: &Store) -> (Vec<String>, u64) {
    let mut cursor = store.entries(GroupRange::Prefix(b""), None).expect("a cursor");
    let mut entries = Vec::new();
    while let Some(entry) = cursor.next().expect("an entry or the end") {
        entries.push(format!("{entry:?}"));
    }
    (entries, store.usage().expect("figures").expired_entries)
}

/// Sets the numbers below `count`, as four bytes each, in a group of `store`.
pub fn set_numbers(store: &Store, name: &[u8], count: u32, value: &[u8]) {
    let names: Vec<[u8; 4]> = (0..count).map(u32::to_be_bytes).collect();
    for names in names.chunks(1_000) {
        let entries: Vec<_> = names.iter().map(|id| (group(name), key(id), value)).collect();
        store.set_many(&entries, SetExpiry::Never).expect("set many");
    }
}

/// Returns the step that sets a key of the default group.
pub fn set<'a>(name: &'a [u8], value: &'a [u8]) -> Op<'a> {
    set_if(name, value, Condition::Any)
}

/// Returns the step that sets a key of the default group under a condition.
pub fn set_if<'a>(name: &'a [u8], value: &'a [u8], condition: Condition) -> Op<'a> {
    let expiry = SetExpiry::Never;
    Op::Set { group: no_group(), key: key(name), value, condition, expiry }
}

/// Returns the step that reads a key of the default group.
pub fn get(name: &[u8]) -> Op<'_> {
    Op::Get { group: no_group(), key: key(name) }
}

/// Returns the step that checks a key of the default group.
pub fn check(name: &[u8], condition: Condition) -> Op<'_> {
    Op::Check { group: no_group(), key: key(name), condition }
}

/// Returns the value that a read step found.
pub fn value_of(reply: &Reply) -> Option<&[u8]> {
    match reply {
        Reply::Entry(entry) => entry.as_ref().map(|entry| &entry.value[..]),
        other => panic!("{other:?} is no reply to a read"),
    }
}
