//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::workload::Workload;

/// Where the library is when the benchmark runs in its own directory.
pub const DEFAULT_KV: &str = "../../target/release/libkv.so";

/// Compares kv with raw SQLite, LMDB, LevelDB and RocksDB, interleaved in one process run
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: Run,
}

#[derive(Subcommand)]
pub enum Command {
    /// Draw the chart again from the JSON of an earlier run
    Redraw {
        /// The report that a run wrote with --json
        json: PathBuf,
        /// Where to write the chart
        svg: PathBuf,
    },
}

#[derive(Args)]
pub struct Run {
    /// Number of preloaded keys in the store of small values
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..))]
    pub keys: u64,
    /// Number of measured rounds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub rounds: u16,
    /// Factor on the operations of every slice; 0.01 is a smoke test
    #[arg(long, default_value_t = 1.0)]
    pub ops_scale: f64,
    /// Cache of raw SQLite, LevelDB and RocksDB in MiB instead of each library's default
    #[arg(long)]
    pub cache_mib: Option<u32>,
    /// Only workloads whose id contains one of these (comma-separated); `=set` is the exact id
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// The shared library to measure; an explicit one that cannot be loaded is an error
    #[arg(long, value_name = "PATH")]
    pub kv: Option<PathBuf>,
    /// Directory for the stores [default: a temporary one beside the executable, removed at the
    /// end]
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Write the report here
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Draw the chart here
    #[arg(long)]
    pub svg: Option<PathBuf>,
}

impl Run {
    /// Returns the workloads that `--only` leaves.
    pub fn workloads(&self) -> Vec<Workload> {
        let wanted = |workload: &Workload| {
            self.only.is_empty()
                || self.only.iter().any(|only| match only.strip_prefix('=') {
                    Some(id) => workload.id() == id,
                    None => workload.id().contains(only.as_str()),
                })
        };
        Workload::ALL.into_iter().filter(wanted).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    fn ids(arguments: &[&str]) -> Vec<&'static str> {
        let run = Arguments::parse_from([&["compare"], arguments].concat()).run;
        run.workloads().into_iter().map(Workload::id).collect()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn only_filters_by_part_or_by_exact_id() {
        assert_eq!(ids(&[]).len(), Workload::ALL.len());
        assert_eq!(ids(&["--only", "=set,scan"]), ["scan", "set"]);
        assert_eq!(ids(&["--only", "large"]), ["large-set", "large-get"]);
    }
}
