//! Long values in the lines of exports and imports.

use std::process::Stdio;

use crate::pieces::{STORES, each_store, kv_in};
use crate::support::{RunResult, TestFolder, handles_interrupts, interrupt, until};

/// Bytes of a value that is exported in pieces, the last of them short.
const LEN: usize = (1 << 20) + kv::PIECE_LEN + 1;

/// Imports lines into a store.
fn import(folder: &TestFolder, store: &str, options: &str, lines: impl AsRef<[u8]>) -> RunResult {
    folder.feed(&format!("import {options} --store {store}"), lines)
}

/// Returns the lines of an entry with a value in pieces.
fn lines_of(key: &str, value: &[u8], len: usize) -> String {
    let mut lines = format!("{{\"key\":\"{key}\",\"size\":{}}}\n", value.len());
    for (number, piece) in (1..).zip(value.chunks(len)) {
        let base64 = data_encoding::BASE64.encode(piece);
        lines.push_str(&format!("{{\"piece\":{number},\"base64\":\"{base64}\"}}\n"));
    }
    lines
}

#[test]
fn a_long_value_is_exported_and_imported_in_pieces() {
    each_store(LEN, |folder, store, value| {
        let kv = |line: &str| kv_in(folder, store, line);
        kv("set a first").done();
        kv("set big @big --ttl 1h").ok();
        kv("set big @big -g tenant:g").ok();
        folder.write("limit", &value[..1 << 20]);
        kv("set limit @limit").ok();
        kv("set z last").ok();
        let lines = kv("export").ok();
        let all: Vec<_> = lines.lines().collect();
        // Two of 6 pieces each, behind their entries, and three whole values.
        assert_eq!(all.len(), 2 * 7 + 3);
        let start = format!("{{\"key\":\"big\",\"size\":{LEN},\"expires_at\":");
        assert!(all[1].starts_with(&start), "{}", all[1]);
        let last = lines_of("", value, kv::PIECE_LEN);
        assert_eq!(Some(all[7]), last.lines().last());
        assert!(all[8].starts_with("{\"key\":\"limit\",\"value\":{\"base64\":"));
        assert_eq!(all[10], format!("{{\"group\":\"tenant:g\",\"key\":\"big\",\"size\":{LEN}}}"));
        assert!(lines.lines().all(|it| it.len() < 400_000 || it.contains("\"limit\"")));

        let copy = store.replace("app", "copy");
        let result = import(folder, &copy, "", &lines);
        assert!(result.err.ends_with("imported 5 keys\n"), "{result:?}");
        assert!(kv_in(folder, &copy, "export").ok() == lines);
        assert!(kv_in(folder, &copy, "get --raw big").out == value);
        // Through a file, in a part, and into another group.
        kv("export lines --prefix b").ok();
        kv_in(folder, &copy, "import lines -g other").done();
        assert!(kv_in(folder, &copy, "get --raw big -g other").out == value);
        assert!(
            kv("export -n tenant").ok().starts_with("{\"group\":\"g\",\"key\":\"big\",\"size\"")
        );
        assert_eq!(import(folder, &copy, "--dry-run", &lines).err, "could import 5 keys\n");
    });
}

#[test]
fn the_conditions_of_an_import_hold_for_long_values() {
    each_store(LEN, |folder, store, value| {
        let kv = |line: &str| kv_in(folder, store, line);
        kv("set kept old").done();
        let expired = format!("{{\"key\":\"gone\",\"size\":{},\"expires_at\":1000}}", value.len());
        let gone = lines_of("gone", value, kv::PIECE_LEN);
        let gone = format!("{expired}\n{}", gone.split_once('\n').expect("an entry").1);
        let lines = [
            &lines_of("kept", value, kv::PIECE_LEN),
            &lines_of("new", value, 100_000),
            &lines_of("new", b"a second time", 5),
            &lines_of("small", b"small", 2),
            &lines_of("empty", b"", 1),
            &gone,
        ]
        .map(String::as_str)
        .concat();
        let result = import(folder, store, "--if-absent", &lines);
        assert_eq!(result.err, "imported 3 keys, 2 existed already, 1 had expired\n");
        assert_eq!(kv("get --raw kept").ok(), "old");
        assert!(kv("get --raw new").out == value);
        assert_eq!(kv("get --raw small").ok(), "small");
        assert_eq!(kv("get --raw empty").ok(), "");
        let result = import(folder, store, "", &lines);
        assert_eq!(result.err, "imported 5 keys, 1 had expired\n");
        assert!(kv("get --raw kept").out == value);
        assert_eq!(kv("get --raw new").ok(), "a second time");
        kv("get gone").failed(1);
    });
}

