//! The command on a terminal: colours, bars, escapes, Ctrl-C.

use std::fs;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::support::{KV, TIMEOUT, TestFolder, folder_with_lines};

/// A key and a value that turn the text red, ring the bell, and change the direction of text.
const UNSAFE: &str = "a\x1b[31m\x07\n\u{9b}1m\u{202e}z";
const UNSAFE_ESCAPED: &str = "a\\x1b[31m\\x07\\n\\u{9b}1m\\u{202e}z";
const UNSAFE_JSON: &str = "a\\u001b[31m\\u0007\\n\\u009b1m\\u202ez";

/// Runs the command with words of a shell, in a terminal of 100 columns.
pub fn terminal(folder: &TestFolder, words: &str) -> PtySession {
    terminal_with(folder, words, &[])
}

pub fn terminal_with(folder: &TestFolder, words: &str, variables: &[(&str, &str)]) -> PtySession {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("stty cols 100 rows 30; exec \"$KV\" {words}"));
    command.current_dir(folder.path()).env("KV", KV).env("TERM", "xterm-256color");
    for name in ["KV_STORE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.env("HOME", folder.path()).envs(variables.iter().copied());
    spawn_command(command, Some(TIMEOUT.as_millis() as u64)).expect("a terminal")
}

/// Returns the output on the terminal. The reader returns each byte as a character.
pub fn screen(folder: &TestFolder, words: &str, variables: &[(&str, &str)]) -> String {
    let mut session = terminal_with(folder, words, variables);
    let seen = session.exp_eof().expect("an end");
    String::from_utf8(seen.chars().map(|it| it as u8).collect()).expect("UTF-8")
}

