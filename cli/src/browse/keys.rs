//! The meaning of the keys: each changes the state, or asks the main loop for more.

use crate::browse::filter::Filter;
use crate::browse::group_list::GroupList;
use crate::browse::mailbox::Request;
use crate::browse::model::{Model, Pane, Popup, Question};
use crate::browse::requests::{Name, Write};
use crate::terminal::key::Key;
use crate::units;

/// The longest text that can be typed, in characters.
const TYPED_MAX: usize = 1000;

/// The part of a key that the state alone cannot do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// End the view.
    End,
    /// End the view as Ctrl-C ends a command.
    Interrupt,
    /// Stop the process until it is continued.
    Suspend,
    /// Draw the whole screen again.
    Redraw,
    /// Post a request.
    Post(Request),
}

/// Applies a key.
pub fn press(model: &mut Model, key: Key) -> Option<Action> {
    match key {
        Key::Ctrl('c') => return Some(Action::Interrupt),
        Key::Ctrl('z') => return Some(Action::Suspend),
        Key::Ctrl('l') => return Some(Action::Redraw),
        _ => {}
    }
    match model.popup.take() {
        None => press_panes(model, key),
        Some(Popup::Help) => None,
        Some(Popup::Confirm(name, version)) => (key == Key::Char('y'))
            .then_some(Action::Post(Request::Write { name, version, write: Write::Delete })),
        Some(Popup::Prompt(question, text, _)) => press_prompt(model, key, question, text),
    }
}

fn press_prompt(
    model: &mut Model,
    key: Key,
    question: Question,
    mut text: String,
) -> Option<Action> {
    match key {
        Key::Escape => return None,
        Key::Enter => return answer(model, question, text),
        Key::Char(it) if text.chars().count() < TYPED_MAX => text.push(it),
        Key::Backspace => {
            text.pop();
        }
        Key::Ctrl('u') => text.clear(),
        Key::Ctrl('w') => {
            let kept = text.trim_end().rfind(' ').map_or(0, |at| at + 1);
            text.truncate(kept);
        }
        _ => {}
    }
    model.popup = Some(Popup::Prompt(question, text, None));
    None
}

fn answer(model: &mut Model, question: Question, text: String) -> Option<Action> {
    match question {
        Question::Keys => {
            let group = model.entries.group().to_vec();
            model.open(&group, Filter::of_text(&text));
        }
        Question::Groups => model.groups = GroupList::of_prefix(text.as_bytes()),
        Question::Ttl(name) => match units::ttl(text.trim()) {
            Ok(millis) => {
                let write = Write::Expire(millis);
                return Some(Action::Post(Request::Write { name, version: 0, write }));
            }
            Err(message) => {
                model.popup = Some(Popup::Prompt(Question::Ttl(name), text, Some(message)));
            }
        },
    }
    None
}

fn press_panes(model: &mut Model, key: Key) -> Option<Action> {
    match key {
        Key::Char('q') if model.is_full => model.is_full = false,
        Key::Char('q') => return Some(Action::End),
        Key::Escape => return escape(model),
        Key::Char('?') => model.popup = Some(Popup::Help),
        Key::Char('r') => model.reload(),
        Key::Char('/') => ask_filter(model),
        Key::Char('d') | Key::Delete => {
            model.popup = selected(model).map(|(name, version)| Popup::Confirm(name, version));
        }
        Key::Char('e') => {
            model.popup = selected(model)
                .map(|(name, _)| Popup::Prompt(Question::Ttl(name), String::new(), None));
        }
        Key::Enter => open(model),
        Key::Tab if !model.is_full => model.focus = next_pane(model.focus),
        Key::BackTab if !model.is_full => model.focus = next_pane(next_pane(model.focus)),
        Key::Left | Key::Char('h') if model.is_full => model.is_full = false,
        Key::Left | Key::Char('h') => {
            let is_value = model.focus == Pane::Value;
            model.focus = if is_value { Pane::Entries } else { Pane::Groups };
        }
        Key::Right | Key::Char('l') if !model.is_full => {
            let is_groups = model.focus == Pane::Groups;
            model.focus = if is_groups { Pane::Entries } else { Pane::Value };
        }
        _ => scroll(model, key),
    }
    None
}

/// Closes the uppermost thing: the large value, the filter, the list of some groups, the view.
fn escape(model: &mut Model) -> Option<Action> {
    if model.is_full {
        model.is_full = false;
    } else if !model.entries.filter().is_empty() {
        let group = model.entries.group().to_vec();
        model.open(&group, Filter::default());
    } else if !model.groups.prefix().is_empty() {
        model.groups = GroupList::of_prefix(b"");
    } else {
        return Some(Action::End);
    }
    None
}

/// Opens the selected thing: the entries of a group, the value of an entry on the whole screen.
fn open(model: &mut Model) {
    match model.focus {
        Pane::Groups => model.focus = Pane::Entries,
        Pane::Entries | Pane::Value => model.is_full = model.entries.selected().is_some(),
    }
}

fn ask_filter(model: &mut Model) {
    model.is_full = false;
    let (question, text) = match model.focus {
        Pane::Groups => (Question::Groups, model.groups.prefix()),
        Pane::Entries | Pane::Value => (Question::Keys, model.entries.filter().text()),
    };
    // A filter of the command line that is not text has to be typed again.
    let text = std::str::from_utf8(text).unwrap_or_default().to_owned();
    model.popup = Some(Popup::Prompt(question, text, None));
}

/// Returns the entry that a write is about.
fn selected(model: &Model) -> Option<(Name, u64)> {
    let row = model.entries.selected().filter(|_| model.focus != Pane::Groups || model.is_full)?;
    Some((Name { group: model.entries.group().to_vec(), key: row.key.clone() }, row.version))
}

fn scroll(model: &mut Model, key: Key) {
    let pane = if model.is_full { Pane::Value } else { model.focus };
    let height = match pane {
        Pane::Groups => model.heights.groups,
        Pane::Entries => model.heights.entries,
        Pane::Value => model.value.height(),
    };
    // One line of the page before stays.
    let page = height.saturating_sub(1).max(1) as isize;
    let half = (height as isize / 2).max(1);
    let by = match key {
        Key::Down | Key::Char('j') => 1,
        Key::Up | Key::Char('k') => -1,
        Key::PageDown | Key::Char(' ') | Key::Ctrl('f') => page,
        Key::PageUp | Key::Char('b') | Key::Ctrl('b') => -page,
        Key::Ctrl('d') => half,
        Key::Ctrl('u') => -half,
        Key::Home | Key::Char('g') => isize::MIN,
        Key::End | Key::Char('G') => isize::MAX,
        _ => return,
    };
    match (pane, by) {
        (Pane::Value, _) => model.value.move_by(by),
        (Pane::Entries, isize::MIN) => model.entries.move_to_first(),
        (Pane::Entries, isize::MAX) => model.entries.move_to_last(),
        (Pane::Entries, _) => model.entries.move_by(by),
        (Pane::Groups, _) => {
            model.groups.move_by(by);
            let group = model.groups.selected().map(<[u8]>::to_vec);
            if let Some(group) = group.filter(|it| it != model.entries.group()) {
                model.open(&group, Filter::default());
            }
        }
    }
}

fn next_pane(pane: Pane) -> Pane {
    match pane {
        Pane::Groups => Pane::Entries,
        Pane::Entries => Pane::Value,
        Pane::Value => Pane::Groups,
    }
}

#[cfg(test)]
mod tests;