#[test]
fn a_value_without_all_of_its_pieces_is_refused_with_the_line_and_not_written() {
    each_store(LEN, |folder, store, value| {
        let kv = |line: &str| kv_in(folder, store, line);
        kv("set big before").done();
        let first = "{\"key\":\"a\",\"value\":\"1\"}\n";
        let big = lines_of("big", value, kv::PIECE_LEN);
        let all: Vec<_> = big.lines().collect();
        let join = |lines: &[&str]| format!("{first}{}\n", lines.join("\n"));
        let swapped = [&all[..2], &[all[3], all[2]], &all[4..]].concat();
        let twice = [&all[..3], &all[2..]].concat();
        let entry_within = [&all[..3], &["{\"key\":\"b\",\"value\":\"2\"}"], &all[3..]].concat();
        let value_within = [&all[..3], &all[..1], &all[3..]].concat();
        let half = &big[..big.len() - 9];
        for (lines, expected) in [
            (
                join(&all[..4]),
                "line 6: missing: piece 4 of the value of line 2, of which 786432 of",
            ),
            (join(&all[..1]), "line 3: missing: piece 1 of the value of line 2, of which 0 of"),
            (format!("{first}{half}"), "line 8: "),
            (join(&swapped), "line 4: piece 3 in place of piece 2 of the value of line 2"),
            (join(&twice), "line 5: piece 2 in place of piece 3"),
            (join(&entry_within), "line 5: missing: piece 3 of the value of line 2"),
            (join(&value_within), "line 5: missing: piece 3 of the value of line 2"),
        ] {
            let message = import(folder, store, "", &lines).failed(3);
            assert!(message.starts_with(&format!("kv: {expected}")), "{expected}: {message}");
            let hint = "the lines before line 2 were imported; resume with --from-line 2\n";
            assert!(message.ends_with(hint), "{message}");
            assert_eq!(kv("get --raw big").ok(), "before");
            let message = import(folder, store, "--dry-run", &lines).failed(3);
            assert!(message.contains(expected), "{expected}: {message}");
        }
        assert_eq!(kv("count").ok(), "2\n");
        folder.write("lines", join(&all));
        kv("import lines --from-line 2").done();
        assert!(kv("get --raw big").out == value);
        let message = kv("import lines --from-line 3").failed(3);
        assert!(
            message.contains("line 3: piece 1 without a line with the size of its"),
            "{message}"
        );
    });
}

#[test]
fn malformed_pieces_are_refused_with_the_reason() {
    let long = data_encoding::BASE64.encode(&vec![7; kv::PIECE_LEN + 1]);
    for (line, expected) in [
        ("{\"piece\":1,\"base64\":\"YQ==\",\"key\":\"k\"}", "field \"key\" is unknown"),
        ("{\"piece\":1}", "field \"base64\" is missing"),
        ("{\"piece\":1,\"base64\":\"*\"}", "field \"base64\": invalid base64"),
        ("{\"piece\":1,\"base64\":7}", "field \"base64\" is not a string"),
        ("{\"piece\":-1,\"base64\":\"YQ==\"}", "field \"piece\" is not a whole number"),
        ("{\"piece\":0,\"base64\":\"YQ==\"}", "piece 0 in place of piece 1"),
        ("{\"piece\":1,\"base64\":\"\"}", "a piece of 0 bytes"),
        ("{\"piece\":1,\"base64\":\"YWJjZA==\"}", "more bytes than the 3 of the value of line 1"),
        (&format!("{{\"piece\":1,\"base64\":\"{long}\"}}"), "a piece of 262145 bytes"),
    ] {
        let lines = format!("{{\"key\":\"k\",\"size\":3}}\n{line}\n");
        let folder = TestFolder::new();
        let message = import(&folder, STORES[0], "", lines).failed(3);
        assert!(message.contains(&format!("line 2: {expected}")), "{line}: {message}");
        assert!(message.contains("nothing was imported"), "{line}: {message}");
        assert_eq!(kv_in(&folder, STORES[0], "count").ok(), "0\n");
    }
    for (line, expected) in [
        ("{\"key\":\"k\",\"size\":3,\"value\":\"abc\"}", "field \"size\" is for a value in pieces"),
        ("{\"key\":\"k\",\"size\":3,\"json\":123}", "field \"size\" is for a value in pieces"),
        ("{\"key\":\"k\",\"size\":\"3\"}", "field \"size\" is not a whole number"),
        ("{\"key\":\"k\",\"size\":-3}", "field \"size\" is not a whole number"),
        ("{\"size\":3}", "field \"key\" is missing"),
        (
            "{\"key\":\"k\",\"size\":1099511627777}",
            "value of 1099511627777 bytes is over the limit",
        ),
        ("{\"piece\":1,\"base64\":\"YQ==\"}", "piece 1 without a line with the size"),
    ] {
        let message = TestFolder::new().feed("import --store memory:", line).failed(3);
        assert!(message.contains(&format!("line 1: {expected}")), "{line}: {message}");
    }
}

#[test]
fn ctrl_c_within_a_value_imports_what_is_before_it() {
    each_store(LEN, |folder, store, value| {
        let big = lines_of("big", value, kv::PIECE_LEN);
        let lines = format!("{{\"key\":\"a\",\"value\":\"1\"}}\n{big}");
        let mut child = folder.spawn(&["import", "--store", store], Stdio::piped());
        let mut stdin = child.stdin.take().expect("a pipe");
        let half = &lines.as_bytes()[..lines.len() - 1000];
        std::io::Write::write_all(&mut stdin, half).expect("written");
        until("a handler", || handles_interrupts(&child));
        interrupt(&child);
        let result = RunResult::wait(child);
        assert_eq!(result.code, 130, "{result:?}");
        // The signal may come before the first line is read.
        let keys = kv_in(folder, store, "list").ok();
        let hint = match keys.as_str() {
            "" => "stopped; nothing was imported\n",
            _ => "stopped; the lines before line 2 were imported; resume with --from-line 2\n",
        };
        assert!(result.err.ends_with(hint) && ["", "a\n"].contains(&&*keys), "{keys}: {result:?}");
    });
}

#[test]
fn a_quota_ends_an_import_within_a_value() {
    each_store(LEN, |folder, store, value| {
        let kv = |line: &str| kv_in(folder, store, line);
        kv("quota set a --max-bytes 600KiB").done();
        let lines = lines_of("big", value, kv::PIECE_LEN);
        let message = import(folder, store, "-n a -g g", &lines).failed(3);
        assert!(message.contains("quota") && message.contains("nothing was imported"), "{message}");
        let message = kv("set big @big -n a -g g").failed(3);
        assert!(
            message.contains("quota") && message.ends_with("nothing was written\n"),
            "{message}"
        );
        assert_eq!(kv("count --all").ok(), "0\n");
    });
}