#[test]
fn no_bytes_of_a_store_control_a_terminal() {
    let folder = TestFolder::new();
    folder.run(&["set", UNSAFE, UNSAFE, "-g", UNSAFE]).done();
    folder.feed("set json", "\"\u{9b}1m\u{202e}\x7f\"").ok();
    folder.write("group", UNSAFE);
    let variables = [("NO_COLOR", "1")];
    folder.kv("changes on").ok();
    folder.run(&["set", UNSAFE, UNSAFE, "-g", UNSAFE]).ok();
    folder.write("steps", r#"{"op":"get","key":"json"}"#);
    for (words, expected) in [
        ("list -g \"$(cat group)\"", UNSAFE_ESCAPED),
        ("list -0 -g \"$(cat group)\"", UNSAFE_ESCAPED),
        ("list --long -g \"$(cat group)\"", UNSAFE_ESCAPED),
        ("list --output json -g \"$(cat group)\"", UNSAFE_JSON),
        ("groups", UNSAFE_ESCAPED),
        ("groups -0", UNSAFE_ESCAPED),
        ("export", UNSAFE_JSON),
        ("watch --groups '' --from-version 0 --limit 1", UNSAFE_ESCAPED),
        ("watch --from-version 0 --limit 1 -o json", UNSAFE_JSON),
        ("get --output json -g \"$(cat group)\" \"$(cat group)\"", UNSAFE_JSON),
        ("render -e '{{ group[\"json\"] }}'", "\\u{9b}1m\\u{202e}\\x7f"),
        ("batch steps", "\\u009b1m\\u202e\\u007f"),
        ("get --output table -g \"$(cat group)\" \"$(cat group)\"", UNSAFE_ESCAPED),
        ("get --raw -g \"$(cat group)\" \"$(cat group)\"", "a\\x1b[31m\\x07\r\n\\u{9b}"),
    ] {
        let seen = screen(&folder, words, &variables);
        assert!(
            !seen.contains(['\x1b', '\x07', '\x7f', '\u{9b}', '\u{202e}']),
            "{words}: {seen:?}"
        );
        assert!(seen.contains(expected), "{words}: {seen:?}");
    }
    let seen = screen(&folder, "get json", &variables);
    assert_eq!(seen, "\"\\u009b1m\\u202e\\u007f\"\r\n");
    // Messages too. The parser leaves some of the bytes out of its own.
    for (words, expected) in [
        ("get \"$(cat group)\"", UNSAFE_ESCAPED),
        ("list --db-path \"$(cat group)\"", "\\x1b[31m"),
        ("get --\"$(cat group)\"", "\\u{9b}1m\\u{202e}z"),
    ] {
        let seen = screen(&folder, words, &variables);
        assert!(!seen.contains(['\x1b', '\x07', '\u{9b}', '\u{202e}']), "{words}: {seen:?}");
        assert!(seen.contains(expected), "{words}: {seen:?}");
    }
}

#[test]
fn a_pipe_receives_the_bytes_as_they_are() {
    let folder = TestFolder::new();
    folder.run(&["set", UNSAFE, UNSAFE]).done();
    assert_eq!(folder.kv("list").ok(), format!("{UNSAFE}\n"));
    assert_eq!(folder.run(&["get", "--raw", UNSAFE]).ok(), UNSAFE);
    let message = folder.run(&["get", &format!("x{UNSAFE}")]).failed(1);
    assert!(message.contains("\\x1b[31m"), "{message}");
}

#[test]
fn colours_appear_on_terminals_unless_they_are_switched_off() {
    let folder = TestFolder::new();
    folder.run(&["set", "--json", "k", "{\"a\": [1, \"x\", null]}"]).done();
    let plain = "{\n  \"a\": [\n    1,\n    \"x\",\n    null\n  ]\n}\n";
    assert!(screen(&folder, "get k", &[]).contains("\x1b[32m\"x\"\x1b[0m"));
    assert_eq!(screen(&folder, "get k", &[("NO_COLOR", "1")]), plain.replace('\n', "\r\n"));
    assert_eq!(screen(&folder, "get k", &[("TERM", "dumb")]), plain.replace('\n', "\r\n"));
    assert!(screen(&folder, "get k", &[("NO_COLOR", "")]).contains("\x1b[32m"));
    assert_eq!(folder.kv("get k").ok(), plain);
    assert!(screen(&folder, "get x", &[]).contains("\x1b[1;31mkv:\x1b[0m"));
    assert!(folder.kv("get x").failed(1).starts_with("kv: "));
}

#[test]
fn bars_are_drawn_on_a_terminal_and_nowhere_else() {
    let folder = folder_with_lines(60_000);
    let seen = screen(&folder, "import lines", &[]);
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
        let seen = screen(&folder, words, &[]);
        assert!(seen.contains(expected), "{words}: {seen:?}");
        fs::remove_file(folder.file("copy.db")).ok();
        fs::remove_file(folder.file("copy")).ok();
        let result = folder.kv(words);
        let lines = result
            .err
            .lines()
            .filter(|it| !it.starts_with("created ") && !it.starts_with("copied "));
        assert_eq!((result.code, lines.count()), (0, 0), "{words}: {result:?}");
    }
}

#[test]
fn a_reader_that_closes_the_pipe_ends_the_command_without_a_message() {
    let folder = folder_with_lines(50_000);
    folder.kv("import lines").done();
    folder.kv("changes on").ok();
    folder.kv("import lines").done();
    folder.run(&["set", "big", &"x".repeat(100_000)]).ok();
    for words in ["list", "list --long", "export", "get --raw big", "watch --from-version 0", "man"]
    {
        let script = format!("\"$KV\" {words} | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}");
        let output = Command::new("bash")
            .args(["-c", &script])
            .env("KV", KV)
            .current_dir(folder.path())
            .output()
            .expect("bash");
        let status = String::from_utf8_lossy(&output.stdout);
        // The command was ended by SIGPIPE, or was done before the pipe was closed.
        assert!(status == "141\n" || (words == "man" && status == "0\n"), "{words}: {status}");
        assert_eq!(output.stderr, b"", "{words}");
    }
}
