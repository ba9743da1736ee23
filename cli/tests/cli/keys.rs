//! Commands about single keys.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::support::Place;

#[test]
fn help_and_version_are_output_and_nothing_at_all_is_wrong_usage() {
    let place = Place::new();
    assert!(place.kv("--version").ok().starts_with("kv "));
    assert!(place.kv("--help").ok().contains("Retrieve a value"));
    assert!(place.kv("help set").ok().contains("--if-absent"));
    assert!(place.kv("").failed(2).contains("Usage:"));
}

#[test]
fn values_come_from_arguments_files_and_standard_input_byte_for_byte() {
    let place = Place::new();
    let all: Vec<u8> = (0..=255).collect();
    place.write("all", &all);
    place.kv("set file @all").done();
    place.feed("set dash -", &all).ok();
    place.feed("set none", &all).ok();
    place.run(&[OsStr::new("set"), OsStr::new("argument"), OsStr::from_bytes(&all[1..])]).ok();
    for key in ["file", "dash", "none"] {
        assert_eq!(place.kv(&format!("get --raw {key}")).out, all, "{key}");
    }
    assert_eq!(place.kv("get argument --output raw").out, all[1..]);
    place.kv("set --literal at @all").ok();
    assert_eq!(place.kv("get --raw at").ok(), "@all");
    place.kv("set --literal minus -").ok();
    assert_eq!(place.kv("get --raw minus").ok(), "-");
    place.kv("set negative -5").ok();
    assert_eq!(place.kv("get --raw negative").ok(), "-5");
    place.run(&["set", "empty", ""]).ok();
    assert_eq!(place.kv("get --raw empty").ok(), "");
    assert_eq!(place.kv("get empty").ok(), "\"\"\n");
    let message = place.kv("set k @missing").failed(3);
    assert!(message.contains("read missing: No such file"), "{message}");
    place.kv("exists k").out.eq(b"false\n").then_some(()).expect("nothing was stored");
}

#[test]
fn bytes_that_are_no_text_are_shown_as_base64() {
    let place = Place::new();
    place.feed("set k", b"\xff\0").done();
    assert_eq!(place.kv("get k").ok(), "{\n  \"base64\": \"/wA=\"\n}\n");
}

#[test]
fn a_value_is_shown_with_what_belongs_to_it() {
    let place = Place::new();
    let version = place.kv("set k v --ttl 5m --print-version").done();
    let shown = place.kv("get k --output table").ok();
    assert!(shown.contains(&format!("version  {version}")), "{shown}");
    assert!(shown.contains("ttl      4m59s\n") || shown.contains("ttl      5m\n"), "{shown}");
    assert!(shown.ends_with("size     1\nvalue    v\n"), "{shown}");
}

#[test]
fn conditions_hold_or_end_with_1_and_change_nothing() {
    let place = Place::new();
    let version = place.kv("set k v1 --if-absent --print-version").done();
    let version = version.trim();
    let message = place.kv("set k v2 --if-absent").failed(1);
    assert!(message.contains(&format!("key is at version {version}: k")), "{message}");
    place.kv("set k v2 --if-version 7").failed(1);
    assert_eq!(place.kv("get --raw k").ok(), "v1");
    place.kv(&format!("set k v2 --if-version {version}")).ok();
    assert_eq!(place.kv("get --raw k").ok(), "v2");
    let message = place.kv("set absent v --if-version 7").failed(1);
    assert!(message.contains("key is absent: absent"), "{message}");
    place.kv(&format!("delete k --if-version {version}")).failed(1);
    assert_eq!(place.kv("exists k").ok(), "true\n");
}

#[test]
fn delete_exists_and_take_tell_whether_the_key_was_there() {
    let place = Place::new();
    place.kv("set a 1").done();
    place.kv("set b 2").ok();
    assert_eq!(place.kv("exists a").ok(), "true\n");
    let missing = place.kv("exists x");
    assert_eq!((missing.code, &missing.out[..]), (1, &b"false\n"[..]));
    assert_eq!(place.kv("delete a x").failed(1), "kv: key not found: x\n");
    place.kv("get a").failed(1);
    assert_eq!(place.kv("take --raw b").ok(), "2");
    assert_eq!(place.kv("take b").failed(1), "kv: key not found: b\n");
}

#[test]
fn counters_and_appends_print_what_they_made() {
    let place = Place::new();
    assert_eq!(place.kv("incr n").done(), "1\n");
    assert_eq!(place.kv("incr n 9007199254740992").ok(), "9007199254740993\n");
    assert_eq!(place.kv("incr n -3").ok(), "9007199254740990\n");
    assert_eq!(place.kv("incr window --ttl 1h").ok(), "1\n");
    assert!(place.kv("ttl window").ok().ends_with("ms\n"));
    assert_eq!(place.kv("append log abc").ok(), "3\n");
    assert_eq!(place.feed("append log", "de").ok(), "5\n");
    let message = place.kv("incr log").failed(3);
    assert!(message.contains("not a 64-bit decimal integer"), "{message}");
    place.kv("incr n 9223372036854775807").failed(3);
    place.kv("incr n 9223372036854775808").failed(2);
}

#[test]
fn expiry_is_set_shown_kept_and_removed() {
    let place = Place::new();
    place.kv("set k v").done();
    assert_eq!(place.kv("ttl k").ok(), "never\n");
    place.kv("expire k 1h --xx").failed(1);
    place.kv("expire k 1h --nx").ok();
    let left: i64 = place.kv("ttl k").ok().trim_end_matches("ms\n").parse().expect("a number");
    assert!((3_500_000..=3_600_000).contains(&left), "{left}");
    place.kv("expire k 5m --gt").failed(1);
    place.kv("expire k 5m --lt").ok();
    place.kv("persist k").ok();
    assert_eq!(place.kv("ttl k").ok(), "never\n");
    place.kv("expire k 0").ok();
    assert_eq!(place.kv("ttl x").failed(1), "kv: key not found: x\n");
    place.kv("expire x 5m").failed(1);
    place.kv("persist x").failed(1);
    place.kv("expire k 5").failed(2);
    place.kv("expire k 5m --nx --xx").failed(2);
    place.kv("set short v --ttl 1ms").ok();
    std::thread::sleep(std::time::Duration::from_millis(5));
    place.kv("get short").failed(1);
    assert_eq!(place.kv("purge").ok(), "1\n");
    assert_eq!(place.kv("purge").ok(), "0\n");
}

#[test]
fn groups_and_namespaces_keep_apart() {
    let place = Place::new();
    place.kv("set k default").done();
    place.kv("set k g --group g").ok();
    place.kv("set k n -n tenant-a -g g").ok();
    assert_eq!(place.kv("get --raw k").ok(), "default");
    assert_eq!(place.kv("get --raw k -g g").ok(), "g");
    assert_eq!(place.kv("get --raw k -g g -n tenant-a").ok(), "n");
    assert_eq!(place.kv("get --raw k -g tenant-a:g").ok(), "n");
    assert_eq!(place.kv("groups").ok(), "\ng\ntenant-a:g\n");
    assert_eq!(place.kv("groups -n tenant-a").ok(), "g\n");
    assert_eq!(place.kv("groups --prefix tenant").ok(), "tenant-a:g\n");
    place.kv("get k -n other -g g").failed(1);
    assert_eq!(place.kv("delete-group g -n tenant-a").ok(), "1\n");
    assert_eq!(place.kv("get --raw k -g g").ok(), "g");
}
