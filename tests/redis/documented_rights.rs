//! The rights that docs/redis.md names: with them every call works, and without one of them the
//! calls that need it say so.

use std::fs;

use kv::{ErrorKind, Store};

use crate::redis::calls::failing;
use crate::redis::rights::{MANY, ONE};
use crate::redis::writes::{prepare, try_writes};
use crate::redis::{open, start};
use crate::support::redis::{Cluster, Ground, Setup};
use crate::support::root;

/// Returns the lines `ACL SETUSER ...` of each block in the section about rights, as words: those
/// for one server, and those for a cluster.
fn documented() -> [Vec<Vec<String>>; 2] {
    let text = fs::read_to_string(root().join("docs/redis.md")).expect("a page");
    let section = text.split("\n## ").find(|it| it.starts_with("Rights\n"));
    let section = section.expect("docs/redis.md has a section ## Rights");
    let blocks = section.split("```").skip(1).step_by(2).map(|block| {
        let lines = block.lines().map(str::trim).filter(|it| it.starts_with("ACL SETUSER"));
        let words = |line: &str| {
            line.split_whitespace().map(|it| it.trim_matches(['"', '\'']).to_owned()).collect()
        };
        lines.map(words).collect::<Vec<Vec<String>>>()
    });
    let blocks: Vec<_> = blocks.filter(|it| !it.is_empty()).collect();
    blocks.try_into().expect("a block for one server and one for a cluster")
}

/// Makes the user `app` of the page.
fn make_user(ground: &Ground, lines: &[Vec<String>]) {
    ground.change("app", &["reset"]);
    for line in lines {
        assert_eq!(line.get(2).map(String::as_str), Some("app"), "{line:?}");
        let words: Vec<_> = line.iter().map(String::as_str).collect();
        ground.everywhere(&words);
    }
}

/// A server and a cluster of these tests' own: the page names the prefix.
fn grounds() -> [(Ground, Vec<Vec<String>>); 2] {
    let [one, many] = documented();
    let cluster = Cluster::start(5_000, &Setup::default());
    [(Ground::One(start(Setup::default())), one), (Ground::Many(cluster), many)]
}

fn open_as(ground: &Ground, user: &str, options: &str) -> kv::Result<Store> {
    kv::open(&ground.location(user, &format!("prefix=kv&purge_interval=0{options}")))
}

/// The page is right only if the calls are those of every kind: for a user with all rights they
/// work.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn with_all_rights_every_call_works() {
    for ground in [&*ONE, &*MANY] {
        for live in [false, true] {
            let options = format!("prefix=all{live}&purge_interval=0&scans=");
            let options = options + if live { "live" } else { "snapshot" };
            let store = open(&ground.location("", &options));
            let failed = failing(&store, live || !ground.is_cluster(), || prepare(&store));
            assert!(failed.is_empty(), "{failed:#?}");
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn with_the_rights_of_the_page_every_call_works() {
    let mut faults = Vec::new();
    for (ground, lines) in grounds() {
        make_user(&ground, &lines);
        for scans in ["snapshot", "live"] {
            let admin = open_as(&ground, "", "").expect("a store");
            let options = format!("&scans={scans}");
            let store = match open_as(&ground, "app", &options) {
                Ok(store) => store,
                Err(error) => {
                    faults.push(format!("no store is opened: {error}"));
                    continue;
                }
            };
            let whole = scans == "live" || !ground.is_cluster();
            let failed = failing(&store, whole, || prepare(&admin));
            faults.extend(failed.iter().map(|it| format!("scans={scans}: {it:?}")));
        }
    }
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
}

/// Without one of the rights a store is not opened, or its calls work or name the right; no write
/// that is refused is made.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn each_right_of_the_page_is_named_where_it_is_missing() {
    let mut faults = Vec::new();
    for (ground, lines) in grounds() {
        let admin = open_as(&ground, "", "").expect("a store");
        let rights: Vec<_> = lines.iter().flatten().filter_map(|it| it.strip_prefix('+')).collect();
        for right in rights {
            make_user(&ground, &lines);
            ground.change("app", &[&format!("-{right}")]);
            // Servers name the command of a subcommand, and none of a class.
            let name = if right.starts_with('@') { "" } else { right };
            let name = name.split('|').next().unwrap_or_default();
            let mut of_right = Vec::new();
            let mut note = |call: &str, error: &kv::Error| {
                let text = error.message().to_lowercase();
                let is_setting = name == "config" && error.kind() == ErrorKind::Unsupported;
                let is_right = error.kind() == ErrorKind::Permission && text.contains(name);
                if !is_right && !is_setting {
                    of_right.push(format!("-{right}, {call}: {:?} {error}", error.kind()));
                }
            };
            let store = match open_as(&ground, "app", "&scans=live&call_timeout=2s") {
                Ok(store) => store,
                Err(error) => {
                    note("open", &error);
                    faults.append(&mut of_right);
                    continue;
                }
            };
            let tried = try_writes((&ground, "kv"), &admin, &store, || (), || ());
            for (call, error) in failing(&store, true, || prepare(&admin)) {
                note(call, &error);
            }
            if !tried.failed.is_empty() && !tried.done.is_empty() {
                of_right.push(format!("-{right}: some writes are made: {:?}", tried.done));
            }
            of_right.extend(tried.faults.iter().map(|it| format!("-{right}: {it}")));
            // A few of each right say enough, and the last are the worst.
            faults.extend(of_right.into_iter().rev().take(4));
        }
    }
    assert!(faults.is_empty(), "{} faults: {faults:#?}", faults.len());
}
