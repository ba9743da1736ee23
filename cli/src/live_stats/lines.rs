//! A line for each interval, below a line with the names of its columns.

use std::collections::VecDeque;

use crate::failure::Result;
use crate::live_stats::rows::{self, Row, Scope};
use crate::live_stats::sample::Sample;
use crate::moment;
use crate::output::Output;

/// The least width of a column.
const WIDTH_MIN: usize = 8;

/// The columns, which are those of the first sample.
pub struct Lines {
    rows: Vec<&'static Row>,
    last: Sample,
}

impl Lines {
    /// Writes the names of the columns and the line of the first sample.
    pub fn begin(out: &mut Output, first: Sample) -> Result<Lines> {
        let samples = VecDeque::from([first]);
        let rows = [Scope::Store, Scope::Process].into_iter();
        let rows: Vec<_> = rows.flat_map(|scope| rows::shown(&samples, scope)).collect();
        let lines = Lines { rows, last: first };
        out.text(&format!("{:<8}", "time"))?;
        for row in &lines.rows {
            let name = row.exact_name();
            out.text(&format!("  {name:>0$}", width(&name)))?;
        }
        out.text("\n")?;
        lines.write_line(out, &first, None)?;
        Ok(lines)
    }

    /// Writes the line of the next sample.
    pub fn write(&mut self, out: &mut Output, sample: Sample) -> Result<()> {
        let last = std::mem::replace(&mut self.last, sample);
        self.write_line(out, &sample, Some(&last))
    }

    fn write_line(&self, out: &mut Output, sample: &Sample, last: Option<&Sample>) -> Result<()> {
        out.text(&moment::second_of_day(sample.time_ms))?;
        for row in &self.rows {
            let text = row.exact(sample, last);
            out.text(&format!("  {text:>0$}", width(&row.exact_name())))?;
        }
        out.text("\n")
    }
}

fn width(name: &str) -> usize {
    name.len().max(WIDTH_MIN)
}
