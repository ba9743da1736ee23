//! The prompt, and scripts for it.

use std::fs;

use rexpect::session::PtySession;

use crate::support::Place;
use crate::terminal::terminal;

fn prompt(place: &Place) -> PtySession {
    let mut session = terminal(place, "shell");
    session.exp_string("'exit' or Ctrl-D ends.").expect("a welcome");
    session.exp_string("kv> ").expect("a prompt");
    session
}

/// Sends a line and waits for what it prints and the next prompt.
#[track_caller]
fn say(session: &mut PtySession, line: &str, expected: &str) {
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
fn a_prompt_runs_commands_and_says_what_is_wrong() {
    let place = Place::new();
    place.kv("set first 1").done();
    let mut session = prompt(&place);
    say(&mut session, "incr first 41", "42");
    say(&mut session, "set 'with space' \"a value\"", "");
    say(&mut session, "get 'with space'", "\"a value\"");
    say(&mut session, "get nothing", "key not found: nothing");
    say(&mut session, "frobnicate", "unrecognized subcommand");
    say(&mut session, "get 'unfinished", "missing closing quote");
    say(&mut session, "help", "Retrieve a value");
    say(&mut session, "use g", "kv g");
    say(&mut session, "set k in-g", "kv g");
    say(&mut session, "shell", "this is the shell already");
    say(&mut session, "use", "kv");
    say(&mut session, "get k", "key not found");
    session.send("exit\r").expect("sent");
    session.flush().expect("sent");
    assert!(end(session).ends_with(", 0)"));
    assert_eq!(place.kv("get --raw k -g g").ok(), "in-g");
}

#[test]
fn tab_completes_commands_options_and_keys() {
    let place = Place::new();
    place.kv("set user:ada 1").done();
    place.kv("set k v -g settings").ok();
    let mut session = prompt(&place);
    say(&mut session, "coun\t", "1");
    say(&mut session, "get user\t", "1");
    say(&mut session, "list --rev\t", "user:ada");
    say(&mut session, "delete-group set\t", "1");
    drop(session);
    assert_eq!(place.kv("groups").ok(), "\n");
}

#[test]
fn ctrl_c_gives_a_line_up_and_ctrl_d_ends() {
    let place = Place::new();
    place.kv("set k v").done();
    let mut session = prompt(&place);
    session.send("delete k").expect("sent");
    session.send_control('c').expect("sent");
    session.exp_string("kv> ").expect("a new prompt");
    say(&mut session, "exists k", "true");
    // What runs is stopped, and the prompt stays.
    session.send("stats --watch --interval 20ms\r").expect("sent");
    session.flush().expect("sent");
    session.exp_string("\x1b[8A").expect("a live table");
    session.send_control('c').expect("sent");
    session.exp_string("kv> ").expect("a prompt");
    say(&mut session, "exists k", "true");
    session.send_control('d').expect("sent");
    assert!(end(session).ends_with(", 0)"));
}

#[test]
fn the_history_is_kept_private_and_can_be_switched_off() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.kv("set k v").done();
    let mut session = prompt(&place);
    say(&mut session, "exists k", "true");
    say(&mut session, " set secret word", "");
    session.send_control('d').expect("sent");
    end(session);
    let path = place.file(".local/state/kv/history");
    let history = fs::read_to_string(&path).expect("a history");
    assert!(history.contains("exists k") && !history.contains("secret"), "{history}");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut session = prompt(&place);
    session.send("\x1b[A\r").expect("the line before");
    session.flush().expect("sent");
    session.exp_string("true").expect("it ran again");
}

#[test]
fn a_script_runs_to_its_end_or_to_the_first_failure() {
    let place = Place::new();
    place.kv("set n 1").done();
    assert_eq!(place.feed("shell", "incr n\n\nincr n -g g\nuse g\nget n\n").ok(), "2\n1\n1\n");
    let ran = place.feed("shell", "get nothing\nincr n\n");
    assert_eq!((ran.code, &ran.out[..]), (1, &b"3\n"[..]), "{ran:?}");
    let ran = place.feed("shell", "incr n\nfrobnicate\nincr n\n");
    assert_eq!((ran.code, &ran.out[..]), (2, &b"4\n"[..]), "{ran:?}");
    let ran = place.feed("shell", "set t text\nincr t\nincr n\n");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.starts_with("kv: line 2: "), "{ran:?}");
    assert_eq!(place.feed("shell", "exit\nincr n\n").ok(), "");
    assert_eq!(
        place.feed("shell --store memory: --create", "incr n\nincr n\nchanges\n").ok(),
        "1\n2\noff\n"
    );
    assert_eq!(
        place.feed("shell", "changes on\nchanges off\nset k v -n tenant\ngroups -n tenant\n").ok(),
        "\n"
    );
    // The standard input of the script is not that of its commands.
    assert_eq!(place.feed("shell", "set value\n").code, 2);
}
