//! Values that are read in pieces: their formats, parts of them, terminals and broken outputs.

use std::fs::{self, File};
use std::process::Command;

use crate::pieces::{LEN, each_store, kv_in};
use crate::support::{KV, RunResult, TestFolder};
use crate::terminal::screen;

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
            ("--offset 0", value),
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
        assert!(table.trim_start().starts_with("version "), "{}", &table[..100]);
        assert!(table.ends_with(&format!(" {size}  text  {line}\n")));
        let object = kv("get text --output json").ok();
        assert!(object.starts_with("{\"key\":\"text\",\"version\":"), "{}", &object[..100]);
        let text = "\u{4e2d}\\\"\\u007f\\n".repeat(200_000);
        assert!(object.ends_with(&format!(",\"size\":{size},\"value\":\"{text}\"}}\n")));
        let object = kv("get bytes --output json").ok();
        assert!(object.ends_with(&format!(",\"value\":{{\"base64\":\"{base64}\"}}}}\n")));
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
fn the_help_the_pages_and_the_completions_have_the_options_and_examples() {
    let folder = TestFolder::new();
    assert!(folder.kv("help set").ok().contains("kv set video @video.mp4"));
    let help = folder.kv("help get").ok();
    let pages = folder.file("pages");
    fs::create_dir(&pages).expect("a folder");
    folder.kv("man pages").ok();
    let page = fs::read_to_string(pages.join("kv-get.1")).expect("a page").replace('\\', "");
    let completions = folder.kv("completions bash").ok();
    for option in ["--offset", "--length"] {
        for text in [&help, &page, &completions] {
            assert!(text.contains(option), "{option}: {text}");
        }
    }
    assert!(help.contains("kv get video --offset 1GiB") && page.contains("--offset 1GiB"));
}
