//! The report as an SVG chart: one panel per workload, one bar per peer.

use std::fmt::Write;

use crate::report::{Bar, Panel, Report, digits};

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
            draw_panel(&mut body, panel, left, top, panel_width);
        }
        let bars = row.iter().map(|panel| panel.bars.len()).max().unwrap_or(0);
        top += TITLE + bars * PITCH + GAP;
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

fn draw_panel(svg: &mut String, panel: &Panel, left: usize, top: usize, width: usize) {
    text(svg, (left, top + 14), "title", &panel.title);
    let longest = panel.bars.iter().map(|bar| bar.max_us).fold(0.0, f64::max);
    let scale = (width - LABELS - VALUES) as f64 / longest.max(f64::MIN_POSITIVE);
    for (index, bar) in panel.bars.iter().enumerate() {
        let place = (left, top + TITLE + index * PITCH);
        draw_bar(svg, panel, bar, place, scale);
    }
}

fn draw_bar(svg: &mut String, panel: &Panel, bar: &Bar, (left, top): (usize, usize), scale: f64) {
    let is_kv = bar.peer.starts_with("kv");
    let is_base = bar.peer == panel.baseline;
    let role = match (is_kv, is_base) {
        (true, _) => "kv",
        (false, true) => "base",
        (false, false) => "bar",
    };
    let weight = if is_kv { "strong" } else { "quiet" };
    let start = left + LABELS;
    let end = |us: f64| start as f64 + us * scale;
    let (baseline, middle) = (top + 12, top + BAR / 2);
    text(svg, (left, baseline), weight, &bar.peer);
    let length = (bar.median_us * scale).max(1.0);
    let (min, max) = (end(bar.min_us), end(bar.max_us));
    let _ = writeln!(
        svg,
        "<rect class=\"{role}\" x=\"{start}\" y=\"{top}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>\n\
         <path class=\"spread\" d=\"M{min:.1} {middle}H{max:.1}\" opacity=\"0.55\"/>"
    );
    let mut value = format!("{} µs", digits(bar.median_us));
    if !is_base {
        let _ = write!(value, " · {:.2}×", bar.ratio);
    }
    let behind = max.max(start as f64 + length) as usize + 6;
    text(svg, (behind, baseline), weight, &value);
}

fn text(svg: &mut String, (x, y): (usize, usize), class: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Writing to a String cannot fail.
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{content}</text>");
}
