//! Rights that a user lacks, or loses: a write that is refused has written nothing, and says which
//! right is missing.

use std::sync::LazyLock;

use kv::{ErrorKind, Quota, Selection, Selector, Store, WatchStart};

use crate::redis::writes::{GROUP, Tried, WRITES, prepare, try_writes};
use crate::redis::{open, start};
use crate::support::listing::namespace;
use crate::support::redis::names::{list_with, siblings_of};
use crate::support::redis::{Cluster, Ground, Reply, Setup, aloud};
use crate::support::{group, key, no_group};

/// The servers of these tests; each test has a prefix, which is the name of its user as well.
pub static ONE: LazyLock<Ground> = LazyLock::new(|| Ground::One(start(Setup::default())));
pub static MANY: LazyLock<Ground> =
    LazyLock::new(|| Ground::Many(Cluster::start(5_000, &Setup::default())));

const OPTIONS: &str = "purge_interval=0&call_timeout=1s";

/// Rules that take a right to write away, each with the name of the right in messages.
const WRITE_RIGHTS: [(&str, &str); 12] = [
    ("resetchannels", "channel"),
    ("-publish", "publish"),
    ("-pubsub", "pubsub"),
    ("-multi", "multi"),
    ("-exec", "exec"),
    ("-set", "set"),
    ("-del", "del"),
    ("-hset", "hset"),
    ("-hdel", "hdel"),
    ("-zadd", "zadd"),
    ("-zrem", "zrem"),
    ("-@write", ""),
];

/// Commands without which nothing can be read.
const READ_RIGHTS: [&str; 4] = ["get", "hget", "time", "evalsha"];

fn open_as(ground: &Ground, user: &str, prefix: &str) -> Store {
    open(&ground.location(user, &format!("prefix={prefix}&{OPTIONS}")))
}

/// Opens a store that may do everything, with a watch.
fn open_admin(ground: &Ground, prefix: &str) -> (Store, kv::Watch) {
    let admin = open(&ground.location("", &format!("prefix={prefix}&purge_interval=0")));
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = admin.watch(all, 100_000, WatchStart::Now).expect("a watch");
    (admin, watch)
}

fn title(ground: &Ground) -> &'static str {
    if ground.is_cluster() { "cluster" } else { "server" }
}

/// Returns what is wrong with writes of a user that lacks a right: either none needs it, or each
/// that fails names it, and none is made.
fn faults_without(tried: &Tried, right: &str) -> Vec<String> {
    let mut faults = tried.faults.clone();
    if !tried.failed.is_empty() && !tried.done.is_empty() {
        faults.push(format!("some are made: {:?}", tried.done));
    }
    for (write, error) in &tried.failed {
        let text = error.message().to_lowercase();
        if error.kind() != ErrorKind::Permission || !text.contains(right) {
            faults.push(format!("{write} does not name the right: {:?} {error}", error.kind()));
        }
    }
    faults
}

