//! Commands about single keys.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::support::{TestFolder, until};

#[test]
fn help_and_version_are_output_and_no_command_is_wrong_usage() {
    let folder = TestFolder::new();
    assert!(folder.kv("--version").ok().starts_with("kv "));
    assert!(folder.kv("--help").ok().contains("Retrieve a value"));
    assert!(folder.kv("help set").ok().contains("--if-absent"));
    assert!(folder.kv("").failed(2).contains("Usage:"));
}

#[test]
fn values_come_from_arguments_files_and_standard_input_byte_for_byte() {
    let folder = TestFolder::new();
    let all: Vec<u8> = (0..=255).collect();
    folder.write("all", &all);
    folder.kv("set file @all").done();
    folder.feed("set dash -", &all).ok();
    folder.feed("set none", &all).ok();
    folder.run(&[OsStr::new("set"), OsStr::new("argument"), OsStr::from_bytes(&all[1..])]).ok();
    for key in ["file", "dash", "none"] {
        assert_eq!(folder.kv(&format!("get --raw {key}")).out, all, "{key}");
    }
    assert_eq!(folder.kv("get argument --output raw").out, all[1..]);
    folder.kv("set --literal at @all").ok();
    assert_eq!(folder.kv("get --raw at").ok(), "@all");
    folder.kv("set --literal minus -").ok();
    assert_eq!(folder.kv("get --raw minus").ok(), "-");
    folder.kv("set negative -5").ok();
    assert_eq!(folder.kv("get --raw negative").ok(), "-5");
    folder.run(&["set", "empty", ""]).ok();
    assert_eq!(folder.kv("get --raw empty").ok(), "");
    assert_eq!(folder.kv("get empty").ok(), "\"\"\n");
    let message = folder.kv("set k @missing").failed(3);
    assert!(message.contains("read missing: No such file"), "{message}");
    assert_eq!(folder.kv("exists k").out, b"false\n");
}

#[test]
fn bytes_that_are_not_utf8_are_printed_as_base64() {
    let folder = TestFolder::new();
    folder.feed("set k", b"\xff\0").done();
    assert_eq!(folder.kv("get k").ok(), "{\n  \"base64\": \"/wA=\"\n}\n");
}

#[test]
fn a_table_has_the_version_the_ttl_and_the_size() {
    let folder = TestFolder::new();
    let version = folder.kv("set k v --ttl 5m --print-version").done();
    let shown = folder.kv("get k --output table").ok();
    let words: Vec<Vec<_>> = shown.lines().map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["version", "ttl", "size", "key", "value"], "{shown}");
    assert_eq!((words[1][0], &words[1][2..]), (version.trim(), &["1", "k", "v"][..]), "{shown}");
    assert!(words[1][1].ends_with("ms"), "{shown}");
}

#[test]
fn conditions_hold_or_end_with_1_and_change_nothing() {
    let folder = TestFolder::new();
    let version = folder.kv("set k v1 --if-absent --print-version").done();
    let version = version.trim();
    let message = folder.kv("set k v2 --if-absent").failed(1);
    assert!(message.contains(&format!("key is at version {version}: k")), "{message}");
    folder.kv("set k v2 --if-version 7").failed(1);
    assert_eq!(folder.kv("get --raw k").ok(), "v1");
    folder.kv(&format!("set k v2 --if-version {version}")).ok();
    assert_eq!(folder.kv("get --raw k").ok(), "v2");
    let message = folder.kv("set absent v --if-version 7").failed(1);
    assert!(message.contains("key is absent: absent"), "{message}");
    folder.kv(&format!("delete k --if-version {version}")).failed(1);
    assert_eq!(folder.kv("exists k").ok(), "true\n");
}

#[test]
fn delete_exists_and_take_report_a_missing_key() {
    let folder = TestFolder::new();
    folder.kv("set a 1").done();
    folder.kv("set b 2").ok();
    assert_eq!(folder.kv("exists a").ok(), "true\n");
    let missing = folder.kv("exists x");
    assert_eq!((missing.code, &missing.out[..]), (1, &b"false\n"[..]));
    assert_eq!(folder.kv("delete a x").failed(1), "kv: key not found: x\n");
    folder.kv("get a").failed(1);
    assert_eq!(folder.kv("take --raw b").ok(), "2");
    assert_eq!(folder.kv("take b").failed(1), "kv: key not found: b\n");
}

#[test]
fn incr_and_append_print_the_sum_and_the_length() {
    let folder = TestFolder::new();
    assert_eq!(folder.kv("incr n").done(), "1\n");
    assert_eq!(folder.kv("incr n 9007199254740992").ok(), "9007199254740993\n");
    assert_eq!(folder.kv("incr n -3").ok(), "9007199254740990\n");
    assert_eq!(folder.kv("incr window --ttl 1h").ok(), "1\n");
    assert!(folder.kv("ttl window").ok().ends_with("ms\n"));
    assert_eq!(folder.kv("append log abc").ok(), "3\n");
    assert_eq!(folder.feed("append log", "de").ok(), "5\n");
    let message = folder.kv("incr log").failed(3);
    assert!(message.contains("not a 64-bit decimal integer"), "{message}");
    folder.kv("incr n 9223372036854775807").failed(3);
    folder.kv("incr n 9223372036854775808").failed(2);
}

#[test]
fn expiry_is_set_shown_kept_and_removed() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    assert_eq!(folder.kv("ttl k").ok(), "never\n");
    folder.kv("expire k 1h --xx").failed(1);
    folder.kv("expire k 1h --nx").ok();
    let left: i64 = folder.kv("ttl k").ok().trim_end_matches("ms\n").parse().expect("a number");
    assert!((3_500_000..=3_600_000).contains(&left), "{left}");
    folder.kv("expire k 5m --gt").failed(1);
    folder.kv("expire k 5m --lt").ok();
    folder.kv("persist k").ok();
    assert_eq!(folder.kv("ttl k").ok(), "never\n");
    folder.kv("expire k 0").ok();
    assert_eq!(folder.kv("ttl x").failed(1), "kv: key not found: x\n");
    folder.kv("expire x 5m").failed(1);
    folder.kv("persist x").failed(1);
    folder.kv("expire k 5").failed(2);
    folder.kv("expire k 5m --nx --xx").failed(2);
    folder.kv("set short v --ttl 1ms").ok();
    until("the expiry", || folder.kv("exists short").out == b"false\n");
    folder.kv("get short").failed(1);
    assert_eq!(folder.kv("purge").ok(), "1\n");
    assert_eq!(folder.kv("purge").ok(), "0\n");
}

#[test]
fn groups_and_namespaces_are_separate() {
    let folder = TestFolder::new();
    folder.kv("set k default").done();
    folder.kv("set k g --group g").ok();
    folder.kv("set k n -n tenant-a -g g").ok();
    assert_eq!(folder.kv("get --raw k").ok(), "default");
    assert_eq!(folder.kv("get --raw k -g g").ok(), "g");
    assert_eq!(folder.kv("get --raw k -g g -n tenant-a").ok(), "n");
    assert_eq!(folder.kv("get --raw k -g tenant-a:g").ok(), "n");
    assert_eq!(folder.kv("groups").ok(), "\ng\ntenant-a:g\n");
    assert_eq!(folder.kv("groups -n tenant-a").ok(), "g\n");
    assert_eq!(folder.kv("groups --prefix tenant").ok(), "tenant-a:g\n");
    folder.kv("get k -n other -g g").failed(1);
    assert_eq!(folder.kv("delete-group g -n tenant-a").ok(), "1\n");
    assert_eq!(folder.kv("get --raw k -g g").ok(), "g");
}
