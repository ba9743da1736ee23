//! What a person at a terminal sees: colours, bars, nothing that acts on the terminal, Ctrl-C.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use rexpect::session::{PtySession, spawn_command};

use crate::support::{KV, Place, Ran, interrupt};

/// How long a test waits for what is to come, in milliseconds.
const PATIENCE_MS: u64 = 20_000;
/// A key and a value that would turn the text red and ring, set the title, and write backwards.
const WILD: &str = "a\x1b[31m\x07\n\u{9b}1m\u{202e}z";
const WILD_SHOWN: &str = "a\\x1b[31m\\x07\\n\\u{9b}1m\\u{202e}z";

const WILD_JSON: &str = "a\\u001b[31m\\u0007\\n\\u009b1m\\u202ez";

/// Runs words of the shell's in a terminal 100 columns wide.
pub fn terminal(place: &Place, words: &str) -> PtySession {
    terminal_with(place, words, &[])
}

fn terminal_with(place: &Place, words: &str, variables: &[(&str, &str)]) -> PtySession {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("stty cols 100 rows 30; exec \"$KV\" {words}"));
    command.current_dir(place.path()).env("KV", KV).env("TERM", "xterm-256color");
    for name in ["KV_STORE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.env("HOME", place.path()).envs(variables.iter().copied());
    spawn_command(command, Some(PATIENCE_MS)).expect("a terminal")
}

/// Returns all that appears on the terminal. The reader takes each byte for a character.
fn screen(place: &Place, words: &str, variables: &[(&str, &str)]) -> String {
    let mut session = terminal_with(place, words, variables);
    let seen = session.exp_eof().expect("an end");
    String::from_utf8(seen.chars().map(|it| it as u8).collect()).expect("UTF-8")
}

fn place_with_lines(count: usize) -> Place {
    let place = Place::new();
    let mut lines = String::new();
    for n in 0..count {
        lines.push_str(&format!("{{\"key\":\"key:{n:07}\",\"value\":\"value of {n}\"}}\n"));
    }
    place.write("lines", lines);
    place
}

