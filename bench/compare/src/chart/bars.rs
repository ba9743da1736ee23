//! Panels of bars: one panel for a workload, one bar for a peer.

use std::fmt::Write;

use super::svg::{GAP, MARGIN, TITLE, WIDTH, text};
use crate::report::{Bar, Panel, digits};

const COLUMNS: usize = 2;
const BAR: usize = 16;
const PITCH: usize = 22;
/// Where the bars begin in a panel, and how much is left for the value behind the longest.
const LABELS: usize = 118;
const VALUES: usize = 112;

/// One bar with its texts.
pub struct Row<'a> {
    pub peer: &'a str,
    pub is_base: bool,
    pub length_us: f64,
    /// The ends of the line over the bar.
    pub spread_us: Option<(f64, f64)>,
    pub value: String,
}

/// Draws panels, each with its title, beside and below each other from `top` on; returns where they
/// end.
pub fn draw_grid(svg: &mut String, panels: &[(&str, Vec<Row<'_>>)], mut top: usize) -> usize {
    let width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
    for line in panels.chunks(COLUMNS) {
        for (column, (title, rows)) in line.iter().enumerate() {
            let left = MARGIN + column * (width + GAP);
            draw_rows(svg, title, rows, (left, top), (width, VALUES));
        }
        let bars = line.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0);
        top += height(bars);
    }
    top
}

/// Returns the height of a panel of so many bars, with the gap below it.
pub fn height(bars: usize) -> usize {
    TITLE + bars * PITCH + GAP
}

/// Returns the title and the rows of a panel.
pub fn rows_of(panel: &Panel) -> (&str, Vec<Row<'_>>) {
    let row = |bar: &'_ Bar| {
        let is_base = bar.peer == panel.baseline;
        let ratio = if is_base { String::new() } else { format!(" · {:.2}×", bar.ratio) };
        (is_base, format!("{} µs{ratio}", digits(bar.median_us)))
    };
    let bars = panel.bars.iter().map(|bar| (bar, row(bar)));
    let rows = bars.map(|(bar, (is_base, value))| Row {
        peer: &bar.peer,
        is_base,
        length_us: bar.median_us,
        spread_us: Some((bar.min_us, bar.max_us)),
        value,
    });
    (&panel.title, rows.collect())
}

/// Draws one panel; `values` of its width are left for the texts behind the bars.
pub fn draw_rows(
    svg: &mut String,
    title: &str,
    rows: &[Row<'_>],
    (left, top): (usize, usize),
    (width, values): (usize, usize),
) {
    text(svg, (left, top + 14), "title", title);
    let end = |row: &Row<'_>| row.spread_us.map_or(row.length_us, |(_, max)| max);
    let longest = rows.iter().map(end).fold(0.0, f64::max);
    let scale = (width - LABELS - values) as f64 / longest.max(f64::MIN_POSITIVE);
    for (index, row) in rows.iter().enumerate() {
        draw_row(svg, row, (left, top + TITLE + index * PITCH), scale);
    }
}

fn draw_row(svg: &mut String, row: &Row<'_>, (left, top): (usize, usize), scale: f64) {
    let is_kv = row.peer.starts_with("kv");
    let role = match (is_kv, row.is_base) {
        (true, _) => "kv",
        (false, true) => "base",
        (false, false) => "bar",
    };
    let weight = if is_kv { "strong" } else { "quiet" };
    let start = left + LABELS;
    let (baseline, middle) = (top + 12, top + BAR / 2);
    text(svg, (left, baseline), weight, row.peer);
    let length = (row.length_us * scale).max(1.0);
    let _ = writeln!(
        svg,
        "<rect class=\"{role}\" x=\"{start}\" y=\"{top}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>"
    );
    let mut behind = start as f64 + length;
    if let Some((min, max)) = row.spread_us {
        let (min, max) = (start as f64 + min * scale, start as f64 + max * scale);
        behind = behind.max(max);
        let _ = writeln!(
            svg,
            "<path class=\"spread\" d=\"M{min:.1} {middle}H{max:.1}\" opacity=\"0.55\"/>"
        );
    }
    text(svg, (behind as usize + 6, baseline), weight, &row.value);
}
