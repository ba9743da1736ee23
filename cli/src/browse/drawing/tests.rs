//! The screen of some states, in a terminal in memory.

use std::time::Duration;

use kv::{Change, ChangeKind, Group};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};

use crate::browse::drawing::popups::KEYS;
use crate::browse::drawing::{draw, theme::Theme};
use crate::browse::filter::Filter;
use crate::browse::keys::press;
use crate::browse::mailbox::Request;
use crate::browse::model::Model;
use crate::browse::requests::{Content, Groups, Liveness, Page, Reply, Row};
use crate::terminal::key::Key;

/// 2026-01-02 03:04:05 UTC.
const NOW_MS: i64 = 1_767_323_045_000;

fn row(key: &str, size: u64, ttl_ms: Option<i64>) -> Row {
    let version = (NOW_MS as u64 - 90_000) * 1000;
    Row { key: key.into(), size, version, expires_at: ttl_ms.map(|ttl| NOW_MS + ttl) }
}

/// Returns a view of two groups, of which the first has these entries.
fn model(rows: &[Row]) -> Model {
    let mut model =
        Model::new("app.db".to_owned(), None, Filter::default(), Duration::from_secs(1));
    model.tick(NOW_MS);
    // The screen decides which groups are counted.
    screen(&mut model, 120, 30);
    serve(&mut model, rows, b"{\"name\":\"ada\"}");
    model
}

/// Replies to all requests of the view.
fn serve(model: &mut Model, rows: &[Row], value: &[u8]) {
    for _ in 0..8 {
        for request in model.requests() {
            model.apply(match request {
                Request::Groups(prefix) => {
                    let names = vec![b"".to_vec(), b"users".to_vec()];
                    Reply::Groups(Groups { prefix, names, has_more: false })
                }
                Request::Count(group) => Reply::Count(group, 1001),
                Request::Page(request) => {
                    Reply::Page(Page { request, rows: rows.to_vec(), has_more: false })
                }
                Request::Value(name) => {
                    let (bytes, size) = (value.to_vec(), value.len() as u64);
                    Reply::Value(name, Some(Content { bytes, size, version: 1 }))
                }
                Request::Write { .. } | Request::Watch => continue,
            });
        }
    }
}

fn terminal(
    model: &mut Model,
    columns: u16,
    lines: u16,
    is_coloured: bool,
) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).expect("a terminal");
    let theme = Theme::new(is_coloured);
    terminal.draw(|frame| draw(frame, model, &theme)).expect("drawn");
    terminal
}

/// Returns the lines of the screen, without the spaces at their ends.
fn screen(model: &mut Model, columns: u16, lines: u16) -> Vec<String> {
    let terminal = terminal(model, columns, lines, false);
    let text = terminal.backend().to_string();
    // Each line is in quotes, with a note behind it about characters of two columns.
    let line = |line: &str| {
        let line = line.split("\" Hidden by").next().unwrap_or(line);
        line.trim_matches('"').trim_end().to_owned()
    };
    text.lines().map(line).collect()
}

#[test]
fn a_screen_of_medium_size_has_four_panes() {
    let mut model = model(&[
        row("user:1", 14, None),
        row("user:2", 2048, Some(125_000)),
        row("\u{4e2d}\u{6587}", 3, Some(4_001)),
    ]);
    model.apply(Reply::Liveness(Liveness::Live));
    let group = Group::new(b"users").expect("short");
    let change = Change::new(ChangeKind::Set, group, b"k", b"value", 7).at_millis(NOW_MS);
    model.apply(Reply::Changes(vec![change.into()], 2));
    let expected = include_str!("screen_of_tests.txt").trim_end();
    let seen = screen(&mut model, 70, 22);
    assert_eq!(seen.join("\n"), expected, "\n{}", seen.join("\n"));
}

