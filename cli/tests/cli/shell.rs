//! The prompt, and scripts for it.

use std::fs;

use rexpect::session::PtySession;

use crate::support::TestFolder;
use crate::terminal::terminal;

/// Begins a prompt for the file `app.db`, in which the default group is in use.
pub fn prompt(folder: &TestFolder) -> PtySession {
    let mut session = terminal(folder, "shell");
    session.exp_string("'exit' or Ctrl-D ends.").expect("a welcome");
    session.exp_string("kv app.db> ").expect("a prompt");
    session
}

/// Sends keys that are no line.
#[track_caller]
pub fn send(session: &mut PtySession, keys: &str) {
    session.send(keys).expect("sent");
    session.flush().expect("sent");
}

/// Sends a line, and waits for the expected output and the next prompt. Returns the text before the
/// expected output, which has the line itself.
#[track_caller]
pub fn enter(session: &mut PtySession, line: &str, expected: &str) -> String {
    send(session, &format!("{line}\r"));
    let before = match expected.is_empty() {
        true => String::new(),
        false => session.exp_string(expected).expect(expected),
    };
    session.exp_string("> ").expect("a prompt");
    before
}

/// Waits for the end, and returns the exit status.
#[track_caller]
pub fn end(mut session: PtySession) -> String {
    session.exp_eof().expect("it ends");
    format!("{:?}", session.process().wait().expect("a status"))
}

#[test]
fn a_prompt_runs_commands_and_prints_messages() {
    let folder = TestFolder::new();
    folder.kv("set first 1").done();
    let mut session = prompt(&folder);
    enter(&mut session, "incr first 41", "42");
    enter(&mut session, "set 'with space' \"a value\"", "");
    enter(&mut session, "get 'with space'", "\"a value\"");
    enter(&mut session, "get nothing", "key not found: nothing");
    enter(&mut session, "frobnicate", "unrecognized subcommand");
    enter(&mut session, "get", "not provided: <KEY>...; usage: get <KEY>...");
    enter(&mut session, "help", "Retrieve a value");
    enter(&mut session, "use g", "kv app.db [g]");
    enter(&mut session, "set k in-g", "kv app.db [g]");
    enter(&mut session, "shell", "this is the shell already");
    enter(&mut session, "use", "kv app.db");
    enter(&mut session, "get k", "key not found");
    send(&mut session, "exit\r");
    assert!(end(session).ends_with(", 0)"));
    assert_eq!(folder.kv("get --raw k -g g").ok(), "in-g");
}

#[test]
fn the_welcome_names_the_store_and_counts_its_groups() {
    let folder = TestFolder::new();
    folder.kv("set k v -g a").done();
    folder.kv("set k v -g b").ok();
    let mut session = terminal(&folder, "shell");
    session.exp_string("app.db, 2 groups\r\n").expect("a welcome");
    session.exp_string("kv app.db> ").expect("a prompt");
    drop(session);
    let mut session = terminal(&folder, "shell -g a -n tenant --store memory: --create");
    session.exp_string("memory:, empty\r\n").expect("a welcome");
    session.exp_string("kv memory: [tenant/a]> ").expect("a prompt");
}

#[test]
fn ctrl_d_ends_the_shell_and_other_words_do_too() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    for word in ["exit", "quit", ".exit", ".quit", "\\q"] {
        let mut session = prompt(&folder);
        send(&mut session, &format!("{word}\r"));
        assert!(end(session).ends_with(", 0)"), "{word}");
    }
    let mut session = prompt(&folder);
    session.send_control('d').expect("sent");
    assert!(end(session).ends_with(", 0)"));
}

#[test]
fn the_time_of_commands_is_printed_if_that_is_wanted() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut session = prompt(&folder);
    enter(&mut session, ".timing on", "timing is on");
    enter(&mut session, "exists k", "time: ");
    enter(&mut session, ".timing maybe", ".timing takes on, off, or nothing");
    enter(&mut session, "\\timing", "timing is off");
    let seen = enter(&mut session, "exists k", "true");
    assert!(!seen.contains("time: "), "{seen}");
}

