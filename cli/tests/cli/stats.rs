//! The figures and the metrics of a store, once and for each interval.

use std::process::Stdio;

use crate::redis::{PASSWORD, Server};
use crate::support::{RunResult, TestFolder, handles_interrupts, interrupt, until};

#[test]
fn figures_are_lines_or_json_and_entries_are_counted_when_asked_for() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let text = folder.kv("stats").ok();
    assert!(text.starts_with("file             ") && !text.contains("entries  "), "{text}");
    let text = folder.kv("stats --count").ok();
    assert!(
        text.starts_with("entries          1\nexpired          0\nsize             2\n"),
        "{text}"
    );
    let json = folder.kv("stats --output json").ok();
    assert!(json.starts_with("{\"time\":") && json.contains(",\"format\":2,"), "{json}");
    assert!(!json.contains("\"entries\"") && !json.contains("\"bytes\""), "{json}");
    let json = folder.kv("stats --count --output json").ok();
    assert!(json.contains(",\"entries\":1,\"bytes\":2,\"expired_entries\":0,"), "{json}");
    for wrong in ["--interval 5", "--metrics --watch", "--metrics --count", "-o xml"] {
        folder.kv(&format!("stats {wrong}")).failed(2);
    }
    folder.kv("stats --db-path missing.db").failed(3);
}

#[test]
fn the_names_in_json_are_those_of_c() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let json = folder.kv("stats --count --output json").ok();
    let header = concat!(env!("CARGO_MANIFEST_DIR"), "/../include/kv.h");
    let header = std::fs::read_to_string(header).expect("the header");
    for name in ["kv_stats", "kv_usage"] {
        let text = header.split(&format!("typedef struct {name} {{")).nth(1).expect(name);
        let text = text.split(&format!("}} {name};")).next().expect(name);
        let lines = text.lines().map(str::trim).filter(|line| line.ends_with(';'));
        let fields = lines.filter_map(|line| line.trim_end_matches(';').split(' ').nth(1));
        let fields = fields.map(|field| field.split('[').next().expect("a name"));
        // The size of the structure is no figure.
        let fields: Vec<_> = fields.filter(|it| *it != "size" && *it != "reserved").collect();
        assert!(fields.len() >= 3, "{fields:?}");
        for field in fields {
            assert!(json.contains(&format!("\"{field}\":")), "{field}: {json}");
        }
    }
}

#[test]
fn metrics_are_in_the_format_of_prometheus_or_json() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let text = folder.kv("stats --metrics").ok();
    let json = folder.kv("stats --metrics -o json").ok();
    let raw = folder.kv("stats --metrics -o raw").ok();
    for row in kv::METRICS {
        let label = format!("\n{}{{store=\"", row.name);
        assert_eq!(text.matches(&label).count(), 1, "{label}: {text}");
        assert!(json.contains(&format!("\"{}\":", row.name)), "{}: {json}", row.name);
        assert!(raw.lines().any(|line| line.starts_with(&format!("{} ", row.name))), "{raw}");
    }
    assert_eq!(json.matches(':').count(), kv::METRICS.len());
    assert!(json.contains("\"kv_read_only\":1,\"kv_poisoned\":0}"), "{json}");
    assert!(text.contains("# TYPE kv_commits_total counter\n"), "{text}");
}

/// Returns a file of docs/operating.
fn document(name: &str) -> String {
    let path = format!("{}/../docs/operating/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect(name)
}

/// Returns the names of metrics in a text, each as often as it is there.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |it: char| it.is_ascii_lowercase() || it == '_';
    text.split(move |it| !is_part(it)).filter(|word| word.starts_with("kv_"))
}

#[test]
fn every_metric_is_documented_and_no_other_one() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let text = folder.kv("stats --metrics").ok();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut known: Vec<_> = types.filter_map(|line| line.split(' ').next()).collect();
    let page = document("metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `kv_"));
    let names = rows.filter_map(|row| row.split('`').next());
    let mut listed: Vec<_> = names.map(|name| format!("kv_{name}")).collect();
    known.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, known);
}

#[test]
fn the_rules_of_alerts_name_metrics_that_there_are_and_are_listed() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let text = folder.kv("stats --metrics").ok();
    let (rules, page) = (document("alerts.yml"), document("metrics.md"));
    assert!(names_in(&rules).count() > 20);
    for name in names_in(&rules) {
        let family = name.trim_end_matches("_bucket").trim_end_matches("_count");
        assert!(text.contains(&format!("# TYPE {family} ")), "{name}");
    }
    let alerts = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    for alert in alerts {
        assert!(page.contains(&format!("`{alert}`")), "{alert}");
    }
}

/// Runs `kv stats --watch` in a pipe until `condition` holds after a change, and returns its lines.
fn watched(folder: &TestFolder, words: &str, change: &str) -> Vec<String> {
    let line = format!("stats --watch --interval 50ms {words}");
    let child = folder.spawn(&line.split_whitespace().collect::<Vec<_>>(), Stdio::null());
    until("a handler", || handles_interrupts(&child));
    folder.kv(change).ok();
    // Samples before and after the change.
    std::thread::sleep(std::time::Duration::from_millis(400));
    interrupt(&child);
    let result = RunResult::wait(child);
    assert_eq!((result.code, result.err.as_str()), (130, ""), "{result:?}");
    String::from_utf8(result.out).expect("text").lines().map(str::to_owned).collect()
}

#[test]
fn in_a_pipe_each_interval_is_a_line_with_rates() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let lines = watched(&folder, "--count", "set k2 v");
    let names: Vec<_> = lines[0].split_whitespace().collect();
    assert_eq!(names, ["time", "file", "wal", "free", "entries", "size", "expired"]);
    let entries = |line: &String| line.split_whitespace().nth(4).expect("a column").to_owned();
    let [first, .., last] = &lines[1..] else { panic!("{lines:?}") };
    assert_eq!(entries(last), "2");
    assert!(entries(first) == "1" || entries(first) == "2", "{first}");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{lines:?}");

    folder.kv("changes on").ok();
    let lines = watched(&folder, "", "set k3 v");
    assert!(lines[0].ends_with("  changes/s    sets/s  deletes/s  expires/s"), "{lines:?}");
}

#[test]
fn in_a_pipe_each_interval_is_an_object_with_the_changes_of_all_processes() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let lines = watched(&folder, "-o json", "set k2 v");
    assert!(lines.iter().all(|line| !line.contains("\"changes\"")), "{lines:?}");
    folder.kv("changes on").ok();
    let lines = watched(&folder, "-o json", "delete k2");
    let last = lines.last().expect("a line");
    let count = last.split("\"changes\":").nth(1).and_then(|it| it.split(',').next());
    // The watch may have begun after the change.
    assert!(count == Some("1") || count == Some("0"), "{last}");
    assert!(lines.iter().all(|line| line.starts_with("{\"time\":")), "{lines:?}");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_redis_has_connections_and_changes() {
    let folder = TestFolder::new();
    let server = Server::start(&folder);
    let location = server.location(PASSWORD);
    let kv = |line: &str| folder.kv_on(&location, line);
    kv("set k v").ok();
    assert!(kv("stats --count").ok().starts_with("entries          1\n"));
    let text = kv("stats --metrics").ok();
    let connections =
        text.lines().find(|line| line.starts_with("kv_connections{")).expect("a line");
    assert!(!connections.ends_with(" 0") && !text.contains("horse"), "{text}");
}