#[test]
fn a_narrow_screen_has_the_pane_with_the_focus_alone() {
    let mut model = model(&[row("user:1", 14, None)]);
    let seen = screen(&mut model, 45, 10).join("\n");
    assert!(seen.contains(" (default) ") && !seen.contains("Groups"), "{seen}");
    press(&mut model, Key::Tab);
    let seen = screen(&mut model, 45, 10).join("\n");
    assert!(seen.contains("\"name\": \"ada\"") && !seen.contains(" key "), "{seen}");
    press(&mut model, Key::Tab);
    let seen = screen(&mut model, 45, 10).join("\n");
    assert!(seen.contains("Groups") && !seen.contains("ada"), "{seen}");
}

#[test]
fn every_size_of_a_screen_can_be_drawn() {
    let mut model = model(&[row("\u{4e2d}\u{6587}", 3, Some(1)), row("", 0, None)]);
    for keys in ["", "?", "d", "/", "e", "\u{1}"] {
        if let Some(key) = keys.chars().next() {
            press(&mut model, if key == '\u{1}' { Key::Enter } else { Key::Char(key) });
        }
        for columns in (1..140).step_by(17) {
            for lines in 1..30 {
                screen(&mut model, columns, lines);
            }
        }
        press(&mut model, Key::Escape);
    }
    assert!(screen(&mut model, 39, 10).concat().contains("needs 40x10"));
}

#[test]
fn names_that_are_too_long_are_cut_and_those_that_control_a_terminal_are_escaped() {
    let long = "k".repeat(60_000);
    let mut model = model(&[row("\x1b[1m\u{202e}", 1, None), row(&long, 1, None)]);
    let seen = screen(&mut model, 120, 30).join("\n");
    assert!(seen.contains("\\x1b[1m\\u{202e}") && seen.contains("kkk\u{2026}"), "{seen}");
    assert!(!seen.contains(['\x1b', '\u{202e}']), "{seen}");
}

#[test]
fn colours_tell_changed_and_urgent_entries_and_bold_does_without_them() {
    let mut model =
        model(&[row("a", 1, None), row("changed", 1, None), row("urgent", 1, Some(5_000))]);
    model.entries.mark(b"changed", NOW_MS);
    for is_coloured in [true, false] {
        let terminal = terminal(&mut model, 120, 30, is_coloured);
        let buffer = terminal.backend().buffer();
        let cell = |text: &str| {
            let line = |y: u16| (0..120).map(|x| buffer[(x, y)].symbol()).collect::<String>();
            let y = (0..30).find(|y| line(*y).contains(text)).expect(text);
            let at = line(y).find(text).expect(text);
            let x = line(y)[..at].chars().count() as u16;
            buffer[(x, y)].clone()
        };
        let (changed, urgent) = (cell("changed "), cell("urgent "));
        let expected = if is_coloured { [Color::Yellow, Color::Red] } else { [Color::Reset; 2] };
        assert_eq!([changed.fg, urgent.fg], expected);
        assert!(
            changed.modifier.contains(Modifier::BOLD) && urgent.modifier.contains(Modifier::BOLD)
        );
        assert!(cell("\u{25cf}changed").fg == expected[0], "the mark is there in both");
        let is_any = (0..30).flat_map(|y| (0..120).map(move |x| (x, y)));
        let is_any = is_any.map(|at| buffer[at].fg).any(|colour| colour != Color::Reset);
        assert_eq!(is_any, is_coloured);
    }
}

#[test]
fn every_key_of_the_help_is_in_the_documentation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
    let page = std::fs::read_to_string(path).expect("docs/cli.md");
    let mut model = model(&[]);
    press(&mut model, Key::Char('?'));
    let seen = screen(&mut model, 100, 30).join("\n");
    for (keys, meaning) in KEYS {
        assert!(seen.contains(keys) && seen.contains(meaning), "{keys}: {seen}");
        assert!(page.contains(&format!("| {keys} | {meaning} |")), "{keys}: docs/cli.md");
    }
}