#[test]
fn a_script_runs_to_its_end_or_to_the_first_failure() {
    let folder = TestFolder::new();
    folder.kv("set n 1").done();
    assert_eq!(folder.feed("shell", "incr n\n\nincr n -g g\nuse g\nget n\n").ok(), "2\n1\n1\n");
    let result = folder.feed("shell", "get nothing\nincr n\n");
    assert_eq!((result.code, &result.out[..]), (1, &b"3\n"[..]), "{result:?}");
    assert!(result.err.starts_with("kv: line 1: "), "{result:?}");
    let result = folder.feed("shell", "incr n\nfrobnicate\nincr n\n");
    assert_eq!((result.code, &result.out[..]), (2, &b"4\n"[..]), "{result:?}");
    let result = folder.feed("shell", "set t text\nincr t\nincr n\n");
    assert_eq!(result.code, 3, "{result:?}");
    assert!(result.err.starts_with("kv: line 2: "), "{result:?}");
    assert_eq!(folder.feed("shell", "exit\nincr n\n").ok(), "");
    assert_eq!(
        folder.feed("shell --store memory: --create", "incr n\nincr n\nchanges\n").ok(),
        "1\n2\noff\n"
    );
    assert_eq!(
        folder.feed("shell", "changes on\nchanges off\nset k v -n tenant\ngroups -n tenant\n").ok(),
        "\n"
    );
    // A command of a script may not read the lines of the script.
    assert_eq!(folder.feed("shell", "set value\n").code, 2);
}

#[test]
fn every_failure_of_a_script_has_its_line_and_a_message() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    for (script, code, message) in [
        ("\nfrobnicate\n", 2, "line 2: unrecognized subcommand 'frobnicate'\n"),
        ("coutn\n", 2, "line 1: unrecognized subcommand 'coutn'; tip: a similar subcommand"),
        ("# one\nget\n", 2, "line 2: the following required arguments were not provided: <KEY>"),
        ("get k --frob\n", 2, "line 1: unexpected argument '--frob' found"),
        ("get k\nlist --limit x\n", 2, "line 2: invalid value 'x' for '--limit <COUNT>'"),
        ("set k\n", 2, "line 1: standard input holds the script; name a file"),
        ("use a b\n", 2, "line 1: use takes one group"),
        (".open\n", 2, "line 1: .open takes one path or location"),
        ("exists k\nget 'k\n\n", 2, "line 2: missing closing quote\n"),
        ("set k \\\n", 2, "line 1: no line follows the backslash at the end\n"),
        (
            "set k {\n\"a\": 1\n",
            2,
            "line 1: missing closing bracket of the JSON that begins with {",
        ),
        ("get 'a\nb'\nget \\\n nothing\n", 1, "line 3: failed to get value for key 'nothing'"),
        (".open new.db\n", 3, "--create creates it; the store before stays open\n"),
    ] {
        let result = folder.feed("shell", script);
        assert_eq!(result.code, code, "{script:?}: {result:?}");
        assert!(
            result.err.contains(&format!("kv: {message}")) || result.err.ends_with(message),
            "{script:?}: {result:?}"
        );
        assert!(result.err.lines().all(|it| it.starts_with("kv: line ")), "{result:?}");
    }
    assert_eq!(folder.files(), ["app.db"]);
}

#[test]
fn a_command_of_a_script_may_have_several_lines() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let script = "set k {\n  \"name\": \"it's\",\n  \"list\": [1,\n 2]\n}\nget k --raw\n\
                  set t 'two\nlines' \\\n --ttl 0\nget t --raw\n";
    assert_eq!(
        folder.feed("shell", script).ok(),
        "{\n  \"name\": \"it's\",\n  \"list\": [1,\n 2]\n}two\nlines"
    );
}

#[test]
fn the_history_is_kept_private_and_can_be_switched_off() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut session = prompt(&folder);
    enter(&mut session, "exists k", "true");
    enter(&mut session, " set secret word", "");
    enter(&mut session, ".open redis://:secret@127.0.0.1:1/0", "stays open");
    session.send_control('d').expect("sent");
    end(session);
    let path = folder.file(".local/state/kv/history");
    let history = fs::read_to_string(&path).expect("a history");
    assert!(history.contains("exists k") && !history.contains("secret"), "{history}");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut session = prompt(&folder);
    send(&mut session, "\x1b[A\r");
    session.exp_string("true").expect("it result again");
}
