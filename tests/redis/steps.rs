//! The longest step of a server, in which it serves no other client, for the calls that have much
//! to do. The times are printed; the results are compared.

use std::time::{Duration, Instant};

use kv::{GroupRange, Quota, SetExpiry, Store};

use crate::redis::{open, start};
use crate::support::listing::namespace;
use crate::support::redis::{Client, Server, Setup, aloud, fill_group, rows, sized};
use crate::support::{group, key, until};

/// The shortest step that counts, in microseconds.
const NOTED_US: &str = "100";

/// A server that notes its steps, with a store.
struct Bench {
    client: Client,
    store: Store,
    _server: Server,
}

impl Bench {
    fn new() -> Bench {
        let setup = Setup::default().line(format!("slowlog-log-slower-than {NOTED_US}"));
        let server = start(setup.line("slowlog-max-len 1000000"));
        let store = open(&server.location("prefix=p&purge_interval=0&call_timeout=120s"));
        Bench { client: server.client(), store, _server: server }
    }

    /// Makes a call, prints its time and the longest step of the server, and returns its result.
    fn measure<T>(&mut self, title: &str, call: impl FnOnce(&Store) -> kv::Result<T>) -> T {
        self.client.call(&["SLOWLOG", "RESET"]);
        let begun = Instant::now();
        let result = call(&self.store).expect(title);
        let took = begun.elapsed();
        let noted = self.client.call(&["SLOWLOG", "GET", "-1"]).list();
        let micros = noted.iter().map(|it| it.clone().list().swap_remove(2).integer());
        let longest = Duration::from_micros(micros.max().unwrap_or_default() as u64);
        let steps = noted.len();
        aloud(&format!("{title}: {took:?}, longest step {longest:?}, {steps} over {NOTED_US} us"));
        result
    }

    /// Writes one entry into each of many groups of a namespace.
    fn fill_groups(&self, space: &str, count: usize) {
        let names: Vec<String> = (0..count).map(|id| format!("{space}:g{id:06}")).collect();
        for names in names.chunks(1_000) {
            let entries: Vec<_> =
                names.iter().map(|it| (group(it.as_bytes()), key(b"k"), &b"v"[..])).collect();
            self.store.set_many(&entries, SetExpiry::Never).expect("set many");
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_large_group_is_deleted() {
    let mut bench = Bench::new();
    let later = SetExpiry::from_ttl(3_600_000).expect("a ttl");
    for (title, expiry) in [("", SetExpiry::Never), (" with ttls", later)] {
        let count = sized(100_000, 900_000);
        fill_group(&bench.store, b"large", count, b"v", expiry);
        fill_group(&bench.store, b"other", 3, b"v", SetExpiry::Never);

        let title = format!("delete group of {count}{title}");
        let removed = bench.measure(&title, |it| it.delete_group(group(b"large")));

        assert_eq!(removed, count as u64);
        assert_eq!(bench.store.count(GroupRange::Prefix(b"")), Ok(3));
        assert_eq!(rows(bench.store.groups(b"")).expect("groups").len(), 1);
        bench.store.check().expect("sound");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_prefix_of_many_keys_is_deleted() {
    let mut bench = Bench::new();
    // Of the digits of an entry so many are free.
    let (digits, all) = (sized(4, 5), sized(50_000, 1_000_000));
    fill_group(&bench.store, b"large", all, b"v", SetExpiry::Never);
    let prefix = format!("entry{:012}", 0);
    let prefix = &prefix.as_bytes()[..prefix.len() - digits as usize];

    let title = format!("delete prefix of {} of {all}", 10_u64.pow(digits));
    let removed = bench.measure(&title, |it| it.delete_prefix(group(b"large"), prefix));

    assert_eq!(removed, 10_u64.pow(digits));
    assert_eq!(bench.store.count(GroupRange::Prefix(b"")), Ok(all as u64 - removed));
    bench.store.check().expect("sound");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_groups_of_a_large_namespace_are_listed_and_counted() {
    let mut bench = Bench::new();
    let count = sized(20_000, 200_000);
    bench.fill_groups("wide", count);
    bench.fill_groups("other", 5);

    let listed = bench.measure(&format!("list {count} groups"), |it| rows(it.groups(b"wide:")));
    let counted = bench.measure(&format!("count the entries of {count} groups"), |it| {
        it.count(GroupRange::Prefix(b"wide:"))
    });
    let quota = Quota { max_keys: 1_000_000, max_groups: 1_000_000, max_bytes: 0 };
    bench.measure(&format!("set the quota of {count} groups"), |it| {
        it.set_quota(&namespace("wide"), quota)
    });
    let sorted = listed.windows(2).all(|pair| pair[0].0 < pair[1].0);

    assert_eq!((listed.len(), sorted, counted), (count, true, count as u64));
    let usage = bench.store.quota(&namespace("wide")).expect("an account").usage;
    assert_eq!((usage.keys, usage.groups), (count as u64, count as u64));
    assert_eq!(usage.bytes, count as u64 * "wide:g000000kv".len() as u64);
    bench.store.check().expect("sound");
}

/// A write that exceeds a quota removes the expired entries of the namespace first.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_namespace_full_of_expired_entries_takes_a_new_one() {
    for groups in [1, 100] {
        let mut bench = Bench::new();
        let count = sized(20_000, 200_000);
        let quota = Quota { max_keys: count as u64, max_groups: 0, max_bytes: 0 };
        let expired = SetExpiry::from_ttl(1).expect("a ttl");
        for id in 0..groups {
            let name = format!("full:g{id:03}").into_bytes();
            fill_group(&bench.store, &name, count / groups, b"v", expired);
        }
        bench.store.set_quota(&namespace("full"), quota).expect("a quota");
        until("the entries have expired", Duration::from_secs(20), || {
            bench.store.usage().expect("stats").expired_entries == count as u64
        });

        let title = format!("set at a quota, {count} expired in {groups} groups");
        bench.measure(&title, |it| it.set(group(b"full:new"), key(b"k"), b"v"));

        assert_eq!(bench.store.count(GroupRange::Prefix(b"full:")), Ok(1));
        let usage = bench.store.quota(&namespace("full")).expect("an account").usage;
        assert!(usage.keys <= quota.max_keys, "{usage:?}");
        bench.store.check().expect("sound");
        bench.store.purge_expired().expect("a purge");
        let usage = bench.store.quota(&namespace("full")).expect("an account").usage;
        assert_eq!((usage.keys, usage.groups), (1, 1));
    }
}
