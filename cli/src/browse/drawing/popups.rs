//! The windows above the panes: the help and the questions.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use crate::browse::drawing::theme::Theme;
use crate::browse::model::{Model, Popup, Question};
use crate::browse::styled::{Part, cut, width, wrap};
use crate::escape::{escaped, escaped_text};

/// Columns of a question.
const QUESTION_WIDTH: u16 = 64;

/// The keys and their meanings.
pub const KEYS: [(&str, &str); 13] = [
    ("j k, Up Down", "next and previous line"),
    ("PgDn PgUp, Space b", "next and previous page"),
    ("g G, Home End", "first and last"),
    ("Tab, h l, Left Right", "next pane, left and right pane"),
    ("Enter", "entries of a group; value on the whole screen"),
    ("/", "filter keys by a prefix or a glob, groups by a prefix"),
    ("r", "read again"),
    ("d", "delete the entry, after a question"),
    ("e", "set the time until the entry expires"),
    ("Esc", "back; without anything to close, quit"),
    ("q, Ctrl-C", "quit"),
    ("Ctrl-Z", "stop, until fg continues"),
    ("?", "this help"),
];

/// Draws the window, if there is one.
pub fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: &Theme) {
    match &model.popup {
        None => {}
        Some(Popup::Help) => draw_help(frame, area, theme),
        Some(Popup::Confirm(name, _)) => {
            let key = escaped(&name.key);
            let lines = vec![
                Line::from(cut(&format!("{key} in {}", group(&name.group)), room(area))),
                Line::from(""),
                Line::from(vec![
                    Span::styled("y", theme.key()),
                    Span::raw(" deletes, any other key does not"),
                ]),
            ];
            draw_window(frame, area, "Delete this entry?", lines, theme);
        }
        Some(Popup::Prompt(question, text, refused)) => {
            draw_prompt(frame, area, question, text, refused.as_deref(), theme);
        }
    }
}

fn draw_help(frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let left = KEYS.iter().map(|(keys, _)| width(keys)).max().unwrap_or(0);
    let mut lines: Vec<_> = KEYS
        .iter()
        .map(|(keys, meaning)| {
            Line::from(vec![
                Span::styled(format!(" {keys:<left$}  "), theme.key()),
                Span::raw(*meaning),
            ])
        })
        .collect();
    let marks = " \u{25cf} an entry that has just changed";
    lines.extend([Line::from(""), Line::styled(marks, theme.changed())]);
    let columns = lines.iter().map(Line::width).max().unwrap_or(0) as u16 + 3;
    let place = centred(area, columns, lines.len() as u16 + 2);
    draw_block(frame, place, "Keys", lines, theme);
}

fn draw_prompt(
    frame: &mut Frame<'_>,
    area: Rect,
    question: &Question,
    text: &str,
    refused: Option<&str>,
    theme: &Theme,
) {
    let (title, note) = match question {
        Question::Keys => ("Filter keys", "a prefix, or a glob with * ? [a-z]; empty for all keys"),
        Question::Groups => ("Filter groups", "the beginning of their names; empty for all groups"),
        Question::Ttl(_) => ("Expire after", "such as 90s, 5m, 12h, 7d; 0 for never"),
    };
    // The end of a long text is the part that is typed.
    let text = escaped_text(text);
    let mut shown = &text[..];
    while width(shown) > room(area).saturating_sub(4) {
        let mut chars = shown.chars();
        chars.next();
        shown = chars.as_str();
    }
    let mut lines = vec![
        Line::from(vec![
            Span::styled("> ", theme.key()),
            Span::raw(shown.to_owned()),
            Span::styled(" ", theme.bar(true)),
        ]),
        Line::from(""),
    ];
    let note = match refused {
        None => (Part::Faint, note.to_owned(), theme.part(Part::Faint)),
        Some(message) => (Part::Plain, escaped_text(message), theme.error()),
    };
    for line in wrap(&vec![(note.0, note.1)], room(area)) {
        let text: String = line.into_iter().map(|(_, text)| text).collect();
        lines.push(Line::styled(text, note.2));
    }
    draw_window(frame, area, title, lines, theme);
}

fn draw_window(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    lines: Vec<Line<'_>>,
    theme: &Theme,
) {
    let place = centred(area, QUESTION_WIDTH, lines.len() as u16 + 2);
    draw_block(frame, place, title, lines, theme);
}

fn draw_block(
    frame: &mut Frame<'_>,
    place: Rect,
    title: &str,
    lines: Vec<Line<'_>>,
    theme: &Theme,
) {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.border(true))
        .title(Line::styled(format!(" {title} "), theme.title(true)));
    clear_left_halves(frame, place);
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines).block(block), place);
}

/// Clears the characters of two columns whose right half the window covers.
fn clear_left_halves(frame: &mut Frame<'_>, place: Rect) {
    let Some(x) = place.x.checked_sub(1) else { return };
    for y in place.y..place.y + place.height {
        if let Some(cell) = frame.buffer_mut().cell_mut((x, y))
            && width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

/// Returns the columns of the text in a question.
fn room(area: Rect) -> usize {
    usize::from(QUESTION_WIDTH.min(area.width)).saturating_sub(2)
}

fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    Rect { x, y, width, height }
}

fn group(name: &[u8]) -> String {
    match name.is_empty() {
        true => "the default group".to_owned(),
        false => format!("group {}", escaped(name)),
    }
}