#[test]
fn nothing_from_the_store_acts_on_a_terminal() {
    let place = Place::new();
    place.run(&["set", WILD, WILD, "-g", WILD]).done();
    place.feed("set json", "\"\u{9b}1m\u{202e}\x7f\"").ok();
    place.write("group", WILD);
    let variables = [("NO_COLOR", "1")];
    place.kv("changes on").ok();
    place.run(&["set", WILD, WILD, "-g", WILD]).ok();
    place.write("steps", r#"{"op":"get","key":"json"}"#);
    for (words, expected) in [
        ("list -g \"$(cat group)\"", WILD_SHOWN),
        ("list -0 -g \"$(cat group)\"", WILD_SHOWN),
        ("list --long -g \"$(cat group)\"", WILD_SHOWN),
        ("list --output json -g \"$(cat group)\"", WILD_JSON),
        ("groups", WILD_SHOWN),
        ("groups -0", WILD_SHOWN),
        ("export", WILD_JSON),
        ("watch --groups '' --from-version 0 --limit 1", WILD_JSON),
        ("batch steps", "\\u009b1m\\u202e\\u007f"),
        ("get --output table -g \"$(cat group)\" \"$(cat group)\"", WILD_SHOWN),
        ("get --raw -g \"$(cat group)\" \"$(cat group)\"", "a\\x1b[31m\\x07\r\n\\u{9b}"),
    ] {
        let seen = screen(&place, words, &variables);
        assert!(
            !seen.contains(['\x1b', '\x07', '\x7f', '\u{9b}', '\u{202e}']),
            "{words}: {seen:?}"
        );
        assert!(seen.contains(expected), "{words}: {seen:?}");
    }
    let seen = screen(&place, "get json", &variables);
    assert_eq!(seen, "\"\\u009b1m\\u202e\\u007f\"\r\n");
    // Messages, those of the parser too, which leaves some out.
    for (words, expected) in [
        ("get \"$(cat group)\"", WILD_SHOWN),
        ("list --db-path \"$(cat group)\"", "\\x1b[31m"),
        ("get --\"$(cat group)\"", "\\u{9b}1m\\u{202e}z"),
    ] {
        let seen = screen(&place, words, &variables);
        assert!(!seen.contains(['\x1b', '\x07', '\u{9b}', '\u{202e}']), "{words}: {seen:?}");
        assert!(seen.contains(expected), "{words}: {seen:?}");
    }
}

#[test]
fn a_program_gets_the_bytes_as_they_are() {
    let place = Place::new();
    place.run(&["set", WILD, WILD]).done();
    assert_eq!(place.kv("list").ok(), format!("{WILD}\n"));
    assert_eq!(place.run(&["get", "--raw", WILD]).ok(), WILD);
    let message = place.run(&["get", &format!("x{WILD}")]).failed(1);
    assert!(message.contains("\\x1b[31m"), "{message}");
}

#[test]
fn colours_are_for_terminals_and_only_where_they_are_wanted() {
    let place = Place::new();
    place.run(&["set", "--json", "k", "{\"a\": [1, \"x\", null]}"]).done();
    let plain = "{\n  \"a\": [\n    1,\n    \"x\",\n    null\n  ]\n}\n";
    assert!(screen(&place, "get k", &[]).contains("\x1b[32m\"x\"\x1b[0m"));
    assert_eq!(screen(&place, "get k", &[("NO_COLOR", "1")]), plain.replace('\n', "\r\n"));
    assert_eq!(screen(&place, "get k", &[("TERM", "dumb")]), plain.replace('\n', "\r\n"));
    assert!(screen(&place, "get k", &[("NO_COLOR", "")]).contains("\x1b[32m"));
    assert_eq!(place.kv("get k").ok(), plain);
    assert!(screen(&place, "get x", &[]).contains("\x1b[1;31mkv:\x1b[0m"));
    assert!(place.kv("get x").failed(1).starts_with("kv: "));
}

#[test]
fn bars_are_drawn_on_a_terminal_and_nowhere_else() {
    let place = place_with_lines(60_000);
    let seen = screen(&place, "import lines", &[]);
    assert!(seen.contains("importing [") && seen.contains("MiB"), "{seen:?}");
    assert!(seen.ends_with("imported 60000 keys\r\n"), "{seen:?}");
    for (words, expected) in [
        ("export copy", "exporting ["),
        ("export copy --prefix key --overwrite", "exporting"),
        ("copy app.db copy.db", "copying ["),
        ("backup copy.db", "backing up ["),
        ("check", "checking"),
        ("compact", "compacting"),
    ] {
        let seen = screen(&place, words, &[]);
        assert!(seen.contains(expected), "{words}: {seen:?}");
        fs::remove_file(place.file("copy.db")).ok();
        fs::remove_file(place.file("copy")).ok();
        let ran = place.kv(words);
        let lines =
            ran.err.lines().filter(|it| !it.starts_with("created ") && !it.starts_with("copied "));
        assert_eq!((ran.code, lines.count()), (0, 0), "{words}: {ran:?}");
    }
}

#[test]
fn ctrl_c_leaves_no_part_of_an_export_and_its_number() {
    let place = place_with_lines(100_000);
    place.kv("import lines").done();
    fs::remove_file(place.file("lines")).expect("removed");
    let mut stopped = 0;
    for delay_ms in [10, 20, 40, 80] {
        let child = place.spawn(&["export", "copy", "--overwrite"], Stdio::null());
        std::thread::sleep(Duration::from_millis(delay_ms));
        interrupt(&child);
        let ran = Ran::of(child.wait_with_output().expect("it ends"));
        match ran.code {
            0 => {
                let copy = fs::read_to_string(place.file("copy")).expect("a copy");
                assert_eq!(copy.lines().count(), 100_000);
                fs::remove_file(place.file("copy")).expect("removed");
            }
            // The first moments of a process belong to the system.
            130 | -1 => {
                stopped += 1;
                assert_eq!(place.files(), ["app.db"], "{ran:?}");
            }
            _ => panic!("{ran:?}"),
        }
    }
    assert!(stopped > 0);
}

#[test]
fn ctrl_c_leaves_a_whole_store_whatever_is_under_way() {
    let place = place_with_lines(50_000);
    place.kv("import lines").done();
    fs::remove_file(place.file("lines")).expect("removed");
    let lines = place.kv("export").ok();
    for delay_ms in [5, 15, 30, 60] {
        for words in [&["compact"][..], &["check"], &["backup", "copy.db"]] {
            let child = place.spawn(words, Stdio::null());
            std::thread::sleep(Duration::from_millis(delay_ms));
            interrupt(&child);
            let ran = Ran::of(child.wait_with_output().expect("it ends"));
            match (ran.code, place.file("copy.db").exists()) {
                (0, true) => {
                    assert!(place.kv("export --db-path copy.db").ok() == lines, "{words:?}");
                    fs::remove_file(place.file("copy.db")).expect("removed");
                }
                (0 | 130 | -1, false) => {}
                _ => panic!("{words:?}: {ran:?}"),
            }
            assert_eq!(place.files(), ["app.db"], "{words:?}: {ran:?}");
        }
    }
    assert_eq!(place.kv("check").ok(), "ok\n");
    assert!(place.kv("export").ok() == lines);
}

#[test]
fn ctrl_c_ends_an_import_behind_the_last_line_that_was_read() {
    let place = place_with_lines(1500);
    let mut child = place.spawn(&["import"], Stdio::piped());
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&fs::read(place.file("lines")).expect("lines")).expect("written");
    stdin.write_all(b"{\"key\":\"half").expect("written");
    while !place.file("app.db").exists() || place.kv("count").out != b"1000\n" {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(100));
    interrupt(&child);
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 130, "{ran:?}");
    let expected = "stopped; the lines before line 1501 are imported, --from-line 1501 goes on\n";
    assert!(ran.err.ends_with(expected), "{ran:?}");
    assert_eq!(place.kv("count").ok(), "1500\n");
    drop(stdin);
}

