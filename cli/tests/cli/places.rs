//! Exports into links, pipes and devices; imports into small caches.

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::process::Command;
use std::thread;

use crate::support::{RunResult, TestFolder};
use crate::transfer::full_folder;

#[test]
fn an_export_replaces_only_regular_files_and_keeps_their_mode_and_links() {
    let folder = full_folder();
    let lines = folder.kv("export").ok();
    fs::create_dir(folder.file("data")).expect("a folder");
    fs::write(folder.file("data/lines"), "old").expect("a file");
    let mode = fs::Permissions::from_mode(0o664);
    fs::set_permissions(folder.file("data/lines"), mode).expect("a mode");
    symlink("data/lines", folder.file("link")).expect("a link");

    folder.kv("export link --overwrite").ok();

    assert!(fs::symlink_metadata(folder.file("link")).expect("a link").is_symlink());
    let written = fs::metadata(folder.file("data/lines")).expect("a file");
    assert_eq!(written.permissions().mode() & 0o7777, 0o664);
    assert_eq!(fs::read_to_string(folder.file("data/lines")).expect("lines"), lines);
    symlink("data/new", folder.file("dangling")).expect("a link");
    folder.kv("export dangling").ok();
    assert_eq!(fs::read_to_string(folder.file("data/new")).expect("lines"), lines);

    let message = folder.kv("export data --overwrite").failed(3);
    assert!(message.contains("write data: it is a folder, not a regular file"), "{message}");
    let message = folder.kv("export app.db --overwrite").failed(3);
    assert!(message.contains("which this process has open"), "{message}");
    assert_eq!(folder.kv("export").ok(), lines);
    assert_eq!(folder.files(), ["app.db", "dangling", "data", "link"]);
}

#[test]
fn an_export_writes_through_to_a_device_a_pipe_or_a_descriptor() {
    let folder = full_folder();
    let lines = folder.kv("export").ok();
    for line in ["export /dev/stdout", "export /dev/fd/1 --overwrite", "export /proc/self/fd/1"] {
        assert_eq!(folder.kv(line).ok(), lines, "{line}");
    }
    folder.kv("export /dev/null --overwrite").ok();
    folder.kv("export /dev/null").ok();
    assert!(fs::metadata("/dev/null").expect("a device").file_type().is_char_device());

    let made = Command::new("mkfifo").arg(folder.file("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let pipe = folder.file("pipe");
    let reader = thread::spawn(move || fs::read_to_string(pipe).expect("lines"));
    folder.kv("export pipe --overwrite").ok();
    assert_eq!(reader.join().expect("no panic"), lines);
    assert!(fs::metadata(folder.file("pipe")).expect("a pipe").file_type().is_fifo());

    // The line that the shell has written before stays.
    let script = format!("{{ echo first; '{}' export /dev/stdout; }} > out", crate::support::KV);
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(folder.path()).env("KV_STORE", "app.db");
    assert!(shell.status().expect("sh").success());
    assert_eq!(fs::read_to_string(folder.file("out")).expect("lines"), format!("first\n{lines}"));
}

#[test]
fn an_import_into_a_cache_smaller_than_a_batch_keeps_the_newest() {
    let folder = TestFolder::new();
    let line = |n| format!("{{\"key\":\"{n:04}\",\"value\":\"v\"}}\n");
    folder.write("lines", (0..1_500).map(line).collect::<String>());
    let cache = "sqlite:cache.db?max_entries=100&evict=lru";
    let done = folder.run(&["import", "lines", "--store", cache]);
    assert!(done.err.ends_with("imported 1500 keys\n"), "{done:?}");
    assert_eq!(folder.kv("count --db-path cache.db").ok(), "100\n");
    folder.kv("get 1499 --db-path cache.db").ok();
    folder.kv("import lines").done();
    folder.kv("copy app.db memory:?max_entries=100&evict=lru").done();
}

#[test]
fn a_store_that_is_handed_down_as_an_open_file_can_be_used() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    // As the program flock(1) hands the file down that it has locked.
    let file = File::open(folder.file("app.db")).expect("a file");
    let run = folder.command(&["get", "k"]).stdin(file).output().expect("kv runs");
    assert_eq!(RunResult::of(run).ok(), "\"v\"\n");
}
