//! Slots that move to another master while threads read and write: calls go on, and nothing is
//! lost, made twice or wrong.

use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use kv::{ErrorKind, GroupRange, Pattern, Quota, Scan, SetExpiry, Store, Usage};

use crate::redis::open;
use crate::support::listing::namespace;
use crate::support::redis::names::{key_slot, slot_of_group, slot_of_unit};
use crate::support::redis::{Cluster, Load, Setup, aloud, fill_group, rows, sized};
use crate::support::{group, key};

/// The cluster of these tests, one test at a time: they measure times.
static SHARED: LazyLock<Mutex<Cluster>> =
    LazyLock::new(|| Mutex::new(Cluster::start(5_000, &Setup::default())));

/// The pause after each step of a move.
const PACE: Duration = Duration::from_millis(5);
/// How long a slot stays half-moved: longer than a call may take.
const HALF_MOVED: Duration = Duration::from_millis(2_500);
/// The threads that write.
const THREADS: usize = 4;

pub fn alone() -> MutexGuard<'static, Cluster> {
    SHARED.lock().unwrap_or_else(|it| it.into_inner())
}

fn open_with(cluster: &Cluster, prefix: &str, options: &str) -> Store {
    open(&cluster.location(&format!("prefix={prefix}&{options}")))
}

fn names(beginning: &str, count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|id| format!("{beginning}{id:04}").into_bytes()).collect()
}

/// Moves a slot in tens, with a long pause when half of its keys have moved; before the first if
/// there are few.
fn move_slowly(cluster: &Cluster, slot: u16) {
    let mut it = cluster.begin_move(slot);
    let all = it.keys().len();
    let begun = Instant::now();
    let mut paused = false;
    loop {
        if !paused && (all <= 10 || it.keys().len() <= all / 2) {
            // The state in which calls meet keys on two servers.
            std::thread::sleep(HALF_MOVED);
            paused = true;
        }
        if it.step() == 0 {
            break;
        }
        std::thread::sleep(PACE);
    }
    it.finish();
    aloud(&format!("slot {slot}: {all} keys moved in {:?}", begun.elapsed()));
}

