//! The chart of what else a set may cost.

use super::bars::{Row, draw_rows, height};
use super::svg::{GAP, HEADER, MARGIN, WIDTH, page};
use crate::report::Conditions;

const COLUMNS: usize = 2;
/// The width of the texts behind the bars.
const VALUES: usize = 112;

/// Bars that are compared with each other.
pub struct Group {
    pub title: String,
    pub figures: Vec<Figure>,
}

/// One bar.
pub struct Figure {
    pub label: String,
    pub us: f64,
    pub is_base: bool,
    pub value: String,
}

/// Draws the chart.
pub fn draw(groups: &[Group], conditions: &Conditions, versions: &str) -> String {
    let mut body = String::new();
    let width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
    let mut top = HEADER;
    for line in groups.chunks(COLUMNS) {
        for (column, group) in line.iter().enumerate() {
            let place = (MARGIN + column * (width + GAP), top);
            draw_rows(&mut body, &group.title, &rows_of(group), place, (width, VALUES));
        }
        top += height(line.iter().map(|group| group.figures.len()).max().unwrap_or(0));
    }
    let head = "What else a set may cost, and a Redis; microseconds, shorter is better";
    page(head, conditions, &body, top, &format!("values of 100 bytes; {versions}"))
}

fn rows_of(group: &Group) -> Vec<Row<'_>> {
    let row = |figure: &'_ Figure| (figure.is_base, figure.us, figure.value.clone());
    let figures = group.figures.iter().map(|figure| (&figure.label, row(figure)));
    figures
        .map(|(peer, (is_base, length_us, value))| Row {
            peer,
            is_base,
            length_us,
            spread_us: None,
            value,
        })
        .collect()
}
