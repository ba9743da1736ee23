//! Keys, and the state after them.

use std::time::Duration;

use super::*;
use crate::browse::requests::{Page, Reply, Row};

/// Returns a view of a group with two entries.
fn model() -> Model {
    let mut model =
        Model::new("app.db".into(), Some(b"g"), Filter::default(), Duration::from_secs(1));
    let row = |key: &str| Row { key: key.into(), size: 1, version: 5, expires_at: None };
    for request in model.requests() {
        if let Request::Page(request) = request {
            let rows = vec![row("a"), row("b")];
            model.apply(Reply::Page(Page { request, rows, has_more: false }));
        }
    }
    model
}

fn type_text(model: &mut Model, text: &str) {
    for it in text.chars() {
        assert_eq!(press(model, Key::Char(it)), None);
    }
}

#[test]
fn only_y_deletes_and_only_the_entry_of_the_question() {
    let name = Name { group: b"g".to_vec(), key: b"b".to_vec() };
    let delete = Request::Write { name, version: 5, write: Write::Delete };
    for key in [Key::Char('n'), Key::Enter, Key::Escape, Key::Char('d'), Key::Char(' ')] {
        let mut model = model();
        press(&mut model, Key::Char('d'));
        assert_eq!(press(&mut model, key), None);
        assert_eq!(model.popup, None);
    }
    let mut model = model();
    press(&mut model, Key::Down);
    press(&mut model, Key::Char('d'));
    assert_eq!(press(&mut model, Key::Char('y')), Some(Action::Post(delete)));
}

#[test]
fn nothing_is_deleted_from_the_groups() {
    let mut model = model();
    press(&mut model, Key::Left);
    for key in ['d', 'e'] {
        press(&mut model, Key::Char(key));
        assert_eq!(model.popup, None, "{key}");
    }
}

#[test]
fn a_text_is_typed_corrected_and_refused_with_the_reason() {
    let mut model = model();
    press(&mut model, Key::Char('e'));
    type_text(&mut model, "5");
    assert_eq!(press(&mut model, Key::Enter), None);
    match &model.popup {
        Some(Popup::Prompt(_, text, Some(refused))) => {
            assert_eq!(text, "5");
            assert!(refused.contains("needs a unit"), "{refused}");
        }
        popup => panic!("{popup:?}"),
    }
    type_text(&mut model, "xm");
    press(&mut model, Key::Backspace);
    press(&mut model, Key::Backspace);
    type_text(&mut model, "m");
    match press(&mut model, Key::Enter) {
        Some(Action::Post(Request::Write { write, .. })) => {
            assert_eq!(write, Write::Expire(300_000));
        }
        action => panic!("{action:?}"),
    }
}

#[test]
fn a_text_has_a_limit_and_keys_without_a_meaning_change_nothing() {
    let mut model = model();
    press(&mut model, Key::Char('/'));
    type_text(&mut model, &"x".repeat(TYPED_MAX + 5));
    press(&mut model, Key::PageUp);
    press(&mut model, Key::Enter);
    assert_eq!(model.entries.filter().text().len(), TYPED_MAX);
}

#[test]
fn escape_closes_the_uppermost_thing_and_then_ends() {
    let mut model = model();
    model.open(b"g", Filter::of_text("a"));
    model.groups = GroupList::of_prefix(b"g");
    model.is_full = true;
    press(&mut model, Key::Char('?'));
    for _ in 0..4 {
        assert_eq!(press(&mut model, Key::Escape), None);
    }
    assert!(!model.is_full && model.entries.filter().is_empty());
    assert!(model.groups.prefix().is_empty());
    assert_eq!(press(&mut model, Key::Escape), Some(Action::End));
}

#[test]
fn ctrl_c_ends_from_everywhere() {
    for keys in ["", "?", "d", "e", "/x"] {
        let mut model = model();
        keys.chars().for_each(|it| drop(press(&mut model, Key::Char(it))));
        assert_eq!(press(&mut model, Key::Ctrl('c')), Some(Action::Interrupt), "{keys}");
    }
}

#[test]
fn the_panes_are_reached_by_tab_and_by_arrows() {
    let mut model = model();
    let mut seen = Vec::new();
    for key in [Key::Tab, Key::Tab, Key::Tab, Key::BackTab, Key::Char('l'), Key::Left] {
        press(&mut model, key);
        seen.push(model.focus);
    }
    let expected =
        [Pane::Value, Pane::Groups, Pane::Entries, Pane::Groups, Pane::Entries, Pane::Groups];
    assert_eq!(seen, expected);
}
