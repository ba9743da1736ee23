//! The chart of the comparison: the workloads in slices, then the sustained loads.

use super::bars::{Row, draw_grid, draw_rows, height, rows_of};
use super::svg::{HEADER, MARGIN, TITLE, WIDTH, page, text};
use crate::report::{Report, SustainedPanel, digits};

/// The width of the texts behind the bars of a sustained load.
const VALUES: usize = 420;

/// Draws the chart.
pub fn draw(report: &Report) -> String {
    let mut body = String::new();
    let panels: Vec<_> = report.panels.iter().map(rows_of).collect();
    let mut top = draw_grid(&mut body, &panels, HEADER);
    if !report.sustained.is_empty() {
        let title = "Sustained, without a pause: the mean, and the slowest operations";
        text(&mut body, (MARGIN, top + 10), "head", title);
        top += TITLE;
    }
    for panel in &report.sustained {
        let rows = sustained_rows_of(panel);
        let width = WIDTH - 2 * MARGIN;
        draw_rows(&mut body, &panel.title, &rows, (MARGIN, top), (width, VALUES));
        top += height(panel.bars.len());
    }
    let facts = format!(
        "{} keys of 17 bytes, values of 100; medians of {} interleaved rounds, lines show min and max",
        report.keys, report.conditions.rounds
    );
    let head = "Microseconds per operation, shorter is better";
    page(head, &report.conditions, &body, top, &facts)
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
