//! Ctrl-C while a command of the prompt is at work, and signals that end the shell.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rexpect::process::Signal;
use rexpect::session::PtySession;

use crate::shell::{end, enter, prompt, send};
use crate::support::{
    RunResult, TestFolder, folder_with_lines, handles_interrupts, interrupt, until,
};

/// Keys whose list is longer than the buffers of a terminal and of a pipe.
const KEYS: usize = 300_000;

fn folder_with_keys() -> TestFolder {
    let folder = folder_with_lines(KEYS);
    folder.kv("import lines").done();
    folder
}

/// Sends a line, waits for `begun`, and sends Ctrl-C. Returns the output from there to the prompt.
#[track_caller]
fn stop(session: &mut PtySession, line: &str, begun: &str) -> String {
    send(session, &format!("{line}\r"));
    session.exp_string(begun).expect(begun);
    session.send_control('c').expect("sent");
    session.exp_string("kv app.db> ").expect("a prompt")
}

/// Sends a line whose command waits and prints nothing, and Ctrl-C until there is a prompt again.
/// Returns the output before it.
#[track_caller]
pub fn stop_waiting(session: &mut PtySession, line: &str, prompt: &str) -> String {
    send(session, &format!("{line}\r"));
    // The editor switches the marks of pasted text off when a line is entered.
    session.exp_string("\x1b[?2004l").expect("the line was entered");
    let mut seen = String::new();
    until("a prompt", || {
        // The editor may still have the terminal, and take the key for input.
        session.send_control('c').expect("sent");
        let pause = Instant::now() + Duration::from_millis(100);
        while Instant::now() < pause {
            seen.extend(session.try_read());
        }
        seen.contains(prompt)
    });
    seen
}

#[test]
fn ctrl_c_discards_a_line_and_stops_a_command_but_not_the_shell() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut session = prompt(&folder);
    send(&mut session, "delete k");
    session.send_control('c').expect("sent");
    session.exp_string("kv app.db> ").expect("a new prompt");
    enter(&mut session, "exists k", "true");
    for _ in 0..3 {
        stop(&mut session, "stats --watch --interval 20ms", "q quit");
        enter(&mut session, "exists k", "true");
    }
    session.send_control('d').expect("sent");
    assert!(end(session).ends_with(", 0)"));
}

#[test]
fn ctrl_c_stops_a_list_an_export_and_a_watch() {
    let folder = folder_with_keys();
    folder.kv("changes on").ok();
    let mut session = prompt(&folder);
    for (line, begun) in [("list --long", "key:0000100"), ("export", "value of 100")] {
        for _ in 0..2 {
            // The terminal takes all output at once, so the command may end before the signal.
            until("a command that is stopped", || {
                let seen = stop(&mut session, line, begun);
                let is_stopped = seen.contains("stopped after ");
                let is_whole = seen.contains(&format!("key:{:07}", KEYS - 1));
                assert!(is_stopped || is_whole, "{line}: {}", seen.len());
                is_stopped
            });
        }
    }
    send(&mut session, "watch\r");
    // The watch has begun when it prints a change.
    until("a change that is printed", || {
        folder.kv("incr n").ok();
        session.exp_string("  set  ").is_ok()
    });
    session.send_control('c').expect("sent");
    session.exp_string("kv app.db> ").expect("a prompt");
    enter(&mut session, "exists key:0000100", "true");
}

#[test]
fn ctrl_c_stops_an_import_and_a_value_that_are_typed() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut session = prompt(&folder);
    for line in ["import", "set k -", "batch -"] {
        let seen = stop_waiting(&mut session, line, "kv app.db> ");
        assert!(seen.contains("stopped"), "{line}: {seen}");
        // Nothing else reads the terminal.
        enter(&mut session, "exists k", "true");
    }
    enter(&mut session, "get k", "\"v\"");
}

#[test]
fn ctrl_c_ends_the_wait_for_a_named_pipe() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    assert!(Command::new("mkfifo").arg(folder.file("pipe")).status().expect("mkfifo").success());
    let mut session = prompt(&folder);
    for line in ["set k @pipe", "import pipe", "batch pipe", "export pipe"] {
        let seen = stop_waiting(&mut session, line, "kv app.db> ");
        assert!(seen.contains("stopped"), "{line}: {seen}");
    }
    enter(&mut session, "get k", "\"v\"");
}

