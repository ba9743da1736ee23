//! Copies between any two stores.

use std::process::Stdio;
use std::time::Duration;

use crate::support::{Place, Ran, interrupt};

#[test]
fn everything_is_copied_with_its_expiry() {
    let place = Place::new();
    place.kv("set k v --db-path a.db").done();
    place.kv("set t v --db-path a.db -g g --ttl 1h").ok();
    place.feed("set bytes --db-path a.db", b"\xff").ok();
    let ran = place.kv("copy a.db sqlite:b.db?durability=full");
    assert_eq!((ran.code, ran.err.as_str()), (0, "created b.db\ncopied 3 keys\n"));
    let exported = place.kv("export --db-path a.db").ok();
    assert_eq!(place.kv("export --db-path b.db").ok(), exported);
    assert_eq!(place.kv("copy a.db memory:").err, "copied 3 keys\n");
}

#[test]
fn what_stands_in_the_target_is_overwritten_kept_or_in_the_way() {
    let place = Place::new();
    place.kv("set a new --db-path a.db").done();
    place.kv("set b new --db-path a.db").ok();
    place.kv("set a old --db-path b.db").done();
    let message = place.kv("copy a.db b.db --into-empty").failed(2);
    assert!(message.contains("is to be empty and holds 1 entries"), "{message}");
    assert_eq!(place.kv("copy a.db b.db --if-absent").err, "copied 1 keys, 1 are there already\n");
    assert_eq!(place.kv("get --raw a --db-path b.db").ok(), "old");
    assert_eq!(place.kv("copy a.db b.db").err, "copied 2 keys\n");
    assert_eq!(place.kv("get --raw a --db-path b.db").ok(), "new");
}

#[test]
fn namespaces_are_copied_into_each_other() {
    let place = Place::new();
    place.kv("set k v -n one -g g").done();
    place.kv("set outside v").ok();
    assert_eq!(place.kv("copy app.db app.db -n one --to-namespace two").err, "copied 1 keys\n");
    assert_eq!(place.kv("groups").ok(), "\none:g\ntwo:g\n");
}

#[test]
fn copies_that_cannot_be_are_refused() {
    let place = Place::new();
    place.kv("set k v").done();
    place.kv("copy app.db app.db").failed(2);
    place.kv("copy missing.db b.db").failed(3);
    place.kv("copy app.db").failed(2);
    place.kv("copy app.db b.db --store c.db").failed(2);
    place.kv("copy app.db b.db --after nonsense").failed(2);
    place.run(&["copy", "app.db", "b.db", "--after", "{\"group\":\"g\"}"]).failed(2);
    place.kv("copy app.db b.db -g g").failed(2);
    assert_eq!(place.files(), ["app.db"]);
}

#[test]
fn a_copy_that_is_stopped_names_where_another_goes_on() {
    let place = Place::new();
    let line = |n| format!("{{\"group\":\"g'\",\"key\":\"k{n:06}\",\"value\":\"v\"}}\n");
    place.feed("import --db-path a.db", (0..40_000).map(line).collect::<String>()).done();
    let child = place.spawn(&["copy", "a.db", "b.db"], Stdio::null());
    let count = || place.kv("count --all --db-path b.db").out;
    while !place.file("b.db").exists() || [&b""[..], b"0\n"].contains(&&count()[..]) {
        std::thread::sleep(Duration::from_millis(1));
    }
    interrupt(&child);
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 130, "{ran:?}");
    let copied = place.kv("count --all --db-path b.db").ok();
    assert_ne!(copied, "40000\n");
    // The message is what a shell can take.
    let after = ran.err.split("stopped; ").nth(1).and_then(|it| it.strip_suffix(" goes on\n"));
    let script = format!("\"$KV\" copy a.db b.db {}", after.expect("a position"));
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .env("KV", crate::support::KV)
        .current_dir(place.path())
        .output()
        .expect("sh");
    let rest = 40_000 - copied.trim().parse::<u64>().expect("a number");
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("copied {rest} keys\n"));
    assert_eq!(place.kv("export --db-path b.db").ok(), place.kv("export --db-path a.db").ok());
}
