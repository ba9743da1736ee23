//! The examples in the help of each command, run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::{KV, TestFolder};

/// Commands that run until a signal; the others end by themselves.
const ENDLESS: [&str; 2] = ["kv watch", "kv stats --watch"];
/// Programs of others that examples pipe into: here they pass their input on, or ignore it.
const OTHERS: [(&str, &str); 5] = [
    ("jq", "cat"),
    ("xxd", "cat"),
    ("man", "cat"),
    ("ssh", "cat >/dev/null"),
    ("date", "echo today"),
];

/// Returns the names of all commands, in the order of the help; those of a command if one is given.
fn commands(folder: &TestFolder, of: &str) -> Vec<String> {
    let help = folder.kv(&format!("{of} --help")).ok();
    let list = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    // The text of a command may go on in a line that is indented further.
    let lines = lines.filter_map(|line| line.strip_prefix("  ")).filter(|it| !it.starts_with(' '));
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names.filter(|it| *it != "help").map(|it| format!("{of} {it}").trim().to_owned()).collect()
}

/// Returns the examples in the help of a command, without their comments.
fn examples(folder: &TestFolder, command: &str) -> Vec<String> {
    let help = folder.kv(&format!("{command} --help")).ok();
    let lines = help.split("Examples:\n").nth(1).unwrap_or_default().lines();
    let lines = lines.map_while(|line| line.strip_prefix("  "));
    lines.map(|line| line.split("  # ").next().unwrap_or_default().trim_end().to_owned()).collect()
}

/// Makes a folder with what the examples name.
fn prepared() -> TestFolder {
    let folder = TestFolder::new();
    for line in [
        "set colour blue",
        "set user:7 {\"address\":{\"city\":\"Ulm\"}}",
        "set user:8 7",
        "set visits 41",
        "set session:1 ada",
        "set report r",
        "set job:17 x",
        "set tmp:1 x",
        "set name you",
        "set video @video.mp4",
        "set upstream localhost --group web",
        "set k v -n tenant-a -g g",
        "quota set tenant-a --max-keys 10",
        "changes on",
        "set flags on --group config",
        "lock acquire nightly --lease 50ms",
    ] {
        folder.write("video.mp4", "moving pictures");
        folder.kv(line).done();
    }
    fs::create_dir_all(folder.file("backups")).expect("a folder");
    fs::create_dir_all(folder.file("share/man/man1")).expect("a folder");
    folder.kv("backup backups/app.db").ok();
    fs::copy(folder.file("backups/app.db"), folder.file("damaged.db")).expect("a copy");
    folder.write("backup.jsonl", "{\"key\":\"a\",\"value\":\"b\"}\n");
    folder.write("array.json", "{\"key\":\"a\",\"value\":\"b\"}\n");
    folder.write("steps.jsonl", "{\"op\":\"incr\",\"key\":\"visits\"}\n");
    folder.write("nginx.conf.j2", "proxy_pass http://{{ upstream }};\n");
    folder.write("commands", "list\n");
    fs::create_dir(folder.file("photos")).expect("a folder");
    let programs = folder.file("programs");
    fs::create_dir(&programs).expect("a folder");
    let own = [("backup.sh", "echo \"backup $KV_LOCK_TOKEN\"")];
    for (name, line) in OTHERS {
        make_program(&programs.join(name), line);
    }
    for (name, line) in own {
        make_program(&folder.file(name), line);
    }
    let create = "CREATE TABLE kv_store (key TEXT PRIMARY KEY, value TEXT NOT NULL, created_at \
                  DATETIME, updated_at DATETIME); INSERT INTO kv_store VALUES ('a','1',0,0);";
    let connection = rusqlite::Connection::open(folder.file("old.db")).expect("a database");
    connection.execute_batch(create).expect("a table of petrock");
    let store = kv::open(folder.file("app.db").to_str().expect("UTF-8")).expect("a store");
    let key = kv::Key::new(b"payment-4711").expect("a key");
    kv::Idempotency::new(&store).begin(key, b"hash", 0).expect("begun");
    folder
}

fn copy_of(prepared: &TestFolder) -> TestFolder {
    let folder = TestFolder::new();
    let from = prepared.path().join(".");
    let copied = Command::new("cp").arg("-R").arg(from).arg(folder.path()).status();
    assert!(copied.expect("cp").success());
    folder
}

fn make_program(path: &Path, line: &str) {
    fs::write(path, format!("#!/bin/sh\n{line}\n")).expect("a program");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// Runs a line as a shell does; returns the exit status, of a pipe that of its last failure, and
/// the output.
fn run(folder: &TestFolder, line: &str) -> (i32, String) {
    let programs = Path::new(KV).parent().expect("a folder").display();
    let path = std::env::var("PATH").expect("a path");
    let script = match ENDLESS.iter().any(|it| line.starts_with(it)) {
        // A watch of what was already changed prints it and goes on.
        true => format!("timeout --preserve-status -s INT 1 {line}"),
        false => line.to_owned(),
    };
    let output = Command::new("bash")
        .args(["-c", &format!("set -o pipefail; exec 2>&1\n{script}")])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{programs}:{path}", folder.file("programs").display()))
        .env("HOME", folder.path())
        .env_remove("KV_STORE")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("bash");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap_or(-1), text)
}

#[test]
fn every_command_has_examples_that_run() {
    let folder = TestFolder::new();
    let mut names = commands(&folder, "");
    for parent in ["quota", "changes", "idempotency", "lock"] {
        names.extend(commands(&folder, parent));
    }
    assert!(names.len() > 40, "{names:?}");
    let prepared = prepared();
    let mut failures = String::new();
    for name in names {
        let examples = examples(&folder, &name);
        if examples.is_empty() {
            failures += &format!("kv {name} --help has no examples\n");
        }
        let folder = copy_of(&prepared);
        for line in examples {
            // A Redis is on none of the addresses that an example may name, and a full screen
            // needs a terminal, which other tests have.
            if line.contains("redis://") || line.starts_with("kv browse") {
                continue;
            }
            let (status, text) = run(&folder, &line);
            let ends_by_signal = ENDLESS.iter().any(|it| line.starts_with(it));
            let is_expected = status == 0 || status == 1 || ends_by_signal && status == 130;
            if !is_expected {
                failures += &format!("kv {name} --help: {line}\nends with {status}: {text}\n");
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn the_manual_pages_have_the_examples() {
    let folder = TestFolder::new();
    fs::create_dir(folder.file("man")).expect("a folder");
    folder.kv("man man").ok();
    for page in ["kv-get.1", "kv-lock-run.1", "kv-quota-set.1"] {
        let text = fs::read_to_string(folder.file("man").join(page)).expect(page);
        assert!(text.contains("Examples:"), "{page}: {text}");
    }
}
