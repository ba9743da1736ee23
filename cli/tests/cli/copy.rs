//! `kv copy`: copies between any two stores.

use std::process::Stdio;

use crate::support::{RunResult, TestFolder, interrupt, until};

#[test]
fn all_entries_are_copied_with_their_expiry() {
    let folder = TestFolder::new();
    folder.kv("set k v --db-path a.db").done();
    folder.kv("set t v --db-path a.db -g g --ttl 1h").ok();
    folder.feed("set bytes --db-path a.db", b"\xff").ok();
    let result = folder.kv("copy a.db sqlite:b.db?durability=full");
    assert_eq!((result.code, result.err.as_str()), (0, "created b.db\ncopied 3 keys\n"));
    let exported = folder.kv("export --db-path a.db").ok();
    assert_eq!(folder.kv("export --db-path b.db").ok(), exported);
    assert_eq!(folder.kv("copy a.db memory:").err, "copied 3 keys\n");
}

#[test]
fn existing_entries_of_the_target_are_overwritten_or_kept_or_refuse_the_copy() {
    let folder = TestFolder::new();
    folder.kv("set a new --db-path a.db").done();
    folder.kv("set b new --db-path a.db").ok();
    folder.kv("set a old --db-path b.db").done();
    let message = folder.kv("copy a.db b.db --into-empty").failed(2);
    assert!(message.contains("is to be empty and holds 1 entries"), "{message}");
    assert_eq!(folder.kv("copy a.db b.db --if-absent").err, "copied 1 keys, 1 existed already\n");
    assert_eq!(folder.kv("get --raw a --db-path b.db").ok(), "old");
    assert_eq!(folder.kv("copy a.db b.db").err, "copied 2 keys\n");
    assert_eq!(folder.kv("get --raw a --db-path b.db").ok(), "new");
}

#[test]
fn namespaces_are_copied_into_each_other() {
    let folder = TestFolder::new();
    folder.kv("set k v -n one -g g").done();
    folder.kv("set outside v").ok();
    assert_eq!(folder.kv("copy app.db app.db -n one --to-namespace two").err, "copied 1 keys\n");
    assert_eq!(folder.kv("groups").ok(), "\none:g\ntwo:g\n");
}

#[test]
fn impossible_copies_are_refused() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    folder.kv("copy app.db app.db").failed(2);
    folder.kv("copy missing.db b.db").failed(3);
    folder.kv("copy app.db").failed(2);
    folder.kv("copy app.db b.db --store c.db").failed(2);
    folder.kv("copy app.db b.db --after nonsense").failed(2);
    folder.run(&["copy", "app.db", "b.db", "--after", "{\"group\":\"g\"}"]).failed(2);
    folder.kv("copy app.db b.db -g g").failed(2);
    assert_eq!(folder.files(), ["app.db"]);
}

#[test]
fn a_stopped_copy_prints_the_option_that_resumes_it() {
    let folder = TestFolder::new();
    let line = |n| format!("{{\"group\":\"g'\",\"key\":\"k{n:06}\",\"value\":\"v\"}}\n");
    folder.feed("import --db-path a.db", (0..40_000).map(line).collect::<String>()).done();
    let child = folder.spawn(&["copy", "a.db", "b.db"], Stdio::null());
    let count = || folder.kv("count --all --db-path b.db").out;
    until("a part of the copy", || {
        folder.file("b.db").exists() && ![&b""[..], b"0\n"].contains(&&count()[..])
    });
    interrupt(&child);
    let result = RunResult::wait(child);
    assert_eq!(result.code, 130, "{result:?}");
    let copied = folder.kv("count --all --db-path b.db").ok();
    assert_ne!(copied, "40000\n");
    // The option in the message is quoted for a shell.
    let after = result.err.split("stopped; resume with ").nth(1).map(str::trim_end);
    let script = format!("\"$KV\" copy a.db b.db {}", after.expect("a position"));
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .env("KV", crate::support::KV)
        .current_dir(folder.path())
        .output()
        .expect("sh");
    let left = 40_000 - copied.trim().parse::<u64>().expect("a number");
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("copied {left} keys\n"));
    assert_eq!(folder.kv("export --db-path b.db").ok(), folder.kv("export --db-path a.db").ok());
}
