//! The screen of the view.

use std::collections::VecDeque;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::live_stats::rows::{self, Row, Scope};
use crate::live_stats::sample::Sample;
use crate::live_stats::sparkline::Levels;
use crate::moment;

/// The columns of the name, the amount and its change.
const NAME_WIDTH: usize = 17;
const AMOUNT_WIDTH: usize = 11;
const CHANGE_WIDTH: usize = 14;

/// The content of the view.
pub struct Picture<'v> {
    /// The store.
    pub name: &'v str,
    /// The interval, for people.
    pub interval: &'v str,
    /// The samples, the last one at the end.
    pub samples: &'v VecDeque<Sample>,
    /// The message in place of the keys, if a sample failed.
    pub message: Option<&'v str>,
    /// The characters of sparklines.
    pub levels: Levels,
    /// Whether there are colours.
    pub is_coloured: bool,
}

impl Picture<'_> {
    /// Draws it; what has no room is left out.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let mut lines = vec![self.header(area)];
        for (scope, title) in [
            (Scope::Store, "The store, whichever process writes it"),
            (Scope::Process, "This process, since it opened the store"),
        ] {
            let mut rows = rows::shown(self.samples, scope).peekable();
            if rows.peek().is_some() {
                lines.push(Line::default());
                lines.push(Line::from(Span::styled(format!(" {title}"), self.faint())));
            }
            lines.extend(rows.map(|row| self.row(row, usize::from(area.width))));
        }
        let Some(last) = area.height.checked_sub(1) else { return };
        frame.render_widget(Paragraph::new(lines), Rect { height: last, ..area });
        let status = match self.message {
            Some(message) => Span::styled(format!(" {message}"), self.colour(Color::Red)),
            None => Span::styled(" q quit", self.faint()),
        };
        let place = Rect { y: area.y + last, height: 1, ..area };
        frame.render_widget(Paragraph::new(Line::from(status)), place);
    }

    fn header(&self, area: Rect) -> Line<'static> {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let time = self.samples.back().map(|it| moment::second_of_day(it.time_ms));
        let right = format!("every {}  {} ", self.interval, time.unwrap_or_default());
        let mut line = Line::from(vec![
            Span::styled(" kv stats ", bold.add_modifier(Modifier::REVERSED)),
            Span::styled(format!(" {}", self.name), bold),
        ]);
        let room = usize::from(area.width).saturating_sub(line.width());
        if room > right.len() {
            line.push_span(Span::styled(format!("{right:>room$}"), self.faint()));
        }
        line
    }

    fn row(&self, row: &Row, width: usize) -> Line<'static> {
        let Some(sample) = self.samples.back() else { return Line::default() };
        let earlier = self.samples.iter().rev().nth(1);
        let amount = row.amount(sample);
        let change = earlier.map(|earlier| row.change(earlier, sample)).unwrap_or_default();
        let taken = NAME_WIDTH + AMOUNT_WIDTH + CHANGE_WIDTH + 5;
        let (values, least) = row.course(self.samples, width.saturating_sub(taken));
        Line::from(vec![
            Span::styled(format!("  {:<NAME_WIDTH$}", row.name), self.name()),
            Span::raw(format!("{amount:>AMOUNT_WIDTH$}{change:>CHANGE_WIDTH$}  ")),
            Span::styled(self.levels.line(values.into_iter(), least), self.colour(Color::Cyan)),
        ])
    }

    fn name(&self) -> Style {
        self.colour(Color::Blue).add_modifier(Modifier::BOLD)
    }

    fn faint(&self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    fn colour(&self, colour: Color) -> Style {
        if self.is_coloured { Style::new().fg(colour) } else { Style::new() }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::live_stats::rows::tests::samples;

    /// Returns the lines of a screen of this size.
    fn screen(picture: &Picture<'_>, columns: u16, lines: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(columns, lines)).expect("a terminal");
        terminal.draw(|frame| picture.draw(frame)).expect("drawn");
        let buffer = terminal.backend().buffer();
        let line = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..lines).map(|y| line(y).trim_end().to_owned()).collect()
    }

    #[test]
    fn a_screen_of_any_size_shows_what_has_room() {
        let samples = samples(&[(4096, 0), (8192, 1500), (8192, 1503)]);
        let picture = Picture {
            name: "a.db",
            interval: "1s",
            samples: &samples,
            message: None,
            levels: Levels::of_locale(),
            is_coloured: false,
        };
        let wide = screen(&picture, 80, 24);
        assert!(wide[0].starts_with(" kv stats  a.db") && wide[0].contains("every 1s"), "{wide:?}");
        assert!(wide[3].starts_with("  file                 8.0 KiB"), "{wide:?}");
        let changes = wide.iter().find(|line| line.contains("changes")).expect("changes");
        assert!(changes.contains("1.5k         3.0/s  "), "{changes}");
        assert_eq!(wide[23], " q quit");
        let narrow = screen(&picture, 20, 4);
        assert!(narrow[0].starts_with(" kv stats  a.db"), "{narrow:?}");
        assert_eq!(narrow[3], " q quit");
        for (columns, lines) in [(1, 1), (2, 2), (50, 1), (1, 50)] {
            assert_eq!(screen(&picture, columns, lines).len(), usize::from(lines));
        }
    }

    #[test]
    fn a_failed_sample_is_a_message() {
        let samples = samples(&[(4096, 0)]);
        let picture = Picture {
            name: "a.db",
            interval: "1s",
            samples: &samples,
            message: Some("no answer"),
            levels: Levels::of_locale(),
            is_coloured: true,
        };
        assert_eq!(screen(&picture, 40, 8)[7], " no answer");
    }
}