fn missing_from_the_start(ground: &Ground) {
    let (prefix, mut faults) = ("start", Vec::new());
    let (admin, _watch) = open_admin(ground, prefix);
    for (rule, right) in WRITE_RIGHTS {
        ground.user(prefix, &[rule]);
        let opened = kv::open(&ground.location(prefix, &format!("prefix={prefix}&{OPTIONS}")));
        let store = match opened {
            Ok(store) => store,
            Err(error) => {
                faults.push(format!("{rule}: no store is opened: {error}"));
                continue;
            }
        };
        let tried = try_writes((ground, prefix), &admin, &store, || (), || ());
        let made = tried.done.len();
        aloud(&format!("{}, {rule}: {made} of {} writes", title(ground), WRITES.len()));
        let without = faults_without(&tried, right);
        // A few of each right say enough.
        faults.extend(without.iter().take(4).map(|it| format!("{rule}: {it}")));
        prepare(&admin);
        let read = store.get(no_group(), key(b"k")).map(|it| it.is_some());
        assert_eq!(read, Ok(true), "{rule}");
        let read = store.get(group(GROUP), key(b"k")).map(|it| it.is_some());
        assert_eq!(read, Ok(true), "{rule}");
    }
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_user_that_may_not_write_reads_and_each_write_names_the_right() {
    missing_from_the_start(&ONE);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_user_that_may_not_write_on_a_cluster_reads_and_each_write_names_the_right() {
    missing_from_the_start(&MANY);
}

fn taken_away(ground: &Ground) {
    let (prefix, mut faults) = ("later", Vec::new());
    let (admin, _watch) = open_admin(ground, prefix);
    for (rule, _) in WRITE_RIGHTS {
        ground.user(prefix, &[]);
        let store = open_as(ground, prefix, prefix);
        for (name, write) in WRITES {
            prepare(&admin);
            assert_eq!(write(&store, b"1"), Ok(()), "{name}");
        }

        ground.change(prefix, &[rule]);
        let tried = try_writes((ground, prefix), &admin, &store, || (), || ());
        let mut of_rule: Vec<_> = tried.faults.iter().map(|it| format!("{rule}: {it}")).collect();
        let is_channel = rule == "resetchannels";
        for (write, error) in &tried.failed {
            if is_channel || error.kind() != ErrorKind::Permission {
                of_rule.push(format!("{rule}: {write} fails with {:?} {error}", error.kind()));
            }
        }
        // A few of each rule say enough.
        faults.extend(of_rule.into_iter().take(4));
    }
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
}

/// A channel that is taken away while the store is open fails no write; other rights fail writes
/// that are not made.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_right_that_is_taken_away_makes_no_write_an_error_that_was_made() {
    taken_away(&ONE);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_right_that_is_taken_away_on_a_cluster_makes_no_write_an_error_that_was_made() {
    taken_away(&MANY);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_whose_user_may_not_read_is_not_opened() {
    let mut faults = Vec::new();
    for ground in [&*ONE, &*MANY] {
        for command in READ_RIGHTS {
            ground.user("blind", &[&format!("-{command}")]);
            let opened = kv::open(&ground.location("blind", "prefix=blind"));
            let Err(error) = opened.map(drop) else {
                faults.push(format!("{}: a store is opened without {command}", title(ground)));
                continue;
            };
            let is_named = error.message().to_lowercase().contains(command);
            if error.kind() != ErrorKind::Permission || !is_named {
                faults.push(format!("{}, {command}: {:?} {error}", title(ground), error.kind()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A server or proxy that does not know a command: whatever is refused has written nothing.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_write_that_needs_a_renamed_command_is_made_or_refused_as_a_whole() {
    let mut faults = Vec::new();
    for command in ["MULTI", "EXEC", "PUBLISH", "PUBSUB"] {
        let ground = Ground::One(start(Setup::default()));
        let (admin, _watch) = open_admin(&ground, "r");
        prepare(&admin);
        drop((admin, _watch));
        let Ground::One(server) = ground else { unreachable!() };
        let renamed = start(Setup::default().line(format!("rename-command {command} \"\"")));
        let mut from = server.client();
        let ground = Ground::One(renamed);
        let opened = kv::open(&ground.location("", &format!("prefix=r&{OPTIONS}")));
        let Ok(store) = opened else { continue };
        let mut to = ground.masters().remove(0);
        // The entries come from another server: on this one a write may be refused.
        for (name, write) in WRITES {
            to.call(&["FLUSHALL"]);
            for key in from.call(&["KEYS", "*"]).sorted() {
                let bytes = from.bytes(&[b"DUMP", &key]).value().expect("a key");
                to.bytes(&[b"RESTORE", &key, b"0", &bytes]);
            }
            let before = ground.stored("r");
            let Err(error) = write(&store, b"2") else { continue };
            let is_unknown = error.message().contains("whether it was written is not known");
            if ground.stored("r") != before && !is_unknown {
                faults.push(format!("{command}: {name}: {error}; and it was made"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
}

/// The keys that groups share hold values of another type, which another program has written.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_write_that_meets_a_key_of_another_type_is_made_or_refused_as_a_whole() {
    let mut faults = Vec::new();
    for ground in [&*ONE, &*MANY] {
        let prefix = "types";
        let (admin, _watch) = open_admin(ground, prefix);
        let store = open_as(ground, "", prefix);
        let quota = Quota { max_keys: 1_000, max_groups: 0, max_bytes: 0 };
        admin.set_quota(&namespace("shop"), quota).expect("a quota");
        prepare(&admin);
        let list = ground.masters().iter_mut().find_map(|it| list_with(it, prefix, GROUP));
        let list = list.expect("a list with the group");
        let [expiries, account] = siblings_of(&list, b"shop");
        for name in [list, expiries, account] {
            let mut saved = None;
            let mut mended = ground.master_of(&name);
            let mut spoiled = ground.master_of(&name);
            let cell = std::cell::RefCell::new(&mut saved);
            let spoil = || {
                **cell.borrow_mut() = spoiled.bytes(&[b"DUMP", &name]).value();
                spoiled.bytes(&[b"SET", &name, b"a text"]);
            };
            let mend = || {
                mended.bytes(&[b"DEL", &name]);
                if let Some(bytes) = cell.borrow().as_deref() {
                    let reply = mended.bytes(&[b"RESTORE", &name, b"0", bytes]);
                    assert_eq!(reply, Reply::Status("OK".to_owned()));
                }
            };
            let tried = try_writes((ground, prefix), &admin, &store, spoil, mend);
            let name = name.escape_ascii();
            faults.extend(tried.faults.iter().map(|it| format!("{name}: {it}")));
            // The lists are those of before, and some writes were made without them.
            admin.delete_group(group(GROUP)).expect("delete");
        }
    }
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
}
