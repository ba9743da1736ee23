//! The lines of the prompt: commands of several lines, and the history.

use std::fs;

use crate::shell::{end, enter, prompt, send};
use crate::support::TestFolder;
use crate::terminal::terminal_with;

fn folder() -> TestFolder {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    folder
}

#[test]
fn an_unfinished_command_goes_on_in_the_next_line() {
    let folder = folder();
    let mut session = prompt(&folder);
    for (lines, mark, key, value) in [
        (["set single 'a", "b'"], "'", "single", "a\nb"),
        (["set double \"a", "b\""], "\"", "double", "a\nb"),
        (["set escape a\\", "b"], "\\", "escape", "ab"),
        (["set object {\"a\": 1,", "\"b\": \"}\"}"], "{", "object", "{\"a\": 1,\n\"b\": \"}\"}"),
        (["set list [1,", "[2]] --json"], "[", "list", "[1,\n[2]]"),
    ] {
        send(&mut session, &format!("{}\r", lines[0]));
        session.exp_string(&format!(".{mark} > ")).expect("a prompt for the next line");
        enter(&mut session, lines[1], "kv app.db");
        assert_eq!(folder.run(&["get", "--raw", key]).ok(), value);
    }
}

#[test]
fn ctrl_c_and_ctrl_d_discard_an_unfinished_command() {
    let folder = folder();
    let mut session = prompt(&folder);
    send(&mut session, "set k 'new\r");
    session.exp_string(".' > ").expect("a prompt for the next line");
    send(&mut session, "text");
    session.send_control('c').expect("sent");
    session.exp_string("kv app.db> ").expect("a prompt");
    enter(&mut session, "get k", "\"v\"");
    send(&mut session, "set k 'new\r");
    session.exp_string(".' > ").expect("a prompt for the next line");
    session.send_control('d').expect("sent");
    session.exp_string("missing closing quote").expect("a message");
    session.exp_string("kv app.db> ").expect("a prompt");
    enter(&mut session, "get k", "\"v\"");
}

#[test]
fn a_command_of_several_lines_is_one_of_the_history() {
    let folder = folder();
    let mut session = prompt(&folder);
    send(&mut session, "append k 'x\r");
    session.exp_string(".' > ").expect("a prompt for the next line");
    enter(&mut session, "y'", "4");
    // The line before has both lines.
    enter(&mut session, "\x1b[A", "7");
    session.send_control('d').expect("sent");
    end(session);
    let history = fs::read_to_string(folder.file(".local/state/kv/history")).expect("a history");
    assert_eq!(history, "#V2\nappend k 'x\\ny'\n");
    let mut session = prompt(&folder);
    enter(&mut session, "\x1b[A", "10");
}

#[test]
fn pasted_lines_are_one_command_after_the_other() {
    let folder = folder();
    let mut session = prompt(&folder);
    enter(&mut session, "\x1b[200~set a 1\nincr a 41\nset b 2\x1b[201~", "42");
    assert_eq!(folder.kv("list").ok(), "a\nb\nk\n");
}

#[test]
fn ctrl_r_finds_a_command_of_the_history() {
    let folder = folder();
    let mut session = prompt(&folder);
    enter(&mut session, "append k xyz", "4");
    enter(&mut session, "exists k", "true");
    session.send_control('r').expect("sent");
    send(&mut session, "xyz");
    session.exp_string("append k xyz").expect("the command");
    send(&mut session, "\r");
    session.exp_string("7").expect("its result");
}

#[test]
fn the_history_has_each_command_once() {
    let folder = folder();
    let mut session = prompt(&folder);
    for line in ["exists k", "count", "exists k", "count", "count"] {
        enter(&mut session, line, "");
    }
    // Three lines up there is none: the first one stays.
    enter(&mut session, "\x1b[A\x1b[A\x1b[A", "true");
    session.send_control('d').expect("sent");
    end(session);
    let path = folder.file(".local/state/kv/history");
    assert_eq!(fs::read_to_string(&path).expect("a history"), "#V2\ncount\nexists k\n");
    // Two prompts at once keep the commands of both.
    let (mut first, mut second) = (prompt(&folder), prompt(&folder));
    enter(&mut first, "ttl k", "never");
    enter(&mut second, "list", "k");
    send(&mut first, "exit\r");
    end(first);
    send(&mut second, "exit\r");
    end(second);
    let history = fs::read_to_string(&path).expect("a history");
    assert_eq!(
        history,
        "#V2\ncount\nexists k\nttl k\nexit\nlist\nexit\n".replacen("exit\n", "", 1)
    );
}

#[test]
fn kv_history_names_the_file_or_none() {
    let folder = folder();
    let path = folder.file("lines");
    for (value, is_kept) in [("lines", true), ("", false)] {
        let mut session = terminal_with(&folder, "shell", &[("KV_HISTORY", value)]);
        session.exp_string("kv app.db> ").expect("a prompt");
        enter(&mut session, "exists k", "true");
        send(&mut session, "exit\r");
        end(session);
        assert_eq!(fs::read_to_string(&path).is_ok_and(|it| it.contains("exists k")), is_kept);
        fs::remove_file(&path).ok();
        assert_eq!(folder.files(), ["app.db"]);
    }
}
