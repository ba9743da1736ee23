//! The value of the selected entry, as far as it was read.

use crate::browse::requests::{Content, Name, Row};
use crate::browse::styled::Line;
use crate::browse::value_text::{self, Kind};

/// The state of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// It is not there yet.
    Loading,
    /// There is no such entry any more.
    Gone,
    Failed,
    Shown(Content, Kind),
}

/// The view of a value.
#[derive(Debug)]
pub struct ValueView {
    name: Option<Name>,
    /// The version of the entry's row for which the value was requested.
    row_version: u64,
    state: State,
    is_pending: bool,
    /// The value in lines of some number of columns.
    lines: Option<(usize, Vec<Line>)>,
    /// The first line that is shown.
    top: usize,
    /// The number of lines that are shown.
    height: usize,
}

impl Default for ValueView {
    fn default() -> ValueView {
        let state = State::Loading;
        let (name, lines, is_pending) = (None, None, false);
        ValueView { name, row_version: 0, state, is_pending, lines, top: 0, height: 1 }
    }
}

impl ValueView {
    /// Returns the entry whose value is shown or on its way.
    pub fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// Returns the value and its kind, once it was read.
    pub fn content(&self) -> Option<(&Content, Kind)> {
        match &self.state {
            State::Shown(content, kind) => Some((content, *kind)),
            State::Loading | State::Gone | State::Failed => None,
        }
    }

    /// Returns the text in place of a value.
    pub fn notice(&self) -> &'static str {
        match (&self.name, &self.state) {
            (None, _) | (_, State::Shown(..) | State::Loading) => "",
            (_, State::Gone) => "the entry is gone",
            (_, State::Failed) => "the value was not read; r reads it again",
        }
    }

    /// Returns whether the value is on its way.
    pub fn is_pending(&self) -> bool {
        self.is_pending
    }

    /// Shows the value of an entry. Returns its name if it has to be read, and counts that as
    /// begun.
    pub fn request(&mut self, entry: Option<(&[u8], &Row)>) -> Option<Name> {
        let Some((group, row)) = entry else {
            *self = ValueView { height: self.height, ..ValueView::default() };
            return None;
        };
        let is_same = self.name.as_ref().is_some_and(|it| it.group == group && it.key == row.key);
        if is_same && self.row_version == row.version {
            return None;
        }
        let name = Name { group: group.to_vec(), key: row.key.clone() };
        if !is_same {
            *self = ValueView { height: self.height, ..ValueView::default() };
        }
        self.name = Some(name.clone());
        self.row_version = row.version;
        self.is_pending = true;
        Some(name)
    }

    /// Reads the value again at the next request.
    pub fn reload(&mut self) {
        self.row_version = 0;
    }

    /// Takes the value of an entry; `None` if it is gone.
    pub fn apply(&mut self, name: &Name, content: Option<Content>) {
        if self.name.as_ref() != Some(name) {
            return;
        }
        self.is_pending = false;
        self.lines = None;
        self.state = match content {
            None => State::Gone,
            Some(content) => {
                let kind = value_text::kind_of(&content);
                State::Shown(content, kind)
            }
        };
    }

    /// Says that the value of an entry was not read.
    pub fn fail(&mut self, name: &Name) {
        if self.name.as_ref() == Some(name) {
            self.is_pending = false;
            self.state = State::Failed;
        }
    }

    /// Scrolls, down if `by` is positive.
    pub fn move_by(&mut self, by: isize) {
        self.top = self.top.saturating_add_signed(by);
    }

    /// Returns the number of lines that are shown.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns the lines that are shown in so many columns, the number of the first, and that of
    /// all.
    pub fn shown(&mut self, columns: usize, height: usize) -> (&[Line], usize, usize) {
        self.height = height.max(1);
        let is_wrapped = self.lines.as_ref().is_some_and(|(wrapped, _)| *wrapped == columns);
        if !is_wrapped {
            let lines = match &self.state {
                State::Shown(content, _) => value_text::lines(content, columns),
                State::Loading | State::Gone | State::Failed => Vec::new(),
            };
            self.lines = Some((columns, lines));
        }
        let lines = self.lines.as_ref().map_or(&[][..], |(_, lines)| &lines[..]);
        self.top = self.top.min(lines.len().saturating_sub(height));
        let end = lines.len().min(self.top + height);
        (lines.get(self.top..end).unwrap_or_default(), self.top, lines.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, version: u64) -> Row {
        Row { key: key.into(), size: 3, version, expires_at: None }
    }

    fn content(text: &str) -> Option<Content> {
        Some(Content { bytes: text.into(), size: text.len() as u64, version: 1 })
    }

    #[test]
    fn a_value_is_read_once_for_each_version_of_its_row() {
        let mut view = ValueView::default();
        let name = view.request(Some((b"g", &row("k", 1)))).expect("a request");
        assert_eq!(view.request(Some((b"g", &row("k", 1)))), None);
        // The entry has changed since the page was read.
        view.apply(&name, content("newer"));
        assert_eq!(view.request(Some((b"g", &row("k", 1)))), None);
        assert_eq!(view.request(Some((b"g", &row("k", 2)))), Some(name.clone()));
        view.reload();
        assert_eq!(view.request(Some((b"g", &row("k", 2)))), Some(name));
        assert!(view.content().is_some(), "the old value stays until the new one is there");
    }

    #[test]
    fn a_value_that_comes_late_is_left_out() {
        let mut view = ValueView::default();
        let late = view.request(Some((b"g", &row("a", 1)))).expect("a request");
        view.request(Some((b"g", &row("b", 1)))).expect("a request");
        view.apply(&late, content("of a"));
        assert!(view.content().is_none() && view.is_pending());
        view.request(None);
        assert!(view.name().is_none() && !view.is_pending());
    }

    #[test]
    fn scrolling_ends_with_the_last_line_at_the_bottom() {
        let mut view = ValueView::default();
        let name = view.request(Some((b"g", &row("a", 1)))).expect("a request");
        view.apply(&name, content("1\n2\n3\n4\n5"));
        view.move_by(99);
        let (lines, first, all) = view.shown(20, 2);
        assert_eq!((lines.len(), first, all), (2, 3, 5));
        view.move_by(-1);
        assert_eq!(view.shown(20, 2).1, 2);
    }
}
