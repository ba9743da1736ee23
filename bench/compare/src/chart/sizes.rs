//! The chart of the sizes: the ratios to raw SQLite, and the times of kv and of raw SQLite.

use super::plot::{HEIGHT, Line, Plot, powers};
use super::svg::{GAP, HEADER, MARGIN, TITLE, WIDTH, page, text};
use crate::contestant::RAW_SQLITE;
use crate::report::{Panel, digits};
use crate::sizes::{SizesReport, size_label};

/// The height of the sizes and times below a plot.
const ROWS: usize = 80;

/// Draws the chart.
pub fn draw(report: &SizesReport) -> String {
    let mut body = String::new();
    let width = (WIDTH - 2 * MARGIN - GAP) / 2;
    let sizes: Vec<_> = report.sizes.iter().map(|size| size_label(size.value_bytes)).collect();
    let panels: [(&str, Vec<&Panel>); 2] = [
        ("set: overwrite of random keys", report.overwrites().collect()),
        ("get: read of random keys", report.reads().collect()),
    ];
    // Both plots have the same scale.
    let bars = panels.iter().flat_map(|(_, panels)| panels).flat_map(|panel| &panel.bars);
    let scale = powers(bars.map(|bar| bar.ratio));
    for (column, (title, panels)) in panels.iter().enumerate() {
        let left = MARGIN + column * (width + GAP);
        text(&mut body, (left, HEADER + 14), "title", title);
        let lines = lines_of(panels);
        let plot = Plot::new((left, HEADER + TITLE), width, sizes.len(), scale);
        plot.draw(&mut body, &lines);
        plot.draw_row(&mut body, 0, "quiet", "", &sizes);
        let mut row = 1;
        for (peer, class) in [("kv", "strong"), (RAW_SQLITE, "quiet")] {
            if lines.iter().any(|line| line.peer == peer) {
                plot.draw_row(&mut body, row, class, &format!("{peer}, µs"), &times(panels, peer));
                row += 1;
            }
        }
    }
    let facts = format!("{}; medians of {} rounds", report.facts(), report.conditions.rounds);
    let head = "Time relative to raw SQLite by the size of the value, lower is faster";
    let bottom = HEADER + TITLE + HEIGHT + ROWS + GAP;
    page(head, &report.conditions, &body, bottom, &facts)
}

fn lines_of<'a>(panels: &[&'a Panel]) -> Vec<Line<'a>> {
    let Some(first) = panels.first() else { return Vec::new() };
    let line = |peer: &'a str| Line {
        peer,
        is_base: peer == first.baseline,
        ratios: panels.iter().filter_map(|panel| Some(panel.bar(peer)?.ratio)).collect(),
    };
    first.bars.iter().map(|bar| line(&bar.peer)).collect()
}

/// Returns the peer's time at each size, in microseconds.
fn times(panels: &[&Panel], peer: &str) -> Vec<String> {
    let bars = panels.iter().filter_map(|panel| panel.bar(peer));
    bars.map(|bar| digits(bar.median_us)).collect()
}
