//! `kv watch` in one process, writes in others.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Place, interrupt};

/// A watch that runs, and the lines it prints.
struct Watching {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Watching {
    /// Begins to watch, and returns when it hears.
    fn begin(place: &Place, line: &str) -> Watching {
        let words: Vec<_> = ["watch", "--existing"].into_iter().chain(line.split(' ')).collect();
        let mut watching = Watching::begin_with(place, &words);
        while !watching.next().contains("\"synced\"") {}
        watching
    }

    fn begin_with(place: &Place, words: &[&str]) -> Watching {
        let mut child = place.spawn(words, Stdio::null());
        let lines = BufReader::new(child.stdout.take().expect("a pipe"));
        Watching { child, lines }
    }

    fn next(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        assert!(line.ends_with('\n'), "the watch has ended: {:?}", self.child.wait());
        line
    }

    /// Stops it as Ctrl-C does, and returns what it ended with.
    fn stop(mut self) -> i32 {
        interrupt(&self.child);
        let begun = Instant::now();
        let code = self.child.wait().expect("it ends").code().unwrap_or(-1);
        assert!(begun.elapsed() < Duration::from_secs(20), "it took {:?}", begun.elapsed());
        code
    }
}

fn logged_place() -> Place {
    let place = Place::new();
    place.kv("changes on").done();
    place
}

#[test]
fn changes_of_other_processes_are_told_as_they_are_made() {
    let place = logged_place();
    let mut watching = Watching::begin(&place, "--groups ");
    let version = place.kv("set k v --print-version").ok();
    let line = watching.next();
    let expected = format!(
        "{{\"type\":\"set\",\"group\":\"\",\"key\":\"k\",\"value\":\"v\",\"version\":{},\"time\":",
        version.trim()
    );
    assert!(line.starts_with(&expected), "{line}");
    place.kv("set k v -g g").ok();
    place.kv("delete k").ok();
    place.kv("delete-group g").ok();
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
fn a_watch_can_be_of_a_key_a_prefix_or_a_namespace() {
    let place = logged_place();
    let mut key = Watching::begin(&place, "a*");
    let mut prefix = Watching::begin(&place, "--prefix b");
    let mut scoped = Watching::begin(&place, "-n tenant -g g");
    for line in ["set a 1", "set a* 2", "set c 3", "set b1 4", "set x 5 -g tenant:g", "set b2 6"] {
        place.kv(line).ok();
    }
    assert!(key.next().contains("\"value\":\"2\""));
    assert!(prefix.next().contains("\"value\":\"4\""));
    assert!(prefix.next().contains("\"value\":\"6\""));
    assert!(scoped.next().contains("\"group\":\"g\",\"key\":\"x\",\"value\":\"5\""));
    assert_eq!([key.stop(), prefix.stop(), scoped.stop()], [130; 3]);
}

#[test]
fn a_watch_goes_on_after_a_version() {
    let place = logged_place();
    place.kv("set a 1").ok();
    let version = place.kv("set b 2 --print-version").ok();
    place.kv("set c 3").ok();
    let all = place.kv("watch --from-version 0 --limit 3").ok();
    assert_eq!(all.lines().count(), 3);
    let rest = place.kv(&format!("watch --from-version {} --limit 1", version.trim())).ok();
    assert!(rest.contains("\"key\":\"c\""), "{rest}");
    place.kv("changes off").ok();
    place.kv("changes on").ok();
    let message = place.kv("watch --from-version 1").failed(3);
    assert!(message.contains("are gone"), "{message}");
}

#[test]
fn without_a_log_a_watch_that_would_hear_nothing_is_refused() {
    let place = Place::new();
    place.kv("set k v").done();
    for line in ["watch", "watch --existing", "watch --from-version 7"] {
        let message = place.kv(line).failed(3);
        assert!(message.contains("'kv changes on' switches it on"), "{message}");
    }
    place.kv("watch k --prefix p").failed(2);
    place.kv("watch --capacity 1").failed(2);
}

#[test]
fn bytes_that_are_no_text_are_told_as_base64() {
    let place = logged_place();
    place.feed("set k", b"\xff").ok();
    let line = place.kv("watch --from-version 0 --limit 1").ok();
    assert!(line.contains("\"value\":{\"base64\":\"/w==\"}"), "{line}");
}

#[test]
fn many_changes_are_told_in_order_and_none_is_lost() {
    let place = logged_place();
    let mut watching = Watching::begin(&place, "--prefix n");
    let lines: String =
        (0..5_000).map(|n| format!("{{\"key\":\"n{n}\",\"value\":\"\"}}\n")).collect();
    place.feed("import", lines).done();
    for n in 0..5_000 {
        let line = watching.next();
        assert!(line.contains(&format!("\"key\":\"n{n}\"")), "{n}: {line}");
    }
    assert_eq!(watching.stop(), 130);
}
