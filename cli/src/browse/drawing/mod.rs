//! The screen, drawn from the state.

mod frame;
mod panes;
mod popups;
pub mod theme;

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::browse::drawing::theme::Theme;
use crate::browse::model::{Model, Pane};

/// The smallest screen, in columns and lines.
const COLUMNS_MIN: u16 = 40;
const LINES_MIN: u16 = 10;
/// The screens from which on all panes are side by side, the groups stand beside the entries, and
/// the changes have a pane.
const COLUMNS_WIDE: u16 = 110;
const COLUMNS_MEDIUM: u16 = 60;
const LINES_CHANGES: u16 = 20;
/// The lines of the changes, with their border.
const CHANGES_HEIGHT: u16 = 6;

/// Draws the view.
pub fn draw(frame: &mut Frame<'_>, model: &mut Model, theme: &Theme) {
    let area = frame.area();
    if area.width < COLUMNS_MIN || area.height < LINES_MIN {
        return draw_too_small(frame, area);
    }
    let [header, middle, status] = split_lines(area);
    frame::draw_header(frame, header, model, theme);
    let (panes, changes) = match area.height >= LINES_CHANGES && !model.is_full {
        true => split_bottom(middle, CHANGES_HEIGHT),
        false => (middle, Rect::default()),
    };
    if !changes.is_empty() {
        panes::draw_changes(frame, changes, model, theme);
    }
    draw_panes(frame, panes, model, theme);
    frame::draw_status(frame, status, model, theme);
    popups::draw(frame, middle, model, theme);
}

fn draw_panes(frame: &mut Frame<'_>, area: Rect, model: &mut Model, theme: &Theme) {
    if model.is_full {
        return panes::draw_value(frame, area, model, theme);
    }
    if area.width < COLUMNS_MEDIUM {
        return match model.focus {
            Pane::Groups => panes::draw_groups(frame, area, model, theme),
            Pane::Entries => panes::draw_entries(frame, area, model, theme),
            Pane::Value => panes::draw_value(frame, area, model, theme),
        };
    }
    let (groups, rest) = split_left(area, (area.width / 5).clamp(20, 32));
    let (entries, value) = match area.width >= COLUMNS_WIDE {
        true => split_left(rest, rest.width * 11 / 20),
        false => split_bottom(rest, rest.height * 2 / 5),
    };
    panes::draw_groups(frame, groups, model, theme);
    panes::draw_entries(frame, entries, model, theme);
    panes::draw_value(frame, value, model, theme);
}

fn draw_too_small(frame: &mut Frame<'_>, area: Rect) {
    let lines = [
        "too small".to_owned(),
        format!("{}x{}", area.width, area.height),
        format!("needs {COLUMNS_MIN}x{LINES_MIN}"),
        "q ends".to_owned(),
    ];
    let text: Vec<Line<'_>> = lines.into_iter().map(Line::from).collect();
    frame.render_widget(Paragraph::new(text).centered(), area);
}

/// Returns the first line, the middle, and the last line.
fn split_lines(area: Rect) -> [Rect; 3] {
    let middle = Rect { y: area.y + 1, height: area.height - 2, ..area };
    let last = Rect { y: area.y + area.height - 1, height: 1, ..area };
    [Rect { height: 1, ..area }, middle, last]
}

fn split_left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let right = Rect { x: area.x + width, width: area.width - width, ..area };
    (Rect { width, ..area }, right)
}

fn split_bottom(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let top = Rect { height: area.height - height, ..area };
    (top, Rect { y: top.y + top.height, height, ..area })
}
