//! The chart of the benchmarks of db_bench.

use super::bars::{draw_grid, rows_of};
use super::svg::{HEADER, page};
use crate::db_bench::DbBenchReport;

/// Draws the chart.
pub fn draw(report: &DbBenchReport) -> String {
    let mut body = String::new();
    let panels: Vec<_> = report.panels().map(rows_of).collect();
    let bottom = draw_grid(&mut body, &panels, HEADER);
    let facts = format!(
        "{}; medians of {} rounds, lines: min and max",
        report.facts(),
        report.conditions.rounds
    );
    let head = "db_bench: µs per operation, and × raw SQLite; shorter is better";
    page(head, &report.conditions, &body, bottom, &facts)
}
