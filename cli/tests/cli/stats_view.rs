//! The figures as they change, in a pseudo-terminal.

use crate::support::TestFolder;
use crate::view::{COLUMNS, LINES, View};

const UTF8: [(&str, &str); 2] = [("LC_ALL", "C.UTF-8"), ("LANG", "")];

fn open(folder: &TestFolder, words: &str, variables: &[(&str, &str)]) -> View {
    View::open_with(folder, &format!("\"$KV\" stats --watch {words}"), variables)
}

#[test]
fn figures_change_in_place_with_their_course() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut view = open(&folder, "--count --interval 50ms", &UTF8);
    view.shows_line(&[" kv stats ", "app.db", "every 50ms"]);
    view.shows_line(&["file", "KiB", "\u{2581}\u{2581}"]);
    view.shows_line(&["entries", " 1 "]);
    view.hides("changes");
    folder.kv("set k2 v").ok();
    view.shows_line(&["entries", " 2 ", "\u{2581}\u{2588}"]);
    view.shows("q quit");
    view.press("q");
    view.ends(0);
}

#[test]
fn the_changes_of_other_processes_have_a_rate() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    folder.kv("changes on").ok();
    let mut view = open(&folder, "--interval 50ms", &[("LC_ALL", "C")]);
    view.shows_line(&["sets", " 0 ", "0/s", "__"]);
    folder.kv("set k2 v").ok();
    view.shows_line(&["sets", " 1 ", "_#"]);
    folder.kv("delete k2").ok();
    view.shows_line(&["deletes", " 1 "]);
    view.shows_line(&["changes", " 2 "]);
    view.until("only ASCII", |screen| screen.contents().is_ascii());
    view.press("\x03");
    view.ends(130);
}

#[test]
fn the_view_follows_the_size_of_the_terminal() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut view = open(&folder, "--interval 50ms", &UTF8);
    view.shows_line(&["free", " B"]);
    for (columns, lines) in [(40, 5), (COLUMNS, LINES), (12, 2), (1, 1), (200, 50)] {
        view.resize(columns, lines);
        let is_whole = columns >= 40 && lines >= 8;
        view.until("a screen of that size", |screen| {
            let text = screen.contents();
            let last = text.lines().next_back().unwrap_or_default();
            let is_last = lines == 1 || last.starts_with(" q quit");
            is_last && screen.contents().contains("free") == is_whole
        });
    }
    view.press("\x1b");
    view.ends(0);
}

#[test]
fn a_dumb_terminal_has_lines() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut view = open(&folder, "--interval 50ms", &[("TERM", "dumb")]);
    view.shows_line(&["time", "file", "wal", "free"]);
    view.press("\x03");
    view.ends(130);
}

#[test]
fn records_of_the_log_wait_for_the_end_of_a_view() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    folder.kv("set k2 v").ok();
    // A delete opens the store for writing.
    let mut view = View::open(&folder, "--log info");
    view.shows_line(&["k2", "1 B"]);
    view.press("dy");
    view.shows("deleted k");
    view.hides(" info ");
    view.press("q");
    view.ends(0);
    let text = view.parser.screen().contents();
    assert!(text.matches(" info open ").count() >= 2, "{text}");
    assert!(text.matches(" info close ").count() >= 2, "{text}");
}
