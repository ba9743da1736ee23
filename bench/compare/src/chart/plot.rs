//! A plot of ratios over columns: one line for each peer, with its name at the end.

use std::fmt::Write;

use super::svg::text;

/// Left of the plot are the ratios, and right of it the names.
const LEFT: usize = 92;
const RIGHT: usize = 74;
pub const HEIGHT: usize = 280;
/// Names at the end of lines are at least so far apart.
const NAME: f64 = 15.0;

/// The place of a plot on the page, and the powers of two at its lower and its upper end.
pub struct Plot {
    left: f64,
    top: f64,
    width: f64,
    columns: usize,
    low: i32,
    high: i32,
}

/// One line.
pub struct Line<'a> {
    pub peer: &'a str,
    pub is_base: bool,
    /// One for each column.
    pub ratios: Vec<f64>,
}

impl Plot {
    /// Makes a plot, labels included, for ratios between two powers of two.
    pub fn new(
        (left, top): (usize, usize),
        width: usize,
        columns: usize,
        (low, high): (i32, i32),
    ) -> Self {
        Self {
            left: (left + LEFT) as f64,
            top: top as f64,
            width: (width - LEFT - RIGHT) as f64,
            columns,
            low,
            high,
        }
    }

    /// Draws the grid, the lines and their names.
    pub fn draw(&self, svg: &mut String, lines: &[Line]) {
        for power in self.low..=self.high {
            let y = self.y(f64::from(power).exp2());
            let (left, right) = (self.left, self.left + self.width);
            let _ = writeln!(svg, "<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>");
            text(svg, (left as usize - 36, y as usize + 4), "quiet", &power_label(power));
        }
        // The line of kv is drawn last, over the others.
        let (own, others): (Vec<&Line>, _) = lines.iter().partition(|line| is_kv(line));
        for (index, line) in others.into_iter().chain(own).enumerate() {
            self.draw_line(svg, line, index);
        }
        self.draw_names(svg, lines);
    }

    /// Writes a row of texts below the plot, one in each column.
    pub fn draw_row(
        &self,
        svg: &mut String,
        row: usize,
        class: &str,
        name: &str,
        texts: &[String],
    ) {
        let y = self.top as usize + HEIGHT + 20 + 18 * row;
        text(svg, (self.left as usize - LEFT, y), class, name);
        for (column, content) in texts.iter().enumerate() {
            // About the middle: half of the width of so many characters.
            let half = content.chars().count() as f64 * 3.2;
            text(svg, ((self.x(column) - half) as usize, y), class, content);
        }
    }

    fn draw_line(&self, svg: &mut String, line: &Line, index: usize) {
        let (class, dash) = match (is_kv(line), line.is_base) {
            (true, _) => ("kv-line", ""),
            (false, true) => ("base-line", ""),
            // The other peers have one colour and differ by their dashes.
            (false, false) => ("line", ["1 0", "7 4", "2 3"][index % 3]),
        };
        let mut path = String::new();
        for (column, ratio) in line.ratios.iter().enumerate() {
            let command = if column == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{:.1} {:.1}", self.x(column), self.y(*ratio));
        }
        let dash =
            if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
        let _ = writeln!(svg, "<path class=\"{class}\"{dash} d=\"{path}\"/>");
        if is_kv(line) {
            for (column, ratio) in line.ratios.iter().enumerate() {
                let (x, y) = (self.x(column), self.y(*ratio));
                let _ = writeln!(svg, "<circle class=\"kv\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
            }
        }
    }

    fn draw_names(&self, svg: &mut String, lines: &[Line]) {
        let ends: Vec<_> =
            lines.iter().map(|line| line.ratios.last().map_or(0.0, |it| self.y(*it))).collect();
        let x = (self.left + self.width) as usize + 8;
        for (line, y) in lines.iter().zip(apart(&ends, NAME)) {
            let class = if is_kv(line) { "strong" } else { "quiet" };
            text(svg, (x, y as usize + 4), class, line.peer);
        }
    }

    /// The columns begin and end half a column within the plot.
    fn x(&self, column: usize) -> f64 {
        self.left + self.width * (column as f64 + 0.5) / self.columns.max(1) as f64
    }

    fn y(&self, ratio: f64) -> f64 {
        let share = (f64::from(self.high) - ratio.log2()) / f64::from(self.high - self.low);
        self.top + HEIGHT as f64 * share
    }
}

fn is_kv(line: &Line) -> bool {
    line.peer.starts_with("kv")
}

/// Returns the powers of two around the ratios and around 1, of which the upper is higher.
pub fn powers(ratios: impl Iterator<Item = f64>) -> (i32, i32) {
    let mut powers = (0, 1);
    for ratio in ratios.filter(|ratio| ratio.is_finite() && *ratio > 0.0) {
        powers.0 = powers.0.min(ratio.log2().floor() as i32);
        powers.1 = powers.1.max(ratio.log2().ceil() as i32);
    }
    powers
}

fn power_label(power: i32) -> String {
    if power < 0 { format!("1/{}×", 1_u64 << -power) } else { format!("{}×", 1_u64 << power) }
}

/// Moves places apart, down from the highest, so that none is closer to another than `distance`.
fn apart(places: &[f64], distance: f64) -> Vec<f64> {
    let mut order: Vec<_> = (0..places.len()).collect();
    order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
    let mut moved = places.to_vec();
    for pair in order.windows(2) {
        moved[pair[1]] = moved[pair[1]].max(moved[pair[0]] + distance);
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_powers_enclose_all_ratios_and_one() {
        assert_eq!(powers([0.1, 1.0, 6.2].into_iter()), (-4, 3));
        assert_eq!(powers([4.0, 3.0].into_iter()), (0, 2));
        assert_eq!(powers([f64::NAN, 0.0].into_iter()), (0, 1));
    }

    #[test]
    fn powers_below_one_are_fractions() {
        assert_eq!([-4, -1, 0, 3].map(power_label), ["1/16×", "1/2×", "1×", "8×"]);
    }

    #[test]
    fn names_do_not_overlap_and_keep_their_order() {
        assert_eq!(apart(&[50.0, 10.0, 12.0], 15.0), [50.0, 10.0, 25.0]);
        assert_eq!(apart(&[10.0, 10.0, 10.0], 15.0), [10.0, 25.0, 40.0]);
        assert!(apart(&[], 15.0).is_empty());
    }
}