/// All data of a namespace, and of a group in none, moves with the slot of that name alone.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_slot_of_a_namespace_or_group_is_that_of_its_name() {
    let cluster = alone();
    let store = open_with(&cluster, "tags", "call_timeout=2s");
    for (name, unit) in [("shop:a", "shop"), ("shop:b:c", "shop"), ("orders", "orders"), ("x", "x")]
    {
        store.set(group(name.as_bytes()), key(b"k"), b"v").expect("set");
        let found = slot_of_group(&cluster, "tags", name.as_bytes());
        assert_eq!(found, slot_of_unit(&cluster, unit.as_bytes()), "{name}");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_namespace_of_many_groups_is_read_and_written_while_its_slot_moves() {
    let cluster = alone();
    let store = open_with(&cluster, "many", "call_timeout=2s&purge_interval=500ms");
    let groups = names("shop:g", sized(2_000, 5_000));
    let load = Load { store: &store, groups, tag: "", listed: b"shop:" };
    load.fill(THREADS);
    let slot = slot_of_group(&cluster, "many", b"shop:g0000");

    let outcome = load.run(THREADS, || move_slowly(&cluster, slot));

    outcome.print("a namespace moves");
    outcome.assert_sound();
    let found = rows(store.groups(b"shop:")).expect("groups");
    assert_eq!(found.len(), load.groups.len());
    store.check().expect("sound");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_group_without_a_namespace_and_plain_keys_are_read_and_written_while_their_slots_move() {
    let cluster = alone();
    let store = open_with(&cluster, "plain", "call_timeout=2s");
    let groups = vec![b"orders".to_vec(), b"sessions".to_vec(), b"".to_vec()];
    let load = Load { store: &store, groups, tag: "{plain}", listed: b"orders" };
    load.fill(THREADS);
    let count = sized(3_000, 30_000);
    fill_group(&store, b"orders", count, b"v", SetExpiry::Never);
    fill_group(&store, b"sessions", count, b"v", SetExpiry::from_ttl(3_600_000).expect("a ttl"));
    let slots = [
        slot_of_group(&cluster, "plain", b"orders"),
        slot_of_group(&cluster, "plain", b"sessions"),
        key_slot(&mut cluster.nodes()[0].client(), b"{plain}"),
    ];

    for (slot, title) in slots.into_iter().zip(["a group", "a group with ttls", "plain keys"]) {
        // Each run begins with the entries that it is filled with.
        for name in &load.groups[..2] {
            store.delete_prefix(group(name), b"t").expect("delete");
        }
        load.fill(THREADS);
        let outcome = load.run(THREADS, || move_slowly(&cluster, slot));
        outcome.print(&format!("{title} of a slot moves"));
        outcome.assert_sound();
    }
    for name in [&b"orders"[..], b"sessions"] {
        let scan = Scan { pattern: Pattern::Prefix(b"entry"), ..Scan::all(group(name)) };
        assert_eq!(rows(store.scan(scan)).expect("a scan").len(), count);
    }
    assert!(store.metrics().expect("metrics").redirections > 0, "the slots have moved");
    store.check().expect("sound");
}

/// The usage of a namespace by its entries.
fn usage(store: &Store, beginning: &[u8]) -> Usage {
    let entries = rows(store.entries(GroupRange::Prefix(beginning), None)).expect("entries");
    let mut groups: Vec<_> = entries.iter().map(|it| &it.0).collect();
    groups.dedup();
    let bytes = entries.iter().map(|it| it.0.len() + it.1.len() + it.2.len()).sum::<usize>();
    Usage { keys: entries.len() as u64, groups: groups.len() as u64, bytes: bytes as u64 }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_account_of_a_namespace_is_right_after_its_slot_has_moved() {
    let cluster = alone();
    let store = open_with(&cluster, "quota", "call_timeout=2s&scans=live");
    let tenant = namespace("tenant");
    let quota = Quota { max_keys: 1_000_000, max_groups: 0, max_bytes: 1 << 30 };
    store.set_quota(&tenant, quota).expect("a quota");
    let groups = names("tenant:g", sized(200, 2_000));
    let load = Load { store: &store, groups, tag: "", listed: b"tenant:" };
    load.fill(THREADS);
    let slot = slot_of_group(&cluster, "quota", b"tenant:g0000");

    let outcome = load.run(THREADS, || move_slowly(&cluster, slot));

    outcome.print("a namespace with a quota moves");
    assert_eq!(store.quota(&tenant).expect("an account").usage, usage(&store, b"tenant:"));
    // Writes wait while the usage, which is one key, is on the other server than their group.
    outcome.assert_right();
    store.check().expect("sound");
}

/// Of the keys that a quota has room for each is written once, however its slot moves.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_quota_holds_while_its_slot_moves() {
    let cluster = alone();
    let store = open_with(&cluster, "full", "scans=live&call_timeout=500ms");
    let tenant = namespace("full");
    store.set_quota(&tenant, Quota { max_keys: 80, max_groups: 0, max_bytes: 0 }).expect("a quota");
    let groups = names("full:g", 40);
    for name in &groups {
        store.set(group(name), key(b"k"), b"v").expect("set");
    }
    let mut it = cluster.begin_move(slot_of_group(&cluster, "full", b"full:g0000"));
    let (mut written, mut refused, mut unknown) = (0, 0, 0);
    let mut add = |round: u8| {
        for name in groups.iter().skip(usize::from(round)).step_by(4) {
            match store.set(group(name), key(&[round]), b"v").map_err(|it| (it.kind(), it)) {
                Ok(_) => written += 1,
                Err((ErrorKind::Quota, _)) => refused += 1,
                Err((ErrorKind::Unavailable, it)) if it.message().contains("not known") => {
                    unknown += 1;
                }
                Err((kind, it)) => assert_eq!(kind, ErrorKind::Unavailable, "{it}"),
            }
        }
    };
    add(0);
    for round in 1..4 {
        it.step();
        add(round);
    }
    it.finish();
    (4..10).for_each(&mut add);

    aloud(&format!("a quota: {written} written, {refused} refused, {unknown} not known"));
    let (account, truth) = (store.quota(&tenant).expect("an account"), usage(&store, b"full:"));
    assert_eq!(account.usage, truth);
    assert!(truth.keys <= 80, "{truth:?}");
    assert!((40 + written..=40 + written + unknown).contains(&truth.keys), "{written}: {truth:?}");
    assert!(refused > 0, "no write met the quota");
    store.check().expect("sound");
}

/// Many small slots, as most of a store with many small groups are.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn many_small_slots_that_move_are_not_noticed() {
    let cluster = alone();
    let store = open_with(&cluster, "small", "call_timeout=2s");
    let mut groups = names("group", sized(60, 216));
    groups.push(Vec::new());
    let load = Load { store: &store, groups, tag: "", listed: b"group" };
    load.fill(THREADS);
    let named = &load.groups[..load.groups.len() - 1];
    let mut slots: Vec<_> =
        named.iter().map(|name| slot_of_group(&cluster, "small", name)).collect();
    slots.sort();
    slots.dedup();

    let begun = Instant::now();
    let outcome = load.run(THREADS, || {
        for slot in &slots {
            cluster.begin_move(*slot).finish();
        }
    });

    let title = format!("{} small slots moved in {:?}", slots.len(), begun.elapsed());
    outcome.print(&title);
    outcome.assert_sound();
    assert_eq!(outcome.unread, Vec::<String>::new());
    store.check().expect("sound");
}
