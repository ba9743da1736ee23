//! Values that are written and read in pieces, by `kv set` and `kv get`.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::thread;

use crate::support::{KV, RunResult, TestFolder, handles_interrupts, interrupt, long_value, until};
use crate::terminal::screen;

/// The stores of these tests.
pub const STORES: [&str; 1] = ["log:app"];

/// Bytes of a value of several pieces, the last of them short.
const LEN: usize = 5 * kv::PIECE_LEN + 12_345;

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
        let words: Vec<_> = shown.split_whitespace().collect();
        assert_eq!((words[0], words[1]), (version.trim(), "59m59s"), "{shown}");
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
        let mode = fs::Permissions::from_mode(0);
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
    each_store(LEN, |folder, store, _| {
        kv_in(folder, store, "set k @big").done();
        let own = if store.starts_with("log:") { "app/log-1" } else { "app.db" };
        let size = fs::metadata(folder.file(own)).expect("a file").len();
        assert!(size > LEN as u64, "{own} has {size} bytes");
        let message = kv_in(folder, store, &format!("set own @{own}")).failed(3);
        assert!(message.contains("which this process has open"), "{message}");
        assert_eq!(kv_in(folder, store, "list").ok(), "k\n");
    });
}

/// Returns a file that can be read for `len` bytes and then fails: the memory of this process, up to
/// where nothing is mapped.
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
    });
}

#[test]
fn a_full_disk_and_a_closed_pipe_end_the_output() {
    each_store(1 << 22, |folder, store, _| {
        kv_in(folder, store, "set big @big").done();
        for options in ["--raw", "--output json", "--output table", "--offset 1 --length 3MiB"] {
            let full = File::options().write(true).open("/dev/full").expect("a device");
            let line = format!("get big {options} --store {store}");
            let words: Vec<_> = line.split_whitespace().collect();
            let run = folder.command(&words).stdout(full).output().expect("kv runs");
            let message = RunResult::of(run).failed(3);
            assert!(message.contains("write standard output: No space left"), "{message}");
            let script = format!("\"$KV\" {line} | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}");
            let mut bash = Command::new("bash");
            bash.args(["-c", &script]).env("KV", KV).current_dir(folder.path());
            let output = RunResult::of(bash.output().expect("bash"));
            assert_eq!(output.ok(), "141\n", "{line}");
        }
    });
}

#[test]
fn a_part_of_a_value_is_read_at_an_offset() {
    each_store(LEN, |folder, store, value| {
        let kv = |line: &str| kv_in(folder, store, line);
        kv("set big @big").done();
        kv("set small 0123456789").ok();
        let piece = kv::PIECE_LEN;
        for (options, expected) in [
            ("--offset 0", &value[..]),
            ("--offset 1MiB --length 1KiB", &value[1 << 20..][..1024]),
            ("--offset 262143 --length 2", &value[piece - 1..piece + 1]),
            ("--offset 262144 --length 786433", &value[piece..4 * piece + 1]),
            ("--length 3", &value[..3]),
            ("--length 0", b""),
            ("--offset 1323064 --length 1GiB", &value[LEN - 1..]),
            ("--offset 1323065", b""),
            ("--offset 1GiB --length 7", b""),
            ("--offset 4B --length 4B --raw", &value[4..8]),
            ("--offset 4 --length 4 --output raw", &value[4..8]),
        ] {
            let result = kv(&format!("get big {options}"));
            assert_eq!((result.code, result.err.as_str()), (0, ""), "{options}");
            assert!(result.out == expected, "{options}: {} bytes", result.out.len());
        }
        assert_eq!(kv("get small --offset 7").ok(), "789");
        assert_eq!(kv("get small --offset 2 --length 3").ok(), "234");
        kv("get missing --offset 2").failed(1);
        for options in ["--output json", "-o table"] {
            let message = kv(&format!("get big --offset 1 {options}")).failed(2);
            assert!(message.contains("use them with --raw, or without --output"), "{message}");
            kv(&format!("get big --length 1 {options}")).failed(2);
        }
        for options in
            ["--offset -1", "--length -5", "--offset=-1KiB", "--offset 1XB", "--length x"]
        {
            let message = kv(&format!("get big {options}")).failed(2);
            assert!(message.contains("invalid value"), "{options}: {message}");
        }
        kv("take big --offset 1").failed(2);
    });
}

#[test]
fn a_long_value_is_printed_in_every_format() {
    let row = "{\"name\": \"\u{4e2d}\u{1f600}\", \"list\": [1.50, {}, []]}";
    let json = format!("[{}]", vec![row; 30_000].join(", "));
    let printed = "  {\n    \"name\": \"\u{4e2d}\u{1f600}\",\n    \"list\": [\n      1.50,\n      {},\n      []\n    ]\n  }";
    let text = "\u{4e2d}\"\u{7f}\n".repeat(200_000);
    each_store(LEN, |folder, store, value| {
        let kv = |line: &str| kv_in(folder, store, line);
        folder.write("json", &json);
        folder.write("text", &text);
        kv("set json @json").done();
        kv("set text @text").ok();
        kv("set bytes @big").ok();
        assert!(kv("get json").ok() == format!("[\n{}\n]\n", vec![printed; 30_000].join(",\n")));
        let line = "\u{4e2d}\\\"\\u007f\\n".repeat(200_000);
        assert!(kv("get text").ok() == format!("\"{line}\"\n"));
        let base64 = data_encoding::BASE64.encode(value);
        assert!(kv("get bytes").ok() == format!("{{\n  \"base64\": \"{base64}\"\n}}\n"));
        let table = kv("get text --output table").ok();
        let size = text.len();
        let line = "\u{4e2d}\"\\x7f\\n".repeat(200_000);
        assert!(table.starts_with("key      text\nversion  "), "{}", &table[..100]);
        assert!(table.ends_with(&format!("\nsize     {size}\nvalue    {line}\n")));
        assert!(kv("take bytes --raw").out == value);
        kv("get bytes").failed(1);
    });
}

#[test]
fn a_long_value_has_a_bar_on_a_terminal_and_is_escaped_there() {
    each_store(5 << 20, |folder, store, value| {
        let text = "\u{4e2d}\u{9b}1m\n".repeat(100_000);
        folder.write("text", &text);
        let seen = screen(folder, &format!("set big @big --store {store}"), &[]);
        assert!(seen.contains("writing [") && seen.contains("5.00 MiB"), "{seen:?}");
        let seen = screen(folder, &format!("get --raw big --store {store} > out"), &[]);
        assert!(seen.contains("reading [") && seen.contains("5.00 MiB"), "{seen:?}");
        assert!(fs::read(folder.file("out")).expect("the output") == value);
        kv_in(folder, store, "set big @big").ok();
        assert!(kv_in(folder, store, "get --raw big").err.is_empty());
        kv_in(folder, store, "set text @text").ok();
        let seen = screen(folder, &format!("get --raw text --store {store}"), &[]);
        assert!(seen == "\u{4e2d}\\u{9b}1m\r\n".repeat(100_000), "{:?}", seen.get(..100));
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
