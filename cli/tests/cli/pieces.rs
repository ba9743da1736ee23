//! Values that are written in pieces: their places, conditions, failures and Ctrl-C.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::thread;

use crate::support::{RunResult, TestFolder, handles_interrupts, interrupt, long_value, until};

/// The stores of these tests.
pub const STORES: [&str; 2] = ["log:app", "sqlite:app.db"];

/// Bytes of a value of several pieces, the last of them short.
pub const LEN: usize = 5 * kv::PIECE_LEN + 12_345;

/// Calls `test` for each store, with a folder in which the file `big` is a long value.
#[track_caller]
pub fn each_store(len: usize, test: impl Fn(&TestFolder, &str, &[u8])) {
    for store in STORES {
        let folder = TestFolder::new();
        let value = long_value(len);
        folder.write("big", &value);
        test(&folder, store, &value);
    }
}

/// Runs words in a store, with words of `line` that are separated by spaces.
pub fn kv_in(folder: &TestFolder, store: &str, line: &str) -> RunResult {
    folder.kv(&format!("{line} --store {store}"))
}

#[test]
fn a_long_value_comes_from_a_file_a_pipe_or_standard_input_byte_for_byte() {
    each_store(LEN, |folder, store, value| {
        let kv = |line: &str| kv_in(folder, store, line);
        let feed = |line: &str| folder.feed(&format!("{line} --store {store}"), value);
        kv("set file @big").done();
        feed("set dash -").ok();
        feed("set at @-").ok();
        feed("set none").ok();
        let input = File::open(folder.file("big")).expect("a file");
        let set = folder.command(&["set", "input", "--store", store]).stdin(input).output();
        RunResult::of(set.expect("kv runs")).ok();
        let made = Command::new("mkfifo").arg(folder.file("pipe")).status().expect("mkfifo");
        assert!(made.success());
        let (pipe, bytes) = (folder.file("pipe"), value.to_vec());
        let writer = thread::spawn(move || fs::write(pipe, bytes).expect("written"));
        kv("set pipe @pipe").ok();
        writer.join().expect("no panic");
        for key in ["file", "dash", "at", "none", "input", "pipe"] {
            assert!(kv(&format!("get --raw {key}")).out == value, "{store}: {key}");
        }
        kv("set --literal word @big").ok();
        assert_eq!(kv("get --raw word").ok(), "@big");
        kv("set --literal dash @-").ok();
        assert_eq!(kv("get --raw dash").ok(), "@-");
    });
}

#[test]
fn every_length_around_the_end_of_a_piece_is_read_as_it_was_written() {
    each_store(0, |folder, store, _| {
        for pieces in [1, 2, 3] {
            for len in
                [pieces * kv::PIECE_LEN - 1, pieces * kv::PIECE_LEN, pieces * kv::PIECE_LEN + 1]
            {
                let value = long_value(len);
                folder.feed(&format!("set k --store {store}"), &value);
                assert!(kv_in(folder, store, "get --raw k").out == value, "{store}: {len}");
            }
        }
    });
}

