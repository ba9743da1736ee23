//! `kv watch` in one process, writes in others.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use crate::support::{TestFolder, interrupt, until};

/// A running watch and the lines that it prints.
struct RunningWatch {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl RunningWatch {
    /// Starts a watch, and returns once it receives changes.
    fn begin(folder: &TestFolder, line: &str) -> RunningWatch {
        let words: Vec<_> = ["watch", "--existing"].into_iter().chain(line.split(' ')).collect();
        let mut watching = RunningWatch::begin_with(folder, &words);
        while !watching.next().contains("\"synced\"") {}
        watching
    }

    fn begin_with(folder: &TestFolder, words: &[&str]) -> RunningWatch {
        let mut child = folder.spawn(words, Stdio::null());
        let lines = BufReader::new(child.stdout.take().expect("a pipe"));
        RunningWatch { child, lines }
    }

    fn next(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        assert!(line.ends_with('\n'), "the watch has ended: {:?}", self.child.wait());
        line
    }

    /// Stops the watch as Ctrl-C does, and returns the exit status.
    fn stop(mut self) -> i32 {
        interrupt(&self.child);
        let mut code = None;
        until("the end of the watch", || {
            code = self.child.try_wait().expect("a child");
            code.is_some()
        });
        code.and_then(|status| status.code()).unwrap_or(-1)
    }
}

fn folder_with_log() -> TestFolder {
    let folder = TestFolder::new();
    folder.kv("changes on").done();
    folder
}

#[test]
fn changes_of_other_processes_are_printed_as_they_are_committed() {
    let folder = folder_with_log();
    let mut watching = RunningWatch::begin(&folder, "--groups ");
    let version = folder.kv("set k v --print-version").ok();
    let line = watching.next();
    let expected = format!(
        "{{\"type\":\"set\",\"group\":\"\",\"key\":\"k\",\"value\":\"v\",\"version\":{},\"time\":",
        version.trim()
    );
    assert!(line.starts_with(&expected), "{line}");
    folder.kv("set k v -g g").ok();
    folder.kv("delete k").ok();
    folder.kv("delete-group g").ok();
    assert!(watching.next().starts_with("{\"type\":\"set\",\"group\":\"g\""));
    assert!(
        watching
            .next()
            .starts_with("{\"type\":\"delete\",\"group\":\"\",\"key\":\"k\",\"version\"")
    );
    assert!(watching.next().starts_with("{\"type\":\"delete_group\",\"group\":\"g\",\"version\""));
    assert_eq!(watching.stop(), 130);
}

#[test]
fn a_watch_selects_a_key_a_prefix_or_a_namespace() {
    let folder = folder_with_log();
    let mut key = RunningWatch::begin(&folder, "a*");
    let mut prefix = RunningWatch::begin(&folder, "--prefix b");
    let mut scoped = RunningWatch::begin(&folder, "-n tenant -g g");
    for line in ["set a 1", "set a* 2", "set c 3", "set b1 4", "set x 5 -g tenant:g", "set b2 6"] {
        folder.kv(line).ok();
    }
    assert!(key.next().contains("\"value\":\"2\""));
    assert!(prefix.next().contains("\"value\":\"4\""));
    assert!(prefix.next().contains("\"value\":\"6\""));
    assert!(scoped.next().contains("\"group\":\"g\",\"key\":\"x\",\"value\":\"5\""));
    assert_eq!([key.stop(), prefix.stop(), scoped.stop()], [130; 3]);
}

#[test]
fn a_watch_resumes_after_a_version() {
    let folder = folder_with_log();
    folder.kv("set a 1").ok();
    let version = folder.kv("set b 2 --print-version").ok();
    folder.kv("set c 3").ok();
    let all = folder.kv("watch --from-version 0 --limit 3").ok();
    assert_eq!(all.lines().count(), 3);
    let later = folder.kv(&format!("watch --from-version {} --limit 1", version.trim())).ok();
    assert!(later.contains("\"key\":\"c\""), "{later}");
    folder.kv("changes off").ok();
    folder.kv("changes on").ok();
    let message = folder.kv("watch --from-version 1").failed(3);
    assert!(message.contains("were trimmed"), "{message}");
}

#[test]
fn without_a_change_log_a_watch_is_refused() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    for line in ["watch", "watch --existing", "watch --from-version 7"] {
        let message = folder.kv(line).failed(3);
        assert!(message.contains("'kv changes on' switches it on"), "{message}");
    }
    folder.kv("watch k --prefix p").failed(2);
    folder.kv("watch --capacity 1").failed(2);
}

#[test]
fn bytes_that_are_not_utf8_are_printed_as_base64() {
    let folder = folder_with_log();
    folder.feed("set k", b"\xff").ok();
    let line = folder.kv("watch --from-version 0 --limit 1").ok();
    assert!(line.contains("\"value\":{\"base64\":\"/w==\"}"), "{line}");
}

#[test]
fn many_changes_are_printed_in_order_and_none_is_lost() {
    let folder = folder_with_log();
    let mut watching = RunningWatch::begin(&folder, "--prefix n");
    let lines: String =
        (0..5_000).map(|n| format!("{{\"key\":\"n{n}\",\"value\":\"\"}}\n")).collect();
    folder.feed("import", lines).done();
    for n in 0..5_000 {
        let line = watching.next();
        assert!(line.contains(&format!("\"key\":\"n{n}\"")), "{n}: {line}");
    }
    assert_eq!(watching.stop(), 130);
}
