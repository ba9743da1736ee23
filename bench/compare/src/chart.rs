//! The report as an SVG chart: one panel per workload, one bar per peer.

use std::fmt::Write;

use crate::report::{Bar, Panel, Report, SustainedPanel, digits};

const WIDTH: usize = 960;
const COLUMNS: usize = 2;
const MARGIN: usize = 24;
const GAP: usize = 32;
const HEADER: usize = 76;
const TITLE: usize = 30;
const BAR: usize = 16;
const PITCH: usize = 22;
/// Where the bars begin in a panel, and how much is left for the value behind the longest.
const LABELS: usize = 118;
const VALUES: usize = 112;
/// The same for the longer texts of sustained loads.
const LONG_VALUES: usize = 420;

/// Colours by role, for a light and a dark page; the picture brings its own background.
const STYLE: &str = "\
svg { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; }
.page { fill: #ffffff; } text { fill: #1f2328; } .quiet { fill: #59636e; }
.bar { fill: #b4bec9; } .base { fill: #7d8894; } .kv { fill: #0b69c7; } .spread { stroke: #1f2328; }
.head { font-size: 19px; font-weight: 600; } .title { font-size: 13px; font-weight: 600; } .strong { font-weight: 600; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; } text { fill: #e6edf3; } .quiet { fill: #9198a1; }
.bar { fill: #46505c; } .base { fill: #717c89; } .kv { fill: #4a9eff; } .spread { stroke: #e6edf3; }
}
";

/// Draws the chart.
pub fn draw(report: &Report) -> String {
    let panel_width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
    let mut body = String::new();
    let mut top = HEADER;
    for row in report.panels.chunks(COLUMNS) {
        for (column, panel) in row.iter().enumerate() {
            let left = MARGIN + column * (panel_width + GAP);
            draw_rows(&mut body, &panel.title, &rows_of(panel), (left, top), (panel_width, VALUES));
        }
        let bars = row.iter().map(|panel| panel.bars.len()).max().unwrap_or(0);
        top += TITLE + bars * PITCH + GAP;
    }
    if !report.sustained.is_empty() {
        let title = "Sustained, without a pause: the mean, and the slowest operations";
        text(&mut body, (MARGIN, top + 10), "head", title);
        top += TITLE;
    }
    for panel in &report.sustained {
        let place = (MARGIN, top);
        let rows = sustained_rows_of(panel);
        draw_rows(&mut body, &panel.title, &rows, place, (WIDTH - 2 * MARGIN, LONG_VALUES));
        top += TITLE + panel.bars.len() * PITCH + GAP;
    }
    let height = top + MARGIN / 2;
    let machine = &report.machine;
    let facts = format!(
        "{} cores, {} GiB, Linux {}, {}; {} keys of 17 bytes, values of 100; medians of {} interleaved rounds, lines show min and max",
        machine.cores,
        machine.memory_gib,
        machine.kernel,
        machine.filesystem,
        report.keys,
        report.rounds
    );
    let versions: Vec<_> = report
        .libraries
        .iter()
        .map(|library| format!("{} {}", library.name, library.version))
        .collect();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
         <title>kv beside its peers</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
    );
    text(&mut svg, (MARGIN, 34), "head", "Microseconds per operation, shorter is better");
    text(&mut svg, (MARGIN, 56), "quiet", &versions.join(" · "));
    svg.push_str(&body);
    text(&mut svg, (MARGIN, height - MARGIN), "quiet", &facts);
    svg.push_str("</svg>\n");
    svg
}

/// One bar with its texts.
struct Row<'a> {
    peer: &'a str,
    is_base: bool,
    length_us: f64,
    /// The ends of the line over the bar.
    spread_us: Option<(f64, f64)>,
    value: String,
}

fn rows_of(panel: &Panel) -> Vec<Row<'_>> {
    let row = |bar: &'_ Bar| {
        let is_base = bar.peer == panel.baseline;
        let ratio = if is_base { String::new() } else { format!(" · {:.2}×", bar.ratio) };
        (is_base, format!("{} µs{ratio}", digits(bar.median_us)))
    };
    let bars = panel.bars.iter().map(|bar| (bar, row(bar)));
    bars.map(|(bar, (is_base, value))| Row {
        peer: &bar.peer,
        is_base,
        length_us: bar.median_us,
        spread_us: Some((bar.min_us, bar.max_us)),
        value,
    })
    .collect()
}

fn sustained_rows_of(panel: &SustainedPanel) -> Vec<Row<'_>> {
    let bars = panel.bars.iter().map(|bar| Row {
        peer: &bar.peer,
        is_base: bar.peer == panel.baseline,
        length_us: bar.mean_us,
        spread_us: None,
        value: format!(
            "{} µs · {:.2}× · p50 {} · p99 {} · p99.9 {} · max {}",
            digits(bar.mean_us),
            bar.ratio,
            time(bar.p50_us),
            time(bar.p99_us),
            time(bar.p999_us),
            time(bar.max_us)
        ),
    });
    bars.collect()
}

/// Writes a time in the unit that it deserves.
fn time(us: f64) -> String {
    if us < 1000.0 { format!("{} µs", digits(us)) } else { format!("{} ms", digits(us / 1e3)) }
}

fn draw_rows(
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

fn text(svg: &mut String, (x, y): (usize, usize), class: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Writing to a String cannot fail.
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{content}</text>");
}
