//! The prompt, and scripts for it.

use std::fs;

use rexpect::session::PtySession;

use crate::support::TestFolder;
use crate::terminal::terminal;

fn prompt(folder: &TestFolder) -> PtySession {
    let mut session = terminal(folder, "shell");
    session.exp_string("'exit' or Ctrl-D ends.").expect("a welcome");
    session.exp_string("kv> ").expect("a prompt");
    session
}

/// Sends a line, and waits for the expected output and the next prompt.
#[track_caller]
fn enter(session: &mut PtySession, line: &str, expected: &str) {
    session.send(&format!("{line}\r")).expect("sent");
    session.flush().expect("sent");
    if !expected.is_empty() {
        session.exp_string(expected).expect(expected);
    }
    session.exp_string("> ").expect("a prompt");
}

fn end(mut session: PtySession) -> String {
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
    enter(&mut session, "get 'unfinished", "missing closing quote");
    enter(&mut session, "help", "Retrieve a value");
    enter(&mut session, "use g", "kv g");
    enter(&mut session, "set k in-g", "kv g");
    enter(&mut session, "shell", "this is the shell already");
    enter(&mut session, "use", "kv");
    enter(&mut session, "get k", "key not found");
    session.send("exit\r").expect("sent");
    session.flush().expect("sent");
    assert!(end(session).ends_with(", 0)"));
    assert_eq!(folder.kv("get --raw k -g g").ok(), "in-g");
}

#[test]
fn tab_completes_commands_options_and_keys() {
    let folder = TestFolder::new();
    folder.kv("set user:ada 1").done();
    folder.kv("set k v -g settings").ok();
    let mut session = prompt(&folder);
    enter(&mut session, "coun\t", "1");
    enter(&mut session, "get user\t", "1");
    enter(&mut session, "list --rev\t", "user:ada");
    enter(&mut session, "delete-group set\t", "1");
    drop(session);
    assert_eq!(folder.kv("groups").ok(), "\n");
}

#[test]
fn ctrl_c_discards_a_line_and_ctrl_d_ends_the_shell() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut session = prompt(&folder);
    session.send("delete k").expect("sent");
    session.send_control('c').expect("sent");
    session.exp_string("kv> ").expect("a new prompt");
    enter(&mut session, "exists k", "true");
    // Ctrl-C stops a running command, not the shell.
    session.send("stats --watch --interval 20ms\r").expect("sent");
    session.flush().expect("sent");
    session.exp_string("\x1b[9A").expect("a live table");
    session.send_control('c').expect("sent");
    session.exp_string("kv> ").expect("a prompt");
    enter(&mut session, "exists k", "true");
    session.send_control('d').expect("sent");
    assert!(end(session).ends_with(", 0)"));
}

#[test]
fn the_history_is_kept_private_and_can_be_switched_off() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut session = prompt(&folder);
    enter(&mut session, "exists k", "true");
    enter(&mut session, " set secret word", "");
    session.send_control('d').expect("sent");
    end(session);
    let path = folder.file(".local/state/kv/history");
    let history = fs::read_to_string(&path).expect("a history");
    assert!(history.contains("exists k") && !history.contains("secret"), "{history}");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut session = prompt(&folder);
    session.send("\x1b[A\r").expect("the line before");
    session.flush().expect("sent");
    session.exp_string("true").expect("it result again");
}

#[test]
fn a_script_runs_to_its_end_or_to_the_first_failure() {
    let folder = TestFolder::new();
    folder.kv("set n 1").done();
    assert_eq!(folder.feed("shell", "incr n\n\nincr n -g g\nuse g\nget n\n").ok(), "2\n1\n1\n");
    let result = folder.feed("shell", "get nothing\nincr n\n");
    assert_eq!((result.code, &result.out[..]), (1, &b"3\n"[..]), "{result:?}");
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
