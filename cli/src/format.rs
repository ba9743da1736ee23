//! The formats in which commands print their results: one set for all commands.

use clap::{Args, ValueEnum};

/// A format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: on a terminal with units, in a pipe with exact numbers
    Text,
    /// Columns below a line with their names
    Table,
    /// One JSON object in each line, with exact numbers
    Json,
    /// The bytes as they are stored, and exact numbers
    Raw,
}

/// The option that chooses the format.
#[derive(Debug, Args)]
pub struct FormatArgument {
    /// Format of the output [default: text]
    #[arg(short, long = "output", value_enum, value_name = "FORMAT")]
    output: Option<Format>,
}

impl FormatArgument {
    /// Returns the format; `otherwise` if none is chosen.
    pub fn or(&self, otherwise: Format) -> Format {
        self.output.unwrap_or(otherwise)
    }
}
