//! The panes: groups, entries, a value, changes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};

use crate::browse::change_list;
use crate::browse::drawing::theme::Theme;
use crate::browse::group_list::grouped;
use crate::browse::model::{Model, Pane, age_ms};
use crate::browse::requests::{Liveness, Row};
use crate::browse::styled::{Part, cut, filled, width};
use crate::escape::escaped;
use crate::units::{short, short_size};

/// The name of the default group on the screen.
const DEFAULT_GROUP: &str = "(default)";
/// Columns of the figures of an entry.
const SIZE_WIDTH: usize = 11;
const TIME_WIDTH: usize = 9;
/// Columns of a pane from which on it has the sizes, and the ages, of its entries.
const WITH_SIZE: usize = 34;
const WITH_AGE: usize = 48;
/// A ttl below this is shown as urgent.
const URGENT_MS: i64 = 10_000;
/// Milliseconds of a second and a day.
const SECOND_MS: i64 = 1000;
const DAY_SECONDS: i64 = 86_400;

/// Draws the groups with the numbers of their entries.
pub fn draw_groups(frame: &mut Frame<'_>, area: Rect, model: &mut Model, theme: &Theme) {
    let has_focus = model.focus == Pane::Groups;
    let prefix = model.groups.prefix();
    let title = match prefix.is_empty() {
        true => "Groups".to_owned(),
        false => format!("Groups {}\u{2026}", escaped(prefix)),
    };
    let block = block(theme, has_focus, &title, "", area);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let (columns, height) = (usize::from(inner.width), usize::from(inner.height));
    let first = model.groups.scroll(height);
    (model.heights.groups, model.heights.first_group) = (height, first);
    let shown = model.groups.names().iter().enumerate().skip(first).take(height);
    let line = |(at, name): (usize, &Vec<u8>)| {
        let count = model.groups.count(name);
        let room = columns.saturating_sub(width(&count) + 3);
        let text = format!(" {} {count} ", filled(&group_name(name), room));
        let is_selected = at == model.groups.selected_index();
        Line::styled(text, if is_selected { theme.bar(has_focus) } else { Style::new() })
    };
    let mut lines: Vec<_> = shown.map(line).collect();
    if lines.is_empty() && model.groups.is_loaded() {
        lines.push(Line::styled(" none", theme.part(Part::Faint)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Draws the entries of the open group.
pub fn draw_entries(frame: &mut Frame<'_>, area: Rect, model: &mut Model, theme: &Theme) {
    let has_focus = model.focus == Pane::Entries;
    let filter = match model.entries.filter().is_empty() {
        true => String::new(),
        false => format!("/{}", escaped(model.entries.filter().text())),
    };
    let title = group_name(model.entries.group());
    let block = block(theme, has_focus, &title, &filter, area);
    let block =
        block.title_bottom(Line::styled(ends_text(model), theme.part(Part::Faint)).right_aligned());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let head = entry_text(columns, " ", "key", "size", "ttl", "age");
    let head = Line::styled(head, theme.part(Part::Faint));
    let height = usize::from(inner.height).saturating_sub(1);
    let first = model.entries.scroll(height);
    (model.heights.entries, model.heights.first_entry) = (height, first);
    let mut lines = vec![head];
    let shown = model.entries.rows().iter().enumerate().skip(first).take(height);
    lines.extend(shown.map(|(at, row)| {
        entry_line(model, theme, row, columns, at == model.entries.selected_index(), has_focus)
    }));
    if model.entries.rows().is_empty() {
        lines.push(Line::styled(format!("  {}", empty_text(model)), theme.part(Part::Faint)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Draws the value of the selected entry.
pub fn draw_value(frame: &mut Frame<'_>, area: Rect, model: &mut Model, theme: &Theme) {
    let has_focus = model.focus == Pane::Value || model.is_full;
    let name = model.value.name().map(|name| escaped(&name.key)).unwrap_or_default();
    let title = if name.is_empty() { "Value" } else { &name };
    let kind = model.value.content().map_or("", |(_, kind)| kind.name());
    let block = block(theme, has_focus, title, kind, area);
    let inner = block.inner(area);
    let facts = facts(model);
    let (columns, height) = (usize::from(inner.width), usize::from(inner.height));
    let (body, first, count) = model.value.shown(columns, height.saturating_sub(1));
    let place = match body.len() < count {
        true => format!(" {}-{} of {} ", first + 1, first + body.len(), grouped(count as u64)),
        false => String::new(),
    };
    let mut lines = vec![Line::styled(cut(&facts, columns), theme.part(Part::Faint))];
    for line in body {
        let spans = line.iter().map(|(part, text)| Span::styled(text.clone(), theme.part(*part)));
        lines.push(Line::from(spans.collect::<Vec<_>>()));
    }
    let notice = model.value.notice();
    if !notice.is_empty() {
        lines.push(Line::styled(notice, theme.part(Part::Faint)));
    }
    let place = Line::styled(place, theme.part(Part::Faint)).right_aligned();
    frame.render_widget(block.title_bottom(place), area);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Draws the newest changes.
pub fn draw_changes(frame: &mut Frame<'_>, area: Rect, model: &Model, theme: &Theme) {
    let (count, lost) = model.changes.counts();
    let title = match (lost, model.liveness) {
        (_, Some(Liveness::Refreshed)) => "Changes of the entries above".to_owned(),
        (0, _) => format!("Changes {}", grouped(count)),
        (lost, _) => format!("Changes {}, {} not shown", grouped(count), grouped(lost)),
    };
    let block = block(theme, false, &title, "", area);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let newest = model.changes.newest(usize::from(inner.height));
    let mut lines: Vec<_> = newest.map(|line| change_line(line, columns, theme)).collect();
    if lines.is_empty() {
        lines.push(Line::styled(" none since the view was opened", theme.part(Part::Faint)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn change_line<'l>(line: &change_list::Line, columns: usize, theme: &Theme) -> Line<'l> {
    let seconds = (line.time_ms / SECOND_MS).rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let time = format!(" {hour:02}:{minute:02}:{second:02}Z ");
    let verb = format!("{:<12} ", line.verb);
    let mut name = group_name(&line.group);
    if let Some(key) = &line.key {
        name = format!("{name}  {}", escaped(key));
    }
    let size = line.size.map_or(String::new(), |size| format!("  {}", short_size(size)));
    let room = columns.saturating_sub(width(&time) + width(&verb) + width(&size));
    let style = if line.verb == "set" { theme.good() } else { theme.changed() };
    Line::from(vec![
        Span::styled(time, theme.part(Part::Faint)),
        Span::styled(verb, style),
        Span::raw(cut(&name, room)),
        Span::styled(size, theme.part(Part::Faint)),
    ])
}

/// Returns the size of the selected entry, its ttl and its version.
fn facts(model: &Model) -> String {
    let Some(row) = model.entries.selected() else { return String::new() };
    let ttl = ttl_text(row, model.now_ms);
    format!("{}  ttl {ttl}  version {}", short_size(row.size), row.version)
}

fn entry_line<'l>(
    model: &Model,
    theme: &Theme,
    row: &Row,
    columns: usize,
    is_selected: bool,
    has_focus: bool,
) -> Line<'l> {
    let now = model.now_ms;
    let is_marked = model.entries.is_marked(&row.key, now);
    let mark = if is_marked { "\u{25cf}" } else { " " };
    let age = age_ms(row.version, now).map_or("-".to_owned(), |age| whole_seconds(age, 0));
    let (size, ttl) = (short_size(row.size), ttl_text(row, now));
    let is_urgent = row.expires_at.is_some_and(|at| at - now < URGENT_MS);
    let text = entry_text(columns, mark, &escaped(&row.key), &size, &ttl, &age);
    let style = match (is_marked, is_urgent) {
        (true, _) => theme.changed(),
        (false, true) => theme.urgent(),
        (false, false) => Style::new(),
    };
    Line::styled(text, if is_selected { style.patch(theme.bar(has_focus)) } else { style })
}

/// Returns the columns of an entry, as many as there is room for.
fn entry_text(columns: usize, mark: &str, key: &str, size: &str, ttl: &str, age: &str) -> String {
    let mut figures = String::new();
    if columns >= WITH_SIZE {
        figures.push_str(&format!("{size:>SIZE_WIDTH$}"));
    }
    figures.push_str(&format!("{ttl:>TIME_WIDTH$}"));
    if columns >= WITH_AGE {
        figures.push_str(&format!("{age:>TIME_WIDTH$}"));
    }
    let room = columns.saturating_sub(width(mark) + width(&figures) + 1);
    format!("{mark}{}{figures} ", filled(key, room))
}

fn empty_text(model: &Model) -> &'static str {
    match (model.entries.is_loaded(), model.entries.is_blocked()) {
        (_, true) => "the entries were not read; r reads them again",
        (false, false) => "",
        (true, false) if model.entries.filter().is_empty() => "no entries",
        (true, false) => "no key matches; Esc shows all keys",
    }
}

/// Returns the number of entries of the open group, and where there are more than are in memory.
fn ends_text(model: &Model) -> String {
    if !model.entries.filter().is_empty() {
        return match model.entries.ends() {
            (false, false) if model.entries.is_loaded() => {
                format!(" {} match ", grouped(model.entries.rows().len() as u64))
            }
            _ => String::new(),
        };
    }
    let count = model.groups.count(model.entries.group());
    if count.is_empty() { count } else { format!(" {count} ") }
}

fn ttl_text(row: &Row, now_ms: i64) -> String {
    match row.expires_at.map(|at| at - now_ms) {
        None => "-".to_owned(),
        Some(left) if left <= 0 => "expired".to_owned(),
        // Rounded up, so that an entry with a second left is not at 0.
        Some(left) => whole_seconds(left, SECOND_MS - 1),
    }
}

/// Returns milliseconds in units of at least a second.
fn whole_seconds(millis: i64, rounding: i64) -> String {
    match (millis + rounding) / SECOND_MS {
        0 => "now".to_owned(),
        seconds => short(seconds * SECOND_MS),
    }
}

fn group_name(name: &[u8]) -> String {
    if name.is_empty() { DEFAULT_GROUP.to_owned() } else { escaped(name) }
}

fn block<'b>(theme: &Theme, has_focus: bool, title: &str, right: &str, area: Rect) -> Block<'b> {
    let room = usize::from(area.width).saturating_sub(4);
    let right = cut(right, room / 2);
    let title = cut(title, room.saturating_sub(width(&right) + 2));
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.border(has_focus))
        .title(Line::styled(format!(" {title} "), theme.title(has_focus)));
    match right.is_empty() {
        true => block,
        false => block.title(Line::styled(format!(" {right} "), theme.key()).right_aligned()),
    }
}
