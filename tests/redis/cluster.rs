//! A cluster: what holds over its nodes, and what is refused because it could not.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use kv::{
    ErrorKind, GroupRange, Namespace, Quota, Scan, Selection, Selector, SetExpiry, WatchStart,
};

use crate::redis::{Raised, get, kind, open, set, start_cluster};
use crate::support::redis::{Cluster, Setup};
use crate::support::{drain, group, key, no_group, until};

/// One for all tests that leave it as it is; each has a prefix of its own.
static SHARED: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(5_000, &Setup::default()));

/// Keys that are in the slots of all masters.
fn keys() -> Vec<Vec<u8>> {
    (0..60_u32).map(|it| format!("key{it:02}").into_bytes()).collect()
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn single_keys_go_to_the_master_of_their_slot() {
    let cluster = &*SHARED;
    let store = open(&cluster.location("prefix=single"));
    let mut used = Vec::new();
    for name in keys() {
        set(&store, &name, &name);
        store.set(group(&name), key(b"k"), &name).expect("set");
        let theirs = [b"single:", &name[..]].concat();
        let master = cluster.master_of(&theirs);
        used.push(master.port());
        assert_eq!(master.redis_cli(&[b"GET", &theirs]), name);
        assert_eq!(get(&store, &name), Some(name));
    }
    used.sort();
    used.dedup();
    assert_eq!(used.len(), 3, "the keys are on all masters");
    store.check().expect("sound");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_slot_of_a_group_is_that_of_its_name_or_namespace() {
    let cluster = &*SHARED;
    let store = open(&cluster.location("prefix=tags"));
    for (name, shared) in [("colours", "colours"), ("shop:carts", "shop"), ("shop:", "shop")] {
        store.set(group(name.as_bytes()), key(b"k"), b"v").expect("set");
        let owner = cluster.master_of(shared.as_bytes());
        let slot = owner.redis_cli(&[b"CLUSTER", b"KEYSLOT", shared.as_bytes()]);
        let names = owner.redis_cli(&[b"CLUSTER", b"GETKEYSINSLOT", &slot, b"1000"]);
        let hash = format!("}}h:{name}");
        let is_hash = |it: &str| it.starts_with("tags{") && it.ends_with(&hash);
        assert!(String::from_utf8_lossy(&names).lines().any(is_hash), "{name}");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_batch_over_two_slots_is_refused_and_nothing_is_written() {
    let cluster = &*SHARED;
    let store = open(&cluster.location("prefix=slots&scans=snapshot"));
    set(&store, b"a", b"old");
    set(&store, b"b", b"old");
    let (none, a, b) = (no_group(), key(b"a"), key(b"b"));
    let (one, two) = (group(b"one"), group(b"two"));

    let refusals = [
        store.set_many(&[(none, a, b"new"), (none, b, b"new")], SetExpiry::Never),
        store.set_many(&[(one, a, b"new"), (two, a, b"new")], SetExpiry::Never),
        store.set_many(&[(one, a, b"new"), (none, a, b"new")], SetExpiry::Never),
        store.get_many(&[(none, a), (none, b)]).map(drop),
        store.delete_many(&[(none, a), (none, b)]).map(drop),
        store.delete_group(none).map(drop),
        store.delete_prefix(none, b"a").map(drop),
    ];

    for (id, refused) in refusals.into_iter().enumerate() {
        let error = refused.expect_err("two slots");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{id}: {error}");
    }
    assert_eq!(
        (get(&store, b"a"), get(&store, b"b")),
        (Some(b"old".to_vec()), Some(b"old".to_vec()))
    );
    assert_eq!(store.get(one, a), Ok(None));

    let mut transaction = kv::Transaction::new();
    for at in [a, b] {
        let any = kv::Condition::Any;
        transaction.set(&store, none, at, b"new", any, SetExpiry::Never).expect("noted");
    }
    assert_eq!(kind(transaction.commit(&store)), ErrorKind::Unsupported);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_group_a_namespace_and_keys_with_one_tag_are_in_one_slot() {
    let cluster = &*SHARED;
    let store = open(&cluster.location("prefix=one"));
    let (a, b) = (key(b"a"), key(b"b"));
    let (one, g, h) = (group(b"one"), group(b"tenant:g"), group(b"tenant:h"));
    store.set_many(&[(one, a, b"1"), (one, b, b"2")], SetExpiry::Never).expect("one group");
    store.set_many(&[(g, a, b"1"), (h, a, b"2")], SetExpiry::Never).expect("one namespace");
    let tenant = store.scope(&Namespace::new(b"tenant").expect("a name")).expect("a scope");
    let (local, other) = (group(b"g"), group(b""));
    tenant.set_many(&[(local, a, b"3"), (other, a, b"4")], SetExpiry::Never).expect("a scope");
    let (x, y) = (key(b"{t}x"), key(b"{t}y"));
    store
        .set_many(&[(no_group(), x, b"1"), (no_group(), y, b"2")], SetExpiry::Never)
        .expect("a tag");
    assert_eq!(store.get_many(&[(no_group(), x), (no_group(), y)]).expect("get").len(), 2);

    let quota = Quota { max_keys: 3, max_groups: 0, max_bytes: 0 };
    store.set_quota(&Namespace::new(b"tenant").expect("a name"), quota).expect("a quota");
    assert_eq!(kind(tenant.set(local, b, b"")), ErrorKind::Quota);

    let tagged = open(&cluster.location("prefix={app}"));
    let many: Vec<_> = keys();
    let entries: Vec<_> = many.iter().map(|it| (no_group(), key(it), &b"v"[..])).collect();
    tagged.set_many(&entries, SetExpiry::Never).expect("all in one slot");
    tagged
        .set_many(&[(one, a, b"1"), (g, a, b"2"), (no_group(), b, b"3")], SetExpiry::Never)
        .expect("groups share it");
    assert!(tagged.count(GroupRange::One(no_group())).expect("count") >= 60);
    let rows = drain(&mut *tagged.scan(Scan::all(no_group())).expect("a snapshot"));
    assert!(rows.len() >= 60 && rows.is_sorted());
    assert!(tagged.delete_group(no_group()).expect("delete") >= 60);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn scans_of_the_default_group_are_refused_unless_they_may_be_live() {
    let cluster = &*SHARED;
    let store = open(&cluster.location("prefix=scan&scans=snapshot"));
    for name in keys() {
        set(&store, &name, &name);
        store.set(group(b"g"), key(&name), &name).expect("set");
    }
    let refused = store.scan(Scan::all(no_group())).map(drop).expect_err("no snapshot");
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.message().contains("scans=live"), "{refused}");
    let rows = drain(&mut *store.scan(Scan::all(group(b"g"))).expect("a named group has one"));
    assert_eq!(rows.len(), 60);

    let live = open(&cluster.location("prefix=scan"));
    for reverse in [false, true] {
        let scan = Scan { reverse, ..Scan::all(no_group()) };
        let rows = drain(&mut *live.scan(scan).expect("a cursor"));
        let mut expected: Vec<_> = keys().into_iter().map(|it| (vec![], it.clone(), it)).collect();
        if reverse {
            expected.reverse();
        }
        assert_eq!(rows, expected);
    }
    let scan = Scan { limit: 7, ..Scan::all(no_group()).after(key(b"key10")) };
    assert_eq!(
        drain(&mut *live.scan(scan).expect("a cursor")).first().map(|it| it.1.clone()),
        Some(b"key11".to_vec())
    );
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn listing_counting_figures_and_the_purge_reach_every_node() {
    let cluster = &*SHARED;
    let store = open(&cluster.location("prefix=all&purge_interval=0&scans=live"));
    for name in keys() {
        set(&store, &name, b"v");
        store.set(group(&name), key(b"k"), b"v").expect("set");
        store.set_ttl(group(&name), key(b"dead"), b"v", 1).expect("set");
    }
    until("the entries with a ttl have expired", Duration::from_secs(20), || {
        store.usage().expect("stats").expired_entries == 60
    });

    let mut cursor = store.groups(b"key").expect("a cursor");
    let names: Vec<_> = drain(&mut *cursor).into_iter().map(|it| it.0).collect();
    assert_eq!(names, keys());
    assert_eq!(store.count(GroupRange::One(no_group())), Ok(60));
    assert_eq!(store.count(GroupRange::Prefix(b"key0")), Ok(10));
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(120));
    let usage = store.usage().expect("usage");
    assert_eq!((usage.entries, usage.expired_entries), (120, 60));
    assert_eq!(store.purge_expired(), Ok(60));
    assert_eq!(store.usage().expect("stats").expired_entries, 0);
    store.check().expect("sound");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_watch_gets_events_of_every_node() {
    let cluster = &*SHARED;
    // With the same options they would be one engine.
    let [store, other] =
        [4, 5].map(|it| open(&cluster.location(&format!("prefix=watch&pool_size={it}"))));
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watches =
        [&store, &other].map(|it| it.watch(all.clone(), 10_000, WatchStart::Now).expect("a watch"));
    let mut expected = Vec::new();
    for name in keys() {
        set(&store, &name, b"v");
        other.set(group(&name), key(b"k"), b"v").expect("set");
        store.set_ttl(no_group(), key(&[b"mortal-", &name[..]].concat()), b"v", 20).expect("set");
        expected.extend([(1, name.clone()), (1, b"k".to_vec())]);
        let mortal = [b"mortal-", &name[..]].concat();
        expected.extend([(1, mortal.clone()), (4, mortal)]);
    }
    expected.sort();
    for watch in &watches {
        let mut changes: Vec<(i32, Vec<u8>)> = Vec::new();
        while changes.len() < expected.len() {
            let event = watch.poll(Some(Duration::from_secs(10))).expect("open").expect("in time");
            let kv::Event::Change(change) = event else { panic!("{event:?} is no change") };
            changes.push((change.kind().code(), change.key().to_vec()));
        }
        changes.sort();
        assert_eq!(changes, expected);
    }
    // An event that was published twice would stand before these, one for each node.
    for name in keys() {
        set(&store, &name, b"fence");
    }
    for watch in &watches {
        for _ in keys() {
            let event = watch.poll(Some(Duration::from_secs(10))).expect("open").expect("in time");
            let kv::Event::Change(change) = event else { panic!("{event:?} is no change") };
            assert_eq!(change.value(), b"fence", "every change is published once");
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn one_address_that_replies_is_enough_and_none_is_reported() {
    let cluster = &*SHARED;
    let last = cluster.nodes().last().expect("six").port();
    let unused = "127.0.0.1:1,127.0.0.1:2";
    let options = "prefix=seeds&connect_timeout=500ms&call_timeout=1s";
    let store = open(&format!("redis-cluster://{unused},127.0.0.1:{last}?{options}"));
    for name in keys() {
        set(&store, &name, &name);
        assert_eq!(get(&store, &name), Some(name));
    }
    let lost = kv::open(&format!("redis-cluster://{unused}?{options}"));
    assert_eq!(kind(lost.and_then(|it| it.get(no_group(), key(b"k")))), ErrorKind::Unavailable);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_is_no_cluster_says_that_it_is_not() {
    let server = crate::redis::start(Setup::default());
    let location = server.location("prefix=p").replace("redis:", "redis-cluster:");
    let refused = kv::open(&location).and_then(|it| it.get(no_group(), key(b"k")));
    let error = refused.expect_err("no cluster");
    assert!(error.message().contains("cluster support disabled"), "{error}");
}

/// Slots that move to another master under load: nothing is lost, and no call is refused.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn slots_that_move_are_followed() {
    let cluster = start_cluster();
    let store = open(&cluster.location("prefix=move&call_timeout=5s"));
    let (over, acknowledged) = (AtomicBool::new(false), AtomicI64::new(0));
    std::thread::scope(|scope| {
        for thread in 0..2_usize {
            let (store, over, acknowledged) = (&store, &over, &acknowledged);
            scope.spawn(move || {
                for name in keys().iter().cycle().skip(thread * 30) {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let place = if thread == 0 { no_group() } else { group(name) };
                    store.increment(place, key(name), 1, 0).expect("increment");
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let _over = Raised(&over);
        let count = || acknowledged.load(Ordering::SeqCst);
        until("both threads write", Duration::from_secs(20), || count() > 60);
        let before = count();
        cluster.reshard(500);
        assert!(count() > before, "no write was acknowledged while slots moved");
    });
    let read = |place, name: &[u8]| store.increment(place, key(name), 0, 0).expect("a number");
    let sum: i64 = keys().iter().map(|name| read(no_group(), name) + read(group(name), name)).sum();
    assert_eq!(sum, acknowledged.into_inner());
    store.check().expect("sound");
}

/// Behind an address translation, servers report the port alone: the host is the one of the seed.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn servers_that_do_not_name_their_hosts_are_found_where_the_others_were() {
    let setup = Setup::default().line("cluster-preferred-endpoint-type unknown-endpoint");
    let cluster = Cluster::start(5_000, &setup);
    let store = open(&cluster.location("prefix=unnamed"));
    for name in keys() {
        set(&store, &name, b"before");
    }

    cluster.reshard(3_000);

    for name in keys() {
        assert_eq!(get(&store, &name).as_deref(), Some(&b"before"[..]));
        set(&store, &name, b"after");
    }
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(keys().len() as u64));
}
