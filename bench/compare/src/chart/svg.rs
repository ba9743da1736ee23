//! The page of a chart, and the texts on it.

use std::fmt::Write;

use crate::report::Conditions;

pub const WIDTH: usize = 960;
pub const MARGIN: usize = 24;
/// The space between two panels.
pub const GAP: usize = 32;
/// The height of the page's head, and of a panel's title.
pub const HEADER: usize = 76;
pub const TITLE: usize = 30;

/// Colours by role, for a light and a dark page; the picture brings its own background.
const STYLE: &str = "\
svg { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; }
.page { fill: #ffffff; } text { fill: #1f2328; } .quiet { fill: #59636e; }
.bar { fill: #b4bec9; } .base { fill: #7d8894; } .kv { fill: #0b69c7; } .spread { stroke: #1f2328; }
.line, .kv-line, .base-line, .grid { fill: none; stroke: #7d8894; stroke-width: 2; }
.kv-line { stroke: #0b69c7; stroke-width: 3; } .base-line { stroke: #1f2328; } .grid { stroke-width: 1; opacity: 0.3; }
.head { font-size: 19px; font-weight: 600; } .title { font-size: 13px; font-weight: 600; } .strong { font-weight: 600; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; } text { fill: #e6edf3; } .quiet { fill: #9198a1; }
.bar { fill: #46505c; } .base { fill: #717c89; } .kv { fill: #4a9eff; } .spread { stroke: #e6edf3; }
.kv-line { stroke: #4a9eff; } .base-line { stroke: #e6edf3; }
}
";

/// Returns a page: a head with the libraries below it, a body that ends at `bottom`, and the facts
/// of the run.
pub fn page(head: &str, conditions: &Conditions, body: &str, bottom: usize, facts: &str) -> String {
    let height = bottom + MARGIN / 2;
    let machine = &conditions.machine;
    let facts = format!(
        "{} cores, {} GiB, Linux {}, {}; {facts}",
        machine.cores, machine.memory_gib, machine.kernel, machine.filesystem
    );
    let versions: Vec<_> = conditions
        .libraries
        .iter()
        .map(|library| format!("{} {}", library.name, library.version))
        .collect();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
         <title>kv beside its peers</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
    );
    text(&mut svg, (MARGIN, 34), "head", head);
    text(&mut svg, (MARGIN, 56), "quiet", &versions.join(" · "));
    svg.push_str(body);
    text(&mut svg, (MARGIN, height - MARGIN), "quiet", &facts);
    svg.push_str("</svg>\n");
    svg
}

pub fn text(svg: &mut String, (x, y): (usize, usize), class: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Writing to a String cannot fail.
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{content}</text>");
}
