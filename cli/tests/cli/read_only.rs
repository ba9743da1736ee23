//! Stores that can only be read: on a read-only medium, in a folder of another user.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use crate::support::{KV, RunResult, TestFolder};

/// A command that runs another one in a way that needs privileges, and how it begins.
struct Wrapper(&'static str, &'static [&'static str]);

const READ_ONLY_MEDIUM: Wrapper = Wrapper(
    "a read-only mount",
    &[
        "unshare",
        "-m",
        "sh",
        "-c",
        "mount --bind . . && mount -o remount,ro,bind . && cd \"$PWD\" && exec \"$0\" \"$@\"",
    ],
);
const ANOTHER_USER: Wrapper =
    Wrapper("another user", &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);

impl Wrapper {
    /// Returns whether it works here; otherwise says that the test is skipped, and why.
    fn works(&self, folder: &TestFolder) -> bool {
        let ran = self.run(folder, "true", &[]);
        let works = ran.as_ref().is_ok_and(|it| it.code == 0);
        if !works {
            eprintln!("skipped 1 test: {} is not permitted here: {ran:?}", self.0);
        }
        works
    }

    fn run(
        &self,
        folder: &TestFolder,
        program: &str,
        words: &[&str],
    ) -> std::io::Result<RunResult> {
        let mut command = Command::new(self.1[0]);
        command.args(&self.1[1..]).arg(program).args(words).current_dir(folder.path());
        command.env_remove("KV_STORE").env("HOME", folder.path()).env("KV_HISTORY", "");
        command.output().map(RunResult::of)
    }

    fn kv(&self, folder: &TestFolder, line: &str) -> RunResult {
        let words: Vec<_> = line.split_whitespace().collect();
        self.run(folder, KV, &words).expect("kv runs")
    }
}

/// Returns a folder with a closed store that everyone may read.
fn folder() -> TestFolder {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    folder.kv("set other v").done();
    let open = |path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    open(folder.path(), 0o755);
    open(&folder.file("app.db"), 0o644);
    folder
}

/// Returns all names in the folder, those that SQLite keeps beside a file included.
fn names(folder: &TestFolder) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("a folder").flatten();
    let mut names: Vec<_> =
        entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Reads and writes a store that can only be read.
fn reads_and_refuses_writes(wrapper: &Wrapper, errno: &str) {
    let folder = folder();
    if !wrapper.works(&folder) {
        return;
    }
    assert_eq!(wrapper.kv(&folder, "get --raw k").ok(), "v");
    assert_eq!(wrapper.kv(&folder, "count").ok(), "2\n");
    assert_eq!(wrapper.kv(&folder, "export").ok().lines().count(), 2);
    assert_eq!(wrapper.kv(&folder, "check").ok(), "ok\n");
    assert_eq!(wrapper.kv(&folder, "get --raw k --store sqlite:app.db?read_only=on").ok(), "v");
    let message = wrapper.kv(&folder, "set k w").failed(3);
    assert!(message.contains("the store can only be read here"), "{message}");
    assert!(message.contains(errno), "{message}");
    let message = wrapper.kv(&folder, "set k w --db-path new.db").failed(3);
    assert!(message.contains(errno), "{message}");
    assert_eq!(names(&folder), ["app.db"]);
    folder.kv("set k w").ok();
    assert_eq!(wrapper.kv(&folder, "get --raw k").ok(), "w");
}

#[test]
fn a_store_on_a_read_only_medium_is_read() {
    reads_and_refuses_writes(&READ_ONLY_MEDIUM, "os error 30");
}

#[test]
fn a_store_in_a_folder_of_another_user_is_read_and_nothing_is_left_there() {
    reads_and_refuses_writes(&ANOTHER_USER, "os error 13");
}

#[test]
fn a_reader_who_may_write_in_the_folder_leaves_nothing_that_the_owner_cannot_write() {
    let folder = folder();
    if !ANOTHER_USER.works(&folder) {
        return;
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("a mode");
    assert_eq!(ANOTHER_USER.kv(&folder, "get --raw k").ok(), "v");
    assert_eq!(
        ANOTHER_USER.kv(&folder, "stats --count").done().lines().next(),
        Some("entries          2")
    );
    assert_eq!(names(&folder), ["app.db"]);
    assert_eq!(fs::metadata(folder.file("app.db")).expect("a file").uid(), 0);
    folder.kv("set k w").ok();
}

#[test]
fn a_read_of_a_key_or_a_figure_of_a_closed_store_leaves_nothing_behind() {
    let folder = folder();
    for line in ["get --raw k", "exists k", "stats", "check", "count", "quota show n"] {
        assert!(folder.kv(line).code <= 1, "{line}");
        assert_eq!(names(&folder), ["app.db"], "{line}");
    }
}

#[test]
fn a_log_on_a_read_only_medium_is_named_with_what_to_do() {
    let (folder, open) = (folder(), folder());
    if !READ_ONLY_MEDIUM.works(&folder) {
        return;
    }
    let store = kv::open(open.file("app.db").to_str().expect("UTF-8")).expect("a store");
    store.set(kv::Group::DEFAULT, kv::Key::new(b"new").expect("short"), b"v").expect("set");
    for name in ["app.db", "app.db-wal"] {
        fs::copy(open.file(name), folder.file(name)).expect("a copy");
    }
    let message = READ_ONLY_MEDIUM.kv(&folder, "get --raw new").failed(3);
    assert!(message.contains("copy both files to a folder that can be written"), "{message}");
    assert_eq!(folder.kv("get --raw new").ok(), "v");
}
