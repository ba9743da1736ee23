//! Locks of the command, and programs that run while one is held.

use std::fs;
use std::process::Stdio;

use crate::support::{RunResult, TestFolder, interrupt, until};

/// Returns the number behind a name in lines such as `version 17`.
fn number(lines: &str, name: &str) -> u64 {
    let line = lines.lines().find_map(|line| line.strip_prefix(name)).expect(name);
    line.trim().parse().expect("a number")
}

#[test]
fn a_lock_is_acquired_shown_refused_and_released() {
    let folder = TestFolder::new();
    assert_eq!(
        folder.kv("lock show l --create").failed(1).lines().last(),
        Some("kv: lock l is free")
    );
    let granted = folder.kv("lock acquire l --lease 1h --owner me -o raw").ok();
    let version = number(&granted, "version");
    let shown = folder.kv("lock show l -o raw").ok();
    assert!(shown.starts_with("owner me\nlease_left 35"), "{shown}");
    let message = folder.kv("lock acquire l").failed(1);
    assert_eq!(message, "kv: lock l is held by me; --wait waits for it\n");
    let message = folder.kv("lock acquire l --wait 20ms").failed(1);
    assert_eq!(message, "kv: lock l is held by me; waited for 20ms\n");
    let message = folder.kv("lock release l 7").failed(1);
    assert_eq!(message, "kv: lock l is no longer that of version 7\n");
    folder.kv(&format!("lock release l {version}")).ok();
    let again = folder.kv("lock acquire l -o raw").ok();
    assert!(number(&again, "token") > number(&granted, "token"), "{granted}{again}");
}

#[test]
fn a_program_runs_while_the_lock_is_held_and_gives_its_exit_status() {
    let folder = TestFolder::new();
    let run = |words: &[&str]| folder.run(&[&["lock", "run", "l", "--"][..], words].concat());
    let script = "echo $((KV_LOCK_TOKEN > 0)); \"$0\" lock show l -o raw";
    let seen = run(&["sh", "-c", script, crate::support::KV]).done();
    assert!(seen.starts_with("1\nowner "), "{seen}");
    assert!(seen.contains("\nlease_left "), "{seen}");
    folder.kv("lock show l").failed(1);
    assert_eq!(run(&["sh", "-c", "exit 7"]).code, 7);
    assert_eq!(run(&["sh", "-c", "kill -KILL $$"]).code, 128 + 9);
    let message = run(&["./missing"]).failed(3);
    assert!(message.contains("run ./missing: No such file"), "{message}");
    folder.kv("lock show l").failed(1);
    folder.kv("lock run l").failed(2);
}

#[test]
fn a_lease_is_renewed_while_the_program_runs() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let words = ["lock", "run", "l", "--lease", "300ms", "--", "sh", "-c", "read line"];
    let mut child = folder.spawn(&words, Stdio::piped());
    until("the lock", || folder.kv("lock show l").code == 0);
    // Longer than the lease.
    let waited = folder.kv("lock acquire l --wait 700ms");
    assert_eq!(waited.code, 1, "{waited:?}");
    drop(child.stdin.take());
    RunResult::wait(child);
    folder.kv("lock show l").failed(1);
}

#[test]
fn a_program_whose_lock_was_lost_is_ended() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let words = ["lock", "run", "l", "--lease", "300ms", "--", "sleep", "60"];
    let child = folder.spawn(&words, Stdio::null());
    until("the lock", || folder.kv("lock show l").code == 0);
    folder.kv("delete-group kv.lock").ok();
    let result = RunResult::wait(child);
    assert_eq!(result.code, 3, "{result:?}");
    assert!(result.err.contains("the lock was lost; the program is ended"), "{result:?}");
    assert!(result.err.contains("the lease of lock l has ended"), "{result:?}");
}

#[test]
fn a_signal_ends_the_program_and_releases_the_lock() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let script = "trap 'echo ended >trace; exit 9' TERM; while :; do sleep 0.02; done";
    let words = ["lock", "run", "l", "--", "sh", "-c", script];
    let child = folder.spawn(&words, Stdio::null());
    until("the lock", || folder.kv("lock show l").code == 0);
    let kill = std::process::Command::new("kill").arg(child.id().to_string()).status();
    assert!(kill.expect("kill").success());
    let result = RunResult::wait(child);
    assert_eq!(result.code, 9, "{result:?}");
    assert_eq!(fs::read_to_string(folder.file("trace")).expect("a trace"), "ended\n");
    folder.kv("lock show l").failed(1);

    // Of Ctrl-C the terminal tells the program too.
    let script = "trap 'exit 8' INT; while :; do sleep 0.02; done";
    let child = folder.spawn(&["lock", "run", "l", "--", "sh", "-c", script], Stdio::null());
    until("the lock", || folder.kv("lock show l").code == 0);
    interrupt(&child);
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let program = fs::read_to_string(children).expect("children");
    let kill = std::process::Command::new("kill").args(["-INT", program.trim()]).status();
    assert!(kill.expect("kill").success());
    assert_eq!(RunResult::wait(child).code, 8);
    folder.kv("lock show l").failed(1);
}
