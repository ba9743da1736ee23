//! `kv options`, and its help: the options of locations and services files.

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::output::Output;
use clap::Args;

const NOTES: &str = "\
Options with a star are stored in the file and hold for all processes; one that is omitted keeps its
stored value. Durations have a unit (ms, s, m, h, d), and so may sizes (KiB, MiB, GiB, KB, MB, GB).
";

/// Arguments of `kv options`. Its help is the tables, so that `kv help options` shows them.
#[derive(Debug, Args)]
#[command(help_template = "{about}{after-help}", after_help = tables())]
pub struct Options {}

impl Options {
    /// Prints the tables.
    pub fn run(&self) -> Result<Outcome> {
        let mut out = Output::new();
        out.text(&tables())?;
        out.finish()?;
        Ok(Outcome::Success)
    }
}

/// Returns the tables of options, each below its title.
fn tables() -> String {
    let mut text = String::new();
    for table in kv::option_tables() {
        text.push_str(&format!("{}\n{}", table.title, line("option", "default", "meaning")));
        for row in table.rows {
            text.push_str(&line(&row.starred_name(), row.default, &row.full_meaning()));
        }
        text.push('\n');
    }
    text + NOTES
}

fn line(name: &str, default: &str, meaning: &str) -> String {
    format!("  {name:<18}  {default:<14}  {meaning}\n")
}
