//! `kv options`, and its help: the options of locations and services files.

use clap::{Args, ValueEnum};
use kv::{OptionRow, OptionTable};

use crate::failure::Result;
use crate::format::{Format, FormatArgument};
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::output::Output;

const NOTES: &str = "\
Options with a star are stored in the file and hold for all processes; one that is omitted keeps its
stored value. Durations have units (500ms, 1.5s, 1h30m, 7d, 2w), and so may sizes (64MiB, 1.5GB).
";

/// The least width of the column of names, so that those of most tables are alike.
const NAME_WIDTH_MIN: usize = 18;

const EXAMPLES: &str = "\
Examples:
  kv options sqlite
  kv set k v --store 'sqlite:app.db?durability=full'
  kv options -o json | jq -r .option
";

/// Arguments of `kv options`. Its help has the tables too.
#[derive(Debug, Args)]
#[command(after_help = format!("{}{NOTES}\n{EXAMPLES}", tables(&kv::option_tables())))]
pub struct Options {
    /// Only the options of this kind of store
    #[arg(value_enum)]
    kind: Option<Kind>,
    #[command(flatten)]
    format: FormatArgument,
}

/// The kinds of stores, in the order of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A file, the default
    Sqlite,
    /// A store in memory with a log in a folder
    Log,
    /// A store in memory
    Memory,
    /// A store in a Redis
    Redis,
    /// The server of a Redis
    RedisServer,
}

impl Options {
    /// Prints the tables.
    pub fn run(&self) -> Result<Outcome> {
        let kinds = Kind::value_variants().iter();
        let chosen = kv::option_tables().into_iter().zip(kinds);
        let chosen = chosen.filter(|(_, kind)| self.kind.is_none_or(|it| it == **kind));
        let chosen: Vec<OptionTable> = chosen.map(|(table, _)| table).collect();
        let mut out = Output::new();
        match self.format.or(Format::Text) {
            Format::Text | Format::Table => out.text(&(tables(&chosen) + NOTES))?,
            Format::Json => {
                let mut lines = Vec::new();
                for table in &chosen {
                    table.rows.iter().for_each(|row| write_json(&mut lines, table.title, row));
                }
                out.bytes(&lines)?;
            }
            Format::Raw => {
                for row in chosen.iter().flat_map(|table| &table.rows) {
                    out.line(row.name)?;
                }
            }
        }
        out.finish()?;
        Ok(Outcome::Success)
    }
}

/// Returns the tables of options, each below its title.
fn tables(tables: &[OptionTable]) -> String {
    let mut text = String::new();
    for table in tables {
        let names = table.rows.iter().map(OptionRow::starred_name);
        let width = names.map(|name| name.len()).max().unwrap_or(0).max(NAME_WIDTH_MIN);
        let heading = line(width, "option", "default", "meaning");
        text.push_str(&format!("{}\n{heading}", table.title));
        for row in &table.rows {
            let meaning = row.full_meaning();
            text.push_str(&line(width, &row.starred_name(), row.default, &meaning));
        }
        text.push('\n');
    }
    text
}

fn write_json(lines: &mut Vec<u8>, title: &str, row: &OptionRow) {
    JsonLine::begin(lines)
        .bytes("option", row.name.as_bytes())
        .bytes("default", row.default.as_bytes())
        .bytes("type", row.type_name.as_bytes())
        .bytes("meaning", row.full_meaning().as_bytes())
        .json("stored", row.stored)
        .bytes("stores", title.as_bytes())
        .end();
}

fn line(width: usize, name: &str, default: &str, meaning: &str) -> String {
    format!("  {name:<width$}  {default:<14}  {meaning}\n")
}