#[test]
fn ctrl_c_ends_a_live_table() {
    let place = Place::new();
    place.kv("set k v").done();
    let mut session = terminal(&place, "stats --watch --interval 50ms");
    session.exp_string("entries").expect("a table");
    place.kv("set k2 v").ok();
    // The second state is drawn over the first.
    session.exp_string("\x1b[8A\r\x1b[J").expect("the cursor goes up");
    session.exp_string("2").expect("the new figure");
    session.send_control('c').expect("sent");
    session.exp_eof().expect("it ends");
    let status = format!("{:?}", session.process().wait().expect("a status"));
    assert!(status.starts_with("Exited(") && status.ends_with(", 130)"), "{status}");
}

#[test]
fn a_reader_that_leaves_early_ends_the_command_without_a_word() {
    let place = place_with_lines(50_000);
    place.kv("import lines").done();
    place.kv("changes on").ok();
    place.kv("import lines").done();
    place.run(&["set", "big", &"x".repeat(100_000)]).ok();
    for words in ["list", "list --long", "export", "get --raw big", "watch --from-version 0", "man"]
    {
        let script = format!("\"$KV\" {words} | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}");
        let output = Command::new("bash")
            .args(["-c", &script])
            .env("KV", KV)
            .current_dir(place.path())
            .output()
            .expect("bash");
        let status = String::from_utf8_lossy(&output.stdout);
        // Ended by SIGPIPE, or done before the reader left.
        assert!(status == "141\n" || (words == "man" && status == "0\n"), "{words}: {status}");
        assert_eq!(output.stderr, b"", "{words}");
    }
}
