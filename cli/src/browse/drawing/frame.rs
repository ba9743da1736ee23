//! The first and the last line of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::browse::drawing::theme::Theme;
use crate::browse::group_list::grouped;
use crate::browse::model::{Model, Pane};
use crate::browse::requests::Liveness;
use crate::browse::styled::{Part, cut, width};
use crate::units::short;

/// Draws the name of the store, the number of its groups, and how changes arrive.
pub fn draw_header(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: &Theme) {
    let groups = match (model.groups.is_loaded(), model.groups.names().len()) {
        (false, _) => String::new(),
        (true, 1) => "1 group".to_owned(),
        (true, count) => {
            let more = if model.groups.has_more() { "+" } else { "" };
            format!("{}{more} groups", grouped(count as u64))
        }
    };
    let (state, style) = match (model.is_slow(), model.liveness) {
        (true, _) => ("reading \u{2026} ".to_owned(), theme.changed()),
        (false, Some(Liveness::Live)) => ("\u{25cf} live ".to_owned(), theme.good()),
        (false, Some(Liveness::Refreshed)) => {
            let interval = short(model.interval.as_millis() as i64);
            (format!("checked every {interval} "), theme.part(Part::Faint))
        }
        (false, None) => (String::new(), Style::new()),
    };
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let room = usize::from(area.width).saturating_sub(width(&state) + width(&groups) + 8);
    let left = vec![
        Span::styled(" kv ", bold.add_modifier(Modifier::REVERSED)),
        Span::styled(format!(" {}", cut(&model.store_name, room)), bold),
        Span::styled(format!("  {groups}"), theme.part(Part::Faint)),
    ];
    draw_sides(frame, area, Line::from(left), Line::from(Span::styled(state, style)));
}

/// Draws a message, or the keys that have a meaning now; and how to receive changes at once.
pub fn draw_status(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: &Theme) {
    if let Some(message) = &model.message {
        let style = if message.is_error { theme.error() } else { theme.good() };
        let text = cut(&message.text, usize::from(area.width).saturating_sub(2));
        let line = Line::from(Span::styled(format!(" {text}"), style));
        return frame.render_widget(Paragraph::new(line), area);
    }
    let mut left = Line::from(" ");
    for (key, meaning) in hints(model) {
        let columns = left.width() + width(key) + width(meaning) + 1;
        if columns <= usize::from(area.width) {
            left.push_span(Span::styled(*key, theme.key()));
            left.push_span(Span::styled(format!(" {meaning}  "), theme.part(Part::Faint)));
        }
    }
    let hint = match model.liveness {
        Some(Liveness::Refreshed) => "'kv changes on' gives live changes ",
        _ => "",
    };
    // The keys come first if there is no room for both.
    let has_room = left.width() + width(hint) <= usize::from(area.width);
    let hint = if has_room { hint } else { "" };
    draw_sides(frame, area, left, Line::from(Span::styled(hint, theme.part(Part::Faint))));
}

fn hints(model: &Model) -> &'static [(&'static str, &'static str)] {
    if model.is_full {
        return &[("Esc", "back"), ("j/k", "scroll"), ("d", "delete"), ("e", "ttl"), ("?", "help")];
    }
    match model.focus {
        Pane::Groups => &[("q", "quit"), ("?", "help"), ("/", "find"), ("Enter", "entries")],
        Pane::Entries | Pane::Value => &[
            ("q", "quit"),
            ("?", "help"),
            ("/", "filter"),
            ("Enter", "value"),
            ("d", "delete"),
            ("e", "ttl"),
        ],
    }
}

fn draw_sides(frame: &mut Frame<'_>, area: Rect, left: Line<'_>, right: Line<'_>) {
    let right_width = (right.width() as u16).min(area.width);
    let place = Rect { x: area.x + area.width - right_width, width: right_width, ..area };
    frame.render_widget(Paragraph::new(left), Rect { width: area.width - right_width, ..area });
    frame.render_widget(Paragraph::new(right), place);
}
