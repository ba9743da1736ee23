//! The results of engines where they cannot hold a rule; `exceptions.rs` says which.

use std::collections::BTreeMap;
use std::time::Duration;

use kv::{
    Change, Condition, Durability, ErrorKind, Event, Namespace, Put, Quota, Selection, Selector,
    SetExpiry, StoreUsage, Watch, WatchStart,
};

use crate::conformance::fixture::{Engine, Fixture, set};
use crate::support::{Meetings, group, key, no_group, race_until_met, until};

fn on_redis() -> impl Iterator<Item = Fixture> {
    Engine::ALL.into_iter().filter(|it| it.is_redis()).map(Fixture::on)
}

fn outside_scopes() -> impl Iterator<Item = Fixture> {
    let engines = Engine::ALL.into_iter().filter(|it| it.is_redis() && *it != Engine::RedisScope);
    engines.map(Fixture::on)
}

fn everything() -> Selection {
    Selection { group: Selector::Any, key: Selector::Any }
}

/// Returns the changes that a watch has got. A write returns when the watches of its store have its
/// changes, so there is no need to wait.
fn changes(watch: &Watch) -> Vec<Change> {
    let next = || watch.poll(Some(Duration::ZERO)).expect("an open watch");
    let found = std::iter::from_fn(next).filter_map(|event| match event {
        Event::Change(change) => Some(Change::clone(&change)),
        _ => None,
    });
    found.collect()
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_version_changes_with_the_value_and_comes_again_with_it() {
    for at in on_redis() {
        let first = at.set(b"key", b"one");
        at.clock.advance(5);
        assert_eq!(at.set(b"key", b"one"), first);
        assert_eq!(at.set(b"other", b"one"), first);
        let second = at.append(b"key", b"!");
        assert_eq!(second, 4);
        assert_ne!(at.entry(b"key").version, first);
        assert_eq!(
            at.put(b"key", b"x", Condition::Version(first)),
            Put::Conflict(at.entry(b"key").version)
        );

        at.delete(b"key");
        assert_eq!(
            at.set(b"key", b"one"),
            first,
            "a writer that has read it before can still write"
        );
        assert!(matches!(at.put(b"key", b"two", Condition::Version(first)), Put::Written(_)));
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn events_come_in_the_order_of_the_commits_though_versions_have_none() {
    for at in on_redis() {
        let all = at.store.watch(everything(), 10_000, WatchStart::Now).expect("a watch");
        let meetings = Meetings::default();
        let increment = || _ = meetings.call(|| at.increment(b"n", 1));
        let rounds = race_until_met(|_| {
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| (0..50).for_each(|_| increment()));
                }
            });
            meetings.count() > 0
        });
        let values: Vec<_> = changes(&all).iter().map(|it| it.value().to_vec()).collect();
        let expected: Vec<_> = (1..=200 * rounds).map(|it| it.to_string().into_bytes()).collect();
        assert_eq!(values, expected);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn limits_of_the_store_as_a_whole_are_unknown_options() {
    for at in on_redis() {
        for option in ["max_bytes=1MiB", "max_entries=5", "evict=lru"] {
            let refused = at.try_with(option).err().expect("refused");
            let name = option.split('=').next().unwrap_or_default();
            assert_eq!(refused.kind(), ErrorKind::Argument);
            assert!(refused.message().contains(&format!("unknown option \"{name}\"")), "{refused}");
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn expired_entries_of_the_default_group_are_gone_when_the_server_comes_upon_them() {
    for at in outside_scopes() {
        at.set_ttl(b"key", b"v", 10);
        at.store.set_ttl(group(b"g"), key(b"key"), b"v", 10).expect("set");
        let all = at.store.watch(everything(), 100, WatchStart::Now).expect("a watch");
        at.clock.advance(10);
        let StoreUsage { entries, bytes, expired_entries } = at.store.usage().expect("usage");
        assert_eq!((entries, bytes, expired_entries), (0, 0, 1), "that of the named group");
        assert_eq!(at.store.purge_expired(), Ok(1));
        assert_eq!(at.get(b"key"), None);

        at.clock.advance(-1);
        assert_eq!(at.get(b"key"), None, "it does not come alive again");
        let mut groups = Vec::new();
        until("a watch gets both expiries", Duration::from_secs(20), || {
            let fields = |it: &Change| (it.kind(), it.group().to_vec(), it.key().to_vec());
            groups.extend(changes(&all).iter().map(fields));
            groups.len() >= 2
        });
        groups.sort_by(|a, b| a.1.cmp(&b.1));
        let expired = |name: &[u8]| (kv::ChangeKind::Expire, name.to_vec(), b"key".to_vec());
        assert_eq!(groups, [expired(b""), expired(b"g")], "watches get both, once");
    }
}

/// A program that applies the changes ends up with all entries, whatever was written meanwhile.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn what_is_there_and_what_follows_make_up_the_whole() {
    for at in on_redis() {
        for id in 0..40_u8 {
            at.set_in(&[b'g', id % 8], &[id], b"old");
        }
        let all = at.store.watch(everything(), 10_000, WatchStart::Existing).expect("a watch");
        for id in 0..20_u8 {
            at.set_in(&[b'g', id % 8], &[id], b"new");
        }
        at.store.delete(group(b"g\x07"), key(&[39])).expect("delete");
        at.set_in(b"late", b"k", b"");

        let mut mirror = BTreeMap::new();
        for change in changes(&all) {
            let place = (change.group().to_vec(), change.key().to_vec());
            match change.kind() {
                kv::ChangeKind::Set => _ = mirror.insert(place, change.value().to_vec()),
                _ => _ = mirror.remove(&place),
            }
        }
        let mut there = BTreeMap::new();
        for name in at.groups(b"") {
            for (key, value) in at.rows(kv::Scan::all(group(&name))) {
                there.insert((name.clone(), key), value);
            }
        }
        assert_eq!(mirror, there);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn one_group_is_watched_from_one_snapshot() {
    for at in on_redis() {
        let at = at.with_snapshots();
        at.fill(b"g", 3_000, b"old");
        let one = Selection { group: Selector::Exact(b"g"[..].into()), key: Selector::Any };
        let watch = at.store.watch(one, 16, WatchStart::Existing).expect("a watch");
        at.store.delete_group(group(b"g")).expect("delete");
        let changes = changes(&watch);
        assert_eq!(changes.len(), 3_001);
        assert!(changes[..3_000].iter().all(|it| it.value() == b"old"));
        assert_eq!(changes[3_000].kind(), kv::ChangeKind::DeleteGroup);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn what_the_server_decides_is_unsupported() {
    for at in on_redis() {
        let put = |durability| {
            let (condition, expiry) = (Condition::Any, SetExpiry::Default);
            at.store.put_durably(durability, no_group(), key(b"k"), b"", condition, expiry)
        };
        let refused = put(Some(Durability::Full)).expect_err("its setting");
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
        assert_eq!(at.get(b"k"), None);
        put(Some(Durability::Normal)).expect("set");
        at.store.flush().expect("there is nothing to do");
        let all = [set(b"k", b""), kv::Op::DeleteAll { groups: no_group() }];
        let refused = at.store.commit(&all).expect_err("each group in a step of its own");
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
        let place = crate::support::Place::in_memory();
        let copied = at.store.backup(&place.file("copy"), &mut |_| true);
        assert_eq!(copied.expect_err("its files").kind(), ErrorKind::Unsupported);
        assert!(!place.file("copy").exists());
        at.store.compact().expect("there is nothing to do");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_without_a_file_of_its_own_says_so_to_a_backup() {
    for (engine, message) in [
        (Engine::Memory, "a store in memory has no file to back up"),
        (
            Engine::RedisServer,
            "a store in redis has no file to back up; the server saves and copies its own",
        ),
        (
            Engine::RedisScope,
            "a store narrowed to a namespace cannot copy the file, which holds other namespaces too",
        ),
    ] {
        let at = Fixture::on(engine);
        let refused = at.store.backup("/nowhere".as_ref(), &mut |_| true).expect_err("no file");
        assert_eq!((refused.kind(), refused.message()), (ErrorKind::Unsupported, message));
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_scope_sets_no_quota_but_obeys_it() {
    for at in Engine::ALL.into_iter().map(Fixture::on) {
        let tenant = Namespace::new(b"tenant").expect("a name");
        let scope = at.store.scope(&tenant).expect("a scope");
        let refused = scope.set_quota(&tenant, Quota { max_keys: 1, ..Quota::default() });
        assert_eq!(refused.expect_err("a scope").kind(), ErrorKind::Unsupported);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn expiries_beyond_the_year_287396_become_that() {
    for at in on_redis() {
        let (none, name) = (no_group(), key(b"key"));
        at.store.set_ttl(none, name, b"v", i64::MAX).expect("set");
        at.store.set_ttl(group(b"g"), name, b"v", i64::MAX).expect("set");
        for place in [none, group(b"g")] {
            let entry = at.store.get(place, name).expect("get").expect("alive");
            assert_eq!(entry.expires_at.map(kv::Expiry::as_millis), Some((1 << 53) - 1));
        }
        at.applied(&[set(b"key", b"w")]);
        assert_eq!(at.entry(b"key").expires_at, None);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_redis_has_no_snapshot_over_several_calls() {
    for at in on_redis() {
        at.set(b"a", b"1");
        let error = at.store.snapshot().map(drop).expect_err("no snapshot");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains("read in one batch"), "{error}");
    }
}