#[test]
fn ctrl_c_ends_the_wait_for_the_lock_of_another_process() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let holder = rusqlite::Connection::open(folder.file("app.db")).expect("a database");
    holder.execute_batch("BEGIN IMMEDIATE").expect("the write lock");
    let mut session = crate::terminal::terminal(&folder, "shell 'sqlite:app.db?busy_timeout=1h'");
    session.exp_string("kv app.db> ").expect("a prompt");
    for line in ["set k new", "delete-prefix ''", "purge", "compact"] {
        let seen = stop_waiting(&mut session, line, "kv app.db> ");
        assert!(seen.contains("stopped"), "{line}: {seen}");
    }
    enter(&mut session, "get k", "\"v\"");
    holder.execute_batch("ROLLBACK").expect("unlocked");
}

#[test]
fn a_termination_stops_the_command_and_ends_the_shell() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut session = prompt(&folder);
    send(&mut session, "stats --watch --interval 20ms\r");
    session.exp_string("q quit").expect("a view");
    let kill = |session: &mut PtySession| {
        session.process_mut().signal(Signal::SIGTERM).expect("a signal");
    };
    kill(&mut session);
    let status = end(session);
    assert!(status.ends_with(", 143)"), "{status}");
    // Between two commands, also after one that has handlers.
    let mut session = prompt(&folder);
    enter(&mut session, "export", "\"key\":\"k\"");
    enter(&mut session, "exists 'k\\'", "false");
    kill(&mut session);
    let status = end(session);
    assert!(status.contains("SIGTERM"), "{status}");
    // The commands are in the history, with those of the prompt before.
    let history = fs::read_to_string(folder.file(".local/state/kv/history")).expect("a history");
    let expected = "#V2\nstats --watch --interval 20ms\nexport\nexists 'k\\\\'\n";
    assert_eq!(history, expected);
}

#[test]
fn outside_of_the_shell_ctrl_c_ends_lists_with_130_and_the_work_that_is_done() {
    let folder = folder_with_keys();
    for (words, message) in [
        (&["list"][..], "stopped after "),
        (&["list", "--long"], "stopped after "),
        (&["export"], "stopped after "),
        (&["get", "large", "--raw"], "failed to get value for key 'large': stopped"),
    ] {
        if words[0] == "get" {
            folder.write("large", vec![b'x'; 64 << 20]);
            folder.kv("set large @large").ok();
        }
        // The command waits for the reader of its output, which reads after the signal.
        let mut child = folder.spawn(words, Stdio::null());
        let mut stdout = child.stdout.take().expect("a pipe");
        let mut first = [0];
        stdout.read_exact(&mut first).expect("the first byte");
        until("a handler", || handles_interrupts(&child));
        interrupt(&child);
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).expect("the rest");
        let result = RunResult::wait(child);
        assert_eq!(result.code, 130, "{words:?}: {}", result.err);
        assert!(result.err.contains(message), "{words:?}: {}", result.err);
        let half = if words[0] == "get" { 32 << 20 } else { 6 * KEYS };
        assert!(rest.len() < half, "{words:?}: {} bytes", rest.len());
    }
}

#[test]
fn ctrl_c_ends_a_script_between_and_within_its_commands() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    folder.kv("changes on").ok();
    let mut child = folder.spawn(&["shell"], Stdio::piped());
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"exists k\nwatch\nexists k\n").expect("written");
    until("a handler", || handles_interrupts(&child));
    interrupt(&child);
    let result = RunResult::wait(child);
    assert_eq!((result.code, &result.out[..]), (130, &b"true\n"[..]), "{result:?}");
    assert_eq!(result.err, "kv: line 2: stopped\n");
    // After a command with handlers, while the next line is awaited.
    let mut child = folder.spawn(&["shell"], Stdio::piped());
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"export copy\n").expect("written");
    until("a copy", || fs::metadata(folder.file("copy")).is_ok());
    let stdin_waits = || {
        let path = format!("/proc/{}/wchan", child.id());
        fs::read_to_string(path).is_ok_and(|it| it.contains("pipe"))
    };
    until("a wait for the next line", stdin_waits);
    interrupt(&child);
    // The signal ends the process itself.
    assert_eq!(RunResult::wait(child).code, -1);
}
