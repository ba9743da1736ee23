//! Watches in a process for which the system has no inotify instance or watch left.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use kv::{Event, Selection, Selector, WatchStart};

use crate::support::{Child, Place, key, no_group, say, sqlite};

const OPTIONS: &str = "changes=on&purge_interval=0";

/// Returns the library that puts a process at the limits.
fn library(place: &Place) -> String {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/concurrency/no_inotify.c");
    let library = place.file("no_inotify.so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(source);
    assert!(cc.status().expect("a C compiler").success(), "{source} does not compile");
    library.to_str().expect("UTF-8").to_owned()
}

/// Watches the store that its role names, and says the keys of three changes.
pub fn child(role: &[String]) {
    let store = kv::open(&sqlite(Path::new(&role[0]), OPTIONS)).expect("a store");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(all, 1024, WatchStart::Now).expect("a watch without inotify");
    say("watches");
    for _ in 0..3 {
        match watch.poll(Some(Duration::from_secs(30))).expect("an open watch") {
            Some(Event::Change(change)) => say(std::str::from_utf8(change.key()).expect("UTF-8")),
            other => panic!("not a change: {other:?}"),
        }
    }
}

#[test]
fn a_watch_works_without_inotify_more_slowly() {
    let place = Place::in_memory();
    let library = library(&place);
    for limit in ["instances", "watches"] {
        let path = place.file(limit);
        let store = kv::open(&sqlite(&path, OPTIONS)).expect("a store");
        let role = [path.to_str().expect("UTF-8")];
        let variables = [("LD_PRELOAD", library.as_str()), ("KV_TEST_LIMIT", limit)];
        let mut child = Child::start_with("no_inotify", &role, &variables);
        assert_eq!(child.read_line(), "watches", "{limit}");
        for name in ["a", "b", "c"] {
            store.set(no_group(), key(name.as_bytes()), b"v").expect("set");
            assert_eq!(child.read_line(), name, "{limit}");
        }
        child.join();
    }
}
