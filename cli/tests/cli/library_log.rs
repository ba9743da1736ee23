//! The log of the library on standard error.

use crate::redis::PASSWORD;
use crate::support::{RunResult, TestFolder};

fn with_variable(folder: &TestFolder, level: &str, words: &[&str]) -> RunResult {
    let mut command = folder.command(words);
    RunResult::of(command.env("KV_LOG", level).output().expect("kv runs"))
}

#[test]
fn the_log_is_off_and_has_the_records_of_the_level_that_is_asked_for() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    folder.kv("get k").ok();
    folder.kv("get k --log off").ok();
    folder.kv("get k --log warn").ok();
    let result = folder.kv("get k --log info");
    let lines: Vec<_> = result.err.lines().collect();
    assert_eq!((result.code, lines.len(), &result.out[..]), (0, 2, &b"\"v\"\n"[..]), "{result:?}");
    assert!(
        lines[0].contains(" info open ") && lines[0].contains("app.db: opened in "),
        "{lines:?}"
    );
    assert!(lines[1].contains(" info close ") && lines[1].ends_with("app.db: closed"), "{lines:?}");
    folder.kv("get k --log loud").failed(2);
}

#[test]
fn a_variable_names_the_level_too_and_the_option_comes_first() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    assert!(with_variable(&folder, "INFO", &["get", "k"]).err.contains(" info open "));
    with_variable(&folder, "", &["get", "k"]).ok();
    with_variable(&folder, "info", &["get", "k", "--log", "off"]).ok();
    let message = with_variable(&folder, "loud", &["get", "k"]).failed(2);
    assert!(message.contains("KV_LOG is \"loud\"") && message.contains("warn"), "{message}");
}

#[test]
fn the_records_stand_before_the_message_of_a_failure() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let message = folder.kv("get missing --log debug").failed(1);
    let last = message.lines().next_back().expect("a line");
    assert!(message.contains(" info close ") && last.starts_with("kv: "), "{message}");
}

#[test]
fn no_record_has_a_password() {
    let folder = TestFolder::new();
    let location = format!("redis://ada:{PASSWORD}@127.0.0.1:1/0?call_timeout=300ms");
    let result = folder.run(&["get", "k", "--log", "debug", "--store", &location]);
    assert!(result.err.contains(" warn connection redis"), "{result:?}");
    assert!(!result.err.contains("horse") && !result.err.contains("ada"), "{result:?}");
}

#[test]
fn another_missing_file_is_no_missing_store() {
    let folder = TestFolder::new();
    folder.write("services.yaml", "services: {}\n");
    for words in [
        &["get", "k", "--store", "redis://127.0.0.1:1?password_file=missing"][..],
        &["set", "k", "v", "--store", "redis://127.0.0.1:1?password_file=missing"],
        &["get", "k", "--config", "missing.yaml", "--service", "app"],
    ] {
        let result = folder.run(words);
        assert!(result.code > 1 && result.err.contains("missing"), "{result:?}");
        assert!(!result.err.contains("no store there"), "{result:?}");
    }
    let message = folder.kv("get k --db-path missing.db").failed(3);
    assert!(message.contains("no store there"), "{message}");
}
