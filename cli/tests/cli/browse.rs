//! The full-screen view, in a pseudo-terminal.

use std::process::Command;

use vt100::Screen;

use crate::redis::{PASSWORD, Server};
use crate::support::TestFolder;
use crate::view::{COLUMNS, LINES, View};

/// Returns a folder with the groups `files` and `users`.
fn folder() -> TestFolder {
    let folder = TestFolder::new();
    folder.run(&["set", "--json", "user:1", r#"{"name":"ada","age":36}"#, "-g", "users"]).done();
    folder.kv("set user:2 bob -g users").ok();
    folder.kv("set user:3 carol -g users").ok();
    folder.kv("set plain text").ok();
    folder.feed("set blob -g files", b"\xff\x00AB").ok();
    folder
}

#[test]
fn a_view_shows_groups_entries_and_the_value_as_json_text_or_bytes() {
    let folder = folder();
    let mut view = View::open(&folder, "users");
    view.shows_line(&["kv", "app.db", "3 groups", "checked every 1s"]);
    view.shows_line(&["(default)", "1 "]);
    view.shows_line(&["users", "3 "]);
    view.shows_line(&["user:1", "23 B", "-"]);
    view.shows("23 B  ttl -  version ");
    view.shows("  \"name\": \"ada\",");
    view.shows("'kv changes on' gives live changes");
    view.press("j");
    view.shows("bob");
    view.press("\x1b[B");
    view.shows("carol");
    // To the groups, and up to the files.
    view.press("h\x1b[A");
    view.shows("00000000  ff 00 41 42");
    view.press("q");
    view.ends(0);
}

#[test]
fn a_long_group_is_read_page_by_page_to_both_ends() {
    let folder = TestFolder::new();
    let line = |n| format!("{{\"key\":\"key:{n:05}\",\"value\":\"value of {n}\"}}\n");
    folder.feed("import", (0..5000).map(line).collect::<String>()).done();
    let mut view = View::open(&folder, "");
    view.shows_line(&["key:00000", "value of 0"]);
    view.shows("1,000+");
    view.press("G");
    view.shows("value of 4999");
    // A page has 19 entries, of which one stays.
    for page in 1..30 {
        view.press("\x1b[5~");
        view.shows(&format!("value of {}", 4999 - 18 * page));
    }
    view.press("g");
    view.shows("value of 0");
    for page in 1..30 {
        view.press(" ");
        view.shows(&format!("value of {}", 18 * page));
    }
    view.press("q");
    view.ends(0);
}

/// Returns the seconds until the entry under the bar expires: less than an hour, and more than a
/// minute.
fn ttl(screen: &Screen) -> Option<u64> {
    let text = screen.contents();
    // The second is that of the value; the first is the name of a column.
    let (minutes, rest) = text.split("ttl ").nth(2)?.split_once('m')?;
    let seconds = rest.split_once('s').map_or("0", |(seconds, _)| seconds);
    Some(minutes.parse::<u64>().ok()? * 60 + seconds.parse::<u64>().unwrap_or(0))
}

#[test]
fn a_ttl_counts_down_and_an_expired_entry_vanishes() {
    let folder = TestFolder::new();
    folder.kv("set long 1 --ttl 9m").done();
    let mut view = View::open(&folder, "--interval 50ms");
    view.until("a ttl", |screen| ttl(screen).is_some());
    for _ in 0..2 {
        let before = ttl(view.parser.screen()).expect("a ttl");
        view.until("a shorter ttl", |screen| ttl(screen).is_some_and(|now| now < before));
    }
    folder.kv("set short 1 --ttl 5s").ok();
    view.shows_line(&["set", "(default)", "short"]);
    view.shows_line(&["(default)", "2 "]);
    view.shows_line(&["expired", "(default)", "short"]);
    view.shows_line(&["(default)", "1 "]);
    let is_shown = |line: &str| line.contains("short ") && line.contains("1 B");
    view.until("without the entry", |screen| !screen.contents().lines().any(is_shown));
    view.press("q");
    view.ends(0);
}

#[test]
fn a_change_by_another_process_appears_as_it_is_committed() {
    let folder = folder();
    folder.kv("changes on").ok();
    // Only a watch is as fast as this.
    let mut view = View::open(&folder, "users --interval 1h");
    view.shows("\u{25cf} live");
    view.shows("user:3");
    folder.run(&["set", "user:2", "robert", "-g", "users"]).ok();
    view.shows_line(&["\u{25cf}user:2", "6 B"]);
    view.shows_line(&["set", "users", "user:2", "6 B"]);
    folder.kv("delete user:3 -g users").ok();
    view.shows_line(&["delete", "users", "user:3"]);
    view.shows_line(&["users", "2 "]);
    folder.kv("set k v -g new").ok();
    view.shows("4 groups");
    folder.kv("delete-group users").ok();
    view.shows_line(&["delete group", "users"]);
    view.shows("no entries");
    view.press("q");
    view.ends(0);
}

#[test]
fn without_a_change_log_changes_appear_after_an_interval_and_switching_it_on_makes_them_live() {
    let folder = folder();
    let mut view = View::open(&folder, "users --interval 50ms");
    view.shows_line(&["user:3", "5 B"]);
    folder.run(&["set", "user:3", "caroline", "-g", "users"]).ok();
    view.shows_line(&["\u{25cf}user:3", "8 B"]);
    view.shows_line(&["set", "users", "user:3"]);
    folder.kv("expire user:2 1h -g users").ok();
    view.shows_line(&["expiry", "users", "user:2"]);
    folder.kv("changes on").ok();
    view.shows("\u{25cf} live");
    folder.kv("set far away -g files").ok();
    view.shows_line(&["set", "files", "far", "4 B"]);
    view.press("q");
    view.ends(0);
}

#[test]
fn keys_are_filtered_by_a_prefix_or_a_glob_and_groups_by_a_prefix() {
    let folder = folder();
    let mut view = View::open(&folder, "users");
    view.shows("user:1");
    view.press("/*:[23]\r");
    view.shows_line(&["users", "/*:[23]"]);
    view.shows("2 match");
    view.hides("user:1");
    view.press("/\x15nothing\r");
    view.shows("no key matches; Esc shows all keys");
    view.press("\x1b");
    view.shows("user:1");
    view.press("h/fi\r");
    view.shows("Groups fi");
    view.hides("(default)");
    view.press("\x1b");
    view.shows("(default)");
    view.press("\x1b");
    view.ends(0);

    let mut view = View::open(&folder, "-g users --prefix user:3");
    view.shows_line(&["user:3", "5 B"]);
    view.hides("user:1");
    view.press("q");
    view.ends(0);
}

#[test]
fn an_entry_is_deleted_after_a_question_and_only_at_the_version_that_is_shown() {
    let folder = folder();
    let mut view = View::open(&folder, "users --interval 1h");
    view.shows("\"ada\"");
    view.press("d");
    view.shows("Delete this entry?");
    view.shows("user:1 in group users");
    view.press("n");
    view.hides("Delete this entry?");
    view.press("dy");
    view.shows("deleted user:1");
    view.shows_line(&["users", "2 "]);
    assert_eq!(folder.kv("list -g users").ok(), "user:2\nuser:3\n");
    // The view reads on, and another process has changed the entry since.
    view.shows_line(&["user:2", "3 B"]);
    folder.kv("set user:2 changed -g users").ok();
    view.press("dy");
    view.shows("user:2 has changed and is not deleted");
    view.shows_line(&["user:2", "7 B"]);
    assert_eq!(folder.kv("get --raw user:2 -g users").ok(), "changed");
    // A delete that was confirmed is done also if the view ends at once.
    view.press("dyq");
    view.ends(0);
    assert_eq!(folder.kv("list -g users").ok(), "user:3\n");
}

#[test]
fn the_time_until_an_entry_expires_is_asked_for_and_set() {
    let folder = folder();
    let mut view = View::open(&folder, "users");
    view.shows("user:1");
    view.press("e7x\r");
    view.shows("needs a unit");
    view.press("\x7fd\r");
    view.shows("the expiry of user:1 is set");
    view.shows_line(&["user:1", "23 B", "d"]);
    let ttl = folder.kv("ttl user:1 -g users").ok();
    assert_ne!(ttl, "never\n");
    view.press("e0\r");
    view.shows("user:1 never expires");
    assert_eq!(folder.kv("ttl user:1 -g users").ok(), "never\n");
    view.press("q");
    view.ends(0);
}

#[test]
fn the_whole_screen_shows_a_value_and_a_large_one_only_as_far_as_it_is_read() {
    let folder = TestFolder::new();
    let lines: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
    folder.feed("set large", lines).done();
    let mut view = View::open(&folder, "");
    view.shows_line(&["line 0"]);
    view.press("\r");
    view.hides("Groups");
    view.shows("line 24");
    view.press(" ");
    view.shows("line 40");
    view.press("G");
    view.shows("-- the first 64.0 KiB of 204.0 KiB; 'kv get' prints all --");
    view.press("\x1b");
    view.shows("Groups");
    view.press("?");
    view.shows("delete the entry, after a question");
    view.press("x");
    view.hides("delete the entry, after a question");
    view.press("q");
    view.ends(0);
}

#[test]
fn the_view_follows_the_size_of_the_terminal() {
    let folder = folder();
    let mut view = View::open(&folder, "users");
    view.shows("\"ada\"");
    view.resize(70, 24);
    view.shows_line(&["Groups", "users"]);
    view.shows("\"ada\"");
    view.resize(45, 12);
    view.hides("Groups");
    view.shows("user:3");
    view.resize(20, 5);
    view.shows("needs 40x10");
    view.resize(COLUMNS, LINES);
    view.shows("\"ada\"");
    view.press("q");
    view.ends(0);
}

#[test]
fn the_terminal_is_restored_on_every_way_out() {
    let folder = folder();
    for (key, status) in [("q", 0), ("\x1b", 0), ("\x03", 130), ("?\x03", 130)] {
        let mut view = View::open(&folder, "");
        view.shows("plain");
        assert!(view.parser.screen().alternate_screen());
        view.press(key);
        view.ends(status);
    }
    for (signal, status) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let mut view = View::open(&folder, "");
        view.shows("plain");
        let kill = Command::new("kill").args(["-s", signal, &view.process()]).status();
        assert!(kill.expect("kill").success());
        view.ends(status);
    }
}

#[test]
fn a_view_that_is_stopped_gives_the_terminal_back_and_goes_on_in_the_foreground() {
    let folder = folder();
    let mut view = View::open_with(&folder, "PS1='prompt> ' bash --norc -i", &[]);
    view.shows("prompt> ");
    view.press("\"$KV\" browse\r");
    view.shows("plain");
    view.press("\x1a");
    view.shows("Stopped");
    assert!(!view.parser.screen().alternate_screen());
    view.press("fg\r");
    view.shows("plain");
    assert!(view.parser.screen().alternate_screen());
    view.press("q");
    view.until("the prompt", |screen| !screen.alternate_screen());
    view.press("exit\r");
    view.ends(0);
}

#[test]
fn no_bytes_of_a_store_control_the_terminal() {
    let folder = TestFolder::new();
    let unsafe_bytes = "a\x1b]0;x\x07\n\u{9b}1m\u{202e}z";
    folder.kv("changes on").done();
    folder.run(&["set", unsafe_bytes, unsafe_bytes, "-g", unsafe_bytes]).ok();
    let mut view = View::open(&folder, "");
    view.shows("\\x1b]0;x\\x07\\n\\u{9b}1m\\u{202e}z");
    view.shows("\u{25cf} live");
    folder.run(&["set", unsafe_bytes, "2", "-g", unsafe_bytes]).ok();
    view.shows_line(&["set", "x1b]0;x", "1 B"]);
    view.shows("1 B  ttl -");
    view.press("d");
    view.shows("Delete this entry?");
    view.press("y");
    view.shows("deleted a\\x1b]0;x");
    view.press("q");
    view.ends(0);
    let written = String::from_utf8(view.written).expect("UTF-8");
    assert!(!written.contains(['\x07', '\u{9b}', '\u{202e}']) && !written.contains("\x1b]"));
}

#[test]
fn colours_are_left_out_with_no_color() {
    let folder = folder();
    for (variables, is_coloured) in [(&[("NO_COLOR", "1")][..], false), (&[], true)] {
        let mut view = View::open_with(&folder, "\"$KV\" browse users", variables);
        view.shows("\"ada\"");
        view.press("q");
        view.ends(0);
        let written = String::from_utf8_lossy(&view.written);
        assert_eq!(written.contains("\x1b[38;5;"), is_coloured, "{written:?}");
    }
}

#[test]
fn a_view_that_cannot_be_shown_is_refused_before_the_screen_is_taken() {
    let folder = folder();
    let message = folder.kv("browse").failed(2);
    assert!(message.contains("needs a terminal") && message.contains("kv list"), "{message}");
    for (script, variables, expected) in [
        ("\"$KV\" browse", &[("TERM", "dumb")][..], "TERM is dumb"),
        ("\"$KV\" browse --db-path none.db", &[], "no store there"),
        ("\"$KV\" browse -g users files", &[], "cannot be used with"),
        ("\"$KV\" browse | cat; (exit 2)", &[], "needs a terminal"),
    ] {
        let mut view = View::open_with(&folder, script, variables);
        view.shows(expected);
        view.ends(if expected == "no store there" { 3 } else { 2 });
        assert!(!String::from_utf8_lossy(&view.written).contains("\x1b[?1049h"), "{script}");
    }
    assert_eq!(folder.files(), ["app.db"]);
}

#[test]
fn the_shell_shows_a_view_of_its_store_and_reads_on() {
    let folder = TestFolder::new();
    let script = "\"$KV\" shell --store memory: --create";
    let mut view = View::open_with(&folder, script, &[]);
    view.shows("kv memory:> ");
    view.press("set k in-memory -g g\r");
    view.shows_line(&["-g g", ""]);
    view.press("browse g\r");
    view.shows_line(&["k", "9 B", "-"]);
    view.shows("in-memory");
    view.press("dy");
    view.shows("deleted k");
    view.shows("no entries");
    view.press("q");
    view.until("the prompt", |screen| !screen.alternate_screen());
    view.press("exists k -g g\r");
    view.shows("false");
    view.press("exit\r");
    view.ends(0);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_redis_is_shown_and_one_that_does_not_reply_keeps_no_key_waiting() {
    let folder = TestFolder::new();
    let server = Server::start(&folder);
    let location = server.location(PASSWORD);
    let kv = |line: &str| folder.kv_on(&location, line);
    for n in 1..4 {
        kv(&format!("set key:{n} value-{n} -g g --ttl 1h")).ok();
    }
    kv("set plain text").ok();
    let signal = |name: &str| {
        let id = server.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
    };
    let variables = [("KV_STORE", &location[..])];
    let mut view = View::open_with(&folder, "\"$KV\" browse g", &variables);
    view.shows_line(&["kv", "redis://127.0.0.1:", "2 groups", "\u{25cf} live"]);
    view.shows_line(&["key:3", "7 B", "59m"]);
    view.shows("value-1");
    kv("set key:2 other -g g").ok();
    view.shows_line(&["\u{25cf}key:2", "5 B"]);
    view.shows_line(&["set", "g", "key:2"]);
    view.shows_line(&["key:3", "7 B"]);

    signal("STOP");
    view.press("jj");
    view.shows("reading \u{2026}");
    view.press("?");
    view.shows("delete the entry, after a question");
    view.press("x");
    view.hides("delete the entry, after a question");
    signal("CONT");
    view.shows("value-3");
    view.hides("reading \u{2026}");
    view.press("dy");
    view.shows("deleted key:3");
    assert_eq!(kv("list -g g").ok(), "key:1\nkey:2\n");

    signal("STOP");
    view.press("k");
    view.shows("reading \u{2026}");
    view.press("q");
    view.ends(0);
    signal("CONT");
    assert!(!String::from_utf8_lossy(&view.written).contains("horse"));
}
