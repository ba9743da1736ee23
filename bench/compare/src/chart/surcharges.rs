//! The chart of the cost of watches, quotas and a Redis.

use super::bars::{Row, draw_grid};
use super::svg::{HEADER, page};
use crate::report::Conditions;

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
    let panel =
        groups.iter().map(|group| (&*group.title, group.figures.iter().map(row_of).collect()));
    let panels: Vec<_> = panel.collect();
    let bottom = draw_grid(&mut body, &panels, HEADER);
    let head = "The cost of watches, quotas and a Redis; microseconds, shorter is better";
    page(head, conditions, &body, bottom, &format!("values of 100 bytes; {versions}"))
}

fn row_of(figure: &Figure) -> Row<'_> {
    Row {
        peer: &figure.label,
        is_base: figure.is_base,
        length_us: figure.us,
        spread_us: None,
        value: figure.value.clone(),
    }
}