#[test]
fn the_options_of_a_set_hold_for_a_long_value() {
    each_store(LEN, |folder, store, value| {
        let kv = |line: &str| kv_in(folder, store, line);
        let version = kv("set k @big --ttl 1h --if-absent --print-version").done();
        let shown = kv("list --long").ok();
        // Behind the names of the columns.
        let words: Vec<_> = shown.split_whitespace().skip(4).collect();
        assert_eq!(words[0], version.trim(), "{shown}");
        assert!(words[1].starts_with("359") && words[1].ends_with("ms"), "{shown}");
        assert_eq!((words[2], words[3]), (LEN.to_string().as_str(), "k"), "{shown}");
        let line = kv("list --long --output json").ok();
        assert!(line.ends_with(&format!(",\"size\":{LEN}}}\n")), "{line}");
        folder.write("other", long_value(LEN + 1));
        let message = kv("set k @other --if-absent").failed(1);
        assert!(message.contains(&format!("key is at version {}: k", version.trim())), "{message}");
        kv("set k @other --if-version 7").failed(1);
        let message = kv("set absent @other --if-version 7").failed(1);
        assert!(message.contains("key is absent: absent"), "{message}");
        assert!(kv("get --raw k").out == value);
        kv(&format!("set k @other --if-version {}", version.trim())).ok();
        assert_eq!(kv("get --raw k").out.len(), LEN + 1);
        assert_eq!(kv("ttl k").ok(), "never\n");
        let message = kv("set k @big --json").failed(2);
        assert!(message.contains("failed to parse value as JSON"), "{message}");
        let message = kv("set k @big --json-string").failed(2);
        assert!(message.contains("not UTF-8"), "{message}");
        assert_eq!(kv("count").ok(), "1\n");
    });
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_store_as_it_was() {
    for store in STORES {
        let folder = TestFolder::new();
        folder.write("secret", long_value(LEN));
        let kv = |line: &str| kv_in(&folder, store, line);
        let mut cases = vec![
            ("set k @missing", "read missing: No such file"),
            ("set k @.", "read .: Is a directory"),
        ];
        let mode = fs::Permissions::from_mode(0o0);
        fs::set_permissions(folder.file("secret"), mode).expect("a mode");
        // The superuser reads it nevertheless.
        if File::open(folder.file("secret")).is_err() {
            cases.push(("set k @secret", "read secret: Permission denied"));
        }
        for (line, expected) in cases {
            let message = kv(line).failed(3);
            assert!(message.contains(expected), "{line}: {message}");
        }
        assert_eq!(folder.files(), ["secret"], "a store was created");
    }
}

#[test]
fn a_file_of_the_store_itself_is_refused_as_its_value() {
    let folder = TestFolder::new();
    folder.write("big", long_value(LEN));
    folder.kv("set k @big").done();
    folder.kv("compact").ok();
    let size = fs::metadata(folder.file("app.db")).expect("a file").len();
    assert!(size > LEN as u64, "{size} bytes");
    let message = folder.kv("set own @app.db").failed(3);
    assert!(message.contains("which this process has open; nothing was written"), "{message}");
    assert_eq!(folder.kv("list").ok(), "k\n");
    assert_eq!(folder.kv("check").ok(), "ok\n");
}

/// Returns a file that can be read for `len` bytes and then fails: the memory of this process, up
/// to where nothing is mapped.
fn failing_file(len: u64) -> File {
    let maps = fs::read_to_string("/proc/self/maps").expect("the mappings");
    let mut regions: Vec<(u64, u64)> = Vec::new();
    for line in maps.lines().filter(|it| it.contains(" r") && !it.contains("[v")) {
        let (range, _) = line.split_once(' ').expect("a range");
        let (from, to) = range.split_once('-').expect("two ends");
        let number = |text| u64::from_str_radix(text, 16).expect("an address");
        match regions.last_mut() {
            Some((_, end)) if *end == number(from) => *end = number(to),
            _ => regions.push((number(from), number(to))),
        }
    }
    let (_, end) = regions.into_iter().find(|(from, to)| to - from > len).expect("a long one");
    let mut file = File::open("/proc/self/mem").expect("the memory");
    file.seek(SeekFrom::Start(end - len)).expect("an offset");
    file
}

#[test]
fn input_that_fails_in_the_middle_leaves_the_earlier_value() {
    each_store(LEN, |folder, store, value| {
        kv_in(folder, store, "set k @big").done();
        let input = failing_file(3 * kv::PIECE_LEN as u64 + 77);
        let set = folder.command(&["set", "k", "-", "--store", store]).stdin(input).output();
        let message = RunResult::of(set.expect("kv runs")).failed(3);
        assert!(message.contains("read standard input: "), "{message}");
        assert!(message.ends_with("; nothing was written\n"), "{message}");
        assert!(kv_in(folder, store, "get --raw k").out == value);
    });
}

#[test]
fn ctrl_c_in_the_middle_of_a_value_writes_nothing() {
    each_store(LEN, |folder, store, value| {
        kv_in(folder, store, "set k before").done();
        for key in ["k", "new"] {
            let mut child = folder.spawn(&["set", key, "-", "--store", store], Stdio::piped());
            let mut stdin = child.stdin.take().expect("a pipe");
            stdin.write_all(value).expect("written");
            until("a handler", || handles_interrupts(&child));
            interrupt(&child);
            let result = RunResult::wait(child);
            assert_eq!(result.code, 130, "{result:?}");
            assert_eq!(result.err, "kv: stopped; nothing was written\n");
        }
        assert_eq!(kv_in(folder, store, "get --raw k").ok(), "before");
        assert_eq!(kv_in(folder, store, "count").ok(), "1\n");
        assert_eq!(kv_in(folder, store, "check").ok(), "ok\n");
    });
}

#[test]
fn the_shell_takes_long_values_and_a_watch_shows_their_size() {
    each_store(LEN, |folder, store, value| {
        let script = "set big @big\nset small 1\nget big --offset 1MiB --length 5\n\
                      get big --offset 1 --output json\n";
        let result = folder.feed(&format!("shell --create --store {store}?changes=on"), script);
        assert_eq!((result.code, &result.out[..]), (2, &value[1 << 20..][..5]), "{result:?}");
        let script = "watch --from-version 0 --limit 2\nset big -\n";
        let result = folder.feed(&format!("shell --store {store}?changes=on"), script);
        let lines = String::from_utf8(result.out).expect("lines");
        let (big, small) = lines.split_once('\n').expect("two lines");
        let start = format!("{{\"type\":\"set\",\"group\":\"\",\"key\":\"big\",\"size\":{LEN},");
        assert!(big.starts_with(&start) && !big.contains("\"value\""), "{big}");
        assert!(small.contains("\"key\":\"small\",\"value\":\"1\","), "{small}");
        assert_eq!(result.code, 2);
        assert!(result.err.contains("standard input holds the script"), "{}", result.err);
    });
}
