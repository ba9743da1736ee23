//! Stores with a log: the same commands, with a folder where a file is.

use std::fs;

use crate::support::TestFolder;

#[test]
fn a_store_with_a_log_is_written_read_copied_backed_up_and_restored() {
    let folder = TestFolder::new();
    folder.kv("set k v --store log:app").done();
    assert_eq!(folder.kv("get --raw k --store log:app").ok(), "v");
    folder.kv("backup copy --store log:app").ok();
    assert_eq!(folder.kv("check copy").ok(), "ok\n");
    folder.kv("set k later --store log:app").ok();
    folder.kv("restore copy --store log:app").ok();
    assert_eq!(folder.kv("get --raw k --store log:app").ok(), "v");
    folder.kv("copy log:app app.db").done();
    assert_eq!(folder.kv("get --raw k").ok(), "v");
    assert!(folder.kv("stats --count --store log:app").ok().starts_with("entries          1\n"));
    let message = folder.kv("backup copy --store log:app").failed(3);
    assert!(message.contains("copy"), "{message}");
    let message = folder.kv("get k --store log:missing").failed(3);
    assert!(message.contains("no store there"), "{message}");
}

#[test]
fn a_damaged_log_is_named_and_repaired() {
    let folder = TestFolder::new();
    folder.kv("set a v --store log:app").done();
    folder.kv("set b v --store log:app").ok();
    let log = folder.file("app").join("log-1");
    let mut bytes = fs::read(&log).expect("a log");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&log, bytes).expect("written");
    let message = folder.kv("check --store log:app").failed(3);
    assert!(message.contains("log-1") && message.contains("kv check --repair"), "{message}");
    assert_eq!(folder.kv("check --repair --store log:app").done(), "ok\n");
    assert_eq!(folder.kv("count --store log:app").ok(), "0\n");
    assert!(folder.file("app").join("log-2.damaged").exists());
    folder.kv("check --repair --store app.db").failed(3);
}
