//! Ctrl-C while a command is at work.

use std::fs;
use std::io::Write;
use std::process::{Child, Stdio};

use crate::support::{
    RunResult, TestFolder, folder_with_lines, handles_interrupts, interrupt, until,
};

/// Lines of a store whose export, check and compaction take several hundredths of a second.
const LINES: usize = 100_000;

/// Returns a folder with a store of [`LINES`] keys and nothing else, and the lines of the keys.
fn folder_with_store() -> (TestFolder, String) {
    let folder = folder_with_lines(LINES);
    folder.kv("import lines").done();
    let lines = fs::read_to_string(folder.file("lines")).expect("lines");
    fs::remove_file(folder.file("lines")).expect("removed");
    (folder, lines)
}

/// The fields of `/proc/PID/stat` from the third on.
fn stat(child: &Child) -> Vec<String> {
    let stat =
        fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("not yet waited for");
    let (_, fields) = stat.rsplit_once(") ").expect("the name is in parentheses");
    fields.split_whitespace().map(str::to_owned).collect()
}

/// Returns whether a run has ended. It is not waited for, so that it can still receive a signal.
fn has_ended(child: &Child) -> bool {
    stat(child)[0] == "Z"
}

/// Returns the time that a run was on a processor, in hundredths of a second.
fn cpu_time(child: &Child) -> u64 {
    let fields = stat(child);
    [&fields[11], &fields[12]].map(|it| it.parse::<u64>().expect("a number")).iter().sum()
}

/// Returns the length of the temporary file of an export, if there is one.
fn temporary_len(folder: &TestFolder) -> Option<u64> {
    let name = folder.files().into_iter().find(|it| it.starts_with(".kv-partial-"))?;
    // The export may end meanwhile.
    Some(fs::metadata(folder.file(&name)).ok()?.len())
}

#[test]
fn ctrl_c_leaves_no_part_of_an_export() {
    let (folder, lines) = folder_with_store();
    let mut stopped = 0;
    for percent in [0, 25, 50, 75] {
        let len = lines.len() as u64 * percent / 100;
        let child = folder.spawn(&["export", "copy", "--overwrite"], Stdio::null());
        until("a part of the export", || temporary_len(&folder) >= Some(len) || has_ended(&child));
        interrupt(&child);
        let result = RunResult::wait(child);
        match result.code {
            0 => {
                let copy = fs::read_to_string(folder.file("copy")).expect("a copy");
                assert!(copy == lines, "the export is not whole");
                fs::remove_file(folder.file("copy")).expect("removed");
            }
            130 => {
                stopped += 1;
                assert!(result.err.contains("stopped after "), "{result:?}");
            }
            _ => panic!("{result:?}"),
        }
        assert_eq!(folder.files(), ["app.db"], "{result:?}");
    }
    assert!(stopped > 0, "every export was done before the signal");
}

#[test]
fn ctrl_c_leaves_a_whole_store_whatever_command_is_running() {
    let (folder, lines) = folder_with_store();
    for words in [&["compact"][..], &["check"], &["backup", "copy.db"]] {
        let mut stopped = 0;
        for time in [0, 1, 2, 4, 8] {
            let child = folder.spawn(words, Stdio::null());
            until("so much work", || cpu_time(&child) >= time || has_ended(&child));
            interrupt(&child);
            let result = RunResult::wait(child);
            match (result.code, folder.file("copy.db").exists()) {
                (0, true) => {
                    let export = folder.kv("export --db-path copy.db").ok();
                    assert!(export == lines, "the backup is not whole");
                    fs::remove_file(folder.file("copy.db")).expect("removed");
                }
                (0, false) => {}
                // Without a handler, the signal ends the process.
                (130 | -1, false) => stopped += 1,
                _ => panic!("{words:?}: {result:?}"),
            }
            assert_eq!(folder.files(), ["app.db"], "{words:?}: {result:?}");
        }
        assert!(stopped > 0, "{words:?}: each was done before the signal");
    }
    assert_eq!(folder.kv("check").ok(), "ok\n");
    assert!(folder.kv("export").ok() == lines, "the store has changed");
}

#[test]
fn ctrl_c_ends_the_wait_for_the_lock_of_another_process() {
    let folder = folder_with_lines(10);
    folder.kv("set first 1").done();
    let holder = rusqlite::Connection::open(folder.file("app.db")).expect("a database");
    holder.execute_batch("BEGIN IMMEDIATE").expect("the write lock");
    let store = "sqlite:app.db?busy_timeout=1h";
    let child = folder.spawn(&["import", "lines", "--store", store], Stdio::null());
    until("a handler", || handles_interrupts(&child));
    interrupt(&child);

    let result = RunResult::wait(child);

    assert_eq!(result.code, 130, "{result:?}");
    assert!(result.err.ends_with("stopped; nothing was imported\n"), "{result:?}");
    holder.execute_batch("ROLLBACK").expect("unlocked");
    assert_eq!(folder.kv("count").ok(), "1\n");
}

#[test]
fn ctrl_c_ends_an_import_after_a_line_that_the_message_names() {
    let folder = folder_with_lines(1500);
    let mut child = folder.spawn(&["import"], Stdio::piped());
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&fs::read(folder.file("lines")).expect("lines")).expect("written");
    stdin.write_all(b"{\"key\":\"half").expect("written");
    until("the first batch", || {
        folder.file("app.db").exists() && folder.kv("count").out == b"1000\n"
    });
    interrupt(&child);
    let result = RunResult::wait(child);
    assert_eq!(result.code, 130, "{result:?}");
    let next = result.err.trim_end().rsplit(' ').next().expect("a number");
    let hint =
        format!("the lines before line {next} were imported; resume with --from-line {next}");
    assert!(result.err.ends_with(&format!("stopped; {hint}\n")), "{result:?}");
    let next: usize = next.parse().expect("a number");
    // Never after the half line, which is line 1501.
    assert!((1001..=1501).contains(&next), "{result:?}");
    assert_eq!(folder.kv("count").ok(), format!("{}\n", next - 1));
    folder.kv(&format!("import lines --from-line {next}")).done();
    assert_eq!(folder.kv("count").ok(), "1500\n");
    drop(stdin);
}
